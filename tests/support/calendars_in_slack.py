"""A Baton beside a real calendar server, and what people do with both in Slack."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from icalendar import Calendar as Parsed

from sandbox.client import Modal, Person, Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.connections import credentials as connections
from services.connections.drafts import CalendarDraft
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationDraft, DestinationView
from services.schedules.creating import ScheduleView
from sync.core.model import Mode
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.calendar_servers import PASSWORD, USER, Calendar, CalendarServer
from tests.support.running import Baton, baton_beside
from tests.support.slack_steps import actor

Shown = tuple[str, datetime, datetime]


@asynccontextmanager
async def baton_with_calendars(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, database: Path
) -> AsyncIterator[Baton]:
    """One whose operator lets it reach servers on loopback."""
    async with baton_beside(slack, pagerduty, database, private=True) as running:
        await ws.connected()
        yield running


@dataclass(frozen=True, slots=True)
class Linked:
    """A role that is exported to a calendar."""

    baton: Baton
    schedule: ScheduleView
    destination: DestinationView
    calendar: Calendar

    async def refresh(self) -> None:
        """Refresh, and have everybody told."""
        someone = await actor(self.baton)
        await destinations.refresh_destination(self.baton.house, someone, self.destination.id)
        await tell(self.baton)

    def shown(self) -> list[Shown]:
        return shown(self.calendar)

    @property
    def ours(self) -> list[str]:
        """The names of the events that Baton made."""
        return [name for name in self.calendar.names() if name.startswith("baton-")]


def shown(calendar: Calendar) -> list[Shown]:
    """What an independent reader finds in the calendar: whom each event invites, from when, until when."""
    found: list[Shown] = []
    for name in calendar.names():
        for event in Parsed.from_ical(calendar.text(name)).walk("VEVENT"):
            invited = event.get("ATTENDEE")
            who = str(invited[0] if isinstance(invited, list) else invited).lower().removeprefix("mailto:")
            found.append((who, event.decoded("DTSTART"), event.decoded("DTEND")))
    return sorted(found, key=lambda one: one[1])


async def link_calendar(
    baton: Baton,
    schedule: ScheduleView,
    server: CalendarServer,
    mode: Mode = Mode.AUTHORITATIVE,
    *,
    name: str = "On-call",
    export: bool = True,
) -> Linked:
    """The first role, linked to a new calendar, with what that would write agreed to."""
    calendar, someone = server.new_calendar(name), await actor(baton)
    tried = await connections.try_credentials(baton.house, someone, CalendarDraft(server.url, USER, PASSWORD))
    connection = await connections.save_connection(baton.house, someone, tried)
    draft = DestinationDraft(schedule.id, connection.id, calendar.path, schedule.roles[0].id, mode)
    made = await destinations.add_destination(baton.house, someone, draft)
    await baton.settled()
    waiting = await exporting.waiting_at(baton.house, someone, made.id)
    if export and waiting.digest:
        await exporting.export_now(baton.house, someone, made.id, waiting.digest)
    return Linked(baton, schedule, await destinations.get_destination(baton.house, someone, made.id), calendar)


async def open_form(person: Person) -> Modal:
    await person.command("/oncall connections", channel="#ops")
    await person.modal("Connections")
    await person.press("Add calendar")
    return await person.modal("Calendar connection")


async def save(person: Person, server: str, user: str = USER, password: str = PASSWORD) -> Modal | None:
    await person.fill("Server address", server)
    await person.fill("User name", user)
    await person.fill("App password", password)
    return await person.submit()
