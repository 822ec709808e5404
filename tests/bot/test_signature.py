"""A request is judged by its bytes, and nothing that is sent makes the judge stumble."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signature import LONGEST_AWAY_SECONDS, Refused, refused

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def signed(body: bytes, at: int) -> dict[str, str]:
    mac = hmac.new(SECRET.encode(), f"v0:{at}:".encode() + body, hashlib.sha256)
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={mac.hexdigest()}"}


def test_the_example_of_slacks_documentation_is_taken() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    headers = {
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
    }
    assert refused(SECRET, headers, body, datetime.fromtimestamp(1531420618, UTC)) is None


@given(st.binary(max_size=200), st.integers(-LONGEST_AWAY_SECONDS, LONGEST_AWAY_SECONDS))
def test_what_is_signed_is_taken_whatever_bytes_it_is(body: bytes, away: int) -> None:
    assert refused(SECRET, signed(body, int(NOW.timestamp()) + away), body, NOW) is None


@pytest.mark.parametrize("away", [-LONGEST_AWAY_SECONDS - 1, LONGEST_AWAY_SECONDS + 1])
def test_what_was_signed_more_than_five_minutes_away_is_refused(away: int) -> None:
    assert refused(SECRET, signed(b"x", int(NOW.timestamp()) + away), b"x", NOW) is Refused.LATE


def test_a_body_that_was_changed_is_refused() -> None:
    assert refused(SECRET, signed(b"x", int(NOW.timestamp())), b"y", NOW) is Refused.WRONG


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "1e400", "-1", "1" * 5000, "١٧٩٦٠٢٩٢٠٠", "1796029200.0"])
@pytest.mark.parametrize("signature", ["", "v0=", "v0=" + "é" * 64, "v1=" + "0" * 64, "v0=" + "0" * 64])
def test_odd_headers_are_refused_and_raise_nothing(stamp: str, signature: str) -> None:
    assert refused(SECRET, {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}, b"", NOW)
