"""Connections: credentials of external accounts, tried before they are stored and never shown again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.audit import note
from services.errors import FieldErrors, NotFound
from services.house import Actor, House
from services.permissions import is_some_admin, require_some_admin
from storage.tables import Connection, ExternalSchedule
from sync.ports import PAGERDUTY, CredentialRefused, RemoteError, RemoteSchedule, Unavailable

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class Region(StrEnum):
    """Where PagerDuty keeps the account."""

    US = "us"
    EU = "eu"


@dataclass(frozen=True, slots=True)
class ConnectionDraft:
    """What a person typed. ``subdomain`` may be a whole address of the account."""

    subdomain: str
    key: str
    region: Region = Region.US

    @property
    def plain_subdomain(self) -> str:
        host = re.sub(r"^https?://", "", self.subdomain.strip().casefold()).split("/")[0]
        return re.sub(r"(\.eu)?\.pagerduty\.com$", "", host)

    def __repr__(self) -> str:
        return f"ConnectionDraft({self.plain_subdomain!r}, key=…, {self.region!s})"


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection as it is shown; the key is not part of it. ``author`` is in whose name people are added to the
    account, with ``role``; empty for adding nobody."""

    id: int
    kind: str
    subdomain: str
    region: Region
    ok: bool
    reason: str
    destinations: int
    author: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """Credentials that were tried and work, with the schedules they can see."""

    draft: ConnectionDraft
    schedules: tuple[RemoteSchedule, ...]


async def list_connections(house: House, actor: Actor) -> list[ConnectionView]:
    async with house.database.read() as tx:
        rows = await tx.connections.of_workspace(actor.workspace_id)
        return [_view(row, len(await tx.destinations.of_connection(row.id))) for row in rows]


async def may_change(house: House, actor: Actor) -> bool:
    """Whether changing connections is worth offering to the actor."""
    async with house.database.read() as tx:
        return await is_some_admin(tx, actor)


async def try_credentials(house: House, actor: Actor, draft: ConnectionDraft) -> Tried:
    """Check what was typed and ask PagerDuty; nothing is stored. Raises FieldErrors, NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor)
    _check_typed(draft)
    account = house.external.account(0, subdomain=draft.plain_subdomain, region=draft.region, key=draft.key.strip())
    try:
        subdomain = await account.check()
        if subdomain and subdomain != draft.plain_subdomain:
            raise FieldErrors({"subdomain": f"This key belongs to the account “{subdomain}”, not to this one."})
        return Tried(draft, tuple(await account.schedules()))
    except CredentialRefused as error:
        raise FieldErrors({"key": str(error)}) from error
    except Unavailable as error:
        raise FieldErrors({"subdomain": f"{error} Try again in a moment."}) from error
    except RemoteError as error:
        raise FieldErrors({"key": str(error)}) from error


async def save_connection(house: House, actor: Actor, tried: Tried) -> ConnectionView:
    """Store credentials that were tried; a connection to the same account gets the new key. Raises NotAllowed."""
    now, draft = house.clock.now(), tried.draft
    sealed = house.secrets.seal(draft.key.strip())
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor)
        row = await tx.connections.find(actor.workspace_id, PAGERDUTY, draft.plain_subdomain)
        action = "replaced the key of" if row else "added"
        if row is None:
            row = await tx.connections.add(_row(actor, draft, sealed, house))
        row.secret, row.region, row.state, row.state_reason, row.checked_at = sealed, draft.region, "ok", "", now
        await tx.connections.replace_schedules(row.id, [_cached(row.id, s, house) for s in tried.schedules])
        note(tx, actor, now, "connection.saved", f"{action} the PagerDuty connection {row.subdomain}")
        users = await tx.destinations.of_connection(row.id)
        found = _view(row, len(users))
    for destination in users:
        house.jobs.defer("reconcile", destination.id)
    return found


async def search_schedules(house: House, actor: Actor, connection_id: int, text: str) -> Sequence[ExternalSchedule]:
    """Cached schedules of a connection that fit what was typed so far, at most 100."""
    async with house.database.read() as tx:
        row = await tx.connections.get(connection_id)
        if row is None or row.workspace_id != actor.workspace_id:
            return []
        return await tx.connections.search_schedules(connection_id, text.strip(), 100)


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


def _check_typed(draft: ConnectionDraft) -> None:
    problems: dict[str, str] = {}
    if not SUBDOMAIN.fullmatch(draft.plain_subdomain):
        problems["subdomain"] = "Type the part before .pagerduty.com in your account's address, for example acme."
    if not draft.key.strip():
        problems["key"] = "Paste a REST API key of your PagerDuty account."
    elif re.search(r"\s", draft.key.strip()) or not draft.key.isascii():
        problems["key"] = "This does not look like a key: it holds blanks or other odd characters."
    if problems:
        raise FieldErrors(problems)


def _row(actor: Actor, draft: ConnectionDraft, sealed: str, house: House) -> Connection:
    return Connection(
        workspace_id=actor.workspace_id,
        kind=PAGERDUTY,
        subdomain=draft.plain_subdomain,
        region=draft.region,
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


def _view(row: Connection, destinations: int) -> ConnectionView:
    return ConnectionView(
        row.id,
        row.kind,
        row.subdomain,
        Region(row.region),
        row.state == "ok",
        row.state_reason,
        destinations,
        row.from_email if row.create_users else "",
        row.user_role,
    )
