"""Of many workspaces Slack never answers for one and asks another to wait; the others hear what they are to hear.

Nothing here goes by a clock on the wall: what is held up by the silent workspace is held up for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot import directory
from bot.install import SealedInstallationStore
from bot.settings import Settings
from handlers.home.drawing import Republisher
from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.sending.courier import Courier
from notices.sending.senders import AT_ONCE_IN_ALL
from notices.sending.slack import SlackSender
from services.home import keeping
from services.kit.house import House
from storage.tables import OutboxItem
from tests.support.many_slacks import TOKEN, ManySlacks, many_slacks
from tests.support.service_world import Desk

WORKSPACES = 200
"""More than notices are sent to at once."""
FEWER = pytest.mark.parametrize("scene", [60], indirect=True)
"""Still several times as many as anything else is done in at once."""
PATIENCE = 60
"""Seconds, for a machine that is busy; what fails takes as long."""
POST, PUBLISH, PEOPLE = "chat.postMessage", "views.publish", "users.list"


@dataclass(frozen=True, slots=True)
class Scene:
    desk: Desk
    slacks: ManySlacks
    workspaces: list[int]

    @property
    def house(self) -> House:
        return self.desk.house

    @property
    def well(self) -> list[int]:
        """All but the silent one and the busy one."""
        return [one for one in self.workspaces if one not in (self.slacks.silent, self.slacks.busy)]

    def courier(self) -> Courier:
        database = self.house.database
        return Courier(database, self.house.clock, {Method.SLACK: SlackSender(self.slacks, database)})

    def answered(self, method: str) -> list[int]:
        """In which workspaces a call of a method was answered."""
        return sorted(workspace for (name, workspace) in self.slacks.answered if name == method)


@pytest.fixture
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    many = getattr(request, "param", WORKSPACES)
    async with Desk.at() as desk:
        async with desk.house.database.transaction() as tx:
            rows = [await tx.people.ensure_workspace(f"T{n}", "", "", desk.now) for n in range(many)]
        ids = [row.id for row in rows]
        async with many_slacks(silent=ids[0], busy=ids[1]) as slacks:
            yield Scene(desk, slacks, ids)


async def test_what_a_silent_workspace_is_to_hear_keeps_no_other_waiting(scene: Scene) -> None:
    slacks, numbers, now = scene.slacks, count(), scene.desk.now
    backlog = [(slacks.silent, f"C{n}") for n in range(2 * AT_ONCE_IN_ALL)]
    backlog += [(slacks.busy, f"C{n}") for n in range(2 * AT_ONCE_IN_ALL)]
    async with scene.house.database.transaction() as tx:
        await tx.outbox.put(_note(workspace, target, next(numbers), now) for workspace, target in backlog)
    courier = Courier(
        scene.house.database, scene.house.clock, {Method.SLACK: SlackSender(slacks, scene.house.database)}
    )
    sending = asyncio.create_task(courier.deliver(Method.SLACK))
    scene.desk.pass_time(timedelta(seconds=1))
    async with scene.house.database.transaction() as tx:
        await tx.outbox.put(
            _note(workspace, target, next(numbers), scene.desk.now)
            for workspace in scene.well
            for target in ("C1", "C2")
        )
    try:
        async with asyncio.timeout(PATIENCE):
            await slacks.until(POST, 2 * len(scene.well))
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert scene.answered(POST) == scene.well


@FEWER
async def test_a_pause_of_one_workspace_does_not_put_off_when_another_is_due(scene: Scene) -> None:
    now = scene.desk.now
    async with scene.house.database.transaction() as tx:
        await tx.outbox.put([_note(scene.slacks.busy, "C1", 1, now)])
    courier = Courier(
        scene.house.database, scene.house.clock, {Method.SLACK: SlackSender(scene.slacks, scene.house.database)}
    )
    assert await courier.deliver(Method.SLACK) == now + timedelta(minutes=10)
    due = now + timedelta(seconds=20)
    async with scene.house.database.transaction() as tx:
        await tx.outbox.put([_note(scene.well[0], "C1", 2, due)])
    assert await courier.deliver(Method.SLACK) == due


@FEWER
async def test_home_tabs_are_drawn_where_slack_answers(scene: Scene) -> None:
    for workspace in scene.workspaces:
        await keeping.opened(scene.house, workspace, "U1")
    scene.desk.pass_time(timedelta(minutes=2))
    republisher = Republisher(scene.house, scene.slacks, longest_look=0.05)
    async with asyncio.timeout(PATIENCE):
        await republisher.look()
        await scene.slacks.until(PUBLISH, len(scene.well))
    assert scene.answered(PUBLISH) == scene.well
    scene.desk.pass_time(timedelta(minutes=2))
    await republisher.look()
    assert scene.slacks.asked[(PUBLISH, scene.slacks.silent)] == 1, "not once more while the first look is at it"
    republisher.drop()


@FEWER
async def test_people_are_read_where_slack_answers(scene: Scene) -> None:
    store = SealedInstallationStore(scene.house.database, scene.house.secrets, scene.house.clock)
    for number, workspace in enumerate(scene.workspaces):
        await store.async_save(Installation(team_id=f"T{number}", user_id="U1", bot_token=f"{TOKEN}{workspace}"))
    settings = Settings(slack_api_url=scene.slacks.url, slack_client_id="1.1", _env_file=None)  # pyright: ignore[reportCallIssue]
    reading = asyncio.create_task(directory.read_everybody(settings, scene.house))
    try:
        async with asyncio.timeout(PATIENCE):
            await scene.slacks.until(PEOPLE, len(scene.well))
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
    assert scene.answered(PEOPLE) == scene.well

    scene.desk.pass_time(timedelta(hours=1))
    asked = dict(scene.slacks.asked)
    async with scene.house.database.transaction() as tx:
        await tx.people.read_anew("", "T7")
    again = asyncio.create_task(directory.read_everybody(settings, scene.house))
    try:
        async with asyncio.timeout(PATIENCE):
            await scene.slacks.until(PEOPLE, len(scene.well) + 1)
    finally:
        again.cancel()
        await asyncio.gather(again, return_exceptions=True)
    more = {workspace for (_, workspace), times in scene.slacks.asked.items() if times > asked[(PEOPLE, workspace)]}
    assert scene.workspaces[7] in more
    assert len(more) < 30, "nearly all others were read an hour ago; the last few were cut off above"


def _note(workspace: int, target: str, number: int, due: datetime) -> OutboxItem:
    return item(workspace, "reminder", f"{number}", Method.SLACK, target, {"schedule_id": None, "text": "Hello"}, due)
