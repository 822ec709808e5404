"""Who belongs to the schedules that a batch of notices is about, how they are called, and what they want to hear.

Of a workspace with thousands of people only those are read whom the facts name, and the members of schedules whose
admins or members are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from notices.deciding.topics import CHANNEL_DEFAULTS, Method, Topic, topic_of, wanted_by_default
from notices.texts.marks import Scene
from storage.notices import NoticeKind
from storage.repositories.duties import Link, Membership
from storage.tables import ChannelSettings, ExternalUser, Person, Schedule, Team
from storage.unit import Unit

ADMIN = "admin"
REWRITES = frozenset({NoticeKind.COVER_TAKEN, NoticeKind.COVER_WITHDRAWN})
"""What the post that asked says itself once it is rewritten (:mod:`notices.sending.settled_posts`)."""
PERSONAL = frozenset(
    {
        NoticeKind.GIVEN_AWAY,
        NoticeKind.MEMBERSHIP,
        NoticeKind.SWAP_REQUESTED,
        NoticeKind.SWAP_CLOSED,
        NoticeKind.COVER_PROGRESS,
        NoticeKind.COVER_STUCK,
        *REWRITES,
    }
)
"""What no channel is told of."""
SLACK_ALONE = frozenset({NoticeKind.PROGRESS, NoticeKind.COVER_PROGRESS})
"""What is rewritten all the time, which a letter can't be."""
ID = re.compile(r"(?!\d{4}-\d\d-\d\dT)\S{1,320}")
"""One word that is no instant."""


@dataclass(frozen=True, slots=True)
class Roll:
    """Everything about some schedules that decides who hears what. Read once per batch."""

    schedules: Mapping[int, tuple[Schedule, Team]]
    settings: Mapping[int, ChannelSettings]
    members: Mapping[int, list[Membership]]
    links: Mapping[int, list[Link]]
    people: Mapping[tuple[int, str], Person]
    choices: Mapping[tuple[int, str, str, str], bool]
    externals: Mapping[tuple[int, str], ExternalUser]
    stewards: Mapping[int, list[str]]
    """The Slack workspaces' admins, where a schedule has no admin of its own."""

    @classmethod
    async def read(
        cls, tx: Unit, facts: Iterable[tuple[int, Mapping[str, Any]]], with_members: Iterable[int] = ()
    ) -> Roll:
        """Everything that facts about schedules need; who is named in them is told by the looks of an id."""
        told, with_members = list(facts), set(with_members)
        wanted = sorted({schedule_id for schedule_id, _ in told})
        schedules = await tx.duties.schedules(wanted)
        workspaces = {schedule.workspace_id for schedule, _ in schedules.values()}
        members = await tx.duties.members(with_members)
        named = {text for _, payload in told for text in _ids(payload)}
        externals = await tx.duties.matched(workspaces, named)
        users = named | {member.user for group in members.values() for member in group}
        users |= {external.user_id for external in externals.values() if external.user_id}
        people = dict(await tx.duties.people(workspaces, users))
        stewards = await _stewards(tx, _workspaces(schedules, with_members), members, people)
        users |= {user for group in stewards.values() for user in group}
        links: dict[int, list[Link]] = {}
        for found in await tx.duties.links(wanted):
            links.setdefault(found.schedule_id, []).append(found)
        return cls(
            schedules=schedules,
            settings=await tx.preferences.of_schedules(wanted),
            members=members,
            links=links,
            people=people,
            choices=await _choices(tx, workspaces, users),
            externals=externals,
            stewards=stewards,
        )

    def person(self, schedule_id: int, user: str) -> Person | None:
        return self.people.get((self.schedules[schedule_id][0].workspace_id, user))

    def admins(self, schedule_id: int) -> list[str]:
        """The schedule's admins who are still there, or whoever stands in for them: the Slack workspace's admins, or
        the members. Nobody at all leaves it to the channel."""
        here = [one for one in self.members.get(schedule_id, ()) if self._is_there(schedule_id, one.user)]
        own = [member.user for member in here if member.access == ADMIN]
        return own or self.stewards.get(self.schedules[schedule_id][0].workspace_id) or [one.user for one in here]

    def assignable(self, schedule_id: int) -> list[str]:
        found = [member.user for member in self.members.get(schedule_id, ()) if member.assignable]
        return [user for user in found if self._is_there(schedule_id, user)]

    def _is_there(self, schedule_id: int, user: str) -> bool:
        person = self.person(schedule_id, user)
        return person is None or not (person.deleted or person.is_bot)

    def slack_user(self, schedule_id: int, external_id: str) -> str | None:
        """The Slack user who is matched with an external one."""
        known = self.externals.get((self.schedules[schedule_id][0].workspace_id, external_id))
        return known.user_id if known else None

    def wants(self, schedule_id: int, user: str, kind: NoticeKind, method: Method) -> bool:
        topic = topic_of(kind)
        if kind in SLACK_ALONE:
            return method is Method.SLACK
        if topic is None or (kind is NoticeKind.SWAP_REQUESTED and method is Method.SLACK):
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
        if kind in PERSONAL:
            return None
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


def _ids(value: Any) -> Iterator[str]:
    """Everything in the facts that may be somebody's id, in Slack or in an external system."""
    if isinstance(value, str):
        if ID.fullmatch(value):
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _ids(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner)


def _workspaces(schedules: Mapping[int, tuple[Schedule, Team]], wanted: Iterable[int]) -> dict[int, int]:
    return {one: schedules[one][0].workspace_id for one in wanted if one in schedules}


async def _stewards(
    tx: Unit,
    workspaces: Mapping[int, int],
    members: Mapping[int, list[Membership]],
    people: dict[tuple[int, str], Person],
) -> dict[int, list[str]]:
    """Who stands in where every admin of a schedule is gone; ``people`` learns of them."""
    found: dict[int, list[str]] = {}
    for schedule_id, workspace in workspaces.items():
        admins = [people.get((workspace, one.user)) for one in members.get(schedule_id, ()) if one.access == ADMIN]
        if workspace in found or any(person is None or not person.deleted for person in admins):
            continue
        stewards = await tx.people.workspace_admins(workspace)
        people |= {(workspace, person.user_id): person for person in stewards}
        found[workspace] = [person.user_id for person in stewards]
    return found


async def _choices(tx: Unit, workspaces: Iterable[int], users: Iterable[str]) -> dict[tuple[int, str, str, str], bool]:
    found: dict[tuple[int, str, str, str], bool] = {}
    for workspace in workspaces:
        chosen = await tx.preferences.of_people(workspace, users)
        found |= {(workspace, *choice): wanted for choice, wanted in chosen.items()}
    return found
