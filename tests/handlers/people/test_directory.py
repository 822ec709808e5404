"""The directory of people: read whole, then kept by events."""

from __future__ import annotations

import handlers
from handlers.people.slack_users import slack_user
from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from services.people import directory as people
from services.people.directory import Home, SlackUser
from tests.support.running import Baton
from tests.support.slack_steps import user_id


async def zone_of(baton: Baton, user: str) -> str:
    return await people.time_zone_of(baton.house, baton.workspace, user)


async def test_everybody_is_read_in_pages(baton: Baton, ws: Workspace) -> None:
    for number in range(230):
        await ws.add_user(f"extra{number}")
    calls_before = len(await ws.calls("users.list"))
    count = await handlers.load_directory(baton.client, baton.house, baton.slack.team_id, "")
    assert count >= 235
    assert len(await ws.calls("users.list")) - calls_before == 2
    async with baton.house.database.read() as tx:
        workspace = await tx.people.workspace_by_id(baton.workspace)
    assert workspace is not None
    assert workspace.people_seen_at is not None


async def test_a_change_in_slack_is_learned(baton: Baton, ws: Workspace) -> None:
    alice = await user_id(baton, "alice")
    assert await zone_of(baton, alice) == "Europe/Berlin"
    await ws.update_user("alice", tz="Asia/Tokyo")

    async def moved() -> bool | None:
        return await zone_of(baton, alice) == "Asia/Tokyo" or None

    assert await until(moved, 5)


async def test_somebody_who_loses_slack_admin_loses_what_comes_with_it(baton: Baton, ws: Workspace) -> None:
    root = await user_id(baton, "root")
    assert (await people.actor(baton.house, baton.workspace, root)).is_workspace_admin
    await ws.update_user("root", is_admin=False)

    async def demoted() -> bool | None:
        return not (await people.actor(baton.house, baton.workspace, root)).is_workspace_admin or None

    assert await until(demoted, 5)


async def test_somebody_new_is_learned(baton: Baton, ws: Workspace, alice: Person) -> None:
    user = {"id": "UNEW1", "name": "nina", "tz": "UTC", "profile": {"real_name": "Nina New", "email": "N@Example.com"}}
    await ws.event({"type": "team_join", "user": user})

    async def there() -> bool | None:
        return "UNEW1" in await people.named(baton.house, baton.workspace, ["UNEW1"]) or None

    assert await until(there, 5)


async def test_a_repeated_delivery_is_handled_once(baton: Baton) -> None:
    assert await people.once(baton.house, "Ev1")
    assert not await people.once(baton.house, "Ev1")


HOME = Home("T1")


def test_a_user_with_the_least_slack_tells_is_kept() -> None:
    assert slack_user({"id": "U1"}, HOME) == SlackUser("U1", "")
    assert slack_user({"id": "USLACKBOT"}, HOME).is_bot
    owner = slack_user({"id": "U2", "is_owner": True, "deleted": True, "tz": None, "profile": {"email": None}}, HOME)
    assert owner.is_admin
    assert owner.deleted
    assert owner.time_zone == "UTC"
