"""Dealing what fair roles want filled up to the horizon: proposed, told and confirmed as what rotations propose.

::

    look    (one read)     what is wanted and free, and all that decides who gets it: the *situation*
    solve   (no transaction)
    store   (one transaction)   the workspace and the schedule are locked, and it is looked at once more: where the
                           situation is another one by now, nothing is stored, and it begins again from the look

So two processes that do the same give one plan, and whoever is killed has stored all of it or nothing: the schedule
stays due, and the clock does it again. What was announced is stored and is not worked out again; only proposals whose
person went away, left, or is on call elsewhere are dealt anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from oncall.fairness.pieces import Piece, pieces, stale
from oncall.fairness.plan import Plan
from oncall.fairness.situation import Situation
from oncall.shifts import Shift
from services.fairness.explaining import open_facts
from services.fairness.loading import BEYOND, horizon_of, situation_of
from services.fairness.telling import tell_absent, tell_open
from services.fairness.working_out import reasons_of, work_out
from services.kit.audit import note
from services.kit.house import Actor, House
from services.schedules.creating import ConfirmMode
from services.schedules.horizon import BATON, ask_admins, confirm_all, reason_of
from services.schedules.zone_rules import follow_in
from storage.again import run_again
from storage.isolation import each
from storage.notices import NoticeKind
from storage.repositories.fairness import Choice, Deal
from storage.tables import Schedule
from storage.unit import Unit

log = structlog.get_logger()

AGAIN = timedelta(hours=1)
"""How often a schedule is looked at: who went away, who left, what has come into the horizon."""
TRIES = 4


@dataclass(frozen=True, slots=True)
class Dealt:
    """What dealing did: ``proposed`` wait for an admin, ``confirmed`` were confirmed at once, ``open`` have nobody."""

    proposed: tuple[Shift, ...] = ()
    dropped: tuple[Shift, ...] = ()
    confirmed: tuple[Shift, ...] = ()
    open: tuple[Piece, ...] = ()
    destinations: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.proposed or self.dropped or self.confirmed)


@dataclass(frozen=True, slots=True)
class Look:
    """One look: ``found`` is to be dealt, ``gone`` are proposals that can't stay, ``known_open`` has nobody by now."""

    workspace_id: int
    situation: Situation
    found: tuple[Piece, ...]
    gone: tuple[Shift, ...]
    known_open: frozenset[tuple[int, datetime, datetime]]

    @property
    def standing(self) -> list[Shift]:
        return [shift for shift in self.situation.shifts if shift not in self.gone]


async def deal_due(house: House) -> int:
    """Deal for every schedule that is due; returns how many changed."""
    async with house.database.read() as tx:
        due = await tx.fairness.due(house.clock.now())
    changed: list[int] = []

    async def one(schedule_id: int) -> None:
        if await deal(house, schedule_id):
            changed.append(schedule_id)
        await asyncio.sleep(0)  # Slack is answered by the same loop

    failed = await each(due, one, "dealing shifts")
    await each(failed, lambda found: _tell_failure(house, *found), "telling that shifts can't be dealt")
    return len(changed)


@run_again
async def _tell_failure(house: House, schedule_id: int, error: Exception) -> None:
    """Admins hear of it once a day for each reason; it is tried again in an hour."""
    now, reason = house.clock.now(), reason_of(error)
    async with house.database.transaction() as tx:
        schedule = await tx.schedules.get(schedule_id)
        await tx.fairness.look_at([schedule_id], now + AGAIN)
        if schedule is not None:
            key = f"{schedule.id}:deal:{reason}:{now.date()}"
            await tx.outbox.tell(schedule, NoticeKind.HORIZON, key, {"reason": reason, "fair": True}, now)


async def deal(house: House, schedule_id: int, *, by: str | None = None) -> Dealt:
    """Deal up to the schedule's horizon; ``by`` is whose deed led to it, None where the clock did."""
    for _ in range(TRIES):
        now = house.clock.now()
        async with house.database.read() as tx:
            look = await _look(tx, schedule_id, now)
        if look is None:
            return Dealt()
        plan = await work_out(house.solver, look.situation, look.standing, look.found)
        done = await _store(house, schedule_id, look, plan, await reasons_of(plan), by)
        if done is not None:
            return done
    log.warning("dealing was overtaken every time, the clock does it again", schedule=schedule_id)
    return Dealt()


async def _look(tx: Unit, schedule_id: int, now: datetime) -> Look | None:
    """None where there is nothing to look at."""
    schedule = await tx.schedules.get(schedule_id)
    if schedule is None or schedule.archived_at is not None or not await tx.fairness.versions(schedule.id):
        return None
    situation = await situation_of(tx, schedule, now)
    gone = stale(situation)
    chosen = await tx.fairness.choices(schedule.id, now)
    known = frozenset((one.role_id, one.start, one.end) for one, _deal in chosen if one.user is None)
    taken = [shift for shift in situation.shifts if shift not in gone]
    found = tuple(_found(situation, taken, known, horizon_of(schedule, now)))
    return Look(schedule.workspace_id, situation, found, gone, known)


def _found(
    situation: Situation, taken: Sequence[Shift], known: frozenset[tuple[int, datetime, datetime]], horizon: datetime
) -> list[Piece]:
    """What is free before the horizon; where some of that is news, a week more, so the next batch is a week away."""
    within = pieces(situation, horizon, taken)
    news = [piece for piece in within if not _is_known(piece, known)]
    return pieces(situation, horizon + BEYOND, taken) if news else within


def _is_known(piece: Piece, known: frozenset[tuple[int, datetime, datetime]]) -> bool:
    """Whether it, or what is left of it as time goes on, was found open before."""
    return any(role == piece.role_id and start <= piece.start and piece.end == end for role, start, end in known)


@run_again
async def _store(
    house: House, schedule_id: int, look: Look, plan: Plan, choices: Sequence[Choice], by: str | None
) -> Dealt | None:
    """Store what was worked out; None where something has changed since it was looked at."""
    now = look.situation.now
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(look.workspace_id)  # its schedules share people
        await tx.schedules.lock(schedule_id)
        schedule = await tx.schedules.get(schedule_id)
        if schedule is None or (await follow_in(tx, schedule, now)).behind or await _look(tx, schedule_id, now) != look:
            return None
        await tx.fairness.look_at([schedule_id], now + AGAIN)
        await tell_absent(tx, schedule, look.situation, now)
        return await _stored(tx, schedule, look, plan, choices, by)


async def _stored(
    tx: Unit, schedule: Schedule, look: Look, plan: Plan, choices: Sequence[Choice], by: str | None
) -> Dealt:
    now = look.situation.now
    await tx.shifts.remove(look.gone, now)
    added = tuple(await tx.shifts.add(schedule.id, plan.shifts, now))
    news = [piece for piece in plan.open if not _is_known(piece, look.known_open)]
    if added or news or look.gone:
        deal_id = await store_plan(tx, schedule, plan, choices, by or BATON, "horizon", now)
        said = f"dealt {len(added)} {'shift' if len(added) == 1 else 'shifts'} fairly"
        actor = Actor(schedule.workspace_id, by or BATON)
        note(tx, actor, now, "fair.dealt", said, schedule_id=schedule.id, deal=deal_id, quality=plan.quality.value)
    if news:
        await tell_open(tx, schedule, open_facts(plan, news), now)
    if schedule.confirm_mode == ConfirmMode.AUTOMATICALLY:
        done = await confirm_all(tx, schedule, now, by)
        return Dealt((), look.gone, done.confirmed, tuple(plan.open), done.destinations)
    if added:
        how: dict[str, object] = {"quality": plan.quality.value, "solver": plan.solver, "proven": plan.proven}
        await ask_admins(tx, schedule, added, now, how)
    return Dealt(added, look.gone, (), tuple(plan.open))


async def store_plan(
    tx: Unit, schedule: Schedule, plan: Plan, choices: Sequence[Choice], by: str, cause: str, now: datetime
) -> int:
    """Keep what was decided, and why, as it is announced."""
    deal = Deal(
        made_at=now,
        made_by=by,
        cause=cause,
        since=min((piece.start for piece, _user in plan.given), default=now),
        until=plan.end,
        quality=plan.quality,
        solver=plan.solver,
        proven=plan.proven,
        compromises=plan.compromises,
    )
    return await tx.fairness.add(schedule.id, deal, choices)
