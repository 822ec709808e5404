"""How a destination is doing, from what is still missing there.

A confirmed shift that is not exported, or in whose place somebody is held there, counts from its start: within three
days it is an error, further ahead a warning.
Nothing missing is OK. Paused, blocked and pending are states of the destination as a whole and are decided by the
engine before it gets here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall.timeline import Interval
from sync.core.model import Action, Decision, Kind, Status

URGENT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Missing:
    """A stretch of confirmed time that the destination does not show; ``unknown`` when it doesn't know the person."""

    start: datetime
    end: datetime
    user: str
    unknown: bool = False


def missing(decisions: Iterable[Decision]) -> tuple[Missing, ...]:
    """What is assigned here and not visible there, in order."""
    return tuple(
        Missing(d.cell.start, d.cell.end, user)
        for d in decisions
        if (d.action is Action.EXPORT and d.cell.kind is not Kind.UNPINNED) or held(d)
        for user in d.cell.local
    )


def held(decision: Decision) -> bool:
    """Whether somebody else is on call in the place of what was exported and nothing may be done about it."""
    return decision.action is Action.HOLD and decision.cell.kind is Kind.DRIFTED


def paged_instead(decisions: Iterable[Decision], holes: Sequence[Interval]) -> list[str]:
    """Whom the other side has on call where nobody is to be on call here, in the order in which they begin."""
    found = [
        user
        for d in decisions
        if d.action is Action.LEAVE and any(d.cell.start < hole.end and hole.start < d.cell.end for hole in holes)
        for user in d.cell.remote
    ]
    return list(dict.fromkeys(found))


def assess(gaps: Iterable[Missing], now: datetime) -> Status:
    """OK, Warning or Error, by how soon the first missing stretch begins."""
    starts = [max(gap.start, now) for gap in gaps]
    if not starts:
        return Status.OK
    return Status.ERROR if min(starts) - now <= URGENT else Status.WARNING
