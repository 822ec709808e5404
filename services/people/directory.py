"""The people of a workspace, as Slack last told us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.kit.house import Actor, House, Standing
from storage.again import run_again
from storage.tables import Person
from zonedata import zone_names


@dataclass(frozen=True, slots=True)
class SlackUser:
    """What is kept of a Slack user; ``time_zone`` is an IANA name, e-mail may be empty."""

    user_id: str
    name: str
    real_name: str = ""
    email: str = ""
    time_zone: str = "UTC"
    is_admin: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_stranger: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Home:
    """Where people belong: a Slack team, or for an organisation-wide installation the organisation."""

    team_id: str
    enterprise_id: str = ""


@dataclass(frozen=True, slots=True)
class PersonView:
    """How a person is called and where they live."""

    user_id: str
    name: str
    time_zone: str


@run_again
async def workspace_id(house: House, team_id: str, enterprise_id: str = "", name: str = "") -> int:
    """The workspace's own id; it is made when Baton meets the workspace for the first time."""
    known = await house.database.remembered(
        ("workspace", team_id, enterprise_id), lambda tx: tx.people.workspace(team_id, enterprise_id)
    )
    if known is not None:
        return known.id
    async with house.database.transaction() as tx:
        return (await tx.people.ensure_workspace(team_id, enterprise_id, name, house.clock.now())).id


async def home(house: House, workspace: int) -> Home:
    """What the workspace is in Slack."""
    async with house.database.read() as tx:
        known = await tx.people.workspace_by_id(workspace)
    return Home(known.team_id, known.enterprise_id) if known else Home("")


async def asking(house: House, team_id: str, enterprise_id: str, user_id: str) -> Actor:
    """Who asks, by what Slack calls their workspace and them: both in one read."""

    key = ("asking", team_id, enterprise_id, user_id)
    found = await house.database.remembered(key, lambda tx: tx.people.asking(team_id, enterprise_id, user_id))
    if found is None:
        return await actor(house, await workspace_id(house, team_id, enterprise_id), user_id)
    return _actor(found[0], user_id, found[1])


async def actor(house: House, workspace: int, user_id: str) -> Actor:
    """Who asks, with what the cached directory says about them; an unknown user has no rights."""
    return _actor(workspace, user_id, await _person(house, workspace, user_id))


def _actor(workspace: int, user_id: str, person: Person | None) -> Actor:
    return Actor(
        workspace,
        user_id,
        is_workspace_admin=person is not None and is_workspace_admin(person),
        standing=standing(person),
    )


async def _person(house: House, workspace: int, user_id: str) -> Person | None:
    return await house.database.remembered(("person", workspace, user_id), lambda tx: tx.people.get(workspace, user_id))


def standing(person: Person | None) -> Standing:
    """What Slack said of somebody last; who was deactivated has no rights either."""
    if person is None or person.deleted:
        return Standing.UNKNOWN
    flags = ((person.is_bot, Standing.BOT), (person.is_stranger, Standing.STRANGER), (person.is_guest, Standing.GUEST))
    return next((found for flag, found in flags if flag), Standing.PERSON)


def is_workspace_admin(person: Person) -> bool:
    """Whether somebody administers the Slack workspace now."""
    return person.is_admin and standing(person) is Standing.PERSON


@run_again
async def keep(house: House, workspace: int, users: Iterable[SlackUser], *, complete: bool = False) -> None:
    """Remember these users; ``complete`` says that this was everybody."""
    now = house.clock.now()
    zones = zone_names()
    async with house.database.transaction() as tx:
        await tx.people.keep(
            Person(
                workspace_id=workspace,
                user_id=user.user_id,
                name=user.name,
                real_name=user.real_name,
                email=user.email.strip().lower(),
                time_zone=user.time_zone if user.time_zone in zones else "UTC",
                is_admin=user.is_admin,
                is_bot=user.is_bot,
                is_guest=user.is_guest,
                is_stranger=user.is_stranger,
                deleted=user.deleted,
                seen_at=now,
            )
            for user in users
        )
        found = await tx.people.workspace_by_id(workspace)
        if complete and found is not None:
            found.people_seen_at = now


@run_again
async def once(house: House, event_id: str) -> bool:
    """Whether this delivery of an event is the first one; Slack repeats what it believes lost."""
    async with house.database.transaction() as tx:
        return await tx.events.first_time(event_id, house.clock.now())


async def named(house: House, workspace: int, user_ids: Iterable[str]) -> Mapping[str, PersonView]:
    """How these users are called; unknown ones are left out."""
    async with house.database.read() as tx:
        people = await tx.people.named(workspace, user_ids)
    return {user: PersonView(user, p.real_name or p.name, p.time_zone) for user, p in people.items()}


async def gone(house: House, workspace: int, user_ids: Iterable[str]) -> list[str]:
    """Those of these users who were deactivated in Slack."""
    async with house.database.read() as tx:
        people = await tx.people.named(workspace, user_ids)
    return [user for user, person in people.items() if person.deleted]


async def time_zone_of(house: House, workspace: int, user_id: str) -> str:
    """The person's own zone as Slack knows it; UTC for strangers."""
    person = await _person(house, workspace, user_id)
    return person.time_zone if person is not None else "UTC"
