"""What the log says while the database is away."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.outage import Outage
from storage.trouble import DatabaseTrouble


def test_many_failures_are_a_line_a_minute_and_their_end_is_another() -> None:
    seconds = 0.0
    outage = Outage("notices", lambda: seconds)
    with capture_logs() as lines:
        outage.passed()
        for seconds in (0.0, 5.0, 10.0, 61.0, 62.0):  # noqa: B007 - the clock reads it
            outage.note(DatabaseTrouble("it can't be reached"))
            outage.passed()
        seconds = 80.0
        outage.passed()
        outage.passed()
        outage.note(DatabaseTrouble("it can't be reached"))
    away = {"event": "the database can't be used", "reason": "it can't be reached", "said": "", "at": "notices"}
    assert lines == [
        {**away, "count": 1, "log_level": "error"},
        {**away, "count": 3, "log_level": "error"},
        {"event": "the database can be used again", "at": "notices", "seconds": 62, "log_level": "info"},
        {**away, "count": 1, "log_level": "error"},
    ]
