"""Two processes of Baton on one PostgreSQL, people who assign shifts through both, and the truth of it.

Every schedule has two roles; the first goes to two PagerDuty schedules and the second to one, and both schedules share
one connection, so that transactions of people, refreshes and notices keep meeting at the same rows. Each assignment has
two hours of its own of which it takes one, so whatever is missing or doubled in the end was lost or doubled.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, cast

from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import text

import handlers
from bot.parts import assemble
from bot.settings import Settings
from handlers.kit.asker import Installation
from sandbox.client import Person, SlackFailure, Workspace
from sandbox.client.errors import NothingThere
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationDraft
from services.schedules.creating import ScheduleView
from storage.database import Database
from tests.support import slack_steps as steps
from tests.support.forked import Forked, start_forked
from tests.support.processes import environment, socket_mode
from tests.support.running import Baton

ASSIGN = "Assign shift"
NAMES = ("Payments", "Search")
MEMBERS = {"alice": "Alice Johnson", "bob": "Bob Smith"}
WRONG = ("Something went wrong", "Somebody else changed this")
PATIENCE = 120.0
AT_WORK = "baton is running"
TRIES = 10
"""Presses of Assign before somebody gives up. There is no answer where a machine is busy or a process died."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One assignment: ``member`` (a name in Slack) has a role for an hour."""

    schedule: str
    role: int
    member: str
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(hours=1)


@dataclass(slots=True)
class Server:
    """One process, with its log in a file."""

    settings: dict[str, str]
    folder: Path
    name: str
    command: str = "run"
    process: Forked | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    async def start(self) -> None:
        self.process = await start_forked(self.folder, self.settings, self.command, log=self.log)

    async def start_again(self) -> None:
        """Until it is at work."""
        before = self.log.read_text().count(AT_WORK)
        await self.start()
        async with asyncio.timeout(PATIENCE):
            while self.log.read_text().count(AT_WORK) == before:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 40)
            except TimeoutError:
                await self.kill()
        return self.process.returncode or 0

    def lines(self) -> list[dict[str, Any]]:
        found = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [json.loads(line) for line in found]


@dataclass(slots=True)
class Crowd:
    """What runs, and what people did and saw."""

    database: Database
    slack: SlackSandbox
    pagerduty: PagerDutySandbox
    ws: Workspace
    servers: list[Server]
    schedules: dict[str, ScheduleView]
    externals: dict[tuple[str, int], list[str]]
    pagerduty_ids: dict[str, str]
    begin: datetime
    people: list[Person]
    deeds: list[Deed] = field(default_factory=list[Deed])
    seen: list[str] = field(default_factory=list[str])
    tried_again: int = 0
    answered: int = 0

    def plan(self, number: int) -> None:
        """Think up so many deeds."""
        slots = count()
        for index in range(number):
            name, role = NAMES[index % 2], (index // 2) % 2
            slot = next(slots) // 4
            member = ("alice", "bob")[(slot + role) % 2]  # nobody has both roles at once, which Baton would ask about
            start = self.begin + timedelta(hours=2 * slot)
            self.deeds.append(Deed(name, role, member, start))

    async def act(self) -> None:
        """Everybody takes the next deed as soon as the last one is done, and tries again what had no answer."""
        left = iter(list(self.deeds))

        async def one(person: Person) -> None:
            for deed in left:
                await self._do(person, deed)

        await asyncio.gather(*(one(person) for person in self.people))

    async def _do(self, person: Person, deed: Deed) -> None:
        wrong = ""
        for _ in range(TRIES):
            try:
                wrong = await self._assign(person, deed)
            except (SlackFailure, NothingThere, TimeoutError) as error:
                wrong = f"{type(error).__name__}: {error}"
            if not wrong:
                self.answered += 1
                return
            self.tried_again += 1
            with contextlib.suppress(NothingThere, TimeoutError):
                await person.close_all()
            await asyncio.sleep(0.2)
        self.seen.append(f"{deed}: {wrong}")

    async def until_answered(self, number: int) -> None:
        """Until so many deeds were done, as far as people were told."""
        async with asyncio.timeout(PATIENCE):
            while self.answered < number:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def _assign(self, person: Person, deed: Deed) -> str:
        """As a person does it; returns what they were told is wrong."""
        await person.command(f"/oncall assign {deed.schedule}", channel="#ops")
        await person.modal(ASSIGN, timeout=30)
        if deed.role:
            await person.fill("Role", "Secondary")
        await person.fill("Member", MEMBERS[deed.member])
        await person.fill("Starts", deed.start)
        await person.fill("Ends", deed.end)
        left = await person.submit()
        return left.text if left is not None else ""

    async def settle(self) -> None:
        """Until nothing is left to do at any destination."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self._at_rest():  # noqa: ASYNC110
                    await asyncio.sleep(0.5)
        except TimeoutError:
            raise AssertionError(f"not at rest: {await self._left()}") from None

    async def _left(self) -> list[dict[str, Any]]:
        async with self.database.read() as tx:
            return [dict(row) for query in LEFT for row in (await tx.session.execute(text(query))).mappings()]

    async def _at_rest(self) -> bool:
        async with self.database.read() as tx:
            [row] = (await tx.session.execute(BUSY)).all()
        return row == (0, 0)

    # The truth

    def figures(self) -> str:
        """What was done and what it took, as counts."""
        lines = [line for server in self.servers for line in server.lines()]
        raced = sum(line.get("event") == "lost a race, once more" for line in lines)
        looks = sum(len(schedule.plan.overrides) for schedule in self.pagerduty.world.account.schedules.values())
        return (
            f"{len(self.deeds)} assignments, {self.answered} answered, {self.tried_again} tried again for want of an "
            f"answer, {raced} transactions run again after a lost race, {looks} overrides in PagerDuty"
        )

    async def wrongs(self) -> list[str]:
        """Whatever is not as it should be, each as a line."""
        found = list(self.seen)
        found += [f"the log says: {line}" for line in self.complaints()]
        found += await self._told()
        found += await self._stored()
        found += list(self._there())
        return found

    def complaints(self) -> Iterator[str]:
        for server in self.servers:
            for line in server.lines():
                if line.get("level") in ("error", "critical") or "job failed" in line.get("event", ""):
                    yield f"{server.name}: {line.get('event')} {str(line.get('exception', ''))[-900:]}"

    async def _told(self) -> list[str]:
        told = [
            m.shown
            for person in self.people
            for m in await person.ephemerals()
            if any(text in m.shown for text in WRONG)
        ]
        return [f"a person was told: {text}" for text in told]

    async def _stored(self) -> list[str]:
        async with self.database.read() as tx:
            rows = [
                (name, view.roles.index(role), shift.start)
                for name, view in self.schedules.items()
                for role in view.roles
                for shift in await tx.shifts.of_role(role.id, self.begin)
            ]
        wanted = Counter((deed.schedule, deed.role, deed.start) for deed in self.deeds)
        return [f"{key} is stored {Counter(rows)[key]} times" for key in wanted if Counter(rows)[key] != 1]

    def _there(self) -> Iterator[str]:
        for (name, role), externals in self.externals.items():
            for external in externals:
                plan = self.pagerduty.world.account.schedules[external].plan
                there = Counter((one.user_id, one.start, one.end) for one in plan.overrides)
                wanted = [d for d in self.deeds if (d.schedule, d.role) == (name, role)]
                keys = [(self.pagerduty_ids[d.member], d.start, d.end) for d in wanted]
                yield from (
                    f"{name} {role}: {key} is {there[key]} times in PagerDuty" for key in keys if there[key] != 1
                )
                yield from (f"{name} {role}: {key} was not asked for" for key in there.keys() - set(keys))


@asynccontextmanager
async def crowd(postgres: str, folder: Path, assigners: int = 6, workers: int = 0) -> AsyncGenerator[Crowd]:
    """Two processes that serve Slack and some that don't at work, everything linked and written once."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackSandbox.start())
        pagerduty = await stack.enter_async_context(PagerDutySandbox.start())
        ws = await stack.enter_async_context(Workspace.connect(slack.control_url))
        people = await _populate(ws, assigners)
        settings = environment(folder, **socket_mode(slack, pagerduty)) | {
            "BATON_DATABASE_URL": postgres,
            "BATON_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
            "BATON_REFRESH_SECONDS": "1",
        }
        made = await _prepare(settings, slack, pagerduty, [person.name for person in people])
        database = Database(postgres)
        stack.push_async_callback(database.close)
        commands = ["run"] * 2 + ["worker"] * workers
        servers = [Server(settings, folder, f"process-{n}", command) for n, command in enumerate(commands, 1)]
        for server in servers:
            await server.start()
            stack.push_async_callback(server.stop)
        await _until_running(servers)
        names = {user.name: user.id for user in pagerduty.world.account.users.values()}
        yield Crowd(
            *(database, slack, pagerduty, ws, servers, *made),
            pagerduty_ids={name: names[real] for name, real in MEMBERS.items()},
            begin=_midnight(),
            people=people,
        )


BUSY = text(
    "SELECT (SELECT count(*) FROM destination WHERE dirty > 0 OR status <> 'ok'),"
    " (SELECT count(*) FROM op WHERE state IN ('planned', 'in_flight'))"
)

LEFT = (
    "SELECT id, status, status_reason, dirty, refresh_due_at, lease_owner, lease_until FROM destination"
    " WHERE dirty > 0 OR status <> 'ok'",
    "SELECT * FROM op WHERE state IN ('planned', 'in_flight')",
    "SELECT id, task_name, status::text, queueing_lock, worker_id FROM procrastinate_jobs",
)


async def _populate(ws: Workspace, assigners: int) -> list[Person]:
    """Alice and Bob, who are put on call, and those who do it."""
    for name, real in MEMBERS.items():
        await ws.add_user(name, real_name=real, email=f"{name}@example.com", tz="UTC")
    names = [f"boss{number}" for number in range(assigners)]
    for name in names:
        await ws.add_user(name, real_name=name.title(), email=f"{name}@example.com", tz="UTC")
    await ws.add_channel("ops", members=[*MEMBERS, *names])
    return [ws.person(name) for name in names]


async def _prepare(
    settings: dict[str, str], slack: SlackSandbox, pagerduty: PagerDutySandbox, admins: list[str]
) -> tuple[dict[str, ScheduleView], dict[tuple[str, int], list[str]]]:
    """Schedules and destinations, made by a process that ends before the others begin."""
    database = Database(settings["BATON_DATABASE_URL"])
    await database.migrate()
    await database.close()
    own = {name.lower(): value for name, value in settings.items() if name.startswith(("SLACK", "PAGERDUTY", "BATON"))}
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    async with assemble(Settings(**cast(Any, own), _env_file=None), exclusive=False) as parts:  # pyright: ignore
        await parts.jobs.start()
        await handlers.load_directory(client, parts.house, slack.team_id, "")
        workspace = await Installation.of(slack.team_id, "").workspace(parts.house)
        key = pagerduty.world.account.add_key()
        baton = Baton(parts.house, parts.jobs, cast(Any, None), client, slack, pagerduty, key, workspace)
        schedules = {
            name: await steps.make_schedule(baton, name, members=[*MEMBERS, *admins], admins=["alice", *admins])
            for name in NAMES
        }
        externals = _external_schedules(pagerduty)
        account = await steps.make_connection(baton)
        for (name, role), chosen in externals.items():
            for external in chosen:
                await _link(
                    baton, DestinationDraft(schedules[name].id, account.id, external, schedules[name].roles[role].id)
                )
        await baton.jobs.drain(10)
    return schedules, externals


def _external_schedules(pagerduty: PagerDutySandbox) -> dict[tuple[str, int], list[str]]:
    """By schedule and role; ids in an order of their own."""
    made: dict[tuple[str, int], list[str]] = {}
    for name, role in (*((name, role) for name in NAMES for role in (0, 1)), *((name, 0) for name in NAMES)):
        number = len(made.setdefault((name, role), []))
        made[(name, role)].append(pagerduty.world.account.add_schedule(f"{name} {role} {number}", "Etc/UTC").id)
    return made


async def _link(baton: Baton, draft: DestinationDraft) -> None:
    someone = await steps.actor(baton)
    made = await destinations.add_destination(baton.house, someone, draft)
    await baton.settled()
    waiting = await exporting.waiting_at(baton.house, someone, made.id)
    if waiting.digest:
        await exporting.export_now(baton.house, someone, made.id, waiting.digest)


async def _until_running(servers: list[Server]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not all(AT_WORK in server.log.read_text() for server in servers):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
