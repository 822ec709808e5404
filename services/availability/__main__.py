"""The process that reads one calendar: a line of JSON and the calendar come in, a line of JSON goes out.

A calendar is written by somebody else. Here it can use up a processor's time or its memory, up to the limits that this
process gives itself, and what its libraries remember of it ends with the process.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from datetime import UTC, datetime

import zonedata

MOST_BYTES = 1 << 30
MOST_SECONDS = 20


def main() -> None:
    _limit()
    zonedata.use_newest()  # before anything asks for a zone
    from oncall.timeline import Interval
    from services.availability.calendar_text import CutOff, NotCalendar, times_of

    asked = json.loads(sys.stdin.buffer.readline())
    start, end = (datetime.fromtimestamp(seconds, UTC) for seconds in asked["window"])
    try:
        found = times_of(sys.stdin.buffer.read(), asked["zone"], asked["emails"], Interval(start, end))
    except NotCalendar:
        answer: dict[str, object] = {"calendar": False}
    except CutOff:
        answer = {"calendar": True}
    else:
        times = [[int(one.start.timestamp()), int(one.end.timestamp()), one.leaning] for one in found]
        answer = {"calendar": True, "times": times}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    """Whoever answers people comes first; a service that may not say so reads all the same."""
    with suppress(OSError):
        os.nice(5)
    with suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))


if __name__ == "__main__":
    main()
