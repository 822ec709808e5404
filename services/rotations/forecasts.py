"""What saving a rotation would do, shown before it is saved; and changing confirmed shifts along with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import lcm

from oncall.changes import Effect
from oncall.forecast import Outlook, changes, released, replacements, without
from oncall.pace import WEEK
from oncall.plans import state_at, steps
from oncall.roles import pattern, uncovered
from oncall.rotations import Rotation, spans, upcoming
from oncall.shifts import Shift, ShiftState, clear, timeline
from oncall.timeline import Interval
from services.destinations.marking_due import confirmed
from services.kit.errors import FieldErrors
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import escape
from services.rotations.drafting import RotationDraft, belonging, planned
from services.rotations.openings import Opening, opened, outlook_of
from services.shifts.each_change import Deed, carry_out
from services.shifts.gains_and_losses import Move, tell_moves
from storage.tables import Schedule
from storage.unit import Unit as Tx

SHOWN_SHIFTS = 6
LONGEST_SEARCH = timedelta(days=5 * 365)
"""How far ahead somebody without a turn is looked for."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What saving would do: the next shifts with who backs each up, who gains and loses what, what nobody covers.

    Gains, losses and gaps are those up to the schedule's horizon. ``idle`` are members who would never have a turn.
    """

    role: str
    next_shifts: tuple[Shift, ...]
    backups: tuple[str | None, ...]
    effects: tuple[Effect, ...]
    uncovered: tuple[Interval, ...]
    roles: dict[int, str] = field(default_factory=dict[int, str])
    idle: tuple[str, ...] = ()
    opened: tuple[Opening, ...] = ()
    """Of what nobody covers, that which somebody covers today."""
    kept_out: tuple[Effect, ...] = ()
    """Who joins, with the turns of theirs that are confirmed for others already."""


async def preview_rotation(house: House, actor: Actor, draft: RotationDraft) -> Preview:
    """What saving would do; raises FieldErrors keyed by the draft's attributes, Stale, NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        versions, others = await planned(tx, schedule, draft, now)
        before = await outlook_of(tx, schedule, now)
        stored = await tx.rotations.versions(draft.rotation_id) if draft.rotation_id else ()
        joining = {*belonging(versions, now)} - {*belonging(stored, now)} if stored else set[str]()
        changing = await confirmed_to_change(tx, schedule, draft, versions, now)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    after = _released(before, [*others, *versions], changing)
    within = Interval(now, now + timedelta(days=schedule.horizon_days))
    role, start = versions[-1].role_id, max(now, draft.since or now, versions[-1].begin)
    following = _following(after, versions[-1], Interval(start, max(within.end, start)))
    return Preview(
        role=roles[role],
        next_shifts=following,
        backups=_backups(after, versions[-1], following, start),
        effects=_in_order(changes(before, after, within), draft),
        uncovered=uncovered(after.rotations, role, Interval(start, start + timedelta(days=schedule.horizon_days))),
        roles=roles,
        idle=idle(versions, now),
        opened=opened(before, after, roles, within),
        kept_out=_kept_out(after, versions, joining, now) if draft.rotation_id else (),
    )


def _kept_out(after: Outlook, versions: Sequence[Rotation], joining: set[str], now: datetime) -> tuple[Effect, ...]:
    """The turns of those who join that confirmed shifts of others keep from them."""
    role = versions[-1].role_id
    held = [one for one in after.taken if one.state is ShiftState.CONFIRMED and one.role_id == role and one.end > now]
    if not joining or not held:
        return ()
    turns = pattern(versions, role, Interval(now, max(shift.end for shift in held)))
    found: dict[str, list[Interval]] = {}
    for turn in turns.segments:
        for shift in held:
            start, end = max(turn.start, shift.start), min(turn.end, shift.end)
            for user in joining.intersection(turn.users) if start < end else ():
                if shift.user != user:
                    found.setdefault(user, []).append(Interval(start, end))
    return tuple(Effect(role, user, (), tuple(times)) for user, times in sorted(found.items()))


@dataclass(frozen=True, slots=True)
class Moved:
    """How many confirmed shifts are new or gone, and the destinations to export to."""

    count: int = 0
    destinations: Sequence[int] = ()


async def replace_confirmed(
    tx: Tx, actor: Actor, schedule: Schedule, name: str, changing: Sequence[Shift], now: datetime
) -> Moved:
    """Change these confirmed shifts along with the rotation called ``name``, and tell everybody concerned.

    In the caller's transaction, once the rotation's new versions are stored.
    """
    before = await outlook_of(tx, schedule, now)
    new, going = replacements(_released(before, before.rotations, changing), changing)
    left_open = await _clear(tx, schedule, new, going, now)
    key = f"rotation:{schedule.id}:{now.isoformat()}"
    await tell_moves(tx, schedule, left_open, action="unassigned", by=actor.user_id, key=key, now=now)
    roles = {shift.role_id for shift in going}
    destinations = {*(await confirmed(tx, roles, by_admin=True) if roles else ())}
    if new:
        deed = Deed("reassigned", f"changed confirmed shifts along with the rotation {escape(name)}")
        destinations |= {*(await carry_out(tx, actor, schedule, new, deed, now)).destinations}
    return Moved(max(len(new), len(going)), sorted(destinations))


def idle(versions: Sequence[Rotation], now: datetime) -> tuple[str, ...]:
    """Members who would never be on call: turns come round before the role is covered in one of theirs."""
    state = replace([state_at(versions, now), *(step.after for step in steps(versions, now))][-1], since=None)
    if state.windowed is None or not state.is_steady or state.period >= WEEK:
        return ()
    hours, week = state.period // timedelta(hours=1), WEEK // timedelta(hours=1)
    cycle = timedelta(hours=lcm(hours * len(state.members), week))
    reach = Interval(state.begin, state.begin + min(max(cycle, 8 * WEEK), LONGEST_SEARCH))
    serving = {turn.user for *_, turn in spans(state, reach)}
    return tuple(stint.user for stint in state.members if stint.user not in serving)


async def confirmed_to_change(
    tx: Tx, schedule: Schedule, draft: RotationDraft, versions: Sequence[Rotation], now: datetime
) -> tuple[Shift, ...]:
    """The confirmed shifts that the draft changes along. Raises FieldErrors(confirmed_from) for a date in the past."""
    if draft.confirmed_from is None:
        return ()
    if draft.confirmed_from < now - timedelta(minutes=15):
        raise FieldErrors({"confirmed_from": "Choose a time from now on; what has passed can't be changed."})
    stored = await tx.rotations.versions(draft.rotation_id) if draft.rotation_id else ()
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    return released(shifts, [*stored, *versions], max(draft.confirmed_from, now))


def _released(before: Outlook, rotations: Sequence[Rotation], gone: Sequence[Shift]) -> Outlook:
    return Outlook(rotations, without(before.taken, gone), without(before.stand, gone))


def _following(after: Outlook, latest: Rotation, within: Interval) -> tuple[Shift, ...]:
    """The next shifts of the role; beyond the horizon, what the rotation will propose there."""
    ahead = upcoming(latest, within.start, SHOWN_SHIFTS)
    far = max((shift.end for shift in ahead), default=within.end)
    found = after.shifts(latest.role_id, Interval(within.start, max(within.end, far)))
    return tuple(shift for shift in found if shift.end > within.start)[:SHOWN_SHIFTS]


def _backups(after: Outlook, latest: Rotation, following: Sequence[Shift], start: datetime) -> tuple[str | None, ...]:
    """Who backs each of these shifts up as it begins; empty without a backup."""
    if latest.backup is None or not following:
        return ()
    line = after.line(latest.backup.role_id, Interval(start, following[-1].end))
    return tuple(next(iter(line.at(max(shift.start, start))), None) for shift in following)


def _in_order(found: Sequence[Effect], draft: RotationDraft) -> tuple[Effect, ...]:
    """By role, members in their order first, then whoever is affected soonest."""
    places = {user: place for place, user in enumerate(draft.members)}
    return tuple(
        sorted(
            found,
            key=lambda one: (
                one.role_id,
                places.get(one.user, len(places)),
                min(interval.start for interval in (*one.gained, *one.lost)),
                one.user,
            ),
        )
    )


async def _clear(tx: Tx, schedule: Schedule, new: Sequence[Shift], going: Sequence[Shift], now: datetime) -> list[Move]:
    """Take away what is released and comes to nobody; who loses it."""
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    found: list[Move] = []
    for shift in going:
        over = timeline(one for one in new if one.role_id == shift.role_id)
        for gap in over.gaps(shift.interval):
            below = await tx.shifts.of_role(shift.role_id, gap.start, gap.end)
            await tx.shifts.apply(schedule.id, clear(below, shift.role_id, gap), now)
            found.append(Move(roles[shift.role_id], gap.start, gap.end, shift.user, None))
    return found
