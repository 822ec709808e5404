"""A house whose people are those of a Slack workspace, with the keeper at work in it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from notices.presence.keeper import Keeper
from notices.presence.wanted import OnEdit
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from storage.notices import NoticeKind
from storage.repositories.presence import GROUP, TOPIC
from storage.tables import Presence, PresenceTarget
from tests.support.notice_house import Clients, NoticeHouse, slack_client


@dataclass(slots=True)
class Office:
    """``ids`` are people's, by name."""

    house: NoticeHouse
    ws: Workspace
    slack: SlackSandbox
    keeper: Keeper
    ids: dict[str, str]
    schedule: int = 0
    turns: itertools.count[int] = field(default_factory=itertools.count)

    async def schedule_for(self, *users: str, name: str = "Payments", hours: float = 8, admin: str = "root") -> int:
        """A schedule whose first role these people have one after the other from now on; "" is nobody."""
        known = list(self.ids.values())
        made = await self.house.add_schedule(name, members=known, admins=[self.ids[admin]], channel=None)
        for place, user in enumerate(users):
            if user:
                start, end = place * hours, (place + 1) * hours
                await self.house.assign(made, self.ids[user], start, end)
        return made

    async def show(
        self,
        schedule: int,
        *,
        group: str = "",
        channel: str = "",
        fallback: str = "",
        always: Sequence[str] = (),
        on_edit: OnEdit = OnEdit.RESTORE,
        position: int = 0,
    ) -> None:
        """Set presence up, as the service does."""
        now, role = self.house.clock.now(), await self.house.role(schedule, position)
        async with self.house.database.transaction() as tx:
            row = Presence(
                role_id=role,
                schedule_id=schedule,
                group_id=group,
                always=[self.ids[name] for name in always],
                channel_id=channel,
                fallback=self.ids[fallback] if fallback else "",
                on_edit=on_edit,
                changed_at=now,
                changed_by="U1",
            )
            await tx.presence.save(row)
            tx.presence.mark_places(self.house.workspace, [(GROUP, group), (TOPIC, channel)], now)

    async def pass_(self, **length: float) -> None:
        """Let time go by, have switches noticed and everything written that is due."""
        self.house.clock.pass_(**length)
        await self.house.watch()
        await self.keep()

    async def keep(self) -> None:
        await self.keeper.keep()
        await self.keeper.idle()

    async def check(self) -> None:
        """What is done every hour."""
        async with self.house.database.transaction() as tx:
            now = self.house.clock.now()
            await tx.presence.check(now, now, 1000)
        await self.keep()

    async def members(self, handle: str) -> list[str]:
        return sorted((await self.ws.group(handle))["users"])

    async def topic(self, channel: str) -> str:
        return (await self.ws.channel(channel))["topic"]

    async def calls(self, method: str) -> int:
        return len(await self.ws.calls(method))

    async def told(self) -> list[str]:
        """The troubles that admins were told of, in order."""
        return [facts["trouble"] for facts in await self.house.facts(NoticeKind.PRESENCE)]

    async def target(self, place: str) -> PresenceTarget | None:
        async with self.house.database.read() as tx:
            found = await tx.presence.targets(self.house.workspace)
        return next((row for (_, one), row in found.items() if one == place), None)


@pytest.fixture
async def office(house: NoticeHouse, slack: SlackSandbox, ws: Workspace) -> AsyncIterator[Office]:
    client = slack_client(slack)
    listed = await client.users_list()
    ids = {one["name"]: one["id"] for one in listed["members"] if not one["is_bot"]}
    await house.add_people({one["id"]: one["real_name"] for one in listed["members"] if not one["is_bot"]})
    async with house.database.transaction() as tx:
        for user in ids.values():
            person = await tx.people.get(house.workspace, user)
            assert person is not None
            person.deleted = False
    keeper = Keeper(house.database, house.clock, Clients(client))
    yield Office(house, ws, slack, keeper, ids)
    await keeper.drop()
