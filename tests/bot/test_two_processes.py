"""Two processes on one PostgreSQL behind a proxy that gives each request to the next one, by HTTP and OAuth.

What one request leaves is in the database, so it doesn't matter which process gets the one after it. The processes are
started once; each test says which of them gets its first request, and the next request goes to the other one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from sandbox.slack import SlackSandbox
from storage.database import Database
from storage.tables import Schedule
from tests.support.postgres import migrated_database
from tests.support.processes import environment, oauth_mode, running
from tests.support.round_robin import RoundRobin, round_robin

pytestmark = pytest.mark.asyncio(loop_scope="module")
CREATE = "Create schedule"


@dataclass(slots=True)
class Scene:
    ws: Workspace
    proxy: RoundRobin
    http: httpx.AsyncClient
    database: Database

    @property
    def alice(self) -> Person:
        return self.ws.person("alice")

    async def schedules(self) -> list[str]:
        async with self.database.read() as tx:
            return sorted(await tx.session.scalars(select(Schedule.name)))

    async def install(self, workspace: Workspace, installer: str) -> list[int]:
        """As the installer's browser does it; returns which process answered each time."""
        before = len(self.proxy.passed)
        page = await self.http.get(f"{self.proxy.url}/slack/install")
        state = page.text.partition("state=")[2].partition("&")[0]
        cookie = page.headers["set-cookie"].partition(";")[0]
        back = f"{self.proxy.url}/slack/oauth_redirect"
        code = await workspace.oauth_code(installer, redirect_uri=back)
        done = await self.http.get(back, params={"code": code, "state": state}, headers={"Cookie": cookie})
        assert done.status_code == 200, done.text
        return [one.process for one in self.proxy.passed[before:]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    url, folder = migrated_database(postgres), tmp_path_factory.mktemp("two")
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackSandbox.start())
        ws = await stack.enter_async_context(Workspace.connect(slack.control_url))
        proxy = await stack.enter_async_context(round_robin())
        http = await stack.enter_async_context(httpx.AsyncClient())
        settings = environment(folder, **oauth_mode(slack))
        settings |= {"BATON_DATABASE_URL": url, "BATON_PUBLIC_URL": proxy.url}
        proxy.processes = [(await stack.enter_async_context(running(folder, settings))).url for _ in range(2)]
        for name in ("alice", "bob"):
            await ws.add_user(name)
        await ws.add_user("root", is_admin=True)
        await ws.add_channel("ops", members=["alice", "bob", "root"], bot_is_member=True)
        database = Database(url)
        stack.push_async_callback(database.close)
        made = Scene(ws, proxy, http, database)
        assert await made.install(ws, "root") == [0, 1], "begun at one and finished at the other"
        await ws.deliver_to(f"{proxy.url}/slack/events")
        yield made


async def test_a_form_that_one_opened_is_taken_by_the_other(scene: Scene) -> None:
    await _fill_in(scene, "Payments")
    opened = scene.proxy.passed[-1].process
    assert await scene.alice.submit() is None
    await scene.alice.wait_for_message("Created Payments", channel="ephemeral")
    assert scene.proxy.passed[-1].process != opened
    assert "Payments" in await scene.schedules()


async def test_what_is_pressed_twice_is_done_once_and_answered_alike(scene: Scene) -> None:
    await _fill_in(scene, "Search")
    scene.proxy.double_next()
    assert await scene.alice.submit() is None
    first, second = scene.proxy.passed[-2:]
    assert (first.status, first.body) == (second.status, second.body) == (200, b"")
    assert first.process != second.process
    assert (await scene.schedules()).count("Search") == 1
    assert "is taken" not in str(await scene.alice.ephemerals())


async def test_errors_in_a_form_are_shown_twice_and_it_can_be_sent_again(scene: Scene) -> None:
    await _fill_in(scene, "Ledger")
    assert await scene.alice.submit() is None
    await _fill_in(scene, "Ledger")
    scene.proxy.double_next()
    assert await scene.alice.submit() is not None
    first, second = scene.proxy.passed[-2:]
    assert first.body == second.body
    assert b"errors" in first.body
    assert await scene.alice.submit() is not None, "the same with the same hash is taken as a new press"
    await scene.alice.fill("Name", "Fraud")
    assert await scene.alice.submit() is None
    assert "Fraud" in await scene.schedules()


async def test_a_choice_made_at_one_is_seen_at_the_other_at_once(scene: Scene) -> None:
    topic = "Destination override removed"
    for process, wanted in ((0, ["Slack"]), (1, [])):
        scene.proxy.next = process
        await scene.alice.command("/oncall notifications", channel="#ops")
        await scene.alice.modal("Notifications")
        await scene.alice.fill(topic, wanted)
        scene.proxy.next = process
        assert await scene.alice.submit() is None
        scene.proxy.next = 1 - process
        await scene.alice.command("/oncall notifications", channel="#ops")
        assert (await scene.alice.modal("Notifications")).fields[topic] == wanted
        await scene.alice.close_all()


async def test_an_event_that_slack_sends_again_is_handled_once(scene: Scene) -> None:
    before = len(scene.proxy.passed)
    scene.proxy.lose_next_answer()
    asked = await scene.alice.say("@Baton who is it?", "#ops")
    sent = await until(lambda: _delivered(scene, before, 2), 10)
    assert sent is not None
    assert set(sent) == {0, 1}

    async def answers() -> list[str] | None:
        return [m.text for m in await scene.alice.messages("#ops") if m.thread_ts == asked.ts] or None

    assert await until(answers, 10)
    await scene.alice.command("/oncall help", channel="#ops")  # by then a second answer would be there, too
    assert len(await answers() or ()) == 1


async def test_where_one_hears_of_an_uninstall_the_other_serves_nobody_either(scene: Scene) -> None:
    globex = await scene.ws.add_workspace("Globex")
    await globex.add_user("hank", is_admin=True)
    await scene.install(globex, "hank")
    scene.proxy.next = 0
    await globex.person("hank").command("/oncall schedules")
    before = len(scene.proxy.passed)
    await globex.uninstall()
    assert await until(lambda: _delivered(scene, before, 1), 10)
    assert await until(lambda: _forgotten(scene, globex), 10), "after the acknowledgement of the event"
    for process in (0, 1):
        scene.proxy.next = process
        [said] = await globex.person("hank").command("/oncall schedules")
        assert "not installed in this workspace" in said.text
    await scene.alice.command("/oncall schedules", channel="#ops")


async def _fill_in(scene: Scene, name: str) -> None:
    scene.proxy.next = 0
    await scene.alice.command("/oncall create", channel="#ops")
    await scene.alice.modal(CREATE)
    for label, value in {"Name": name, "Team": "Payments team", "Members": ["alice", "bob"]}.items():
        await scene.alice.fill(label, value)


async def _delivered(scene: Scene, since: int, number: int) -> list[int] | None:
    passed = [one.process for one in scene.proxy.passed[since:]]
    return passed if len(passed) >= number else None


async def _forgotten(scene: Scene, workspace: Workspace) -> bool | None:
    async with scene.database.read() as tx:
        return workspace.control.team not in [row.team_id for row in await tx.installations.all()] or None
