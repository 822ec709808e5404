"""The small world of the engine's tests, on a calendar of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.pagerduty import Clock, InProcessTransport
from sync.core.model import Mode
from sync.destinations import CalDav, PagerDuty, Systems
from tests.caldav.support import Line
from tests.support.calendar_servers import PASSWORD, USER, Calendar, CalendarServer, utc
from tests.support.engine_house import START, EngineWorld, engine_world

SLACK = {"alice@example.com": "UALICE", "bob@example.com": "UBOB", "carol@example.com": "UCAROL"}
EMAILS = {user: email for email, user in SLACK.items()}
Row = tuple[float, float, str]


@dataclass(slots=True)
class CalendarWorld:
    """A schedule called "Payments" in Berlin, exported to a calendar. Hours count from the beginning of the world."""

    house: EngineWorld
    calendar: Calendar
    line: Line

    def hours(self, at: datetime) -> float:
        return (at - START).total_seconds() / 3600

    def span(self, start: float, end: float) -> tuple[str, str]:
        """The lines that give an event its time."""
        return f"DTSTART:{utc(self.house.at(start))}", f"DTEND:{utc(self.house.at(end))}"

    def add(self, user: str, start: float, end: float, *, title: str = "Payments", name: str = "") -> str:
        """Somebody makes an event in their app."""
        guest = f"ATTENDEE:mailto:{EMAILS.get(user, user)}"
        return self.calendar.add(*self.span(start, end), f"SUMMARY:{title}", guest, name=name)

    def ours(self) -> list[str]:
        return [name for name in self.calendar.names() if name.startswith("baton-")]

    def shows(self) -> list[Row]:
        """What the calendar has, read by plain HTTP: hours and Slack users of every plain event, in order."""
        return sorted(row for name in self.calendar.names() if (row := self._row(self.calendar.text(name))))

    def _row(self, text: str) -> Row | None:
        values = dict(line.split(":", 1) for line in text.replace("\n ", "").split("\n") if ":" in line)
        guest = next((values[name] for name in values if name.startswith("ATTENDEE")), "")
        if "DTSTART" not in values or "DTEND" not in values:
            return None
        start, end = (self.hours(_instant(values[name])) for name in ("DTSTART", "DTEND"))
        email = guest.lower().removeprefix("mailto:")
        return start, end, SLACK.get(email, email)

    async def reconcile(self) -> None:
        await self.house.reconcile()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.strip())


@asynccontextmanager
async def calendar_world(server: CalendarServer, *, mode: Mode = Mode.BIDIRECTIONAL) -> AsyncIterator[CalendarWorld]:
    calendar, line = server.new_calendar("Payments on call"), Line()
    async with engine_world(mode=mode) as house:
        await _link(house, calendar)
        clock: Clock = house.world.clock

        async def sleep(seconds: float) -> None:
            clock.advance(seconds)

        calendars = CalDav(clock=clock, sleep=sleep, transport=lambda: line)
        pagerduty = PagerDuty(clock=clock, transport=InProcessTransport(house.world))
        house.engine = replace(house.engine, external=Systems(pagerduty, {"caldav": calendars}))
        try:
            yield CalendarWorld(house, calendar, line)
        finally:
            await calendars.aclose()


async def _link(house: EngineWorld, calendar: Calendar) -> None:
    from sync.destinations.caldav.credentials import pack

    key = house.engine.secrets.seal(pack(calendar.server.url, USER, PASSWORD))
    async with house.database.transaction() as tx:
        destination = await tx.destinations.get(house.destination_id)
        assert destination is not None
        connection = await tx.connections.get(destination.connection_id)
        assert connection is not None
        connection.kind, connection.secret = "caldav", key
        destination.external_id, destination.external_kind = calendar.path, "calendar"
