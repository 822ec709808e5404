"""Signed HTTP: the other way Slack reaches an app, one POST per payload with a v0 signature.

Commands are plain forms, interactions a form with one JSON field, events a JSON body. Anything but 200 is a failure.
"""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.dispatch import Kind, Outcome, Reply, Retry
from sandbox.slack.model import Json
from sandbox.slack.world import World


@dataclass(slots=True)
class SignedHttp:
    world: World
    session: aiohttp.ClientSession
    ack_seconds: float
    url: str = ""

    def is_reachable(self) -> bool:
        return bool(self.url)

    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None) -> Reply:
        body, content_type = _encoded(kind, payload)
        headers = self._signed(body) | {"Content-Type": content_type}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry.number), "X-Slack-Retry-Reason": retry.reason}
        try:
            async with asyncio.timeout(self.ack_seconds):
                return await self._post(body, headers)
        except TimeoutError:
            return Reply(Outcome.TIMED_OUT)
        except aiohttp.ClientError:
            return Reply(Outcome.UNREACHABLE)

    async def _post(self, body: str, headers: dict[str, str]) -> Reply:
        async with self.session.post(self.url, data=body.encode(), headers=headers, allow_redirects=False) as answer:
            text = await answer.text()
            if answer.status != 200:
                declined = answer.headers.get("X-Slack-No-Retry") == "1"
                return Reply(Outcome.REFUSED, text, answer.status, wants_no_retry=declined)
            return Reply(Outcome.ACKNOWLEDGED, _decoded(text, answer.content_type))

    def _signed(self, body: str) -> dict[str, str]:
        sent_at = str(self.world.clock.machine_seconds())
        secret = self.world.app.signing_secret.encode()
        digest = hmac.new(secret, f"v0:{sent_at}:{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "X-Slack-Request-Timestamp": sent_at,
            "X-Slack-Signature": f"v0={digest}",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }


def _encoded(kind: Kind, payload: Json) -> tuple[str, str]:
    if kind == Kind.EVENT:
        return json.dumps(payload), "application/json"
    form = payload if kind == Kind.COMMAND else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


def _decoded(text: str, content_type: str) -> Any:
    if not text:
        return None
    if content_type == "application/json":
        try:
            return json.loads(text)
        except ValueError:
            return text
    return {"text": text}
