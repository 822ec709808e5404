"""The port that everybody may reach: signature first, nothing of a body in the log, no traceback."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest

from sandbox.client import Person, Workspace
from sandbox.slack import SlackSandbox
from tests.support.processes import Running, environment, http_mode, running

SECRET_IN_A_FORM = "u+SECRETKEYzzzz"  # shaped like a PagerDuty key, which no pattern can know
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def bot(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> AsyncGenerator[Running]:
    async with running(tmp_path, environment(tmp_path, **http_mode(slack))) as process:
        yield process


def signed(secret: str, body: bytes, at: str | None = None) -> dict[str, str]:
    stamp = at or str(int(time.time()))
    mac = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256)
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={mac.hexdigest()}", **FORM}


async def log_of(bot: Running) -> str:
    assert await bot.stop() == 0
    return "".join(bot.log)


async def test_two_hundred_unsigned_megabytes_leave_a_line_in_the_log(bot: Running) -> None:
    async with httpx.AsyncClient() as http:
        for _ in range(200):
            answer = await http.post(f"{bot.url}/slack/events", content=b"x" * 1_000_000, headers=FORM)
            assert answer.status_code == 401
        assert (await http.post(f"{bot.url}/slack/events", content=b"x" * 1_100_000)).status_code == 413
    log = await log_of(bot)
    assert log.count("requests refused") == 1
    assert len(log) < 5_000


async def test_a_submitted_key_is_not_logged_where_the_signature_does_not_fit(bot: Running) -> None:
    body = urlencode({"payload": f'{{"type": "view_submission", "value": "{SECRET_IN_A_FORM}"}}'}).encode()
    async with httpx.AsyncClient() as http:
        for headers in (signed("a secret of yesterday", body), signed("x", body, str(int(time.time()) - 3600)), FORM):
            assert (await http.post(f"{bot.url}/slack/events", content=body, headers=headers)).status_code == 401
    log = await log_of(bot)
    assert "SECRETKEY" not in log
    assert "view_submission" not in log


@pytest.mark.parametrize("body", [b"{broken", b"payload=%7Bbroken", b"\xff\xfe", b"", b"payload=[]", b"payload=1"])
async def test_broken_bodies_are_refused_before_they_are_read(bot: Running, slack: SlackSandbox, body: bytes) -> None:
    async with httpx.AsyncClient() as http:
        for stamp in ("soon", "nan", "1e400", str(int(time.time()))):
            headers = {**FORM, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": "v0=" + "0" * 64}
            assert (await http.post(f"{bot.url}/slack/events", content=body, headers=headers)).status_code == 401
        answer = await http.post(f"{bot.url}/slack/events", content=body, headers=signed(slack.signing_secret, body))
        assert answer.status_code in (200, 400, 404)  # a form that says nothing is answered with nothing
    assert "Traceback" not in await log_of(bot)


async def test_connections_that_are_broken_off_half_way_leave_no_error(bot: Running) -> None:
    host, _, port = bot.url.removeprefix("http://").partition(":")
    for number in range(100):
        _reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nhalf")
        if number % 2:
            await writer.drain()
        writer.transport.abort()
    for nonsense in (b"\x16\x03\x01 nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        _reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(nonsense)
        await writer.drain()
        writer.close()
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{bot.url}/healthz")).status_code == 200
    log = await log_of(bot)
    assert '"level": "error"' not in log
    assert "nonsense" not in log


async def test_a_command_that_speaks_of_a_payload_arrives_by_http(bot: Running, ws: Workspace, alice: Person) -> None:
    """slack_bolt 1.30 takes every form that holds the word for an interaction, and answers 404."""
    await ws.deliver_to(f"{bot.url}/slack/events")
    await alice.command("/oncall who payload-team", channel="#ops")
    await alice.wait_for_message("no schedule", channel="ephemeral")


async def test_slacks_look_at_the_certificate_is_answered_and_does_nothing(bot: Running) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{bot.url}/slack/events", data={"ssl_check": "1", "token": "x"})
        assert answer.status_code == 200
        assert answer.text == ""
