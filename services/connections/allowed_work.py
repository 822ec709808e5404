"""Doing what was allowed, on behalf of who asked: once, with their rights as they are by then.

The external schedule that was named is looked for now, among what the account lists. What can't be done is told to who
asked with the reason; an allowance is good for one try.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from notices.texts import access as texts
from oncall.systems import System, system
from services.connections.credentials import relist_schedules
from services.connections.requests import Kind, answer, close, facts_of
from services.destinations.configuring import (
    DestinationDraft,
    DestinationView,
    add_destination,
    list_destinations,
    update_destination,
)
from services.kit.errors import NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import escape
from services.pagerduty.updates import SyncDraft, merge_sync, start_sync
from services.people import directory as people
from storage.again import run_again
from storage.repositories.access import AccessState
from storage.repositories.schedules import name_key
from storage.tables import AccessRequest, ExternalSchedule
from sync.core.model import AWAITED, Mode
from sync.ports import RemoteError

log = structlog.get_logger()

LOOKED_FOR = (Kind.DESTINATION, Kind.LINK)
"""Uses of a schedule that is there and was only named."""


async def carry_out_all(house: House) -> None:
    """Have everything done that was allowed and has not been; after a restart it is found here."""
    async with house.database.read() as tx:
        waiting = [row.id for row in await tx.access.in_state(AccessState.ALLOWED)]
    for request_id in waiting:
        house.jobs.defer("access", request_id)


async def carry_out(house: House, request_id: int) -> None:
    """Do what a request asks for, if it is allowed and not done yet."""
    async with house.database.read() as tx:
        request = await tx.access.get(request_id)
    if request is None or request.state != AccessState.ALLOWED or request.expires_at <= house.clock.now():
        return
    try:
        if Kind(request.kind) in LOOKED_FOR:
            request = await _found(house, request)
        if request.kind == Kind.LINK:
            await _invite(house, request)
            return
        await _do(house, request)
    except (Refusal, RemoteError) as problem:
        await _failed(house, request, _reason(problem))
    except Exception:
        log.exception("what was allowed could not be done", request=request_id)
        await _failed(house, request, "Something went wrong; whoever runs Baton finds it in the log.")
    else:
        await _done(house, request)


def _reason(problem: Exception) -> str:
    return escape(str(problem)) if isinstance(problem, RemoteError) else str(problem)


@run_again
async def _found(house: House, request: AccessRequest) -> AccessRequest:
    """The request with the id of what was named. Raises Refusal, RemoteError."""
    use: Mapping[str, Any] = request.facts["use"]
    if request.facts.get("resolved"):
        return request
    await relist_schedules(house, request.connection_id)
    async with house.database.transaction() as tx:
        stored = await tx.access.get(request.id)
        assert stored is not None
        listed = await tx.connections.schedules(request.connection_id)
        connection = await tx.connections.get(request.connection_id)
        external = _chosen(listed, str(use["external"]), system(connection.kind if connection else ""))
        stored.facts = {
            "use": {**use, "external": external.external_id},
            "shown": {**stored.facts["shown"], "external": external.name},
            "resolved": True,
        }
        return stored


def _chosen(listed: list[ExternalSchedule], typed: str, there: System) -> ExternalSchedule:
    """The one with this id, or the only one with this name. Raises Refusal."""
    by_id = [one for one in listed if _bare(one.external_id) == _bare(typed)]
    by_name = [one for one in listed if name_key(one.name) == name_key(typed.strip("/"))]
    fitting = by_id or by_name
    if len(fitting) == 1:
        return fitting[0]
    name = escape(typed)
    if fitting:
        raise Refusal(f"There are several {there.schedule}s called “{name}”. Ask again with the address of one.")
    raise Refusal(f"There is no {there.schedule} with the name or id “{name}”.")


def _bare(external_id: str) -> str:
    """An id as it is compared; that of a calendar is a path, which may end in a slash or not."""
    return external_id.strip("/").casefold()


async def _do(house: House, request: AccessRequest) -> None:
    """Raises Refusal, RemoteError."""
    asker = await people.actor(house, request.workspace_id, request.asked_by)
    actor = replace(asker, grant=request.id)
    use: Mapping[str, Any] = request.facts["use"]
    schedule_id = int(use["schedule_id"])
    match Kind(request.kind):
        case Kind.DESTINATION:
            draft = DestinationDraft(
                schedule_id, request.connection_id, use["external"], use["role_id"], Mode(use["mode"])
            )
            await add_destination(house, actor, draft)
        case Kind.UPDATE:
            await _update(house, actor, use)
        case Kind.SYNC:
            sync = SyncDraft(schedule_id, use["external"], request.connection_id, kind=use["other"]["kind"])
            await start_sync(house, actor, sync)
        case Kind.MERGE:
            await merge_sync(house, actor, schedule_id, use["other"]["destination"])
        case Kind.LINK:
            pass


async def waiting_for_word(house: House, actor: Actor, request_id: int) -> list[DestinationView]:
    """What became of a request, so far as nothing was written yet; for admins of its schedule. Raises NotAllowed,
    NotFound."""
    async with house.database.read() as tx:
        request = await tx.access.get(request_id)
        mine = request is not None and (request.workspace_id, request.state) == (actor.workspace_id, AccessState.DONE)
        if request is None or not mine or request.schedule_id is None:
            raise NotFound("That request does not exist any more.")
        await administered_schedule(tx, actor, request.schedule_id)
        rows = {row.id: row for row in await tx.destinations.of_schedule(request.schedule_id)}
    known = await list_destinations(house, actor, request.schedule_id)
    there = [one for one in known if one.connection_id == request.connection_id]
    found = [one for one in there if rows[one.id].pending_digest or rows[one.id].paused_by in AWAITED]
    if not found:
        raise NotFound("Nothing of this waits any more. `/oncall destinations` shows how it stands.")
    return found


async def _update(house: House, actor: Actor, use: Mapping[str, Any]) -> None:
    destination_id = int(use["other"]["destination"])
    await update_destination(house, actor, destination_id, role_id=use["role_id"], mode=Mode(use["mode"]))


@run_again
async def _invite(house: House, request: AccessRequest) -> None:
    async with house.database.transaction() as tx:
        await answer(tx, request, texts.go_on(facts_of(request), request.settled_by), house.clock.now())


@run_again
async def _done(house: House, request: AccessRequest) -> None:
    """Where it had been so already, nothing has taken the allowance up."""
    async with house.database.transaction() as tx:
        stored = await tx.access.get(request.id)
        if stored is not None:
            await close(tx, stored, house.clock.now())


@run_again
async def _failed(house: House, request: AccessRequest, reason: str) -> None:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        stored = await tx.access.get(request.id)
        if stored is not None and await tx.access.move(stored, AccessState.ALLOWED, AccessState.FAILED, now):
            await answer(tx, stored, texts.failed(facts_of(stored), stored.settled_by, reason), now)
