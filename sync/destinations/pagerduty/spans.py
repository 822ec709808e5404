"""The stretches of time that PagerDuty is asked for: whole seconds, and not too long at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from oncall.timeline import Interval
from sync.destinations.pagerduty.errors import RangeRefused
from sync.destinations.pagerduty.reading import written

SECOND = timedelta(seconds=1)
LONGEST = timedelta(days=366)
"""What is asked for at once."""
CAUTIOUS = timedelta(days=90)
"""What is asked for at once when the longest stretch was refused."""

T = TypeVar("T")


async def in_spans(window: Interval, ask: Callable[[Interval], Awaitable[T]]) -> list[T]:
    """Ask for the window at once; in pieces where PagerDuty finds it too long."""
    try:
        return [await ask(span) for span in spans(window, LONGEST)]
    except RangeRefused:
        return [await ask(span) for span in spans(window, CAUTIOUS)]


def spans(window: Interval, longest: timedelta) -> Iterator[Interval]:
    """The window in whole seconds, widened where it has fractions, in pieces that are not longer than allowed."""
    start = window.start.replace(microsecond=0)
    end = next_second(window.end) if window.end.microsecond else window.end
    while start < end:
        yield Interval(start, min(end, start + longest))
        start += longest


def window_of(span: Interval) -> dict[str, str]:
    return {"since": written(span.start), "until": written(span.end)}


def next_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + SECOND
