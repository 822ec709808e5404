"""PagerDuty schedules that Baton makes: one for a schedule's rotations, a second one beside it for their backups.

Setting up creates the external schedules first (:mod:`services.pagerduty.making_schedules`) and stores the destinations
then. Merging writes the rotations of several schedules to one external schedule, each in its own hours; only backups
that the other one has no schedule for get one of their own beside it. What was made is changed in
:mod:`services.pagerduty.changing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.names import clean, is_visible
from oncall.systems import PAGERDUTY
from services.connections.credentials import save_connection, try_credentials
from services.connections.drafts import ConnectionDraft, Region
from services.connections.opening import asking, opened
from services.connections.requests import Kind, Use, require_use, spend
from services.destinations.configuring import (
    DestinationView,
    await_word,
    refuse_overlap,
    take_over,
    view_of,
    with_sharing,
)
from services.kit.audit import note
from services.kit.errors import FieldErrors, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import (
    administered_connection,
    administered_schedule,
    may_use,
    require_connection_admin,
    visible_schedule,
)
from services.kit.wording import escape
from services.pagerduty.adding_people import USUAL_ROLE, author_of, keep_author
from services.pagerduty.making_schedules import (
    beside,
    chosen_kind,
    keeping,
    make,
    somebody_there,
)
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.tables import Connection, Destination, ExternalSchedule, Role, Schedule
from storage.unit import Unit
from sync.core.model import Mode, Status
from sync.ports import LAYERED, SHIFTED, CredentialRefused, NewSchedule, RemoteSchedule

KINDS = {SHIFTED: "Shifts", LAYERED: "Layers"}


@dataclass(frozen=True, slots=True)
class SyncDraft:
    """What a person filled in. Without a connection, ``subdomain`` and ``key`` make one; ``kind`` empty takes the
    better one that the account offers. ``author`` is in whose name people are added, with ``role``; empty for adding
    nobody, and None for leaving that as it is."""

    schedule_id: int
    name: str = ""
    connection_id: int | None = None
    subdomain: str = ""
    key: str = ""
    region: Region = Region.US
    kind: str = ""
    author: str | None = None
    role: str = USUAL_ROLE


@dataclass(frozen=True, slots=True)
class Shared:
    """An external schedule that Baton made for another schedule, to merge into."""

    destination_id: int
    schedule: str
    external_name: str


@dataclass(frozen=True, slots=True)
class SyncView:
    """How a schedule's sync stands: ``made`` are its destinations on external schedules that Baton made."""

    schedule_id: int
    schedule: str
    made: tuple[DestinationView, ...]
    shared: tuple[Shared, ...]


async def sync_of(house: House, actor: Actor, schedule_id: int) -> SyncView:
    """Raises NotFound, and NotAllowed for those who may not change it."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        mine = [row for row in await tx.destinations.of_schedule(schedule.id) if row.made]
        return SyncView(
            schedule.id,
            schedule.name,
            tuple([await with_sharing(tx, view_of(row, roles[row.role_id]), schedule) for row in mine]),
            await _shared(tx, schedule),
        )


async def _shared(tx: Unit, schedule: Schedule) -> tuple[Shared, ...]:
    found: list[Shared] = []
    for connection in await tx.connections.of_workspace(schedule.workspace_id):
        for row in await tx.destinations.of_connection(connection.id):
            other = await tx.schedules.get(row.schedule_id)
            if row.made and other is not None and other.id != schedule.id and other.archived_at is None:
                found.append(Shared(row.id, other.name, row.external_name))
    return tuple(found)


async def kinds_of(house: House, actor: Actor, connection_id: int) -> Sequence[str]:
    """The kinds of schedules that the account of a connection offers, the better one first."""
    async with house.database.read() as tx:
        connection = await administered_connection(tx, actor, connection_id)
    with asking():
        return await opened(house, connection).kinds()


async def start_sync(house: House, actor: Actor, draft: SyncDraft) -> list[DestinationView]:
    """Create the external schedules and export to them. Raises FieldErrors by the draft's attributes, Refusal."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await _refuse_synced(tx, schedule)
        _check_start(draft)
        roles = await _synced_roles(tx, schedule)
    connection = await _chosen(house, actor, draft)
    use = start_use(draft)
    async with house.database.read() as tx:
        await require_use(tx, actor, connection, use, house.clock.now(), spend=False)
    name = clean(draft.name)
    names = [name, *(beside(name, role.name) for role in roles[1:])]
    try:
        with asking(CredentialRefused):
            made = await _made(house, schedule, connection, draft.kind, names)
    except CredentialRefused as refused:
        raise FieldErrors({"connection_id": str(refused)}) from refused
    rows = [_row(house, schedule, role, connection, one) for role, one in zip(roles, made, strict=True)]
    async with keeping(opened(house, connection), made):
        return await _store(house, actor, schedule, rows, made, use)


def start_use(draft: SyncDraft) -> Use:
    """What setting up does with the connection; whatever kind the account offers is no other use."""
    return Use(Kind.SYNC, draft.schedule_id, clean(draft.name), other={"kind": draft.kind})


def merge_use(schedule_id: int, other: Destination) -> Use:
    """What merging does with the connection."""
    return Use(Kind.MERGE, schedule_id, other.external_id, other={"destination": other.id})


async def _made(
    house: House, schedule: Schedule, connection: Connection, wanted: str, names: Sequence[str]
) -> list[RemoteSchedule]:
    account = opened(house, connection)
    kind = await chosen_kind(account, wanted)
    somebody = await somebody_there(house, account, schedule, connection) if kind == LAYERED else ""
    return await make(account, [NewSchedule(name, schedule.time_zone, kind, (), somebody) for name in names])


async def merge_sync(house: House, actor: Actor, schedule_id: int, other_id: int | None) -> list[DestinationView]:
    """Write a schedule's rotations into the external schedule of another one, once an admin has seen what that writes.

    Raises FieldErrors, Refusal.
    """
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        await _refuse_synced(tx, schedule)
        theirs = await _to_merge_with(tx, actor, schedule, other_id)
        connection = await connection_of(tx, actor, theirs[0].connection_id)
        use = merge_use(schedule.id, await _other(tx, other_id))
        await require_use(tx, actor, connection, use, house.clock.now(), spend=False)
        roles = await _synced_roles(tx, schedule)
        shared = [
            _row(house, schedule, role, connection, seen_as(target))
            for role, target in zip(roles, theirs, strict=False)
        ]
        for row in shared:
            row.reconfigured = True
            await_word(row)
            await refuse_overlap(tx, row, house.clock.now(), "other")
    lacking = roles[len(theirs) :]
    first = theirs[0]
    with asking():
        names = [beside(first.external_name, role.name) for role in lacking]
        made = await _made(house, schedule, connection, first.external_kind, names) if lacking else []
    own = [_row(house, schedule, role, connection, one) for role, one in zip(lacking, made, strict=True)]
    async with keeping(opened(house, connection), made):
        return await _store(house, actor, schedule, [*shared, *own], made, use)


async def must_ask_to_merge(house: House, actor: Actor, other_id: int | None) -> bool:
    """Whether merging with this one needs a yes by the admins of its connection."""
    async with house.database.read() as tx:
        other = await tx.destinations.get(other_id) if other_id else None
        connection = await tx.connections.get(other.connection_id) if other else None
        return connection is not None and not await may_use(tx, actor, connection)


async def _other(tx: Unit, other_id: int | None) -> Destination:
    other = await tx.destinations.get(other_id) if other_id else None
    if other is None or not other.made:
        raise FieldErrors({"other": "Choose a rotation that is synced to PagerDuty already."})
    return other


async def _to_merge_with(tx: Unit, actor: Actor, schedule: Schedule, other_id: int | None) -> list[Destination]:
    """What the other schedule is synced to, in the order of its roles."""
    other = await _other(tx, other_id)
    if other.schedule_id == schedule.id:
        raise FieldErrors({"other": "Choose a rotation that is synced to PagerDuty already."})
    owner = await visible_schedule(tx, actor, other.schedule_id)
    theirs = await tx.destinations.of_schedule(owner.id)
    return [row for row in theirs if row.made and row.connection_id == other.connection_id]


async def _refuse_synced(tx: Unit, schedule: Schedule) -> None:
    if any(row.made for row in await tx.destinations.of_schedule(schedule.id)):
        raise Refusal(f"*{escape(schedule.name)}* is synced to PagerDuty already. Change or stop that instead.")


def _check_start(draft: SyncDraft) -> None:
    problems: dict[str, str] = {}
    if not is_visible(draft.name):
        problems["name"] = "Type how the schedule should be called in PagerDuty."
    if draft.connection_id is None and not draft.subdomain.strip():
        problems["connection_id"] = "Choose a connection, or fill in a subdomain and a key."
    if problems:
        raise FieldErrors(problems)


async def _synced_roles(tx: Unit, schedule: Schedule) -> list[Role]:
    """The first role, and those that rotations fill as backups."""
    roles = await tx.schedules.roles(schedule.id)
    rotations = [versions[-1] for versions in await tx.rotations.of_schedule(schedule.id)]
    backups = {rotation.backup.role_id for rotation in rotations if rotation.backup is not None}
    return [roles[0], *(role for role in roles[1:] if role.id in backups)]


async def connection_of(tx: Unit, actor: Actor, connection_id: int) -> Connection:
    found = await tx.connections.get(connection_id)
    if found is None or found.workspace_id != actor.workspace_id:
        raise FieldErrors({"connection_id": "Choose a connection."})
    if found.kind != PAGERDUTY:
        raise FieldErrors({"connection_id": "Choose a connection to PagerDuty; a calendar has no such updates."})
    return found


async def _chosen(house: House, actor: Actor, draft: SyncDraft) -> Connection:
    """The connection, made or given its new key where one was typed."""
    connection_id = draft.connection_id
    if draft.subdomain.strip() or draft.key.strip():
        draft, connection_id = await _connected(house, actor, draft)
    async with house.database.read() as tx:
        connection = await connection_of(tx, actor, connection_id or 0)
        if draft.author is None or actor.grant:
            return connection
        await require_connection_admin(tx, actor, connection)
    return await keep_author(house, connection, draft.author, draft.role)


async def _connected(house: House, actor: Actor, draft: SyncDraft) -> tuple[SyncDraft, int]:
    """The connection of the key that was typed. Where it is new and nobody was named, missing people are added in the
    actor's name, or the key's owner's: the form could not know yet whom the account has."""
    typed = ConnectionDraft(draft.subdomain, draft.key, draft.region)
    tried = await try_credentials(house, actor, typed)
    async with house.database.read() as tx:
        before = {one.id for one in await tx.connections.of_workspace(actor.workspace_id)}
    made = (await save_connection(house, actor, tried)).id
    if made not in before and not (draft.author or "").strip():
        draft = replace(draft, author=await author_of(house, actor, made))
    return draft, made


def seen_as(row: Destination) -> RemoteSchedule:
    return RemoteSchedule(row.external_id, row.external_name, row.external_kind, row.external_url)


def _row(house: House, schedule: Schedule, role: Role, connection: Connection, made: RemoteSchedule) -> Destination:
    return Destination(
        schedule_id=schedule.id,
        role_id=role.id,
        connection_id=connection.id,
        external_id=made.id,
        external_kind=made.kind,
        external_name=made.name,
        external_url=made.url,
        made=True,
        mode=Mode.AUTHORITATIVE,
        status=Status.PENDING,
        status_reason="Its first refresh is on the way.",
        dirty=1,
        refresh_due_at=house.clock.now(),
        created_at=house.clock.now(),
    )


@run_again
async def _store(
    house: House,
    actor: Actor,
    schedule: Schedule,
    rows: Sequence[Destination],
    made: Sequence[RemoteSchedule],
    use: Use,
) -> list[DestinationView]:
    """Keep the destinations and what was made for them; others that write there, too, are looked at anew."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await tx.destinations.hold_external(rows[0].connection_id, [row.external_id for row in rows])
        await _refuse_synced(tx, schedule)
        if actor.grant:
            await spend(tx, actor, now)
        for row in rows:
            await refuse_overlap(tx, await tx.destinations.add(row), now, "other")
            await take_over(tx, row, now)
        for one in made:
            await tx.session.merge(_listed(rows[0].connection_id, one, now))
        writing = [
            other for row in rows for other in await tx.destinations.on_external(row.connection_id, row.external_id)
        ]
        for other in writing:
            other.dirty, other.reconfigured = other.dirty + 1, True
            tx.defer(RECONCILE, other.id)
        names = " and ".join(escape(row.external_name) for row in rows)
        action, done = ("sync.started", "set up") if len(made) == len(rows) else ("sync.merged", "merged into")
        note(tx, actor, now, action, f"{done} the PagerDuty schedule {names}", schedule_id=schedule.id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        return [view_of(row, roles[row.role_id]) for row in rows]


def _listed(connection_id: int, one: RemoteSchedule, now: datetime) -> ExternalSchedule:
    return ExternalSchedule(
        connection_id=connection_id, external_id=one.id, name=one.name, kind=one.kind, url=one.url, seen_at=now
    )
