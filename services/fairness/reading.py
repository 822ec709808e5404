"""How the roles of a schedule are filled, as the form shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.fairness.arrangement import Arrangement, newest
from oncall.rotations import Rotation
from oncall.shifts import Shift
from oncall.timeline import Interval
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.rotations.drafting import holds
from services.schedules.creating import ScheduleView
from services.schedules.creating import view as schedule_view
from storage.repositories.fairness import Choice, Deal
from storage.tables import Role


@dataclass(frozen=True, slots=True)
class RoleState:
    """A role: ``fair`` is how it was set last, None where it is filled in order; ``rotations`` fill it, by name.

    ``begins`` is from when on that holds, where it does not yet; ``deal`` is the last assignment of what is ahead, and
    ``open`` how many shifts ahead have nobody.
    """

    id: int
    name: str
    fair: Arrangement | None
    rotations: tuple[str, ...] = ()
    begins: datetime | None = None
    deal: Deal | None = None
    open: int = 0


@dataclass(frozen=True, slots=True)
class FairView:
    """A schedule with its roles in order."""

    schedule: ScheduleView
    roles: tuple[RoleState, ...]
    revision: int

    def role(self, role_id: int | None) -> RoleState:
        """This one, else the first that is filled fairly, else the first."""
        fair = next((role for role in self.roles if role.fair), self.roles[0])
        return next((role for role in self.roles if role.id == role_id), fair)


async def get_fair(house: House, actor: Actor, schedule_id: int) -> FairView:
    """For its admins. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        versions = await tx.fairness.versions(schedule.id)
        rotations = [found[-1] for found in await tx.rotations.of_schedule(schedule.id) if holds(found, now)]
        chosen = await tx.fairness.choices(schedule.id, now)
        shifts = [shift for shift in await tx.shifts.of_schedule(schedule.id, now) if shift.user]
        roles = tuple(
            _dealt(_state(role, versions.get(role.id, ()), rotations, now), chosen, shifts)
            for role in await tx.schedules.roles(schedule.id)
        )
        return FairView(await schedule_view(tx, schedule), roles, await tx.fairness.revision(schedule.id))


def _state(role: Role, versions: Sequence[Arrangement], rotations: Sequence[Rotation], now: datetime) -> RoleState:
    fair = newest(versions, now)
    filling = tuple(rotation.name for rotation in rotations if role.id in rotation.roles)
    return RoleState(role.id, role.name, fair, filling, fair.since if fair and fair.since > now else None)


def _dealt(role: RoleState, chosen: Sequence[tuple[Choice, Deal]], shifts: Sequence[Shift]) -> RoleState:
    """With what became of it; time that was open and is somebody's by now counts no more."""
    mine = [(choice, deal) for choice, deal in chosen if choice.role_id == role.id]
    taken = [shift.interval for shift in shifts if shift.role_id == role.id]
    nobody = [Interval(choice.start, choice.end) for choice, _deal in mine if choice.user is None]
    last = max((deal for _choice, deal in mine), key=lambda deal: deal.made_at, default=None)
    return replace(role, deal=last, open=sum(not any(one.overlaps(time) for one in taken) for time in nobody))
