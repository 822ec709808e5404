"""Hard: at most so many minutes in any so many days.

What somebody does within a window that slides over time is most where the window begins with one of their shifts or
ends with one. So it is enough to look at the windows that begin or end with a slot, or with what stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from oncall.fairness.problem import Member, Rule
from oncall.fairness.terms import Cap, Reason
from oncall.fairness.view import Timed, View, minutes


def terms(view: View) -> Iterator[Cap]:
    limits = view.problem.limits
    if not limits.most:
        return
    length = timedelta(days=limits.within)
    for user, member in enumerate(view.members):
        caps: dict[tuple[tuple[int, int], ...], int] = {}
        for start in _starts([*view.slots, *view.busy(member)], length):
            amounts, free = _window(view, member, start, start + length)
            key = tuple(sorted(amounts.items()))
            if sum(amounts.values()) > free:
                caps[key] = min(free, caps.get(key, free))
        for key, free in caps.items():
            yield Cap(user, dict(key), free, Reason(Rule.HOURS))


def _starts(spans: Iterable[Timed], length: timedelta) -> list[datetime]:
    return sorted({start for span in spans for start in (span.start, span.end - length)})


def _window(view: View, member: Member, start: datetime, end: datetime) -> tuple[dict[int, int], int]:
    """What each slot has in the window, and what is free of it beside what stands."""
    amounts = {number: inside for number, slot in enumerate(view.slots) if (inside := within(slot, start, end))}
    used = sum(within(busy, start, end) for busy in view.busy(member))
    return amounts, max(0, view.problem.limits.most - used)


def within(span: Timed, start: datetime, end: datetime) -> int:
    """Minutes of ``span`` between the two."""
    return max(0, minutes(min(span.end, end) - max(span.start, start)))
