"""A person's shifts over every schedule of the workspace, and people found by what others call them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from services.kit.house import Actor, House
from services.people.directory import PersonView
from services.shifts.assigning import ShiftView
from storage.repositories.schedules import name_key
from storage.tables import Person
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class PersonShift:
    """A shift with the schedule that it is of."""

    schedule_id: int
    schedule: str
    team: str
    shift: ShiftView

    def runs_at(self, instant: datetime) -> bool:
        return self.shift.start <= instant < self.shift.end


async def shifts_of(house: House, actor: Actor, user_id: str) -> Sequence[PersonShift]:
    """The running and coming shifts of one person on every schedule, soonest first; anyone may look."""
    now = house.clock.now()
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    found = await house.database.remembered(
        ("shifts of", actor.workspace_id, user_id, hour), lambda tx: _shifts_of(tx, actor.workspace_id, user_id, hour)
    )
    return [one for one in found if one.shift.end > now]


async def _shifts_of(tx: Unit, workspace_id: int, user_id: str, since: datetime) -> Sequence[PersonShift]:
    schedules = {schedule.id: (schedule, team) for schedule, team in await tx.schedules.active(workspace_id)}
    found = [(number, shift) for number, shift in await tx.shifts.of_user(user_id, since) if number in schedules]
    roles = await tx.schedules.roles_of(number for number, _ in found)
    names = {role.id: role.name for listed in roles.values() for role in listed}
    return [
        PersonShift(
            number, schedules[number][0].name, schedules[number][1].name, ShiftView.of(shift, names[shift.role_id])
        )
        for number, shift in found
        if shift.role_id in names
    ]


async def people_called(house: House, actor: Actor, text: str) -> list[PersonView]:
    """People of the workspace called ``text``: ``<@U1|bob>``, ``@bob``, a display name, a full name, or a part of one.

    Whoever has exactly this name comes alone. People who have left Slack are found too, as long as nobody else fits.
    """
    wanted = name_key(text.strip().removeprefix("@"))
    if not wanted:
        return []
    async with house.database.read() as tx:
        everybody = [person for person in await tx.people.all(actor.workspace_id) if not person.is_bot]
    if text.strip().startswith("<@"):
        user = text.strip()[2:].partition(">")[0].partition("|")[0]
        fitting = [person for person in everybody if person.user_id == user]
    else:
        exact = [person for person in everybody if wanted in map(name_key, (person.name, person.real_name))]
        fitting = exact or [p for p in everybody if any(wanted in name_key(name) for name in (p.name, p.real_name))]
    living = [person for person in fitting if not person.deleted] or fitting
    return [_view(person) for person in sorted(living, key=lambda person: (person.real_name, person.user_id))]


def _view(person: Person) -> PersonView:
    return PersonView(person.user_id, person.real_name or person.name, person.time_zone)
