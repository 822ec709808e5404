"""Changing PagerDuty schedules that Baton made: their name, the key, and in whose name people are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oncall.names import clean, is_visible
from services.connections.credentials import save_connection, try_credentials
from services.connections.drafts import ConnectionDraft, Region
from services.connections.opening import asking, opened
from services.destinations.configuring import DestinationView
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import require_connection_admin
from services.kit.wording import escape
from services.pagerduty.adding_people import keep_author
from services.pagerduty.making_schedules import LONGEST_NAME, refuse_taken
from services.pagerduty.updates import SyncDraft, connection_of, seen_as, sync_of
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.tables import Connection, Destination


async def change_sync(house: House, actor: Actor, draft: SyncDraft) -> list[DestinationView]:
    """Rename what Baton made, and replace the key, so far as either was filled in.

    Raises as :func:`services.pagerduty.updates.start_sync`.
    """
    sync = await sync_of(house, actor, draft.schedule_id)
    if not sync.made:
        raise NotFound(f"*{escape(sync.schedule)}* is not synced to PagerDuty.")
    async with house.database.read() as tx:
        rows = [row for row in await tx.destinations.of_schedule(sync.schedule_id) if row.made]
        connection = await connection_of(tx, actor, rows[0].connection_id)
        if draft.key.strip() or draft.author is not None:
            await require_connection_admin(tx, actor, connection)
    name = clean(draft.name)
    if draft.name.strip() and not is_visible(name):
        raise FieldErrors({"name": "Type how the schedule should be called in PagerDuty."})
    if draft.key.strip():
        connection = await _with_key(house, actor, connection, draft.key)
    await keep_author(house, connection, draft.author, draft.role)
    if name and name != rows[0].external_name:
        await _rename(house, actor, connection, rows, name)
    await _mark_changed(house, rows)
    return [replace(one, external_name=row.external_name) for one, row in zip(sync.made, rows, strict=True)]


@run_again
async def _mark_changed(house: House, rows: Sequence[Destination]) -> None:
    """Have these looked at anew, and those that share an external schedule with them."""
    async with house.database.transaction() as tx:
        await tx.destinations.hold_external(rows[0].connection_id, [row.external_id for row in rows])
        for row in rows:
            tx.defer(RECONCILE, row.id)
            await tx.destinations.mark_sharing_dirty(row)


async def _with_key(house: House, actor: Actor, connection: Connection, key: str) -> Connection:
    typed = ConnectionDraft(connection.subdomain, key, Region(connection.region))
    try:
        tried = await try_credentials(house, actor, typed)
    except FieldErrors as problems:
        raise FieldErrors({"key": str(problems)}) from problems
    await save_connection(house, actor, tried)
    async with house.database.read() as tx:
        return await connection_of(tx, actor, connection.id)


async def _rename(house: House, actor: Actor, connection: Connection, rows: Sequence[Destination], name: str) -> None:
    account, before = opened(house, connection), rows[0].external_name
    with asking():
        await refuse_taken([name], await account.schedules())
    for row in rows:
        after = name if row is rows[0] else name + row.external_name.removeprefix(before)
        row.external_name = after[:LONGEST_NAME]
        with asking():
            await account.rename_schedule(seen_as(row), row.external_name)
    await _keep_names(house, actor, rows, f"renamed the PagerDuty schedule {escape(before)} to {escape(name)}")


@run_again
async def _keep_names(house: House, actor: Actor, rows: Sequence[Destination], summary: str) -> None:
    async with house.database.transaction() as tx:
        await tx.destinations.hold_external(rows[0].connection_id, [row.external_id for row in rows])
        for row in rows:
            for stored in await tx.destinations.on_external(row.connection_id, row.external_id):
                stored.external_name = row.external_name
        note(tx, actor, house.clock.now(), "sync.renamed", summary, schedule_id=rows[0].schedule_id)
