"""How the roles of a schedule are filled, as the form shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.fairness.arrangement import Arrangement, newest
from oncall.rotations import Rotation
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

    ``begins`` is from when on that holds, where it does not yet.
    """

    id: int
    name: str
    fair: Arrangement | None
    rotations: tuple[str, ...] = ()
    begins: datetime | None = None


@dataclass(frozen=True, slots=True)
class FairView:
    """A schedule with its roles in order; ``deal`` was the last assignment, ``open`` shifts ahead have nobody."""

    schedule: ScheduleView
    roles: tuple[RoleState, ...]
    revision: int
    deal: Deal | None = None
    open: tuple[Choice, ...] = ()

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
        roles = tuple(
            _state(role, versions.get(role.id, ()), rotations, now) for role in await tx.schedules.roles(schedule.id)
        )
        chosen = await tx.fairness.choices(schedule.id, now)
        fair = {role.id for role in roles if role.fair}
        return FairView(
            await schedule_view(tx, schedule),
            roles,
            await tx.fairness.revision(schedule.id),
            await tx.fairness.newest(schedule.id),
            tuple(choice for choice, _deal in chosen if choice.user is None and choice.role_id in fair),
        )


def _state(role: Role, versions: Sequence[Arrangement], rotations: Sequence[Rotation], now: datetime) -> RoleState:
    fair = newest(versions, now)
    filling = tuple(rotation.name for rotation in rotations if role.id in rotation.roles)
    return RoleState(role.id, role.name, fair, filling, fair.since if fair and fair.since > now else None)
