"""`baton` as a process on an SQLite database that a backup was put in place of, and on ones left alone."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sandbox.client import Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.destinations.configuring import DestinationView
from services.shifts import changing as changes
from services.shifts.each_change import ShiftRef
from storage.database import Database
from storage.tables import Destination
from tests.support import slack_steps as steps
from tests.support.processes import environment, running, socket_mode
from tests.support.running import baton_beside

pytestmark = [pytest.mark.timeout(400), pytest.mark.slow(seconds=10)]
BEGAN, SHIFTS = "everything starts paused", 3


async def prepared(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, folder: Path
) -> tuple[dict[str, str], DestinationView]:
    """Three shifts of Bob's, exported; the settings of a process on that database."""
    settings = environment(folder, **socket_mode(slack, pagerduty))
    async with baton_beside(slack, pagerduty, folder / "baton.db", settings["BATON_ENCRYPTION_KEYS"]) as baton:
        schedule = await steps.make_schedule(baton)
        destination = await steps.make_destination(baton, schedule)
        for number in range(SHIFTS):
            await steps.assign(baton, schedule, "bob", steps.full_hour(baton, 400 + 10 * number), 10)
        await baton.settled()
    return settings, destination


async def hand_to_alice(slack: SlackSandbox, pagerduty: PagerDutySandbox, folder: Path, keys: str) -> None:
    async with baton_beside(slack, pagerduty, folder / "baton.db", keys) as baton:
        who = await steps.actor(baton)
        async with baton.house.database.read() as tx:
            found = await tx.shifts.of_role(1, baton.house.clock.now())
        for shift in found:
            await changes.reassign(baton.house, who, 1, ShiftRef(shift.id or 0, shift.revision), who.user_id)
        await baton.settled()


async def overrides(pagerduty: PagerDutySandbox, destination: DestinationView) -> object:
    now = datetime.now(UTC)
    async with PagerDutyControl(pagerduty.control_url) as control:
        return await control.overrides(destination.external_id, now, now + timedelta(days=90))


def back_up(folder: Path) -> None:
    """As docs/operate.md says."""
    with closing(sqlite3.connect(folder / "baton.db")) as live, closing(sqlite3.connect(folder / "backup.db")) as copy:
        live.backup(copy)


def restore(folder: Path) -> None:
    for suffix in ("-wal", "-shm"):
        (folder / f"baton.db{suffix}").unlink(missing_ok=True)
    shutil.copyfile(folder / "backup.db", folder / "baton.db")


async def once(folder: Path, settings: dict[str, str], *, kill: bool = False) -> str:
    """Run until it is up and has refreshed, then stop it; its log."""
    async with running(folder, settings) as bot:
        await asyncio.sleep(2)
        if kill:
            bot.process.kill()
            await bot.process.wait()
        else:
            assert await bot.stop() == 0
        return "".join(bot.log)


async def test_a_restored_backup_does_not_rewrite_the_pager(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, alice: Person, bob: Person, tmp_path: Path
) -> None:
    settings, destination = await prepared(slack, pagerduty, tmp_path)
    back_up(tmp_path)
    assert BEGAN not in await once(tmp_path, settings)
    await hand_to_alice(slack, pagerduty, tmp_path, settings["BATON_ENCRYPTION_KEYS"])
    there = await overrides(pagerduty, destination)

    restore(tmp_path)
    async with running(tmp_path, settings) as bot:
        card = await alice.wait_for_message("waits for your choice", timeout=20)
        assert card.shown.count("Bob Smith instead of Alice Johnson") >= 1
        assert await overrides(pagerduty, destination) == there
        await alice.press("Import what PagerDuty has", where="dm")
        await alice.wait_for_message("chose to import what PagerDuty has", timeout=20)
        assert await overrides(pagerduty, destination) == there
        assert await bot.stop() == 0
    assert "older copy" in "".join(bot.log)
    assert BEGAN not in await once(tmp_path, settings)
    assert await overrides(pagerduty, destination) == there


async def test_fresh_restarted_killed_moved_and_copied_databases_are_no_older_copies(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert BEGAN not in await once(here, environment(here, **socket_mode(slack, pagerduty)))
    (here / "baton.db").unlink()
    settings, _ = await prepared(slack, pagerduty, here)
    for kill in (True, False, True):
        assert BEGAN not in await once(here, settings, kill=kill)
    for name in ("baton.db", "baton.db-wal", "baton.db-shm", "baton.db.mark"):
        if (here / name).exists():
            shutil.copyfile(here / name, there / name)
    moved = {**settings, "BATON_DATABASE_URL": f"sqlite+aiosqlite:///{there / 'baton.db'}"}
    assert BEGAN not in await once(there, moved)
    (there / "baton.db.mark").unlink()
    assert BEGAN not in await once(there, moved)


async def test_the_mark_is_never_ahead_of_the_database(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    settings, _ = await prepared(slack, pagerduty, tmp_path)
    for _ in range(2):
        await once(tmp_path, settings, kill=True)
        mark = json.loads((tmp_path / "baton.db.mark").read_text())
        with closing(sqlite3.connect(tmp_path / "baton.db")) as database:
            [(writes, name)] = database.execute("SELECT writes, database FROM copy_mark")
        assert mark["database"] == name
        assert 0 < mark["writes"] <= writes
    assert (tmp_path / "baton.db.mark").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("command", ["run", "worker"])
async def test_started_paused_by_hand_it_writes_nothing(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path, command: str
) -> None:
    settings, destination = await prepared(slack, pagerduty, tmp_path)
    there = await overrides(pagerduty, destination)
    async with running(tmp_path, settings, command, "--paused") as bot:
        database = Database(settings["BATON_DATABASE_URL"])

        async def paused() -> bool:
            async with database.read() as tx:
                row = await tx.session.get(Destination, destination.id)
                return row is not None and row.paused_by == "started paused" and row.refreshed_at is not None

        assert await until(paused, 10)
        await database.close()
        assert await bot.stop() == 0
    assert await overrides(pagerduty, destination) == there


async def test_killed_while_it_pauses_everything_it_notices_again(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> None:
    """All is one transaction: before it nothing is known, after it everything is paused."""
    settings, destination = await prepared(slack, pagerduty, tmp_path)
    await once(tmp_path, settings)
    back_up(tmp_path)
    await once(tmp_path, settings)
    restore(tmp_path)
    process = await asyncio.create_subprocess_exec(*(sys.executable, "-c", KILLED), cwd=Path.cwd(), env={**settings})
    assert await process.wait() == 9
    database = Database(settings["BATON_DATABASE_URL"])
    async with database.read() as tx:
        assert not (await tx.session.get_one(Destination, destination.id)).paused
    await database.close()
    assert BEGAN in await once(tmp_path, settings)


KILLED = """
import asyncio, os
from bot.settings import Settings
from bot import parts
from services.admin import older_copy

async def killed(*_args):
    os._exit(9)

older_copy._tell = killed

async def main():
    async with parts.assemble(Settings()):
        pass

asyncio.run(main())
"""
