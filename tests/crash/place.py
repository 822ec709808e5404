"""A database file and a PagerDuty sandbox on real sockets for processes that are killed, and the truth about both."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from cryptography.fernet import Fernet

from oncall.shifts import Shift, assign
from sandbox.pagerduty import PagerDutySandbox, World
from sandbox.pagerduty.values import Override
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.secrets import SecretBox
from tests.engine.ground import Ground, ground
from tests.support.engine_house import PEOPLE
from tests.support.forked import ROOT, Forked, start_forked

PATIENCE = 45.0


@dataclass(slots=True)
class Place:
    """One schedule linked to one PagerDuty schedule; hours count from the beginning of the next day."""

    database: Database
    world: World
    external_id: str
    people: dict[str, str]
    ground: Ground
    environment: dict[str, str]
    midnight: datetime
    made_by_people: dict[str, Override] = field(default_factory=dict[str, Override])

    async def assign(self, user: str | None, start: int, end: int) -> None:
        """Confirm a shift, straight into the file that the other process works on."""
        role = self.ground.roles[0]
        shift = Shift(role, user, self.at(start), self.at(end))
        async with self.database.transaction() as tx:
            existing = await tx.shifts.of_role(role, shift.start, shift.end)
            await tx.shifts.apply(self.ground.schedule_id, assign(existing, shift), self.world.clock.now())
            await tx.destinations.mark_dirty([role])

    async def agree(self) -> None:
        """An admin says yes to whatever waits."""
        async with self.database.transaction() as tx:
            destination = await tx.destinations.get(self.ground.destination_id)
            assert destination is not None
            destination.approved_digest = destination.pending_digest
            destination.dirty += bool(destination.pending_digest)

    def override(self, user: str, start: int, end: int) -> None:
        account = self.world.account
        made = account.create_override(self.external_id, self.people[user], self.at(start), self.at(end))
        self.made_by_people[made.id] = made

    def delete_one_of_ours(self, number: int) -> None:
        ours = [one for one in self.overrides() if one.made_by == "api"]
        if ours:
            self.world.account.delete_override(self.external_id, ours[number % len(ours)].id)

    def at(self, hours: int) -> datetime:
        return self.midnight + timedelta(hours=hours)

    def overrides(self) -> list[Override]:
        return list(self.world.account.schedules[self.external_id].plan.overrides)

    async def start(self, *words: str, module: str = "bot") -> Forked:
        """A process of Baton's, with its own environment and nothing of ours."""
        return await start_forked(ROOT, self.environment, *words, module=module, quiet=True)

    async def serve_until_settled(self) -> int:
        """One undisturbed run of the real thing: until a refresh has come through, then an orderly end."""
        began = self.world.clock.now()
        process = await self.start("run")
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._settled(began):
                    await self.agree()
                    await asyncio.sleep(0.3)
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), PATIENCE)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0

    def let_the_lag_pass(self) -> None:
        """As if two minutes were over: what was written and does not show is not waited for any more."""
        connection = sqlite3.connect(self.database.file or "", timeout=15)
        try:
            with connection:
                connection.execute("UPDATE op SET shown_at = settled_at WHERE state = 'done' AND shown_at IS NULL")
        finally:
            connection.close()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(self.database.file or "")
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def _settled(self, began: datetime) -> bool:
        ((refreshed, dirty, status),) = self.rows("SELECT refreshed_at, dirty, status FROM destination")
        busy = self.rows("SELECT 1 FROM op WHERE state = 'in_flight'")
        late = refreshed is None or datetime.fromisoformat(str(refreshed)).replace(tzinfo=UTC) < began
        return not late and not dirty and not busy and status == "ok"

    # The truth

    def wrongs(self) -> Iterator[str]:
        """What is not as it should be, told from the raw state of both sides."""
        shifts = [(str(user), _instant(a), _instant(b)) for user, a, b in self.rows(CONFIRMED) if user]
        yield from self._differences(shifts)
        yield from self._doubles()
        told = [str(row[0]) for row in self.rows(TOLD)]
        removed = self.made_by_people.keys() - {one.id for one in self.overrides()}
        missing, twice = removed - set(told), len(told) - len(set(told))
        if missing or twice or not set(told) <= self.made_by_people.keys():  # covered ones are told as well
            yield f"the removals of {sorted(removed)} are told as {sorted(told)}"

    def _differences(self, shifts: list[tuple[str, datetime, datetime]]) -> Iterator[str]:
        overrides = self.overrides()
        edges = {at for _, a, b in shifts for at in (a, b)} | {at for o in overrides for at in (o.start, o.end)}
        for start, end in pairwise(sorted(edges)):
            here = [user for user, a, b in shifts if a <= start < b]
            there = [one for one in overrides if one.start <= start < one.end]
            shown = max(there, key=lambda one: one.number).user_id if there else None
            if here and shown != self.people[here[0]]:
                yield f"{start} to {end} is {here[0]}'s and PagerDuty shows {shown}"
            if not here and any(one.made_by == "api" for one in there):
                yield f"{start} to {end} is nobody's and has an override of ours: {there}"

    def _doubles(self) -> Iterator[str]:
        ours = sorted((one.user_id, one.start, one.end) for one in self.overrides() if one.made_by == "api")
        for first, second in pairwise(ours):
            if first == second:
                yield f"{first} is there twice"


CONFIRMED = (
    "SELECT user_id, starts_at, ends_at FROM shift JOIN destination ON destination.role_id = shift.role_id"
    " WHERE state = 'confirmed' ORDER BY starts_at"
)
TOLD = (
    "SELECT DISTINCT json_extract(payload, '$.remote_id') FROM outbox"
    " WHERE kind = 'override_removed' AND method = 'fanout'"
)


def _instant(stored: object) -> datetime:
    return datetime.fromisoformat(str(stored)).replace(tzinfo=UTC)


@asynccontextmanager
async def a_place(folder: Path) -> AsyncIterator[Place]:
    """A stored schedule, both sandboxes, and the environment of a Baton between them."""
    world, laid, key = World(), await asyncio.to_thread(ground), Fernet.generate_key().decode()
    account = world.add_account("acme")
    names = {user: name for user, name in PEOPLE.items() if name != "zoe"}
    people = {user: account.add_user(name.title(), f"{name}@example.com").id for user, name in names.items()}
    external_id = account.add_schedule("Payments", "Etc/UTC").id
    path = folder / "baton.db"
    path.write_bytes(laid.image)
    database = Database(f"sqlite+aiosqlite:///{path}")
    midnight = world.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    try:
        await _link(database, laid, external_id, SecretBox([key]).seal(account.add_key()))
        async with PagerDutySandbox.start(world=world) as pagerduty, SlackSandbox.start() as slack:
            environment = {
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "SLACK_BOT_TOKEN": slack.bot_token,
                "SLACK_APP_TOKEN": slack.app_token,
                "SLACK_API_URL": slack.api_url,
                "PAGERDUTY_API_URL": pagerduty.api_url,
                "BATON_DATABASE_URL": f"sqlite+aiosqlite:///{path}",
                "BATON_ENCRYPTION_KEYS": key,
                "BATON_HOST": "127.0.0.1",
                "BATON_PORT": "0",
                "BATON_REFRESH_SECONDS": "1",
            }
            yield Place(database, world, external_id, people, laid, environment, midnight)
    finally:
        await database.close()


async def _link(database: Database, laid: Ground, external_id: str, secret: str) -> None:
    async with database.transaction() as tx:
        destination = await tx.destinations.get(laid.destination_id)
        assert destination is not None
        connection = await tx.connections.get(destination.connection_id)
        assert connection is not None
        destination.external_id, connection.secret = external_id, secret
