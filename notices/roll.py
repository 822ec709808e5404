"""Who belongs to the schedules that a batch of notices is about, how they are called, and what they want to hear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from notices.texts.marks import Scene
from notices.topics import CHANNEL_DEFAULTS, Method, Topic, topic_of, wanted_by_default
from storage.notices import NoticeKind
from storage.repositories.duties import Link
from storage.tables import ChannelSettings, Connection, ExternalUser, Member, Person, Preference, Schedule, Team
from storage.unit import Unit

ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Roll:
    """Everything about some schedules that decides who hears what. Read once per batch."""

    schedules: Mapping[int, tuple[Schedule, Team]]
    settings: Mapping[int, ChannelSettings]
    members: Mapping[int, list[Member]]
    links: Mapping[int, list[Link]]
    people: Mapping[tuple[int, str], Person]
    choices: Mapping[tuple[int, str, str, str], bool]
    externals: Mapping[tuple[int, str], ExternalUser]

    @classmethod
    async def read(cls, tx: Unit, schedule_ids: Iterable[int]) -> Roll:
        wanted = sorted(set(schedule_ids))
        schedules = await tx.duties.schedules(wanted)
        workspaces = {schedule.workspace_id for schedule, _ in schedules.values()}
        links: dict[int, list[Link]] = {}
        for found in await tx.duties.links(wanted):
            links.setdefault(found.schedule_id, []).append(found)
        return cls(
            schedules=schedules,
            settings=await tx.preferences.of_schedules(wanted),
            members=await tx.duties.members(wanted),
            links=links,
            people=await tx.duties.people(workspaces),
            choices=await _choices(tx, workspaces),
            externals=await _externals(tx, workspaces),
        )

    def person(self, schedule_id: int, user: str) -> Person | None:
        return self.people.get((self.schedules[schedule_id][0].workspace_id, user))

    def admins(self, schedule_id: int) -> list[str]:
        return [member.user_id for member in self.members.get(schedule_id, ()) if member.access == ADMIN]

    def assignable(self, schedule_id: int) -> list[str]:
        return [member.user_id for member in self.members.get(schedule_id, ()) if member.assignable]

    def slack_user(self, schedule_id: int, external_id: str) -> str | None:
        """The Slack user who is matched with an external one."""
        known = self.externals.get((self.schedules[schedule_id][0].workspace_id, external_id))
        return known.user_id if known else None

    def wants(self, schedule_id: int, user: str, kind: NoticeKind, method: Method) -> bool:
        topic = topic_of(kind)
        if topic is None:
            return True
        workspace = self.schedules[schedule_id][0].workspace_id
        chosen = self.choices.get((workspace, user, topic, method))
        return wanted_by_default(topic, method) if chosen is None else chosen

    def channel(self, schedule_id: int, kind: NoticeKind) -> str | None:
        """The schedule's channel, if it has one that is told of this kind."""
        channel = self.schedules[schedule_id][0].channel_id
        topic = topic_of(kind)
        if kind is NoticeKind.DIGEST:
            return channel
        return channel if topic is not None and self._channel_wants(schedule_id, topic) else None

    def _channel_wants(self, schedule_id: int, topic: Topic) -> bool:
        settings = self.settings.get(schedule_id)
        chosen = settings.topics.get(topic) if settings else None
        return CHANNEL_DEFAULTS.get(topic, False) if chosen is None else bool(chosen)

    def quiet_gaps(self, schedule_id: int) -> bool:
        settings = self.settings.get(schedule_id)
        return settings is not None and settings.quiet_gaps

    def scene(self, schedule_id: int) -> Scene:
        """What a message about this schedule needs to know."""
        schedule, team = self.schedules[schedule_id]
        workspace = schedule.workspace_id
        return Scene(
            schedule_id=schedule_id,
            schedule=schedule.name,
            team=team.name,
            names=_Names(self, workspace),
            links=tuple(dict.fromkeys((link.url, link.name) for link in self.links.get(schedule_id, ()) if link.url)),
            channel_id=schedule.channel_id or "",
        )


class _Names(Mapping[str, str]):
    """How people of a workspace are called, by Slack id or by the id an external system gives them."""

    def __init__(self, roll: Roll, workspace: int) -> None:
        self._roll = roll
        self._workspace = workspace

    def __getitem__(self, user: str) -> str:
        person = self._roll.people.get((self._workspace, user))
        if person is not None:
            return person.real_name or person.name
        external = self._roll.externals[(self._workspace, user)]
        if external.user_id and external.user_id != user:
            return self[external.user_id]
        return external.name or user

    def __iter__(self) -> Any:
        return (user for workspace, user in self._roll.people if workspace == self._workspace)

    def __len__(self) -> int:
        return sum(1 for _ in self)


async def _choices(tx: Unit, workspaces: Iterable[int]) -> dict[tuple[int, str, str, str], bool]:
    rows = await tx.session.scalars(select(Preference).where(Preference.workspace_id.in_(sorted(workspaces))))
    return {(row.workspace_id, row.user_id, row.topic, row.method): row.wanted for row in rows}


async def _externals(tx: Unit, workspaces: Iterable[int]) -> dict[tuple[int, str], ExternalUser]:
    rows = await tx.session.execute(
        select(Connection.workspace_id, ExternalUser)
        .join(Connection, Connection.id == ExternalUser.connection_id)
        .where(Connection.workspace_id.in_(sorted(workspaces)))
    )
    return {(workspace, user.external_id): user for workspace, user in rows}
