"""A workspace with one of everything, and somebody of every kind; and another workspace that has the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from sandbox.client import Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.connections import credentials as connections
from services.connections import wishes as access_wishes
from services.connections.drafts import CalendarDraft, ConnectionDraft
from services.connections.wishes import DestinationWish
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationDraft
from services.kit.house import Actor
from services.kit.permissions import Access
from services.notices import webhooks
from services.notices.webhooks import WebhookDraft
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleDraft
from services.shifts import assigning as shifts
from services.shifts.assigning import AssignDraft
from storage.tables import Member, Person
from sync.destinations import CalDav
from sync.ports import CALDAV
from tests.permissions.asking import Desk
from tests.permissions.furnishing import Crew, Known, Others, furnish
from tests.support.calendar_servers import PASSWORD, USER, CalendarServer, radicale
from tests.support.running import Baton, baton_beside

PEOPLE = {
    "workspace admin": "root",
    "connection admin": "connie",
    "schedule admin": "sam",
    "member": "mia",
    "viewer": "vic",
    "outsider": "otto",
    "guest": "gus",
    "single-channel guest": "solo",
    "app": "appy",
    "other company": "xeno",
}
NEVER = ("guest", "single-channel guest", "app", "other company")
"""Who may never administer anything; here an older version has made them admins of everything."""


@dataclass(frozen=True, slots=True)
class Things:
    """The ids of one of everything."""

    schedule: int
    role: int
    other_role: int
    connection: int
    external: str
    free_external: str
    destination: int
    webhook: int
    request: int
    shift: str
    team: int
    member: str
    assignable: str
    others: Others
    calendar_account: int


@dataclass(frozen=True, slots=True)
class Town:
    desk: Desk
    baton: Baton
    own: Things
    foreign: Things
    now: datetime
    ids: dict[str, str]
    other_key: str
    """Opens an account that is not connected yet, ``third``."""
    calendars: CalendarServer


AGE = 240
"""How many seconds a town is used. Some of what goes on in it (a swap that can be undone) is over after ten minutes."""


class Towns:
    """The town that is used at the moment: furnishing one takes seconds, and its database can be put back."""

    def __init__(self, folders: pytest.TempPathFactory, stack: AsyncExitStack) -> None:
        self._folders = folders
        self._stack = stack
        self._open: Town | None = None
        self._since = 0.0

    async def open(self) -> Town:
        if self._open is None or monotonic() - self._since > AGE:
            await self._stack.aclose()
            slack = await self._stack.enter_async_context(SlackSandbox.start())
            pagerduty = await self._stack.enter_async_context(PagerDutySandbox.start())
            folder = self._folders.mktemp("town")
            calendars = self._stack.enter_context(radicale(folder / "radicale"))
            self._open = await self._stack.enter_async_context(town(slack, pagerduty, folder, calendars))
            self._since = monotonic()
        return self._open


@asynccontextmanager
async def town(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, folder: Path, calendars: CalendarServer
) -> AsyncIterator[Town]:
    async with Workspace.connect(slack.control_url) as ws:
        await ws.add_user("root", email="root@example.com", is_admin=True)
        for name in ("connie", "sam", "mia", "vic", "otto", "pat"):
            await ws.add_user(name, email=f"{name}@example.com")
        await ws.add_user("gus", is_restricted=True)
        await ws.add_user("solo", is_restricted=True, is_ultra_restricted=True)
        await ws.add_user("appy", is_bot=True)
        await ws.add_user("xeno", home_team="TELSEWHERE")
        database = folder / "baton.db"
        account = pagerduty.world.account
        for name in ("Free one", "Third one"):
            account.add_schedule(name, "UTC")
        for name in ("mia", "found"):
            account.add_user(name, f"{name}@example.com")
        other_key = pagerduty.world.add_account("third").add_key()
        pagerduty.world.add_account("another").add_user("nina", "nina@example.com")
        calendars.new_calendar("Team duty")
        async with baton_beside(slack, pagerduty, database) as baton:
            _reach_loopback(baton)
            ids = {user.name: user.id for user in slack.world.teams[slack.team_id].users.values()}
            own = await _furnish(baton, baton.workspace, ids, calendars)
            foreign = await _furnish(baton, await _another(baton, ids), ids, calendars)
            _leave_exports(baton)
            now = baton.house.clock.now()
            yield Town(Desk.of(baton, database), baton, own, foreign, now, ids, other_key, calendars)


def _reach_loopback(baton: Baton) -> None:
    """Servers of destinations may be on loopback; what people name of their own may not, which its proofs show."""
    vars(baton.house.external)["_adapters"][CALDAV] = CalDav(clock=baton.house.clock, allow_private=True)


def _leave_exports(baton: Baton) -> None:
    """Whatever is allowed here is exported by a hint, which costs more than all the rest and may be lost."""
    give = baton.jobs.defer
    baton.jobs.defer = lambda kind, key: None if kind == "reconcile" else give(kind, key)


async def _another(baton: Baton, ids: dict[str, str]) -> int:
    """A workspace elsewhere that knows the same people, so that nothing but the workspace is another."""
    async with baton.house.database.transaction() as tx:
        there = await tx.people.ensure_workspace("TFOREIGN", "", "Foreign", baton.house.clock.now())
        for person in await tx.people.all(baton.workspace):
            copied = {column.key: getattr(person, column.key) for column in Person.__table__.columns}
            await tx.people.keep([Person(**{**copied, "workspace_id": there.id})])
    return there.id


async def _furnish(baton: Baton, workspace: int, ids: dict[str, str], calendars: CalendarServer) -> Things:
    house, now = baton.house, baton.house.clock.now()
    root = Actor(workspace, ids["root"], is_workspace_admin=True)
    sam, connie = Actor(workspace, ids["sam"]), Actor(workspace, ids["connie"])
    draft = ScheduleDraft(
        name="Payments",
        team="Money",
        time_zone="UTC",
        roles=["Primary", "Secondary"],
        members=[ids["mia"], ids["sam"], ids["pat"]],
        admins=[ids["sam"]],
    )
    schedule = await schedules.create_schedule(house, sam, draft)
    tried = await connections.try_credentials(house, connie, ConnectionDraft("acme", baton.key))
    connection = await connections.save_connection(house, connie, tried)
    [external] = await connections.search_schedules(house, connie, connection.id, "Platform primary")
    [free] = await connections.search_schedules(house, connie, connection.id, "Free one")
    primary, secondary = (role.id for role in schedule.roles)
    destination = await destinations.add_destination(
        house, root, DestinationDraft(schedule.id, connection.id, external.external_id, primary)
    )
    await baton.settled()
    hook = await webhooks.add_webhook(house, root, WebhookDraft("Access", "https://93.184.215.14/hook"))
    wish = DestinationWish(schedule.id, free.external_id, primary)
    asked = await access_wishes.ask_destination(house, sam, wish)
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    assigned = AssignDraft(schedule.id, primary, ids["mia"], start, start + timedelta(hours=8))
    await shifts.assign_shift(house, replace(sam), assigned)
    await baton.settled()
    people = Crew(baton, root, sam, replace(sam, user_id=ids["mia"]), replace(sam, user_id=ids["pat"]))
    others = await furnish(people, Known(schedule.id, primary, secondary, connection.id, hook.webhook.id), start)
    calendar_draft = CalendarDraft(calendars.url, USER, PASSWORD)
    tried = await connections.try_credentials(house, connie, calendar_draft)
    calendar_account = await connections.save_connection(house, connie, tried)
    async with house.database.transaction() as tx:
        [team] = {team.id for _, team in await tx.schedules.active(workspace)}
        shift = (await tx.shifts.of_schedule(schedule.id, now))[0]
        await tx.schedules.add_member(_member(schedule.id, ids["vic"], Access.VIEWER))
        for kind in NEVER:
            await tx.schedules.add_member(_member(schedule.id, ids[PEOPLE[kind]], Access.ADMIN))
        admins = [ids["connie"], *(ids[PEOPLE[kind]] for kind in NEVER)]
        for account in (connection, calendar_account):
            await tx.connections.set_admins(account.id, admins)
    return Things(
        schedule.id,
        primary,
        secondary,
        connection.id,
        external.external_id,
        free.external_id,
        destination.id,
        hook.webhook.id,
        asked.id,
        f"{shift.id}.{shift.revision}",
        team,
        ids["vic"],
        ids["mia"],
        others,
        calendar_account.id,
    )


def _member(schedule: int, user: str, access: Access) -> Member:
    return Member(schedule_id=schedule, user_id=user, access=access, assignable=False, position=50)
