"""Connections: credentials of external accounts, tried before they are stored and never shown again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncall.systems import System, system
from services.connections.drafts import CalendarDraft, Draft, Region
from services.connections.opening import asking, opened
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    administered_connection,
    connection_admins,
    is_some_admin,
    may_create,
    may_use,
    refuse_outsiders,
)
from services.kit.wording import escape, for_now
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.secrets import SecretUnreadable
from storage.tables import Connection, ExternalSchedule
from storage.unit import Unit
from sync.destinations.caldav.credentials import unpack
from sync.ports import CredentialRefused, RemoteError, RemoteSchedule, Unavailable


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection as its admins see it; the key is not part of it. ``author`` is in whose name people are added to the
    account, with ``role``; empty for adding nobody."""

    id: int
    kind: str
    subdomain: str
    region: Region | None
    ok: bool
    reason: str
    destinations: int
    author: str = ""
    role: str = ""
    admins: tuple[str, ...] = ()

    @property
    def system(self) -> System:
        """How its external system is called."""
        return system(self.kind)


@dataclass(frozen=True, slots=True)
class Tried:
    """Credentials that were tried and work, with the schedules they can see."""

    draft: Draft
    schedules: tuple[RemoteSchedule, ...]


async def list_connections(house: House, actor: Actor, kind: str = "") -> list[ConnectionView]:
    """The connections that the actor administers, of one ``kind`` or of all; nobody else sees them."""
    async with house.database.read() as tx:
        rows = await _of_kind(tx, actor, kind)
        return [await _view(tx, row) for row in rows if await may_use(tx, actor, row)]


async def others_exist(house: House, actor: Actor, kind: str = "") -> bool:
    """Whether there are connections, of one ``kind`` or of any, that the actor would have to ask for."""
    return bool(await kinds_of_others(house, actor, kind))


async def kinds_of_others(house: House, actor: Actor, kind: str = "") -> frozenset[str]:
    """The kinds of the connections that the actor would have to ask for."""
    if actor.is_outside:
        return frozenset()
    async with house.database.read() as tx:
        rows = await _of_kind(tx, actor, kind)
        return frozenset([row.kind for row in rows if not await may_use(tx, actor, row)])


async def _of_kind(tx: Unit, actor: Actor, kind: str) -> list[Connection]:
    return [row for row in await tx.connections.of_workspace(actor.workspace_id) if kind in ("", row.kind)]


async def get_connection(house: House, actor: Actor, connection_id: int) -> ConnectionView:
    """Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        return await _view(tx, await administered_connection(tx, actor, connection_id))


async def typed_before(house: House, actor: Actor, connection_id: int) -> CalendarDraft:
    """What was typed for a calendar account, without its password. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        row = await administered_connection(tx, actor, connection_id)
    if not system(row.kind).is_calendar:
        raise NotFound("This connection has no password.")
    try:
        known = unpack(house.secrets.open(row.secret))
    except (SecretUnreadable, CredentialRefused):
        return CalendarDraft("", "", "")
    return CalendarDraft(known.server, known.user, "")


async def may_add(house: House, actor: Actor) -> bool:
    """Whether adding a connection is worth offering to the actor."""
    async with house.database.read() as tx:
        return await _may_add(tx, actor)


async def require_adding(house: House, actor: Actor) -> None:
    """Raises NotAllowed to whoever can't add a connection."""
    refuse_outsiders(actor)
    if not await may_add(house, actor):
        raise NotAllowed(WHO_ADDS)


async def require_seeing(house: House, actor: Actor) -> None:
    """Raises NotAllowed to whoever can neither add a connection nor administers one."""
    refuse_outsiders(actor)
    if not await may_add(house, actor) and not await list_connections(house, actor):
        raise NotAllowed(WHO_ADDS)


WHO_ADDS = "Only people who can make schedules, admins of a schedule and Slack workspace admins can add connections."


async def _may_add(tx: Unit, actor: Actor) -> bool:
    """Who may make schedules, or has one, needs a way to connect it."""
    return await may_create(tx, actor) or await is_some_admin(tx, actor)


async def _require_saving(tx: Unit, actor: Actor, draft: Draft) -> Connection | None:
    """The row of the account, if there is one. Raises NotAllowed, and FieldErrors for another's connection."""
    refuse_outsiders(actor)
    row = await tx.connections.find(actor.workspace_id, draft.kind, draft.account)
    if row is not None and row.removed_at is None:
        if not await may_use(tx, actor, row):
            people = await tx.people.named(actor.workspace_id, await connection_admins(tx, row))
            names = ", ".join(sorted(one.real_name or one.name for one in people.values())[:5])
            problem = f"This account is connected already, and its admins alone can replace its key: {names}."
            raise FieldErrors({draft.account_field: problem})
    elif not await _may_add(tx, actor):
        raise NotAllowed(WHO_ADDS)
    return row


async def try_credentials(house: House, actor: Actor, draft: Draft) -> Tried:
    """Check what was typed and ask the external system; nothing is stored. Raises FieldErrors, NotAllowed."""
    refuse_outsiders(actor)
    try:
        async with house.database.read() as tx:
            await _require_saving(tx, actor, draft)
    except CredentialRefused:
        pass  # it names no account, which is one of the problems
    if problems := draft.problems():
        raise FieldErrors(dict(problems))
    account = house.external.account(
        0, subdomain=draft.account, region=draft.sealed_region, key=draft.secret, system=draft.kind
    )
    try:
        known = await account.check()
        if known and known != draft.account:
            raise FieldErrors({draft.account_field: f"This key belongs to the account “{known}”, not to this one."})
        return Tried(draft, tuple(await account.schedules()))
    except CredentialRefused as error:
        raise FieldErrors({draft.field_of(error): error.at_field}) from error
    except Unavailable as error:
        raise FieldErrors({draft.field_of(error): f"{for_now(error)} Try again in a moment."}) from error
    except RemoteError as error:
        raise FieldErrors({draft.field_of(error): str(error)}) from error


@run_again
async def save_connection(house: House, actor: Actor, tried: Tried) -> ConnectionView:
    """Store credentials that were tried. A connection to the same account gets the new key, so far as the actor
    administers it; who adds one is its admin. Raises NotAllowed, FieldErrors."""
    now, draft = house.clock.now(), tried.draft
    sealed = house.secrets.seal(draft.secret)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        row = await _require_saving(tx, actor, draft)
        is_new = row is None or row.removed_at is not None
        if row is None:
            row = await tx.connections.add(_row(actor, draft, sealed, house))
        if is_new:
            row.removed_at, row.created_by, row.admins_told = None, actor.user_id, True
            await tx.connections.set_admins(row.id, [actor.user_id])
        action = "added" if is_new else "replaced the key of"
        row.secret, row.region, row.checked_at = sealed, draft.sealed_region, now
        row.state, row.state_reason = "ok", ""
        await tx.connections.replace_schedules(row.id, [_cached(row.id, s, house) for s in tried.schedules])
        note(tx, actor, now, "connection.saved", f"{action} the {system(row.kind).connection} {escape(row.subdomain)}")
        for destination in await tx.destinations.of_connection(row.id):
            tx.defer(RECONCILE, destination.id)
        return await _view(tx, row)


async def search_schedules(house: House, actor: Actor, connection_id: int, text: str) -> Sequence[ExternalSchedule]:
    """Cached schedules of a connection that fit what was typed so far, at most 100; none for whoever may not see it."""
    async with house.database.read() as tx:
        row = await tx.connections.get(connection_id)
        if row is None or not await may_use(tx, actor, row):
            return []
        return await tx.connections.search_schedules(connection_id, text.strip(), 100)


@run_again
async def check_connection(house: House, actor: Actor, connection_id: int) -> str:
    """Ask the external system whether the stored key still works; what it says is stored and returned as a sentence."""
    async with house.database.read() as tx:
        row = await administered_connection(tx, actor, connection_id)
    problem = ""
    try:
        with asking(CredentialRefused):
            await opened(house, row).check()
    except (CredentialRefused, Refusal) as error:
        problem = str(error)
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await administered_connection(tx, actor, connection_id)
        row.checked_at = now
        if not problem:
            row.state, row.state_reason = "ok", ""
    name, key = escape(row.subdomain), system(row.kind).key
    return (
        f":red_circle: *{name}*: {escape(problem)}" if problem else f":large_green_circle: *{name}*: the {key} works."
    )


async def relist_for(house: House, actor: Actor, connection_id: int) -> None:
    """The same as :func:`relist_schedules`, for somebody who opens a form. Raises NotAllowed, NotFound as well."""
    async with house.database.read() as tx:
        await administered_connection(tx, actor, connection_id)
    await relist_schedules(house, connection_id)


@run_again
async def relist_schedules(house: House, connection_id: int) -> None:
    """Read the account's schedules anew, for the picker. Raises RemoteError, NotFound."""
    async with house.database.read() as tx:
        row = await tx.connections.get(connection_id)
    if row is None:
        raise NotFound("That connection does not exist any more.")
    key = house.secrets.open(row.secret)
    account = house.external.account(row.id, subdomain=row.subdomain, region=row.region, key=key, system=row.kind)
    listed = await account.schedules()
    async with house.database.transaction() as tx:
        await tx.connections.replace_schedules(row.id, [_cached(row.id, s, house) for s in listed])


def _row(actor: Actor, draft: Draft, sealed: str, house: House) -> Connection:
    return Connection(
        workspace_id=actor.workspace_id,
        kind=draft.kind,
        subdomain=draft.account,
        region=draft.sealed_region,
        secret=sealed,
        state="ok",
        checked_at=house.clock.now(),
        created_at=house.clock.now(),
        created_by=actor.user_id,
    )


def _cached(connection_id: int, schedule: RemoteSchedule, house: House) -> ExternalSchedule:
    return ExternalSchedule(
        connection_id=connection_id,
        external_id=schedule.id,
        name=schedule.name[:255],
        kind=schedule.kind,
        url=schedule.url,
        escalation_policies=[{"ep_id": one.id, "ep_name": one.name} for one in schedule.policies or ()],
        seen_at=house.clock.now(),
    )


async def _view(tx: Unit, row: Connection) -> ConnectionView:
    return ConnectionView(
        row.id,
        row.kind,
        row.subdomain,
        Region(row.region) if row.region else None,
        row.state == "ok",
        row.state_reason,
        len(await tx.destinations.of_connection(row.id)),
        row.from_email if row.create_users else "",
        row.user_role,
        tuple(await connection_admins(tx, row)),
    )
