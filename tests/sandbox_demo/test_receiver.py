"""The demo's receiver of webhooks: it tells a good signature from everything else."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from sandbox.demo.receiver import TOLERANCE, Receiver, receiving

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
OTHER = "whsec_OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg="
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
BODY = json.dumps({"transitions": {"Money": {}}})


async def send(receiver: Receiver, secret: str, *, sent: datetime = LATER, body: str = BODY, signed: str = BODY) -> int:
    signature = Webhook(secret).sign("msg_1", sent, signed)
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(sent.timestamp()))}
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.post(receiver.url, content=body, headers=headers | {"webhook-signature": signature})
    return answer.status_code


async def test_a_good_signature_is_told_by_the_shared_clock_also_days_ahead() -> None:
    async with receiving(lambda: LATER) as receiver:
        receiver.secret = SECRET
        assert await send(receiver, SECRET) == 204
        [delivery] = receiver.deliveries()
        assert delivery == {"at": LATER.isoformat(), "signature_ok": True, "json": json.loads(BODY)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": OTHER},
        {"secret": SECRET, "sent": LATER - TOLERANCE - timedelta(seconds=1)},
        {"secret": SECRET, "sent": LATER + TOLERANCE + timedelta(seconds=1)},
        {"secret": SECRET, "body": "{}"},
        {"secret": SECRET, "body": "no json"},
    ],
)
async def test_anything_else_is_refused_and_shown_as_such(wrong: dict[str, object]) -> None:
    async with receiving(lambda: LATER) as receiver:
        receiver.secret = SECRET
        assert await send(receiver, **wrong) == 401  # type: ignore[arg-type]
        assert [one["signature_ok"] for one in receiver.deliveries()] == [False]


async def test_without_a_signature_or_before_the_secret_is_known_nothing_is_good() -> None:
    async with receiving(lambda: LATER) as receiver:
        assert await send(receiver, SECRET) == 401
        receiver.secret = SECRET
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.post(receiver.url, content=BODY)).status_code == 401
        assert receiver.came == 2
