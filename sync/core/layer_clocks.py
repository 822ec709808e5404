"""Two clocks beside each other: by how much one is ahead, and since when.

Clocks in two zones change on different days, so what one shows when the other shows 09:00 is not the same all year::

    Berlin       +1      |          +2                             |   +1
    New York     -5  |   -4                                             |   -5
    ahead by     6 h |5 h|          6 h                            |5 h |   6 h
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.timeline import Interval

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LONGEST_JUMP = timedelta(hours=3)
"""Clocks change by less than this, and what layers can't say of a change is as close to it."""


@dataclass(frozen=True, slots=True)
class Lead:
    """From ``start`` on, clocks in one zone are ``ahead`` of those in another."""

    start: datetime
    ahead: timedelta


def leads(zone: str, other: str, within: Interval) -> tuple[Lead, ...]:
    """By how much ``zone`` is ahead of ``other``, in order; the first one holds at the start of ``within``."""
    found = [Lead(within.start, _ahead(zone, other, within.start))]
    if zone == other:
        return tuple(found)
    for change in sorted({*_changes(zone, within), *_changes(other, within)}):
        ahead = _ahead(zone, other, change)
        if ahead != found[-1].ahead:
            found.append(Lead(change, ahead))
    return tuple(found)


def lasting(found: Sequence[Lead]) -> tuple[Lead, ...]:
    """Without those that are over at once, as between clocks that change one after the other in the same night: each
    moment of them is close to one of both changes. The 11 hours between Sydney's change and Santiago's last.
    """
    kept = [found[0]]
    for place, lead in enumerate(found[1:], 2):
        brief = place < len(found) and found[place].start - lead.start < 2 * LONGEST_JUMP
        if not brief and lead.ahead != kept[-1].ahead:
            kept.append(lead)
    return tuple(kept)


def _ahead(zone: str, other: str, at: datetime) -> timedelta:
    return _offset(ZoneInfo(zone), at) - _offset(ZoneInfo(other), at)


def _offset(rules: ZoneInfo, at: datetime) -> timedelta:
    return at.astimezone(rules).utcoffset() or timedelta()


def _changes(zone: str, within: Interval) -> list[datetime]:
    """The instants at which clocks in ``zone`` change, to the second."""
    rules = ZoneInfo(zone)
    found: list[datetime] = []
    before = within.start
    while before < within.end:
        after = before + DAY
        if _offset(rules, before) != _offset(rules, after):
            found.append(_change(rules, before, after))
        before = after
    return found


def _change(rules: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second in ``(before, after]`` with the offset of ``after``, by halving."""
    target = _offset(rules, after)
    before, after = before.replace(microsecond=0), after.replace(microsecond=0)
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        before, after = (before, middle) if _offset(rules, middle) == target else (middle, after)
    return after
