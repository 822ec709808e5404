"""What several tests do first: schedules, connections, destinations and shifts, made by the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services import connections, destinations, schedules, shifts
from services.connections import ConnectionDraft, ConnectionView
from services.destinations import DestinationDraft, DestinationView
from services.house import Actor
from services.schedules import ScheduleDraft, ScheduleView
from services.shifts import AssignDraft
from tests.running import Baton

PLATFORM = "Platform primary"


async def user_id(baton: Baton, name: str) -> str:
    async with baton.house.database.read() as tx:
        found = [person for person in await tx.people.all(baton.workspace) if person.name == name]
    return found[0].user_id


async def actor(baton: Baton, name: str = "alice") -> Actor:
    return Actor(baton.workspace, await user_id(baton, name))


async def make_schedule(
    baton: Baton,
    name: str = "Payments",
    *,
    team: str = "Money",
    roles: Sequence[str] = ("Primary", "Secondary"),
    members: Sequence[str] = ("alice", "bob"),
    admins: Sequence[str] = ("alice",),
) -> ScheduleView:
    draft = ScheduleDraft(
        name=name,
        team=team,
        time_zone="Europe/Berlin",
        roles=roles,
        members=[await user_id(baton, member) for member in members],
        admins=[await user_id(baton, admin) for admin in admins],
    )
    return await schedules.create_schedule(baton.house, await actor(baton, admins[0]), draft)


async def make_connection(baton: Baton) -> ConnectionView:
    someone = await actor(baton)
    tried = await connections.try_credentials(baton.house, someone, ConnectionDraft("acme", baton.key))
    return await connections.save_connection(baton.house, someone, tried)


async def make_destination(baton: Baton, schedule: ScheduleView) -> DestinationView:
    """The first role, linked to "Platform primary", refreshed once."""
    connection = await make_connection(baton)
    [external] = await connections.search_schedules(baton.house, await actor(baton), connection.id, PLATFORM)
    draft = DestinationDraft(schedule.id, connection.id, external.external_id, schedule.roles[0].id)
    made = await destinations.add_destination(baton.house, await actor(baton), draft)
    await baton.settled()
    return made


async def assign(baton: Baton, schedule: ScheduleView, user: str, start: datetime, hours: float, role: int = 0) -> None:
    draft = AssignDraft(
        schedule.id, schedule.roles[role].id, await user_id(baton, user), start, start + timedelta(hours=hours)
    )
    await shifts.assign_shift(baton.house, Actor(baton.workspace, schedule.admins[0].user_id), draft)


def full_hour(baton: Baton, ahead: float = 1) -> datetime:
    now = baton.house.clock.now()
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=ahead)
