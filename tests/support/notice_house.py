"""A small house for tests of notices: a real database, a few people, a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from notices.sending.courier import Courier
from notices.sending.senders import Notice, Outcome, Patience, Sender, Sent
from oncall.shifts import Shift, ShiftSource, assign
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.notices import FANOUT, NoticeKind
from storage.secrets import SecretBox
from storage.tables import ChannelSettings, Connection, Member, OutboxItem, Person, Schedule, Webhook
from tests.support.engines import lent_engines
from tests.support.migrated import lay

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NAMES = {"UALICE": "Alice Johnson", "UBOB": "Bob Smith", "UCAROL": "Carol Diaz", "UDANA": "Dana <Ops>"}


@dataclass(slots=True)
class HandClock:
    """A clock that stands still until somebody moves it."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def pass_(self, **length: float) -> datetime:
        self.at += timedelta(**length)
        return self.at


@dataclass(slots=True)
class Kept:
    """A sender that keeps what it is given."""

    patience: Patience = field(default_factory=lambda: Patience((timedelta(seconds=5),), timedelta(hours=1)))
    sent: list[Notice] = field(default_factory=list)
    outcome: Outcome = field(default_factory=Sent)

    async def send(self, notice: Notice) -> Outcome:
        self.sent.append(notice)
        return self.outcome


@dataclass(slots=True)
class Clients:
    """One client for every workspace; None when Baton is not installed."""

    client: AsyncWebClient | None

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        return self.client


@dataclass(slots=True)
class NoticeHouse:
    """What notices work on, and short words for what happens to it."""

    database: Database
    clock: HandClock
    secrets: SecretBox
    workspace: int
    key: str = ""

    async def add_schedule(
        self,
        name: str = "Payments",
        team: str = "Engineering",
        *,
        roles: Sequence[str] = ("Primary", "Secondary"),
        channel: str | None = "COPS",
        zone: str = "UTC",
        admins: Sequence[str] = ("UALICE",),
        members: Sequence[str] = tuple(NAMES),
    ) -> int:
        async with self.database.transaction() as tx:
            owner = await tx.schedules.ensure_team(self.workspace, team)
            schedule = Schedule(
                workspace_id=self.workspace,
                team_id=owner.id,
                public_id=str(uuid4()),
                name=name,
                name_key=name.casefold(),
                time_zone=zone,
                horizon_days=30,
                confirm_mode="by_hand",
                channel_id=channel,
                created_at=self.clock.now(),
                created_by="UALICE",
            )
            people = [
                Member(user_id=user, access="admin" if user in admins else "member", assignable=True)
                for user in members
            ]
            return (await tx.schedules.add(schedule, list(roles), people)).id

    async def add_people(self, names: Mapping[str, str]) -> None:
        """Have them read from the directory already."""
        async with self.database.transaction() as tx:
            await tx.people.keep(_person(self.workspace, user, name, self.clock.now()) for user, name in names.items())

    async def role(self, schedule_id: int, position: int = 0) -> int:
        async with self.database.read() as tx:
            return (await tx.schedules.roles(schedule_id))[position].id

    async def assign(
        self,
        schedule_id: int,
        user: str | None,
        start: float,
        end: float,
        *,
        position: int = 0,
        source: ShiftSource = ShiftSource.ROTATION,
    ) -> int:
        """A confirmed shift, in hours after the house was made; returns its id."""
        role = await self.role(schedule_id, position)
        shift = Shift(role, user, self.hours(start), self.hours(end), source=source)
        async with self.database.transaction() as tx:
            existing = await tx.shifts.of_role(role, shift.start, shift.end)
            added = await tx.shifts.apply(schedule_id, assign(existing, shift), self.clock.now())
        return next(s.id or 0 for s in added if (s.start, s.user) == (shift.start, user))

    def hours(self, hours: float) -> datetime:
        return START + timedelta(hours=hours)

    async def tell(self, schedule_id: int, kind: NoticeKind, key: str, **facts: Any) -> None:
        async with self.database.transaction() as tx:
            schedule = await tx.schedules.get(schedule_id)
            assert schedule is not None
            await tx.outbox.tell(schedule, kind, key, facts, self.clock.now())

    async def settings(self, schedule_id: int, **values: Any) -> None:
        row: dict[str, Any] = {
            "topics": {},
            "quiet_gaps": False,
            "reminder_hours": 24,
            "digest_day": None,
            "digest_hour": 9,
            "changed_at": self.clock.now(),
        }
        async with self.database.transaction() as tx:
            await tx.preferences.save_schedule(ChannelSettings(schedule_id=schedule_id, **{**row, **values}))

    async def want(self, user: str, topic: str, method: str, wanted: bool = True) -> None:
        async with self.database.transaction() as tx:
            await tx.preferences.save(self.workspace, user, {(topic, method): wanted})

    async def add_webhook(self, url: str, *, teams: Sequence[int] = (), **values: Any) -> int:
        async with self.database.transaction() as tx:
            hook = Webhook(
                workspace_id=self.workspace,
                name="Access",
                url=url,
                team_ids=list(teams),
                secret=self.secrets.seal(SECRET),
                created_at=self.clock.now(),
                **{"created_by": "UALICE", "hears_all": True, **values},
            )
            return (await tx.webhooks.add(hook)).id

    async def watch(self) -> datetime | None:
        return await watch_once(self.database, self.clock.now())

    async def split(self, *, email: bool = False) -> None:
        while await fan_out(self.database, self.clock.now(), email=email):
            pass

    async def items(self, *methods: str, **conditions: Any) -> list[OutboxItem]:
        query = select(OutboxItem).order_by(OutboxItem.id).filter_by(**conditions)
        if methods:
            query = query.where(OutboxItem.method.in_(methods))
        async with self.database.read() as tx:
            return list(await tx.session.scalars(query))

    async def told(self) -> list[tuple[str, str, str]]:
        """What was worded for whom: kind, target, text."""
        rows = await self.items(Method.SLACK, Method.EMAIL)
        return [(row.kind, row.target, row.payload["text"]) for row in rows]

    async def facts(self, kind: NoticeKind) -> list[dict[str, Any]]:
        return [row.payload for row in await self.items(FANOUT, kind=kind)]

    def courier(self, **senders: Sender) -> Courier:
        return Courier(self.database, self.clock, {Method(name): sender for name, sender in senders.items()})


@asynccontextmanager
async def notice_house(folder: Path, team: str = "T1") -> AsyncIterator[NoticeHouse]:
    """A workspace with four people and nothing else."""
    lay(folder / "baton.db")
    async with AsyncExitStack() as stack:
        stack.enter_context(lent_engines())
        database = Database(f"sqlite+aiosqlite:///{folder / 'baton.db'}")
        stack.push_async_callback(database.close)
        await database.migrate()
        clock, key = HandClock(), Fernet.generate_key().decode()
        async with database.transaction() as tx:
            workspace = await tx.people.ensure_workspace(team, "", "Sandbox", clock.now())
            await tx.people.keep(_person(workspace.id, user, name, clock.now()) for user, name in NAMES.items())
        yield NoticeHouse(database, clock, SecretBox([key]), workspace.id, key)


def account_of(house: NoticeHouse) -> Connection:
    """A connection to PagerDuty, not stored yet."""
    return Connection(
        workspace_id=house.workspace,
        kind="pagerduty",
        subdomain="acme",
        region="us",
        secret="x",
        state="ok",
        checked_at=START,
        created_at=START,
        created_by="UALICE",
    )


def _person(workspace: int, user: str, name: str, now: datetime) -> Person:
    return Person(
        workspace_id=workspace,
        user_id=user,
        name=name.split()[0].lower(),
        real_name=name,
        email=f"{name.split()[0].lower()}@example.com",
        time_zone="Europe/Berlin",
        seen_at=now,
    )


def slack_client(sandbox: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(token=sandbox.bot_token, base_url=sandbox.api_url, retry_handlers=[])
