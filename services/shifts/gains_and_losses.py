"""Who gains and loses what by a change, and telling them: one message for each person, however many shifts it is about.

Whatever gives shifts to people or takes shifts from them (a change, confirming, a rotation that is confirmed by itself)
says so with :func:`tell_moves` in its own transaction. Whoever did it is not told of their own deed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oncall.shifts import Shift
from storage.notices import NoticeKind
from storage.tables import Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Move:
    """In ``[start, end)`` a role goes from one person to another; None is nobody."""

    role: str
    start: datetime
    end: datetime
    before: str | None
    after: str | None

    def facts(self) -> dict[str, Any]:
        """As notices and the audit trail have it."""
        return {
            "role": self.role,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "before": self.before,
            "after": self.after,
        }


def moves(role: str, existing: Sequence[Shift], new: Shift) -> list[Move]:
    """Who loses what to ``new``; where nobody had the role, it comes from nobody. ``existing`` are in order."""
    found: list[Move] = []
    at = new.start
    for shift in existing:
        if shift.start > at:
            found.append(Move(role, at, shift.start, None, new.user))
        end = min(shift.end, new.end)
        if end > max(at, shift.start):
            found.append(Move(role, max(at, shift.start), end, shift.user, new.user))
        at = max(at, end)
    if at < new.end:
        found.append(Move(role, at, new.end, None, new.user))
    return [move for move in found if move.before != move.after]


def joined(found: Iterable[Move]) -> list[Move]:
    """The same moves, by start, with those that follow each other told as one."""
    whole: list[Move] = []
    for move in sorted(found, key=lambda one: (one.role, one.start)):
        last = whole[-1] if whole else None
        if last and (last.role, last.end, last.before, last.after) == (move.role, move.start, move.before, move.after):
            whole[-1] = replace(last, end=move.end)
        else:
            whole.append(move)
    return sorted(whole, key=lambda one: (one.start, one.role))


async def tell_moves(
    tx: Unit,
    schedule: Schedule,
    found: Iterable[Move],
    *,
    action: str,
    by: str,
    key: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Tell everybody who gains or loses by these moves, once each. ``by`` is a Slack user, or ``baton``."""
    facts: dict[str, Any] = {
        "action": action,
        "by": by,
        "changes": [move.facts() for move in joined(found)],
        "reason": reason,
    }
    if facts["changes"]:
        await tx.outbox.tell(schedule, NoticeKind.SHIFT_CHANGED, key, facts, now)
