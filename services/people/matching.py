"""Who a member is in an external account, said by an admin where e-mail addresses don't.

A match belongs to the account, so it holds for every schedule that is exported there. It is one to one: whoever is
somebody's match already is not given to somebody else in silence. A match that is removed leaves the person to be
found by e-mail address again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from oncall.shifts import ShiftState
from oncall.systems import PAGERDUTY, System, system
from services.connections.opening import Unreachable, asking, opened
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import (
    administered_schedule,
    may_use,
    require_connection_admin,
    visible_schedule,
)
from services.kit.wording import escape
from storage.again import run_again
from storage.tables import Connection, Destination, ExternalUser, Schedule
from storage.unit import Unit
from sync.ports import RemoteError, RemoteUser

PATIENCE = 1.5
"""Seconds that a search waits for the account; after that, what is known of it has to do."""
MOST_FOUND = 100


@dataclass(frozen=True, slots=True)
class Account:
    """An account in which members can be matched."""

    connection_id: int
    name: str
    system: System


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of an external account; ``user_id`` is whose match they are already, ``taken_by`` that one's name."""

    external_id: str
    name: str
    email: str = ""
    user_id: str | None = None
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class MatchDraft:
    """That a Slack user is this person of an account; None is what was left empty."""

    schedule_id: int
    connection_id: int
    user_id: str | None
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Matched:
    """A match that was made; ``before`` is who was taken for them until now, ``left`` a user who had left Slack and
    whose match it was."""

    user_id: str
    name: str
    before: str = ""
    left: str = ""
    system: System = field(default_factory=lambda: system(PAGERDUTY))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a schedule's people stand in an account: their matches, and who is not found there yet."""

    account: Account
    matches: Mapping[str, Candidate]
    missing: tuple[str, ...]


async def accounts_of(house: House, actor: Actor, schedule_id: int) -> list[Account]:
    """The accounts that a schedule is exported to; before there are any, those that the actor administers. Raises
    NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        known = await tx.connections.of_workspace(schedule.workspace_id)
        used = {row.connection_id for row in await tx.destinations.of_schedule(schedule.id)}
        fitting = [one for one in known if (one.id in used if used else await may_use(tx, actor, one))]
    return [Account(one.id, one.subdomain, system(one.kind)) for one in fitting]


async def standing(house: House, actor: Actor, schedule_id: int, connection_id: int) -> Standing:
    """Who is matched with whom, and who has a shift ahead and is not found. Raises NotFound."""
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        connection = await _connection(tx, actor, schedule, connection_id)
        known = await tx.connections.users(connection.id)
        missing = await _missing(tx, house, schedule, {one.user_id for one in known if one.user_id})
    matches = {one.user_id: _candidate(one) for one in known if one.user_id}
    return Standing(Account(connection.id, connection.subdomain, system(connection.kind)), matches, missing)


async def missing_at(house: House, actor: Actor, schedule_id: int) -> dict[int, tuple[str, ...]]:
    """By destination that was refreshed before: whose shifts can't be exported there, as nobody is found for them."""
    found: dict[int, tuple[str, ...]] = {}
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        for row in await tx.destinations.of_schedule(schedule.id):
            if row.refreshed_at is not None:
                known = {one.user_id for one in await tx.connections.users(row.connection_id) if one.user_id}
                found[row.id] = await _missing(tx, house, schedule, known, row)
    return found


async def search_people(
    house: House, actor: Actor, schedule_id: int, connection_id: int, text: str
) -> Sequence[Candidate]:
    """People of the account whose name or address holds ``text``: from the account itself, or from what is known of it
    when it does not answer soon. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        connection = await _connection(tx, actor, schedule, connection_id)
        known = {one.external_id: one for one in await tx.connections.users(connection.id)}
    wanted = _typed(text)
    found = await _live(house, connection, wanted) or _remembered(known.values(), wanted)
    async with house.database.read() as tx:
        taken = {user for one in found if one.id in known and (user := known[one.id].user_id)}
        people = await tx.people.named(actor.workspace_id, taken)
    names = {user: person.real_name or person.name for user, person in people.items()}
    return [_offered(one, known.get(one.id), names) for one in found][:MOST_FOUND]


@run_again
async def match_member(house: House, actor: Actor, draft: MatchDraft) -> Matched:
    """Say who a Slack user is in an account. Raises FieldErrors by the draft's attributes, NotAllowed, NotFound."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        connection = await _connection(tx, actor, schedule, draft.connection_id)
    remote = await _there(house, connection, draft.external_id)
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await tx.destinations.hold_account(connection.id)
        await tx.connections.lock(connection.id)
        user = await _belonging(tx, house, schedule, draft.user_id)
        known = {one.external_id: one for one in await tx.connections.users(connection.id)}
        left = await free_of_others(tx, actor, known.get(remote.id), user)
        before = await _let_go(tx, known.values(), user, remote.id)
        await tx.connections.keep_users([_row(connection, remote, user, now)])
        await tx.destinations.mark_account_dirty(connection.id)
        summary = f"matched <@{user}> with {escape(remote.name)} in {system(connection.kind).name}"
        note(tx, actor, now, "person.matched", summary, schedule_id=schedule.id, user=user, external=remote.id)
    return Matched(user, remote.name, before, left, system(connection.kind))


@run_again
async def remove_match(house: House, actor: Actor, schedule_id: int, connection_id: int, user_id: str) -> str:
    """Forget who a Slack user is in an account; returns how that person is called there. Raises NotAllowed,
    NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        connection = await _connection(tx, actor, schedule, connection_id)
        await tx.destinations.hold_account(connection.id)
        await tx.connections.lock(connection.id)
        user = await _belonging(tx, house, schedule, user_id)
        removed = await _let_go(tx, await tx.connections.users(connection.id), user)
        if not removed:
            raise NotFound(f"<@{user}> is not matched with anybody in {system(connection.kind).name} any more.")
        await tx.destinations.mark_account_dirty(connection.id)
        summary = f"removed the match of <@{user}> with {escape(removed)} in {system(connection.kind).name}"
        note(tx, actor, now, "person.unmatched", summary, schedule_id=schedule.id, user=user)
    return removed


async def free_of_others(tx: Unit, actor: Actor, known: ExternalUser | None, user: str) -> str:
    """Refuse an external person who is somebody else's match (FieldErrors for external_id); returns the user who has
    left Slack and whose match it was, if that is so."""
    if known is None or known.user_id in (None, user):
        return ""
    holder = await tx.people.get(actor.workspace_id, known.user_id or "")
    if holder is None or holder.deleted:
        return known.user_id or ""
    name = holder.real_name or holder.name
    raise FieldErrors(
        {
            "external_id": f"{known.name or known.external_id} is the match of {name} already. Remove that one first, "
            f"with Match person beside {name} in /oncall members."
        }
    )


async def _let_go(tx: Unit, known: Collection[ExternalUser], user: str, kept: str = "") -> str:
    """Nobody but ``kept`` is the match of ``user`` any more; the name of whoever was."""
    before = [one for one in known if one.user_id == user and one.external_id != kept]
    for one in before:
        one.user_id = None
    await tx.session.flush()
    return before[0].name or before[0].external_id if before else ""


async def _there(house: House, connection: Connection, external_id: str | None) -> RemoteUser:
    there = system(connection.kind)
    if not external_id:
        raise FieldErrors({"external_id": f"Choose a person of this {there.account}."})
    with asking():
        found = await opened(house, connection).get_user(external_id)
    if found is None:
        raise FieldErrors({"external_id": f"{there.start} has nobody of this id any more. Choose again."})
    return found


async def _belonging(tx: Unit, house: House, schedule: Schedule, user_id: str | None) -> str:
    """Somebody of the schedule: a member, or whoever still has shifts there."""
    if user_id:
        member = await tx.schedules.member(schedule.id, user_id)
        ahead = [s.user for s in await tx.shifts.of_schedule(schedule.id, house.clock.now())] if member is None else []
        if member is not None or user_id in ahead:
            return user_id
    raise FieldErrors({"user_id": "Choose somebody of this schedule."})


async def _missing(
    tx: Unit, house: House, schedule: Schedule, known: Collection[str], row: Destination | None = None
) -> tuple[str, ...]:
    ahead = [
        shift.user
        for shift in await tx.shifts.of_schedule(schedule.id, house.clock.now())
        if shift.state is ShiftState.CONFIRMED and (row is None or shift.role_id == row.role_id)
    ]
    return tuple(dict.fromkeys(user for user in ahead if user is not None and user not in known))


async def _connection(tx: Unit, actor: Actor, schedule: Schedule, connection_id: int) -> Connection:
    """An account that the schedule is exported to, or that the actor decides about. Raises NotAllowed, NotFound."""
    found = await tx.connections.get(connection_id)
    if found is None or found.workspace_id != actor.workspace_id:
        raise NotFound("That connection does not exist any more.")
    if found.id not in {row.connection_id for row in await tx.destinations.of_schedule(schedule.id)}:
        await require_connection_admin(tx, actor, found)
    return found


def _typed(text: str) -> str:
    """What to search for; of "Nora Berg (nora@example.com)", which is how people are offered, the address."""
    offered = re.fullmatch(r".*\((\S+@\S+)\)", text.strip())
    return offered.group(1) if offered else text.strip()


async def _live(house: House, connection: Connection, text: str) -> Sequence[RemoteUser]:
    try:
        async with asyncio.timeout(PATIENCE):
            return await opened(house, connection).search_users(text)
    except (TimeoutError, RemoteError, Unreachable):
        return ()


def _remembered(known: Collection[ExternalUser], text: str) -> list[RemoteUser]:
    wanted = text.casefold()
    fitting = (one for one in known if wanted in one.name.casefold() or wanted in one.email.casefold())
    return [RemoteUser(one.external_id, one.name, one.email) for one in sorted(fitting, key=lambda one: one.name)]


def _offered(one: RemoteUser, known: ExternalUser | None, names: Mapping[str, str]) -> Candidate:
    user = known.user_id if known else None
    return Candidate(one.id, one.name, one.email, user, names.get(user, user) if user else "")


def _candidate(one: ExternalUser) -> Candidate:
    return Candidate(one.external_id, one.name or one.external_id, one.email, one.user_id)


def _row(connection: Connection, remote: RemoteUser, user: str, now: datetime) -> ExternalUser:
    return ExternalUser(
        connection_id=connection.id,
        external_id=remote.id,
        user_id=user,
        name=remote.name[:255],
        email=remote.email[:320],
        seen_at=now,
    )
