"""Roles that are filled fairly as stored: how, what was dealt, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.fairness.arrangement import Arrangement
from storage.plain import Plain
from storage.sorting import few
from storage.tables import FairChoice, FairDeal, FairState, FairVersion, Schedule

_CHOICES = Plain(
    select(FairChoice, FairDeal)
    .join(FairDeal, FairDeal.id == FairChoice.deal_id)
    .where(FairChoice.schedule_id == bindparam("schedule_id"), FairChoice.ends_at > bindparam("since"))
    .order_by(FairChoice.starts_at, FairChoice.role_id, FairChoice.id)
)
"""Asked for each calendar."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen for ``[start, end)`` of a role, None for nobody; ``why`` are facts for people's words."""

    role_id: int
    start: datetime
    end: datetime
    kind: str
    user: str | None
    why: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Deal:
    """One assignment as it was announced; ``id`` is None until it is stored."""

    made_at: datetime
    made_by: str
    cause: str
    since: datetime
    until: datetime
    quality: str
    solver: str
    proven: bool
    compromises: Sequence[Mapping[str, Any]] = ()
    id: int | None = None


class Fairness:
    """Reads and changes how roles are filled fairly, and what was dealt."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def versions(self, schedule_id: int) -> dict[int, tuple[Arrangement, ...]]:
        """Every version, ended ones included, by role and oldest first."""
        return (await self.of_schedules([schedule_id])).get(schedule_id, {})

    async def of_schedules(self, schedule_ids: Iterable[int]) -> dict[int, dict[int, tuple[Arrangement, ...]]]:
        """The same of several schedules, by schedule."""
        wanted = FairVersion.schedule_id.in_(sorted(set(schedule_ids)))
        rows = await self._session.scalars(select(FairVersion).where(wanted).order_by(FairVersion.since))
        found: dict[int, dict[int, tuple[Arrangement, ...]]] = {}
        for row in rows:
            roles = found.setdefault(row.schedule_id, {})
            roles[row.role_id] = (*roles.get(row.role_id, ()), _arrangement(row))
        return found

    async def save(self, schedule_id: int, role_id: int, versions: Sequence[Arrangement], now: datetime) -> None:
        """Store these versions of a role in place of those that it had; the schedule is looked at at once."""
        await self._session.execute(delete(FairVersion).where(FairVersion.role_id == role_id))
        self._session.add_all(
            FairVersion(schedule_id=schedule_id, role_id=role_id, since=v.since, until=v.until, says=v.facts())
            for v in versions
        )
        state = await self._session.get(FairState, schedule_id)
        if state is None:
            self._session.add(FairState(schedule_id=schedule_id, due_at=now))
        else:
            state.revision, state.due_at = state.revision + 1, now
        await self._session.flush()

    async def forget_role(self, role_id: int) -> None:
        """A role that is removed is filled by nothing."""
        await self._session.execute(delete(FairVersion).where(FairVersion.role_id == role_id))

    async def new_to_tell(self, schedule_id: int, shifts: Iterable[str]) -> list[str]:
        """Those of these shifts, each ``id.revision``, that nobody was told of; from now on they have been."""
        state = await self._session.get(FairState, schedule_id)
        wanted = sorted(set(shifts))
        if state is None or wanted == state.told:
            return []
        known = set(state.told)
        state.told = wanted
        return [shift for shift in wanted if shift not in known]

    async def revision(self, schedule_id: int) -> int:
        """How often it was changed how roles of this schedule are filled; 0 where none ever was filled fairly."""
        state = await self._session.get(FairState, schedule_id)
        return state.revision if state else 0

    async def due(self, now: datetime) -> list[int]:
        """Schedules to look at by ``now``, archived ones left out."""
        query = (
            select(FairState.schedule_id)
            .join(Schedule, Schedule.id == FairState.schedule_id)
            .where(FairState.due_at <= now, Schedule.archived_at.is_(None))
        )
        return list(await self._session.scalars(query.order_by(few(FairState.schedule_id))))

    async def look_at(self, schedule_ids: Iterable[int], at: datetime) -> list[int]:
        """Have these schedules looked at at ``at``; returns those that have, or had, roles filled fairly."""
        wanted = FairState.schedule_id.in_(sorted(set(schedule_ids)))
        changed = update(FairState).where(wanted).values(due_at=at).returning(FairState.schedule_id)
        return sorted(await self._session.scalars(changed))

    async def add(self, schedule_id: int, deal: Deal, choices: Iterable[Choice]) -> int:
        """Store an assignment with its choices; returns its id. Older choices for the same time of a role go."""
        row = FairDeal(
            schedule_id=schedule_id,
            made_at=deal.made_at,
            made_by=deal.made_by,
            cause=deal.cause,
            since=deal.since,
            until=deal.until,
            quality=deal.quality,
            solver=deal.solver,
            proven=deal.proven,
            compromises=[dict(one) for one in deal.compromises],
        )
        self._session.add(row)
        await self._session.flush()
        for choice in choices:
            await self._choose(schedule_id, row.id, choice)
        await self._session.flush()
        return row.id

    async def _choose(self, schedule_id: int, deal_id: int, choice: Choice) -> None:
        same = (
            FairChoice.role_id == choice.role_id,
            FairChoice.starts_at < choice.end,
            FairChoice.ends_at > choice.start,
        )
        await self._session.execute(delete(FairChoice).where(FairChoice.schedule_id == schedule_id, *same))
        self._session.add(
            FairChoice(
                deal_id=deal_id,
                schedule_id=schedule_id,
                role_id=choice.role_id,
                starts_at=choice.start,
                ends_at=choice.end,
                kind=choice.kind,
                user_id=choice.user,
                why=dict(choice.why),
            )
        )

    async def choices(self, schedule_id: int, since: datetime) -> list[tuple[Choice, Deal]]:
        """What was chosen for time that ends after ``since``, in order, each with the deal that it is of."""
        rows = await _CHOICES.rows(self._session, {"schedule_id": schedule_id, "since": since})
        return [(_choice(choice), _deal(deal)) for choice, deal in rows]

    async def forget_open(self, role_id: int, since: datetime) -> None:
        """Time of a role that nobody could have is as good as new."""
        ahead = (FairChoice.role_id == role_id, FairChoice.ends_at > since, FairChoice.user_id.is_(None))
        await self._session.execute(delete(FairChoice).where(*ahead))


def _arrangement(row: FairVersion) -> Arrangement:
    return Arrangement.of(row.says, role_id=row.role_id, since=row.since, until=row.until, id=row.id)


def _choice(row: FairChoice) -> Choice:
    return Choice(row.role_id, row.starts_at, row.ends_at, row.kind, row.user_id, row.why)


def _deal(row: FairDeal) -> Deal:
    return Deal(
        row.made_at,
        row.made_by,
        row.cause,
        row.since,
        row.until,
        row.quality,
        row.solver,
        row.proven,
        row.compromises,
        row.id,
    )
