"""The hours of a week, as an external schedule says them and as rotations do.

A span is ``(begin, end)`` in seconds on the clock since Monday 00:00. Spans here are sorted, disjoint and inside one
week; a stretch may run past the end of the week into the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import time

from oncall.windows import EVERY_DAY, Coverage, Daily, Weekly
from sync.core.layers import Restriction

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800

Span = tuple[int, int]
ALL: tuple[Span, ...] = ((0, WEEK),)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a rotation covers its role, as a form has it: :class:`oncall.drafts.Draft` says what its parts mean."""

    opens: time | None = None
    closes: time | None = None
    days: frozenset[int] = EVERY_DAY
    opens_on: int | None = None
    closes_on: int | None = None

    @property
    def coverage(self) -> Coverage | None:
        if self.opens is None or self.closes is None:
            return None
        if self.opens_on is not None and self.closes_on is not None:
            return Weekly(self.opens_on, self.opens, self.closes_on, self.closes)
        return Daily(self.opens, self.closes, self.days)


def spans_of(restrictions: Sequence[Restriction]) -> tuple[Span, ...]:
    """What a layer with these restrictions covers; all of the week without any. Seconds are rounded up to minutes."""
    if not restrictions:
        return ALL
    return joined(
        (begin, begin + -(-one.seconds // MINUTE) * MINUTE)
        for one in restrictions
        for day in (range(7) if one.weekday is None else (one.weekday - 1,))
        for begin in (day * DAY + _of_day(time.fromisoformat(one.opens)),)
    )


def joined(found: Iterable[Span]) -> tuple[Span, ...]:
    """These, which may meet and run past the end of the week, as spans."""
    spans: list[Span] = []
    for begin, end in sorted(piece for one in found for piece in _wrapped(*one)):
        if spans and begin <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((begin, end))
    return tuple(spans)


def _wrapped(begin: int, end: int) -> Iterator[Span]:
    if end - begin >= WEEK:
        yield from ALL
    elif end <= WEEK:
        yield begin, end
    else:
        yield begin, WEEK
        yield 0, end - WEEK


def without(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """What is left of ``spans``."""
    left = list(spans)
    for start, stop in taken:
        cut = [((begin, min(end, start)), (max(begin, stop), end)) for begin, end in left]
        left = [piece for pieces in cut for piece in pieces if piece[0] < piece[1]]
    return tuple(sorted(left))


def hours_of(spans: Sequence[Span]) -> tuple[Hours, ...]:
    """The same as hours of rotations: as few of them as say it, the earliest in the week first."""
    if tuple(spans) == ALL:
        return (Hours(),)
    alike: dict[tuple[int, int], set[int]] = {}
    for begin, end in _stretches(spans):
        length = end - begin
        if length % DAY and length > DAY:
            alike[begin, length] = set()
        elif length % DAY:
            alike.setdefault((begin % DAY, length), set()).add(begin // DAY)
        else:
            days = ((begin // DAY + number) % 7 for number in range(length // DAY))
            alike.setdefault((begin % DAY, DAY), set()).update(days)
    return tuple(_hours(begin, length, frozenset(days)) for (begin, length), days in alike.items())


def _hours(begin: int, length: int, days: frozenset[int]) -> Hours:
    opens, closes = _time(begin), _time(begin + length)
    if days:
        return Hours(opens, closes, days)
    return Hours(opens, closes, opens_on=begin // DAY, closes_on=(begin + length) // DAY % 7)


def _stretches(spans: Sequence[Span]) -> list[Span]:
    """With what runs over the end of the week in one piece."""
    if len(spans) > 1 and spans[0][0] == 0 and spans[-1][1] == WEEK:
        return [*spans[1:-1], (spans[-1][0], WEEK + spans[0][1])]
    return list(spans)


def _of_day(moment: time) -> int:
    return moment.hour * HOUR + moment.minute * MINUTE + moment.second


def _time(seconds: int) -> time:
    return time(seconds % DAY // HOUR, seconds % HOUR // MINUTE)
