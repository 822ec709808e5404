"""Who has how much of each role against their fair share: what ``/oncall balance`` shows. Anyone may look.

Of a role that is filled fairly members, shares and types are those of its arrangement; of any other the members who can
be put on call have equal shares since they were added, and types are its rotations where there are several.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from oncall.fairness.arrangement import Arrangement, holding, wanted
from oncall.fairness.balance import REMEMBERED, Sharer
from oncall.fairness.measures import Laid, Table, served, tables
from oncall.rotations import Rotation, spans
from oncall.shifts import Shift
from oncall.timeline import Interval
from services.availability.public_holidays import holidays_of
from services.kit.house import Actor, House
from services.kit.permissions import visible_schedule
from services.people.deactivated import gone_among
from storage.tables import Role, Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class RoleBalance:
    """One role: ``since`` is from when on shifts are counted (UTC), None where there are none."""

    role_id: int
    role: str
    is_fair: bool
    since: datetime | None
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class BalanceView:
    """Every role of a schedule, in order."""

    schedule_id: int
    schedule: str
    zone: str
    now: datetime
    roles: tuple[RoleBalance, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """All that the balance of one role is worked out from."""

    role: Role
    fair: Arrangement | None
    sharers: Sequence[Sharer]
    shifts: Sequence[Shift]
    laid: Sequence[Laid]
    zone: str
    holidays: Mapping[str, frozenset[date]]


async def balance_of(house: House, actor: Actor, schedule_id: int) -> BalanceView:
    """How every role of a schedule is balanced. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        known = await _known(tx, schedule, now)
        name, zone = schedule.name, schedule.time_zone
    roles = await asyncio.to_thread(lambda: tuple(_balance(one, now) for one in known))
    return BalanceView(schedule_id, name, zone, now, roles)


async def _known(tx: Unit, schedule: Schedule, now: datetime) -> list[_Known]:
    shifts = await tx.shifts.of_schedule(schedule.id, now - REMEMBERED)
    versions = await tx.fairness.versions(schedule.id)
    rotations = [one for found in await tx.rotations.of_schedule(schedule.id) for one in found]
    equal = await equal_sharers(tx, schedule)
    window = Interval(now - REMEMBERED, max([now, *(shift.end for shift in shifts)]))
    users = {one.user for one in equal} | {u for found in versions.values() for version in found for u in version.users}
    free = await holidays_of(tx, schedule.workspace_id, users, window)
    days = {user: frozenset(one.day for one in found) for user, found in free.items()}
    found: list[_Known] = []
    for role in await tx.schedules.roles(schedule.id):
        fair = holding(versions.get(role.id, ()), now)
        found.append(
            _Known(
                role=role,
                fair=fair,
                sharers=[Sharer(m.user, m.share, m.since) for m in fair.members] if fair else equal,
                shifts=[shift for shift in shifts if shift.role_id == role.id],
                laid=_laid(role.id, versions.get(role.id, ()), rotations, window),
                zone=fair.zone if fair else schedule.time_zone,
                holidays=days,
            )
        )
    return found


async def equal_sharers(tx: Unit, schedule: Schedule) -> list[Sharer]:
    """The members who can be put on call, with equal shares since they were added."""
    members = [one.user_id for one in await tx.schedules.members(schedule.id) if one.assignable]
    gone = await gone_among(tx, schedule.workspace_id, members)
    joined = await tx.audit.joined(schedule.id)
    return [Sharer(user, since=joined.get(user)) for user in members if user not in gone]


def _laid(role_id: int, versions: Sequence[Arrangement], rotations: Sequence[Rotation], window: Interval) -> list[Laid]:
    found = [Laid(one.start, one.end, one.kind) for one in wanted(versions, window)]
    for rotation in rotations:
        if role_id in rotation.roles:
            found += [Laid(start, end, rotation.name) for start, end, _turn in spans(rotation, window)]
    return found


def _balance(known: _Known, now: datetime) -> RoleBalance:
    found = served(known.shifts, known.laid)
    made = tables(found, known.sharers, now, known.zone, known.holidays)
    since = min((one.start for one in found), default=None)
    return RoleBalance(known.role.id, known.role.name, known.fair is not None, since, tuple(made))
