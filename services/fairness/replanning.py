"""Re-planning: the shifts ahead are dealt once more, and as few as possible move.

Who was announced for a shift costs nothing there, anybody else costs a move (:mod:`oncall.fairness.rules.changes`). An
admin is shown each shift that would move, and says yes to exactly that: where it has become another plan by then,
nothing is stored. What a person decided by hand moves only where that person can't be on call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from oncall.fairness.pieces import Piece, replaced
from oncall.fairness.plan import Plan
from oncall.fairness.situation import Situation
from oncall.shifts import Shift, ShiftState, assign
from services.fairness.dealing import store_plan
from services.fairness.explaining import open_facts
from services.fairness.loading import situation_of
from services.fairness.telling import tell_open
from services.fairness.working_out import reasons_of, work_out
from services.kit.audit import note
from services.kit.errors import NotFound, Stale
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import counted
from services.shifts.each_change import Deed, carry_out
from storage.again import run_again
from storage.repositories.fairness import Choice
from storage.tables import Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class Moved:
    """In ``[start, end)`` a role goes from one person to another; ``after`` None stays open."""

    role: str
    start: datetime
    end: datetime
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Replan:
    """What a re-plan would do; ``digest`` names exactly that."""

    schedule: str
    plan: Plan
    moves: tuple[Moved, ...]
    digest: str
    counted: int = 0
    """How many shifts were looked at."""


@dataclass(frozen=True, slots=True)
class _Table:
    schedule: str
    situation: Situation
    found: tuple[Piece, ...]
    movable: tuple[Shift, ...]

    @property
    def standing(self) -> list[Shift]:
        return [shift for shift in self.situation.shifts if shift not in self.movable]


async def plan(house: House, actor: Actor, schedule_id: int) -> Replan:
    """What a re-plan would move. Raises NotAllowed, NotFound."""
    return (await _worked_out(house, actor, schedule_id))[1]


async def _worked_out(house: House, actor: Actor, schedule_id: int) -> tuple[_Table, Replan]:
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        table = await _lay(tx, schedule, house.clock.now())
    found = await work_out(house.solver, table.situation, table.standing, table.found)
    moves = tuple(
        Moved(table.situation.roles[piece.role_id], piece.start, piece.end, piece.announced, user)
        for piece, user in found.moved
    )
    return table, Replan(table.schedule, found, moves, _digest(moves), len(table.found))


async def _lay(tx: Unit, schedule: Schedule, now: datetime) -> _Table:
    if not await tx.fairness.versions(schedule.id):
        raise NotFound("No role of this schedule is filled fairly.")
    situation = await situation_of(tx, schedule, now)
    found, movable = replaced(situation)
    return _Table(schedule.name, situation, tuple(found), tuple(movable))


async def replan(house: House, actor: Actor, schedule_id: int, digest: str) -> Replan:
    """Move what was shown as ``digest``. Raises Stale where that would be something else by now, and as above."""
    table, made = await _worked_out(house, actor, schedule_id)
    if made.digest != digest:
        raise Stale("What a re-plan would move has changed. Nothing was done; look at it as it is now.")
    await _store(house, actor, schedule_id, table, made, await reasons_of(made.plan))
    return made


@run_again
async def _store(
    house: House, actor: Actor, schedule_id: int, table: _Table, made: Replan, choices: Sequence[Choice]
) -> Sequence[int]:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)  # its schedules share people
        schedule = await administered_schedule(tx, actor, schedule_id)
        await tx.schedules.lock(schedule.id)
        if await _lay(tx, schedule, table.situation.now) != table:
            raise Stale("Something changed while the new plan was stored. Nothing was done; look at it as it is now.")
        moved = [(piece, user) for piece, user in made.plan.moved if user is not None]
        destinations = await _put(tx, actor, schedule, table, moved, now)
        await store_plan(tx, schedule, made.plan, choices, actor.user_id, "replan", now)
        said = f"re-planned: {counted(len(made.moves), 'shift')} moved"
        note(tx, actor, now, "fair.replanned", said, schedule_id=schedule.id, moved=len(made.moves))
        if made.plan.open:
            await tell_open(tx, schedule, open_facts(made.plan, made.plan.open), now)
    return destinations


async def _put(
    tx: Unit, actor: Actor, schedule: Schedule, table: _Table, moved: Sequence[tuple[Piece, str | None]], now: datetime
) -> Sequence[int]:
    """Confirmed shifts are changed as a person would change them, proposals are just others."""
    confirmed: list[Shift] = []
    for piece, user in moved:
        shift = piece.shift(user)
        if _is_confirmed(table.movable, piece):
            confirmed.append(replace(shift, state=ShiftState.CONFIRMED))
        else:
            below = await tx.shifts.of_role(piece.role_id, piece.start, piece.end)
            await tx.shifts.apply(schedule.id, assign(below, shift), now)
    if not confirmed:
        return ()
    deed = Deed("reassigned", f"re-planned {counted(len(confirmed), 'confirmed shift')}", reason="Re-planned")
    return (await carry_out(tx, actor, schedule, confirmed, deed, now)).destinations


def _is_confirmed(shifts: Sequence[Shift], piece: Piece) -> bool:
    return any(
        s.role_id == piece.role_id and s.state is ShiftState.CONFIRMED and s.interval.overlaps(piece.interval)
        for s in shifts
    )


def _digest(moves: Sequence[Moved]) -> str:
    text = "\n".join(f"{one.role} {one.start} {one.end} {one.before} {one.after}" for one in moves)
    return sha256(text.encode()).hexdigest()[:16]
