"""Home tabs are drawn again when what they show changes: for whom, when, and what comes in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import event

from handlers.home.drawing import Republisher
from sandbox.client import Person, Workspace
from services.home import keeping
from services.home.dashboard import dashboard
from services.kit.house import House
from services.people import directory as people
from services.people import members
from services.people.directory import SlackUser
from services.schedules import editing
from services.schedules.creating import ScheduleView
from storage.repositories.homes import AT_MOST_EVERY, CLAIM, LOOKED_AT
from storage.tables import Destination, HomeChange, HomeView
from sync.core.model import Status
from tests.support.notice_house import HandClock
from tests.support.running import Baton
from tests.support.slack_steps import actor, assign, make_destination, make_schedule, user_id
from tests.support.telling import OneClient

PUBLISH = "views.publish"


@dataclass(slots=True)
class Scene:
    """Alice and Bob are on Payments, Zoe on nothing; all have opened their tab. The clock is moved by hand."""

    baton: Baton
    ws: Workspace
    schedule: ScheduleView
    clock: HandClock
    house: House
    republisher: Republisher

    async def shown(self, name: str) -> str:
        home = await self.ws.person(name).home()
        assert home is not None
        return home.text

    def hour(self, ahead: float) -> datetime:
        """So many hours after the full hour that the clock has passed."""
        return self.clock.at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=ahead)

    async def assign(self, user: str, hours: float, role: int = 0) -> None:
        await assign(self.baton, self.schedule, user, self.hour(hours), 4, role)

    async def row(self, name: str) -> HomeView | None:
        async with self.house.database.read() as tx:
            return await tx.session.get(HomeView, (self.baton.workspace, await user_id(self.baton, name)))


@pytest.fixture
async def scene(baton: Baton, ws: Workspace) -> Scene:
    schedule = await make_schedule(baton)
    for name in ("alice", "bob", "zoe"):
        await ws.person(name).open_home()
    await baton.settled()
    clock = HandClock(baton.house.clock.now())
    house = replace(baton.house, clock=clock)
    client = AsyncWebClient(token=baton.slack.bot_token, base_url=baton.slack.api_url, retry_handlers=[])
    republisher = Republisher(house, OneClient(client))
    await republisher.look()
    clock.pass_(minutes=2)
    return Scene(baton, ws, schedule, clock, house, republisher)


async def test_a_change_is_shown_to_those_whom_it_concerns_at_most_once_a_minute(scene: Scene) -> None:
    assert await scene.republisher.look() == 0
    await scene.assign("bob", 30)
    assert await scene.republisher.look() == 2
    assert "next: @bob" in await scene.shown("alice")
    assert "Ask for cover" in (await scene.ws.person("bob").open_home()).buttons

    await scene.assign("alice", 50)
    assert await scene.republisher.look() == 0, "the minute is not over"
    scene.clock.pass_(seconds=61)
    assert await scene.republisher.look() == 1, "it is not who comes next for Bob"
    assert "Your next shift starts" in await scene.shown("alice")

    scene.clock.pass_(seconds=61)
    async with scene.house.database.transaction() as tx:
        tx.session.add(HomeChange(workspace_id=scene.baton.workspace, user_id=""))
    assert await scene.republisher.look() == 0, "nothing looks different"
    async with scene.house.database.read() as tx:
        assert not await tx.homes.anything(scene.clock.now())


async def test_a_handoff_is_shown_when_it_happens(scene: Scene) -> None:
    await scene.assign("alice", 1)
    await scene.assign("bob", 5)
    await scene.republisher.look()
    assert "You are not on call now." in await scene.shown("alice")

    first, second = scene.hour(1), scene.hour(5)
    scene.clock.at = first
    assert await scene.republisher.look() == 2
    assert "You are on call now as Primary of Payments" in await scene.shown("alice")
    scene.clock.at = second
    assert await scene.republisher.look() == 2
    assert "You are not on call now" in await scene.shown("alice")
    assert "You are on call now as Primary of Payments" in await scene.shown("bob")


async def test_a_destination_that_fails_and_a_schedule_that_is_new_are_shown(scene: Scene) -> None:
    await scene.assign("bob", 30)
    await make_destination(scene.baton, scene.schedule)
    await scene.republisher.look()
    assert "1 destination in step" in await scene.shown("bob")
    scene.clock.pass_(minutes=2)
    async with scene.house.database.transaction() as tx:
        row = await tx.session.get(Destination, 1)
        assert row is not None
        row.status, row.status_reason = Status.ERROR, "PagerDuty refuses the key."
    assert await scene.republisher.look() == 2
    assert "PagerDuty refuses the key." in await scene.shown("bob")


async def test_who_is_taken_off_a_schedule_or_sees_it_archived_does_not_see_it_any_more(scene: Scene) -> None:
    alice, bob = await actor(scene.baton), await user_id(scene.baton, "bob")
    await members.remove_member(scene.house, alice, scene.schedule.id, bob)
    assert await scene.republisher.look() == 1
    assert "You belong to no schedule yet." in await scene.shown("bob")
    scene.clock.pass_(minutes=2)
    await editing.archive_schedule(scene.house, alice, scene.schedule.id)
    assert await scene.republisher.look() == 3
    assert "Welcome to Baton" in await scene.shown("zoe")


async def test_what_came_in_while_a_tab_was_drawn_or_by_a_process_that_died_is_drawn_later(scene: Scene) -> None:
    await scene.assign("bob", 30)
    alice = await user_id(scene.baton, "alice")
    assert await keeping.due(scene.house)
    [tab] = await keeping.claim(scene.house, scene.baton.workspace, [alice])
    assert await keeping.claim(scene.house, scene.baton.workspace, [alice]) == [], "it is being drawn"
    # the process that claimed it is killed; another one finds it due again
    assert await scene.republisher.look() == 1
    assert "next: @bob" not in await scene.shown("alice")
    scene.clock.at = tab.until
    assert await scene.republisher.look() == 1
    assert "next: @bob" in await scene.shown("alice")


async def test_who_has_not_looked_for_a_week_is_left_alone_until_they_do(scene: Scene) -> None:
    scene.clock.pass_(days=8)
    await scene.assign("bob", 300)
    assert await scene.republisher.look() == 0
    scene.clock.pass_(days=10)
    assert await scene.republisher.look() == 0


async def test_when_slack_is_busy_the_tabs_of_the_workspace_wait_as_long_as_it_says(scene: Scene) -> None:
    await scene.assign("bob", 30)
    before = len(await scene.ws.calls(PUBLISH))
    await scene.ws.fail_next(PUBLISH, error="ratelimited", retry_after=30)
    assert await scene.republisher.look() == 0
    assert len(await scene.ws.calls(PUBLISH)) == before + 1, "nobody else's is tried"
    scene.clock.pass_(seconds=10)
    await scene.assign("alice", 40, role=1)
    other_process = Republisher(scene.house, OneClient(scene.baton.client))
    assert await other_process.look() == await scene.republisher.look() == 0, "nor by others, whatever changes"
    scene.clock.pass_(seconds=21)
    assert await scene.republisher.look() == 2
    scene.clock.pass_(minutes=2)

    await scene.assign("alice", 60)
    await scene.ws.fail_next(PUBLISH, http_status=503)
    assert await scene.republisher.look() == 0
    scene.clock.pass_(seconds=61)
    assert await scene.republisher.look() == 1


async def test_who_is_gone_is_forgotten_alone_or_with_the_whole_workspace(scene: Scene) -> None:
    bob = await user_id(scene.baton, "bob")
    await people.keep(scene.house, scene.baton.workspace, [SlackUser(bob, "bob", deleted=True)])
    assert await scene.republisher.look() == 0
    assert await scene.row("bob") is None
    assert await scene.row("alice") is not None

    await scene.assign("alice", 30)
    await scene.ws.fail_next(PUBLISH, error="token_revoked")
    assert await scene.republisher.look() == 0
    assert await scene.row("alice") is await scene.row("zoe") is None


async def test_reading_the_directory_touches_nobodys_tab_but_theirs_whose_standing_changes(scene: Scene) -> None:
    many = [SlackUser(f"UNEW{number}", "new", seen) for number in range(20) for seen in ("once", "again")]
    await people.keep(scene.house, scene.baton.workspace, many)
    async with scene.house.database.read() as tx:
        assert not await tx.homes.anything(scene.clock.now())
    bob = await user_id(scene.baton, "bob")
    await people.keep(scene.house, scene.baton.workspace, [SlackUser(bob, "bob", is_admin=True)])
    assert await scene.republisher.look() == 1
    assert "Workspace settings" in await scene.shown("bob")


async def test_opening_draws_at_once_and_sends_nothing_that_slack_has_already(scene: Scene, alice: Person) -> None:
    before = len(await scene.ws.calls(PUBLISH))
    await alice.open_home()
    await scene.baton.settled()
    assert len(await scene.ws.calls(PUBLISH)) == before
    await scene.assign("bob", 30)
    await alice.open_home()
    await scene.baton.settled()
    assert len(await scene.ws.calls(PUBLISH)) == before + 1


async def test_a_page_is_drawn_in_a_few_reads_however_many_schedules_there_are(scene: Scene) -> None:
    alice = await actor(scene.baton)
    for number in range(12):
        await make_schedule(scene.baton, f"Schedule {number:02}")
    counted: list[int] = []
    for _ in range(2):
        with counting(scene.house) as seen:
            await dashboard(scene.house, alice)
        counted.append(len(seen))
        for number in range(12):
            await make_schedule(scene.baton, f"Another {len(counted)} {number:02}")
    assert counted[0] == counted[1] <= 32


async def test_looking_costs_two_reads_where_nothing_is_due(scene: Scene) -> None:
    with counting(scene.house) as seen:
        assert await scene.republisher.look() == 0
    assert [statement.split()[0] for statement in seen] == ["SELECT", "SELECT"]


async def test_one_workspace_that_is_gone_keeps_no_other_from_being_drawn(scene: Scene) -> None:
    other = await people.workspace_id(scene.house, "TOTHER")
    await keeping.opened(scene.house, other, "UOTHER")
    await scene.assign("bob", 30)

    @dataclass(frozen=True)
    class Clients:
        client: AsyncWebClient

        async def of(self, workspace_id: int) -> AsyncWebClient | None:
            return None if workspace_id == other else self.client

    scene.clock.pass_(minutes=2)
    known = AsyncWebClient(token=scene.baton.slack.bot_token, base_url=scene.baton.slack.api_url, retry_handlers=[])
    assert await Republisher(scene.house, Clients(known)).look() == 2
    async with scene.house.database.read() as tx:
        assert await tx.session.get(HomeView, (other, "UOTHER")) is None


async def test_the_messages_tab_is_nobodys_home(scene: Scene) -> None:
    await scene.assign("bob", 30)
    before = len(await scene.ws.calls(PUBLISH))
    alice = await user_id(scene.baton, "alice")
    await scene.ws.event({"type": "app_home_opened", "user": alice, "channel": "D1", "tab": "messages"})
    await scene.baton.settled()
    assert len(await scene.ws.calls(PUBLISH)) == before


@contextmanager
def counting(house: House) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("SELECT", "UPDATE", "INSERT", "DELETE")):
            seen.append(statement)

    event.listen(house.database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(house.database.engine.sync_engine, "before_cursor_execute", note)


def test_a_minute_is_a_minute() -> None:
    assert timedelta(minutes=1) == AT_MOST_EVERY < CLAIM
    assert timedelta(days=7) == LOOKED_AT
