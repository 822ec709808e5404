"""What several tests do first: schedules, connections, destinations and shifts, made by the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from sandbox.client import Modal
from sandbox.client import Person as Somebody
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.client.waiting import until
from services.connections import credentials as connections
from services.connections.credentials import ConnectionView
from services.connections.drafts import ConnectionDraft
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationDraft, DestinationView
from services.kit.house import Actor
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleDraft, ScheduleView
from services.shifts import assigning as shifts
from services.shifts.assigning import AssignDraft
from storage.tables import Person
from tests.support.running import Baton

PLATFORM = "Platform primary"


async def user_id(baton: Baton, name: str) -> str:
    known = select(Person.user_id).where(Person.workspace_id == baton.workspace, Person.name == name)
    async with baton.house.database.read() as tx:
        return (await tx.session.scalars(known)).one()


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


async def in_channel(baton: Baton, schedule: ScheduleView, name: str) -> None:
    """Make a channel the schedule's notice channel."""
    channels = await baton.client.conversations_list(types="public_channel,private_channel")
    [channel] = [found["id"] for found in channels["channels"] if found["name"] == name]
    async with baton.house.database.transaction() as tx:
        (await tx.schedules.get(schedule.id)).channel_id = channel


async def make_connection(baton: Baton) -> ConnectionView:
    someone = await actor(baton)
    tried = await connections.try_credentials(baton.house, someone, ConnectionDraft("acme", baton.key))
    return await connections.save_connection(baton.house, someone, tried)


async def make_destination(baton: Baton, schedule: ScheduleView) -> DestinationView:
    """The first role, linked to "Platform primary", refreshed once, with what that would write agreed to."""
    connection = await make_connection(baton)
    [external] = await connections.search_schedules(baton.house, await actor(baton), connection.id, PLATFORM)
    draft = DestinationDraft(schedule.id, connection.id, external.external_id, schedule.roles[0].id)
    made = await destinations.add_destination(baton.house, await actor(baton), draft)
    await baton.settled()
    waiting = await exporting.waiting_at(baton.house, await actor(baton), made.id)
    if waiting.digest:
        await exporting.export_now(baton.house, await actor(baton), made.id, waiting.digest)
    return await destinations.get_destination(baton.house, await actor(baton), made.id)


async def assign(baton: Baton, schedule: ScheduleView, user: str, start: datetime, hours: float, role: int = 0) -> None:
    draft = AssignDraft(
        schedule.id, schedule.roles[role].id, await user_id(baton, user), start, start + timedelta(hours=hours)
    )
    await shifts.assign_shift(baton.house, Actor(baton.workspace, schedule.admins[0].user_id), draft)


def full_hour(baton: Baton, ahead: float = 1) -> datetime:
    now = baton.house.clock.now()
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=ahead)


def within_a_turn(baton: Baton, ahead: float = 1) -> datetime:
    """The same, or a little later: from then on PagerDuty's own rotation has one person for eight hours. It hands over
    on Mondays at nine (UTC)."""
    start = full_hour(baton, ahead)
    handover = start.replace(hour=9) if start.weekday() == 0 else start + timedelta(days=1)
    return handover if start < handover < start + timedelta(hours=8) else start


async def exported(baton: Baton, destination: DestinationView) -> list[tuple[str, datetime, datetime]]:
    """The overrides that PagerDuty holds: who, from when, until when."""
    now = baton.house.clock.now()
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        found = await control.overrides(destination.external_id, now - timedelta(days=1), now + timedelta(days=90))
    whole = [(one["user"], _instant(one["start"]), _instant(one["end"])) for one in found]
    return sorted(whole, key=lambda override: override[1])


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def modal_says(person: Somebody, text: str, timeout: float = 20) -> Modal:
    """The top modal, once it holds this text."""
    seen: list[Modal] = []

    async def look() -> Modal | None:
        seen[:] = [modal for modal in [await person.top_modal()] if modal]
        return next((modal for modal in seen if text in modal.text), None)

    found = await until(look, timeout)
    assert found is not None, f"no {text!r} in: {seen[0].text if seen else 'no modal'}"
    return found
