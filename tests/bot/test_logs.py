"""Whatever is logged, by Baton or by a library, carries no secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot.logs import OURS, REDACTED, configure
from storage.postgres import EldestFirst

CONFIGURED = ["signing-secret-1", "client-secret-2", "TheEncryptionKey="]
BY_SHAPE = [
    "xoxb-123-456-AbCdEf",
    "xoxe.xoxp-1-Mi0yLTEyMw",
    "xapp-1-A111-222-abc",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "gAAAAABrANyyb74yt6w9V5IA0hshPsAyvSOwrToDMJEmidYzJ4zke0GTJZj8VfB-LhZ9mN7o6rkkM_yHuA==",
]
SECRETS = CONFIGURED + BY_SHAPE
POOL = f"{EldestFirst.__module__}.{EldestFirst.__qualname__}"
"""The name under which SQLAlchemy lets a pool of ours speak."""


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for package in OURS:
        logging.getLogger(package).setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.server").filters.clear()
    structlog.configure(**before)  # of the suite's, whose tracebacks are plain


@pytest.fixture
def written() -> io.StringIO:
    stream = io.StringIO()
    configure("INFO", CONFIGURED, stream=stream)
    return stream


def fail(secret: str) -> None:
    raise ValueError(f"could not use {secret}")


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_taken_out_of_messages_and_values(written: io.StringIO, secret: str) -> None:
    structlog.get_logger("bot.here").info("sent", key=secret, nested={"list": [f"a {secret} b"]}, pair=(secret, 1))
    logging.getLogger("some.library").warning("failed with %s", secret)
    assert secret not in written.getvalue()
    assert written.getvalue().count(REDACTED) == 4


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("library", [True, False])
def test_a_secret_is_taken_out_of_tracebacks(written: io.StringIO, secret: str, library: bool) -> None:
    try:
        fail(secret)
    except ValueError:
        if library:
            logging.getLogger("some.library").exception("failed")
        else:
            structlog.get_logger("bot.here").exception("failed")
    shown = written.getvalue()
    assert "ValueError: could not use" in shown
    assert secret not in shown


def test_a_pagerduty_key_is_taken_out_of_a_request_header(written: io.StringIO) -> None:
    structlog.get_logger("bot.here").info("request", headers="Authorization: Token token=y_NbAkKc66ryYTWUXYEu")
    assert "y_NbAkKc66ryYTWUXYEu" not in written.getvalue()


def test_each_event_is_one_line_of_json_with_its_time_and_level(written: io.StringIO) -> None:
    structlog.get_logger("bot.here").info("something happened", count=3)
    event = json.loads(written.getvalue())
    assert (event["event"], event["count"], event["level"]) == ("something happened", 3, "info")
    assert event["timestamp"].endswith("Z")


def test_what_is_below_the_level_is_not_written(written: io.StringIO) -> None:
    structlog.get_logger("bot.here").debug("chatter")
    assert written.getvalue() == ""


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
@pytest.mark.parametrize(
    "library", ["httpx", "aiosqlite", "slack_bolt.RequestVerification", "a.library.of.tomorrow", POOL]
)
def test_libraries_are_heard_from_warnings_on_whatever_the_level(library: str, level: str) -> None:
    stream = io.StringIO()
    configure(level, stream=stream)
    logging.getLogger(library).info("body: everything that somebody typed")
    assert stream.getvalue() == ""
    logging.getLogger(library).warning("trouble")
    assert "trouble" in stream.getvalue()


def test_a_line_of_a_library_is_cut_and_one_of_ours_is_not(written: io.StringIO) -> None:
    logging.getLogger("some.library").error("x" * 100_000)
    assert len(written.getvalue()) < 1_000
    structlog.get_logger("bot.here").error("y" * 2_000)
    assert "y" * 2_000 in written.getvalue()


def test_a_link_to_a_calendar_is_taken_out_wherever_it_stands(written: io.StringIO) -> None:
    secret = "kBvE4h1Z-9_QyTtq0wL8sR3xJm5nUoPc7dGfAiW2zXY"
    structlog.get_logger("bot.here").info("asked", path=f"/calendar/{secret}.ics?proposed=1")
    logging.getLogger("aiohttp.server").warning("Error handling request from https://x.test/calendar/%s.ics", secret)
    assert secret not in written.getvalue()
    assert written.getvalue().count(f"/calendar/{REDACTED}.ics") == 2
