"""Stop PagerDuty updates: what would happen, and doing it.

Three ways to leave an external schedule behind::

    leave     it stays as it is, and nobody keeps it in step any more
    clear     what Baton has written from now on is taken out, and its layers end at once; items that run now run out
    delete    the external schedule goes as a whole; not while an escalation policy or another schedule uses it

A worker's lease is held while that is done, so nothing is written back meanwhile. Where PagerDuty stops answering half
way, the destination stays, and its next refresh mends what was taken out. A key that no destination needs any more is
forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncall.timeline import Interval
from services.connections.opening import NO_KEY, asking, opened
from services.destinations.configuring import retire
from services.kit.audit import note
from services.kit.errors import NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule
from services.kit.wording import counted, escape
from storage.again import run_again
from storage.jobs import RECONCILE
from storage.tables import Connection, Destination
from storage.unit import Unit
from sync.context import LONGEST_LOOK
from sync.core.layers import arranged
from sync.ports import LAYERED, Editor, ScheduleGone
from sync.shared_schedules import own_time
from sync.steps.confirm import LEASE
from sync.steps.finish import read

OWNER = "stopping"
MOMENT = timedelta(seconds=1)


class Ending(StrEnum):
    """What becomes of the external schedule."""

    LEAVE = "leave"
    CLEAR = "clear"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stopping means for one external schedule. ``used_by`` names the escalation policies that use it, ``shared``
    the other schedules that write to it; either keeps it from being deleted. ``on_call`` mentions who is on call there
    now; with ``by_layer``, by a layer that ends at once when Baton's part is taken out."""

    destination_id: int
    external_name: str
    items: int
    used_by: tuple[str, ...]
    shared: tuple[str, ...]
    forgets_key: bool
    on_call: str = ""
    by_layer: bool = False

    @property
    def deletable(self) -> bool:
        return not self.used_by and not self.shared


async def stopping(house: House, actor: Actor, schedule_id: int) -> list[Outlook]:
    """What would happen. Raises NotFound, NotAllowed."""
    now = house.clock.now()
    async with house.database.read() as tx:
        rows = await _made(tx, actor, schedule_id)
        return [await _outlook(tx, row, rows, now) for row in rows]


async def stop_sync(house: House, actor: Actor, schedule_id: int, ending: Ending) -> list[str]:
    """Stop, and say what was done, a sentence for each external schedule. Raises Refusal."""
    async with house.database.read() as tx:
        rows = await _made(tx, actor, schedule_id)
        connections = {row.connection_id: await tx.connections.get(row.connection_id) for row in rows}
    done: list[str] = []
    for row in rows:
        connection = connections[row.connection_id]
        if connection is not None:
            done.append(await _stop(house, actor, row, connection, ending))
    return done


async def _made(tx: Unit, actor: Actor, schedule_id: int) -> list[Destination]:
    schedule = await administered_schedule(tx, actor, schedule_id)
    rows = [row for row in await tx.destinations.of_schedule(schedule.id) if row.made]
    if not rows:
        raise NotFound(f"*{escape(schedule.name)}* is not synced to PagerDuty.")
    return rows


async def _outlook(tx: Unit, row: Destination, rows: Sequence[Destination], now: datetime) -> Outlook:
    listed = await tx.connections.schedule(row.connection_id, row.external_id)
    others = [one for one in await tx.destinations.on_external(row.connection_id, row.external_id) if one.id != row.id]
    schedules = [await tx.schedules.get(one.schedule_id) for one in others]
    going = {one.id for one in rows}
    on_call, pinned = await _on_call(tx, row, now)
    return Outlook(
        row.id,
        row.external_name,
        len(await _future_items(tx, row, now)),
        tuple(str(policy["ep_name"]) for policy in (listed.escalation_policies if listed else [])),
        tuple(one.name for one in schedules if one is not None),
        all(one.id in going for one in await tx.destinations.of_connection(row.connection_id)),
        on_call=on_call,
        by_layer=bool(on_call and not pinned and await tx.journal.layers(row.id)),
    )


async def _on_call(tx: Unit, row: Destination, now: datetime) -> tuple[str, bool]:
    """Who was seen on call there now in the destination's own time, and whether by an item."""
    time = await own_time(tx, row, Interval(now, now + MOMENT))
    observation = (await tx.journal.observations([row.id])).get(row.id)
    if observation is None or (time is not None and not time):
        return "", False
    people = {user.external_id: user for user in await tx.connections.users(row.connection_id)}
    shown = [people.get(one) for one in read(observation.effective).at(now)]
    names = [f"<@{one.user_id}>" if one.user_id else escape(one.name) for one in shown if one is not None]
    return " and ".join(names), bool(read(observation.pinned).at(now))


async def _future_items(tx: Unit, row: Destination, now: datetime) -> list[str]:
    ledger = await tx.journal.ledger(row.connection_id, row.external_id, now)
    mine = [item for item in ledger if item.destination_id == row.id and item.removed_at is None]
    return [item.remote_id for item in mine if item.starts_at > now]


async def _stop(house: House, actor: Actor, row: Destination, connection: Connection, ending: Ending) -> str:
    now = house.clock.now()
    fence = await _take_lease(house, row, now)
    if fence is None:
        raise Refusal(f"*{escape(row.external_name)}* is being refreshed right now. Try again in a moment.")
    try:
        with asking():
            done = await _left_behind(house, row, connection, ending, now)
    except Refusal:
        await _release(house, row, fence)
        raise
    await _forget(house, actor, row, connection, done, now)
    return done


@run_again
async def _take_lease(house: House, row: Destination, now: datetime) -> int | None:
    async with house.database.transaction() as tx:
        return await tx.destinations.take_lease(row.id, OWNER, now, LEASE)


@run_again
async def _release(house: House, row: Destination, fence: int) -> None:
    async with house.database.transaction() as tx:
        await tx.destinations.release(row.id, fence)


@run_again
async def _mark_removed(house: House, row: Destination, item: str, now: datetime) -> None:
    async with house.database.transaction() as tx:
        await tx.journal.mark_removed(row.connection_id, row.external_id, [item], now)


async def _left_behind(house: House, row: Destination, connection: Connection, ending: Ending, now: datetime) -> str:
    name = f"*{escape(row.external_name)}*"
    if ending is Ending.LEAVE:
        return f"{name} stays in PagerDuty as it is."
    account = opened(house, connection)
    try:
        if ending is Ending.DELETE:
            await _delete(house, account, row)
            return f"{name} was deleted in PagerDuty."
        count = await _clear(house, account, row, now)
    except ScheduleGone:
        return f"{name} is not in PagerDuty any more."
    return f"{name} stays in PagerDuty; Baton took {counted(count, 'item')} out of it."


async def _delete(house: House, account: Editor, row: Destination) -> None:
    found = await account.schedule(row.external_id)
    users = [policy.name for policy in found.policies or ()]
    async with house.database.read() as tx:
        shared = len(await tx.destinations.on_external(row.connection_id, row.external_id)) > 1
    if users:
        policies = ", ".join(escape(name) for name in users)
        raise Refusal(
            f"*{escape(found.name)}* is used by {policies} in PagerDuty, so it is not deleted. Leave it instead."
        )
    if shared:
        raise Refusal(f"Another schedule writes to *{escape(found.name)}*, so it is not deleted. Leave it instead.")
    await account.delete_schedule(found)


async def _clear(house: House, account: Editor, row: Destination, now: datetime) -> int:
    """Take out what begins later and end the layers; returns how many items went."""
    async with house.database.read() as tx:
        items = await _future_items(tx, row, now)
        owned = await tx.journal.layers(row.id)
    if (await account.schedule(row.external_id)).kind != row.external_kind:  # its items have other ids now
        name = escape(row.external_name)
        raise Refusal(f"*{name}* was upgraded in PagerDuty just now. Run `/oncall refresh`, then try again.")
    board = house.external.board(account, row.external_id, row.external_kind)
    for item in items:
        await board.delete(item)
        await _mark_removed(house, row, item, now)
    if row.external_kind == LAYERED:
        await _end_layers(house, account, row, owned, now)
    return len(items)


async def _end_layers(house: House, account: Editor, row: Destination, owned: frozenset[str], now: datetime) -> None:
    board = house.external.layer_board(account, row.external_id)
    moment = now.replace(microsecond=0)
    seen = await board.look(Interval(moment, moment + LONGEST_LOOK))
    after = arranged(seen.layers, (), owned, now)
    if after != seen.layers:
        await board.arrange(after)


@run_again
async def _forget(
    house: House, actor: Actor, row: Destination, connection: Connection, done: str, now: datetime
) -> None:
    async with house.database.transaction() as tx:
        await tx.destinations.hold(row.id)
        stored = await tx.destinations.get(row.id)
        if stored is not None:
            await retire(tx, stored, now)
        sharing = await tx.destinations.on_external(row.connection_id, row.external_id)
        note(tx, actor, now, "sync.stopped", f"stopped PagerDuty updates: {done}", schedule_id=row.schedule_id)
        await tx.session.flush()
        account = await tx.connections.get(connection.id)
        if account is not None and not await tx.destinations.of_connection(connection.id):
            account.secret, account.state, account.state_reason = "", "error", NO_KEY
        for other in sharing:
            if other.id != row.id:
                tx.defer(RECONCILE, other.id)
