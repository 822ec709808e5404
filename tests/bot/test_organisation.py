"""An organisation installs Baton once for all its workspaces: its people and channels are wherever Baton was added."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.client import Organisation, Person, Workspace
from sandbox.client.waiting import until
from sandbox.slack import SlackSandbox
from storage.database import Database
from tests.support.processes import Running, environment, oauth_mode, running

CREATE, ASSIGN = "Create schedule", "Assign shift"


@dataclass(slots=True)
class Scene:
    """Acme owns two workspaces: Alice is in the first one, Hank in Globex, Bob in both. Baton is not there yet."""

    bot: Running
    http: httpx.AsyncClient
    database: str
    first: Workspace
    globex: Workspace
    acme: Organisation

    async def install(self) -> None:
        """As an owner's browser does it, and then adds the app to both workspaces."""
        page = await self.http.get(f"{self.bot.url}/slack/install")
        state, cookie = page.text.partition("state=")[2].partition("&")[0], page.headers["set-cookie"].partition(";")[0]
        asked = {"code": await self.acme.oauth_code("root"), "state": state}
        done = await self.http.get(f"{self.bot.url}/slack/oauth_redirect", params=asked, headers={"Cookie": cookie})
        assert done.status_code == 200, done.text
        for workspace in (self.first, self.globex):
            await self.acme.grant(workspace)
        assert await until(self._has_read_both, 20)

    async def _has_read_both(self) -> bool | None:
        teams = {call.arguments.get("team_id") for call in await self.first.calls("users.list")}
        return len(teams) == 2 or None

    async def installations(self) -> int:
        database = Database(self.database)
        try:
            async with database.read() as tx:
                return len(await tx.installations.all())
        finally:
            await database.close()


@pytest.fixture
async def scene(slack: SlackSandbox, ws: Workspace, tmp_path: Path) -> AsyncIterator[Scene]:
    globex = await ws.add_workspace("Globex")
    await globex.add_user("hank", real_name="Hank Scorpio")
    acme = await Organisation.of("Acme", ws, globex)
    await acme.bring("bob", of=ws, into=globex)
    settings = environment(tmp_path, **oauth_mode(slack))
    async with running(tmp_path, settings) as bot, httpx.AsyncClient() as http:
        await ws.deliver_to(f"{bot.url}/slack/events")
        yield Scene(bot, http, settings["BATON_DATABASE_URL"], ws, globex, acme)


async def test_one_installation_serves_the_workspaces_of_an_organisation(scene: Scene) -> None:
    await scene.install()
    for workspace in (scene.first, scene.globex):
        await workspace.add_channel("baton-ops", members=["bob"], bot_is_member=True)
    alice, hank = scene.first.person("alice"), scene.globex.person("hank")
    await _make(alice, "Payments")
    await hank.command("/oncall schedules")
    await hank.wait_for_message("Payments", channel="ephemeral")
    await _make(hank, "Search")

    now = await scene.first.now()
    await _assign(alice, "Payments", now)
    await _assign(hank, "Search", now)
    for workspace, name, other in ((scene.first, "Payments", "Search"), (scene.globex, "Search", "Payments")):
        bob = workspace.person("bob")
        await bob.wait_for_message(name, channel="#baton-ops", timeout=20)
        assert not [message for message in await bob.messages("#baton-ops") if other in message.text]

    asked = len(await scene.first.calls("users.list"))
    await scene.acme.withdraw(scene.globex)
    assert await until(lambda: _read_again(scene, asked), 20), "the people of those that are left"
    await _assign(alice, "Payments", now + timedelta(hours=30))
    assert await scene.installations() == 1
    await scene.acme.uninstall()
    assert await until(lambda: _gone(scene), 20)


async def _read_again(scene: Scene, asked: int) -> bool | None:
    return len(await scene.first.calls("users.list")) > asked or None


async def _gone(scene: Scene) -> bool | None:
    return await scene.installations() == 0 or None


async def _make(person: Person, name: str) -> None:
    await person.command("/oncall create")
    await person.modal(CREATE)
    fields = {"Name": name, "Team": "Ops", "Members": ["bob"], "Notice channel": "#baton-ops"}
    for label, value in fields.items():
        await person.fill(label, value)
    assert await person.submit() is None
    await person.wait_for_message(f"Created {name}", channel="ephemeral")


async def _assign(person: Person, schedule: str, start: datetime) -> None:
    await person.command(f"/oncall assign {schedule}")
    await person.modal(ASSIGN)
    await person.fill("Member", "Bob Smith")
    await person.fill("Starts", start.replace(second=0, microsecond=0))
    await person.fill("Ends", (start + timedelta(hours=8)).replace(second=0, microsecond=0))
    assert await person.submit() is None
