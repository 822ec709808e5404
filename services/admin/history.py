"""The audit trail of a schedule: who or what changed what, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.kit.errors import NotFound
from services.kit.house import Actor, House
from services.kit.permissions import visible_schedule
from storage.tables import AuditLine


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """``actor`` is a Slack user id, ``baton`` or a kind of external system; ``summary`` says what they did, in the
    past tense, and ``reason`` why, in their own words where they gave any."""

    at: datetime
    actor: str
    action: str
    summary: str
    start: datetime | None
    end: datetime | None
    reason: str
    roles: tuple[str, ...] = ()
    """Whose turn it was about, where shifts moved."""


async def history(house: House, actor: Actor, schedule_id: int, limit: int = 40) -> Sequence[HistoryLine]:
    """The newest lines first; anyone may look. Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        return _shown(await tx.audit.of_schedule(schedule.id, limit))


async def archived_history(house: House, actor: Actor, schedule_id: int, limit: int = 40) -> Sequence[HistoryLine]:
    """The same of a schedule that was put away. Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or schedule.workspace_id != actor.workspace_id:
            raise NotFound("That schedule does not exist any more.")
        return _shown(await tx.audit.of_schedule(schedule.id, limit))


def _shown(lines: Sequence[AuditLine]) -> list[HistoryLine]:
    return [
        HistoryLine(
            line.at,
            line.actor,
            line.action,
            line.summary,
            _instant(line.details.get("start")),
            _instant(line.details.get("end")),
            str(line.details.get("reason") or ""),
            tuple(dict.fromkeys(str(move["role"]) for move in line.details.get("moves") or () if move.get("role"))),
        )
        for line in lines
    ]


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
