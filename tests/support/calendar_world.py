"""The small world of the engine's tests, on a calendar of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
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
    systems: Callable[[], Systems]

    def begin_anew(self) -> None:
        """Another process takes over, which knows nothing of what was read."""
        self.house.engine = replace(self.house.engine, external=self.systems(), owner="another")

    @property
    def hour_now(self) -> float:
        return self.hours(self.house.now)

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

    def reassign(self, name: str, before: str, after: str) -> None:
        """Somebody changes whom an event names."""
        text = self.calendar.text(name).replace("\n ", "")
        self.calendar.put(name, text.replace(f"mailto:{EMAILS[before]}", f"mailto:{EMAILS[after]}"))

    def rows(self) -> dict[str, Row]:
        """What the calendar has, read by plain HTTP: hours and Slack users of every plain event that is no holiday."""
        texts = {name: self.calendar.text(name) for name in self.calendar.names()}
        found = {name: self._row(text) for name, text in texts.items() if "SUMMARY:Holiday" not in text}
        return {name: row for name, row in found.items() if row is not None}

    def shows(self) -> list[Row]:
        return sorted(self.rows().values())

    def people(self, until: int = 96) -> dict[int, list[str]]:
        """Who is on call in each half hour that is still ahead; somebody who is there twice is named twice."""
        rows = self.shows()
        slots = range(int(self.hour_now * 2) + 1, until * 2)
        return {slot: sorted(user for a, b, user in rows if a <= slot / 2 + 0.25 < b) for slot in slots}

    def beyond(self, local: Mapping[int, str]) -> set[int]:
        """Where an event that somebody made has somebody else, and time that is nobody's here: that one is theirs."""
        rows = [row for name, row in self.rows().items() if not name.startswith("baton-")]
        spans = [(range(int(a * 2), int(b * 2)), user) for a, b, user in rows]
        first = int(self.hour_now * 2) + 1
        return {s for span, _ in spans if any(s >= first and s not in local for s in span) for s in span}

    def by_hand(self) -> set[int]:
        """Where an event is that somebody made."""
        rows = [row for name, row in self.rows().items() if not name.startswith("baton-")]
        return {slot for a, b, _ in rows for slot in range(int(a * 2), int(b * 2))}

    async def assigned(self, until: int = 96) -> dict[int, str]:
        rows = [(a, b, user) for a, b, user in await self.house.local() if user]
        slots = range(int(self.hour_now * 2) + 1, until * 2)
        return {slot: user for slot in slots for a, b, user in rows if a <= slot / 2 + 0.25 < b}

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

        def systems() -> Systems:
            pagerduty = PagerDuty(clock=clock, transport=InProcessTransport(house.world))
            return Systems(pagerduty, {"caldav": CalDav(clock=clock, sleep=sleep, transport=lambda: line)})

        world = CalendarWorld(house, calendar, line, systems)
        world.begin_anew()
        try:
            yield world
        finally:
            await line.aclose()


async def _link(house: EngineWorld, calendar: Calendar) -> None:
    from sync.destinations.caldav.credentials import pack

    key = house.engine.secrets.seal(pack(calendar.server.url, USER, PASSWORD))
    async with house.database.transaction() as tx:
        destination = await tx.destinations.get(house.destination_id)
        assert destination is not None
        connection = await tx.connections.get(destination.connection_id)
        assert connection is not None
        connection.kind, connection.secret = "caldav", key
        destination.system = "caldav"
        destination.external_id, destination.external_kind = calendar.path, "calendar"
