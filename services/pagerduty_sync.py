"""PagerDuty schedules that Baton makes: one for a schedule's rotations, a second one beside it for their backups.

Setting up creates the external schedules first and stores the destinations then. A create whose reply was lost is
looked for by its name among what was not there before. Merging creates nothing: the rotations of several schedules
write to one external schedule, each in its own hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.accounts import asking, opened
from services.audit import note
from services.connections import ConnectionDraft, Region, save_connection, try_credentials
from services.destinations import DestinationView, refuse_overlap, take_over, view_of
from services.errors import FieldErrors, NotFound, Refusal
from services.house import Actor, House
from services.permissions import administered_schedule, visible_schedule
from services.wording import escape
from storage.tables import Connection, Destination, ExternalSchedule, Role, Schedule
from storage.unit import Unit
from sync.model import Mode, Status
from sync.ports import LAYERED, SHIFTED, Editor, NewSchedule, OutcomeUnknown, RemoteSchedule

KINDS = {SHIFTED: "Shifts", LAYERED: "Layers"}
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class SyncDraft:
    """What a person filled in. Without a connection, ``subdomain`` and ``key`` make one; ``kind`` empty takes the
    better one that the account offers. ``author`` is in whose name people are added, empty for adding nobody."""

    schedule_id: int
    name: str = ""
    connection_id: int | None = None
    subdomain: str = ""
    key: str = ""
    region: Region = Region.US
    kind: str = ""
    author: str = ""


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
            tuple(view_of(row, roles[row.role_id]) for row in mine),
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
        connection = await _connection(tx, actor, connection_id)
    with asking():
        return await opened(house, connection).kinds()


async def start_sync(house: House, actor: Actor, draft: SyncDraft) -> list[DestinationView]:
    """Create the external schedules and export to them. Raises FieldErrors by the draft's attributes, Refusal."""
    async with house.database.read() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        await _check_start(tx, schedule, draft)
        roles = await _synced_roles(tx, schedule)
    connection = await _chosen(house, actor, draft)
    account = opened(house, connection)
    with asking():
        kind = await _kind(account, draft)
        somebody = await _somebody(house, account, schedule, kind)
        names = [draft.name.strip(), *(f"{draft.name.strip()} ({role.name})" for role in roles[1:])]
        new = [NewSchedule(name[:LONGEST_NAME], schedule.time_zone, kind, (), somebody) for name in names]
        made = [await _create(house, account, connection, one) for one in new]
    rows = [_row(house, schedule, role, connection, one) for role, one in zip(roles, made, strict=True)]
    return await _store(house, actor, schedule, rows, made, "set up")


async def merge_sync(house: House, actor: Actor, schedule_id: int, other_id: int | None) -> list[DestinationView]:
    """Write a schedule's rotations into the external schedule of another one. Raises FieldErrors, Refusal."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        other = await tx.destinations.get(other_id) if other_id else None
        if other is None or not other.made:
            raise FieldErrors({"other": "Choose a rotation that is synced to PagerDuty already."})
        owner = await visible_schedule(tx, actor, other.schedule_id)
        connection = await _connection(tx, actor, other.connection_id)
        theirs = [
            row
            for row in await tx.destinations.of_schedule(owner.id)
            if row.made and row.connection_id == connection.id
        ]
        roles = await _synced_roles(tx, schedule)
        rows: list[Destination] = []
        for role, target in zip(roles, theirs, strict=False):
            external = _seen_as(target)
            row = _row(house, schedule, role, connection, external)
            await refuse_overlap(tx, row, now, "other")
            rows.append(await tx.destinations.add(row))
            await take_over(tx, row, now)
        for row in [*rows, *theirs]:
            row.dirty, row.reconfigured = row.dirty + 1, True
        into = escape(rows[0].external_name)
        note(tx, actor, now, "sync.merged", f"merged into the PagerDuty schedule {into}", schedule_id=schedule.id)
        shown = [view_of(row, role.name) for row, role in zip(rows, roles, strict=False)]
    for row in [*rows, *theirs]:
        house.jobs.defer("reconcile", row.id)
    return shown


async def change_sync(house: House, actor: Actor, draft: SyncDraft) -> list[DestinationView]:
    """Rename what Baton made, and replace the key, so far as either was filled in. Raises as :func:`start_sync`."""
    sync = await sync_of(house, actor, draft.schedule_id)
    if not sync.made:
        raise NotFound(f"*{escape(sync.schedule)}* is not synced to PagerDuty.")
    async with house.database.read() as tx:
        rows = [row for row in await tx.destinations.of_schedule(sync.schedule_id) if row.made]
        connection = await tx.connections.get(rows[0].connection_id)
    if connection is None:
        raise NotFound("That connection does not exist any more.")
    if draft.key.strip():
        typed = ConnectionDraft(connection.subdomain, draft.key, Region(connection.region))
        await save_connection(house, actor, await try_credentials(house, actor, typed))
        async with house.database.read() as tx:
            connection = await _connection(tx, actor, connection.id)
    await _keep_author(house, connection, draft.author)
    name = draft.name.strip()
    if name and name != rows[0].external_name:
        await _rename(house, actor, connection, rows, name)
    for row in rows:
        house.jobs.defer("reconcile", row.id)
    return [replace(one, external_name=row.external_name) for one, row in zip(sync.made, rows, strict=True)]


async def _rename(house: House, actor: Actor, connection: Connection, rows: Sequence[Destination], name: str) -> None:
    account, before = opened(house, connection), rows[0].external_name
    for row in rows:
        row.external_name = name + row.external_name.removeprefix(before) if row is not rows[0] else name
        with asking():
            await account.rename_schedule(_seen_as(row), row.external_name[:LONGEST_NAME])
    async with house.database.transaction() as tx:
        for row in rows:
            stored = await tx.destinations.get(row.id)
            if stored is not None:
                stored.external_name = row.external_name
        summary = f"renamed the PagerDuty schedule {escape(before)} to {escape(name)}"
        note(tx, actor, house.clock.now(), "sync.renamed", summary, schedule_id=rows[0].schedule_id)


async def _check_start(tx: Unit, schedule: Schedule, draft: SyncDraft) -> None:
    if any(row.made for row in await tx.destinations.of_schedule(schedule.id)):
        raise Refusal(f"*{escape(schedule.name)}* is synced to PagerDuty already. Change or stop that instead.")
    problems: dict[str, str] = {}
    if not draft.name.strip():
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


async def _connection(tx: Unit, actor: Actor, connection_id: int) -> Connection:
    found = await tx.connections.get(connection_id)
    if found is None or found.workspace_id != actor.workspace_id:
        raise FieldErrors({"connection_id": "Choose a connection."})
    return found


async def _chosen(house: House, actor: Actor, draft: SyncDraft) -> Connection:
    """The connection, made or given its new key where one was typed."""
    connection_id = draft.connection_id
    if draft.subdomain.strip() or draft.key.strip():
        typed = ConnectionDraft(draft.subdomain, draft.key, draft.region)
        connection_id = (await save_connection(house, actor, await try_credentials(house, actor, typed))).id
    async with house.database.read() as tx:
        connection = await _connection(tx, actor, connection_id or 0)
    await _keep_author(house, connection, draft.author)
    return connection


async def _keep_author(house: House, connection: Connection, author: str) -> None:
    """In whose name people are added; the connection remembers it, so it is asked for once."""
    if author.strip() and author.strip() != connection.from_email:
        async with house.database.transaction() as tx:
            row = await tx.connections.get(connection.id)
            if row is not None:
                row.create_users, row.from_email = True, author.strip()


async def _kind(account: Editor, draft: SyncDraft) -> str:
    offered = await account.kinds()
    kind = draft.kind or offered[0]
    if kind not in offered:
        raise FieldErrors({"kind": "This PagerDuty account does not offer that kind of schedule."})
    return kind


async def _somebody(house: House, account: Editor, schedule: Schedule, kind: str) -> str:
    """Any member who is in the account: a schedule of layers can't be without anybody."""
    if kind != LAYERED:
        return ""
    async with house.database.read() as tx:
        members = [member.user_id for member in await tx.schedules.members(schedule.id)]
        people = await tx.people.named(schedule.workspace_id, members)
    for member in members:
        person = people.get(member)
        found = await account.find_user(person.email) if person and person.email else None
        if found is not None:
            return found.id
    raise FieldErrors(
        {"name": "Nobody of this schedule is in that PagerDuty account by e-mail address. Add one there."}
    )


async def _create(house: House, account: Editor, connection: Connection, new: NewSchedule) -> RemoteSchedule:
    try:
        return await account.create_schedule(new)
    except OutcomeUnknown:
        listed = await account.schedules()
        async with house.database.read() as tx:
            fresh = [s for s in listed if await tx.connections.schedule(connection.id, s.id) is None]
        found = next((one for one in fresh if (one.name, one.kind) == (new.name, new.kind)), None)
        if found is None:
            raise
        return found


def _seen_as(row: Destination) -> RemoteSchedule:
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


async def _store(
    house: House,
    actor: Actor,
    schedule: Schedule,
    rows: Sequence[Destination],
    made: Sequence[RemoteSchedule],
    done: str,
) -> list[DestinationView]:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        for row, one in zip(rows, made, strict=True):
            await tx.destinations.add(row)
            listed = ExternalSchedule(
                connection_id=row.connection_id,
                external_id=one.id,
                name=one.name,
                kind=one.kind,
                url=one.url,
                seen_at=now,
            )
            await tx.session.merge(listed)
        names = " and ".join(escape(one.name) for one in made)
        note(tx, actor, now, "sync.started", f"{done} the PagerDuty schedule {names}", schedule_id=schedule.id)
        roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
        shown = [view_of(row, roles[row.role_id]) for row in rows]
    for row in rows:
        house.jobs.defer("reconcile", row.id)
    return shown
