"""kill -9 of the real process while it writes to a real Radicale or Xandikos: nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from storage.secrets import SecretBox
from sync.destinations.caldav.credentials import pack
from tests.crash.dying import CALENDAR, STEPS
from tests.crash.place import CONFIRMED, PATIENCE, Place, a_place
from tests.engine.ground import ground
from tests.support.calendar_servers import PASSWORD, USER, Calendar, CalendarServer, radicale, xandikos
from tests.support.soaking import SOAKING

KILLS = 40 if SOAKING else 8
Serving = Callable[[Path], AbstractContextManager[CalendarServer]]
USERS = ("UALICE", "UBOB", "UCAROL", None)


@dataclass(slots=True)
class CalendarPlace:
    place: Place
    calendar: Calendar

    def ours(self) -> list[tuple[datetime, datetime, str]]:
        """What the calendar has that Baton made, read by plain HTTP."""
        return sorted(_row(self.calendar.text(name)) for name in self.calendar.names())

    def wrongs(self) -> list[str]:
        """Each confirmed shift has one event of its person's over all of it, and nothing else is there."""
        shifts = sorted(
            (_at(str(a)), _at(str(b)), f"{user[1:].lower()}@example.com") for user, a, b in self._confirmed()
        )
        return [f"{self.ours()} instead of {shifts}"] if _joined(self.ours()) != _joined(shifts) else []

    def _confirmed(self) -> list[tuple[str, object, object]]:
        return [(str(user), a, b) for user, a, b in self.place.rows(CONFIRMED) if user]


def _row(text: str) -> tuple[datetime, datetime, str]:
    values = dict(line.split(":", 1) for line in text.replace("\n ", "").split("\n") if ":" in line)
    guest = next(values[name] for name in values if name.startswith("ATTENDEE"))
    return _at(values["DTSTART"]), _at(values["DTEND"]), guest.removeprefix("mailto:")


def _at(text: str) -> datetime:
    found = datetime.fromisoformat(text.strip())
    return found.replace(tzinfo=None)


def _joined(rows: list[tuple[datetime, datetime, str]]) -> list[tuple[datetime, datetime, str]]:
    """Neighbouring stretches of one person as one; what overlaps stays apart, so that a double shows."""
    joined: list[tuple[datetime, datetime, str]] = []
    for start, end, who in rows:
        if joined and joined[-1][1:] == (start, who):
            joined[-1] = (joined[-1][0], end, who)
        else:
            joined.append((start, end, who))
    return joined


@asynccontextmanager
async def a_calendar_place(folder: Path, serve: Serving = radicale) -> AsyncIterator[CalendarPlace]:
    with serve(folder / "calendars") as server:
        async with a_place(folder) as place:
            calendar = server.new_calendar("Payments")
            key = SecretBox([place.environment["BATON_ENCRYPTION_KEYS"]]).seal(pack(server.url, USER, PASSWORD))
            place.environment["BATON_WEBHOOK_ALLOW_PRIVATE"] = "true"
            async with place.database.transaction() as tx:
                destination = await tx.destinations.get(ground().destination_id)
                assert destination is not None
                connection = await tx.connections.get(destination.connection_id)
                assert connection is not None
                connection.kind, connection.secret = "caldav", key
                destination.system = "caldav"
                destination.external_id, destination.external_kind = calendar.path, "calendar"
            yield CalendarPlace(place, calendar)


@pytest.mark.slow(seconds=10)
@pytest.mark.parametrize(("step", "serve"), [(STEPS[1], radicale), (STEPS[2], radicale), (STEPS[2], xandikos)])
async def test_an_export_killed_at_a_step_is_finished_by_the_next_start(
    tmp_path: Path, step: str, serve: Serving
) -> None:
    async with a_calendar_place(tmp_path, serve) as there:
        await there.place.assign("UALICE", 24, 48)
        await there.place.assign("UBOB", 48, 72)
        process = await there.place.start(step, CALENDAR, module="tests.crash.dying")
        await asyncio.wait_for(process.wait(), PATIENCE)
        assert process.returncode == -signal.SIGKILL
        assert len(there.ours()) == (2 if step == "after the call" else 0)
        assert await there.place.serve_until_settled() == 0
        assert there.wrongs() == []
        assert len(there.ours()) == 2


@pytest.mark.slow(seconds=20)
@pytest.mark.timeout(480)
@pytest.mark.histories
async def test_a_busy_sync_survives_kills_at_random_instants(tmp_path: Path) -> None:
    chance = random.Random(7)
    async with a_calendar_place(tmp_path) as there:
        for _ in range(KILLS):
            await there.place.agree()
            for _ in range(3):
                start = 6 * chance.randrange(40)
                await there.place.assign(chance.choice(USERS), start, start + 6 * chance.choice((2, 4, 8)))
            process = await there.place.start("run")
            await asyncio.sleep(chance.uniform(1.0, 4.0))
            process.kill()
            await asyncio.wait_for(process.wait(), PATIENCE)
        there.place.let_the_lag_pass()
        assert await there.place.serve_until_settled() == 0
        assert there.wrongs() == []
        assert len(there.place.rows("SELECT id FROM op")) >= KILLS, "it was not busy"
