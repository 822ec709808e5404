"""What can be asked of a connection's admins, a function for each use; the wish is all that is stored before a yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncall.names import clean, is_visible
from oncall.shifts import Shift, ShiftState
from oncall.systems import SYSTEMS
from services.connections.requests import Asked, Kind, Use, Wish, ask, named_connection
from services.destinations.configuring import administered_destination, update_use
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule, require_creator
from services.pagerduty.updates import SyncDraft, merge_use, start_use
from storage.again import run_again
from storage.tables import Role, Schedule
from storage.unit import Unit
from sync.core.model import Mode


@dataclass(frozen=True, slots=True)
class DestinationWish:
    """What was filled in; ``external`` is the external schedule's name, id or address."""

    schedule_id: int
    external: str
    role_id: int | None
    mode: Mode = Mode.AUTHORITATIVE


@dataclass(frozen=True, slots=True)
class LinkWish:
    """What was filled in; ``external`` is the PagerDuty schedule's name, id or address."""

    external: str


@run_again
async def ask_destination(house: House, actor: Actor, wish: DestinationWish) -> Asked:
    """Ask to export a role. Raises FieldErrors, NotAllowed, NotFound, Refusal."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, wish.schedule_id)
        connection, named = await named_connection(tx, actor, wish.external, "external", SYSTEMS)
        role = await _role(tx, schedule, wish.role_id)
        use = Use(Kind.DESTINATION, schedule.id, named, role.id, wish.mode.value)
        shown = await _shown(tx, house, schedule, use, named, [role])
        return await ask(tx, actor, connection, shown, now)


@run_again
async def ask_update(house: House, actor: Actor, destination_id: int, role_id: int | None, mode: Mode) -> Asked:
    """Ask to change a destination's role or mode. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row, schedule = await administered_destination(tx, actor, destination_id)
        role = await _role(tx, schedule, role_id)
        connection = await tx.connections.get(row.connection_id)
        if connection is None:
            raise NotFound("The connection was removed. Add one with `/oncall connections`.")
        wish = await _shown(tx, house, schedule, update_use(row, role.id, mode), row.external_name, [role])
        return await ask(tx, actor, connection, wish, now)


@run_again
async def ask_sync(house: House, actor: Actor, draft: SyncDraft, account: str) -> Asked:
    """Ask to make a PagerDuty schedule in the account ``account``, empty where there is one only. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, draft.schedule_id)
        if not is_visible(draft.name):
            raise FieldErrors({"name": "Type how the schedule should be called in PagerDuty."})
        host = f"{account.strip()}.pagerduty.com" if account.strip() and "." not in account else account
        connection, _ = await named_connection(tx, actor, host or "any", "subdomain")
        use, roles = start_use(draft), await tx.schedules.roles(schedule.id)
        return await ask(tx, actor, connection, await _shown(tx, house, schedule, use, clean(draft.name), roles), now)


@run_again
async def ask_merge(house: House, actor: Actor, schedule_id: int, other_id: int | None) -> Asked:
    """Ask to write into the PagerDuty schedule of another one. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        schedule = await administered_schedule(tx, actor, schedule_id)
        other = await tx.destinations.get(other_id) if other_id else None
        connection = await tx.connections.get(other.connection_id) if other else None
        if other is None or connection is None or connection.workspace_id != actor.workspace_id or not other.made:
            raise FieldErrors({"other": "Choose a rotation that is synced to PagerDuty already."})
        use, roles = merge_use(schedule.id, other), await tx.schedules.roles(schedule.id)
        return await ask(tx, actor, connection, await _shown(tx, house, schedule, use, other.external_name, roles), now)


@run_again
async def ask_link(house: House, actor: Actor, wish: LinkWish) -> Asked:
    """Ask to read and take over a schedule. Raises as above."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await require_creator(tx, actor)
        connection, named = await named_connection(tx, actor, wish.external, "external")
        return await ask(tx, actor, connection, Wish(Use(Kind.LINK, None, named), named), now)


async def _role(tx: Unit, schedule: Schedule, role_id: int | None) -> Role:
    role = await tx.schedules.role(role_id) if role_id else None
    if role is None or role.schedule_id != schedule.id:
        raise FieldErrors({"role_id": "Choose a role of this schedule."})
    return role


async def _shown(tx: Unit, house: House, schedule: Schedule, use: Use, named: str, roles: Sequence[Role]) -> Wish:
    """The wish with what would be written: the confirmed shifts ahead of these roles."""
    ids = {role.id for role in roles}
    ahead = [shift for shift in await tx.shifts.of_schedule(schedule.id, house.clock.now()) if shift.role_id in ids]
    confirmed: list[Shift] = [shift for shift in ahead if shift.state is ShiftState.CONFIRMED and shift.user]
    return Wish(
        use=use,
        named=named,
        schedule=schedule.name,
        role=", ".join(role.name for role in roles),
        shifts=len(confirmed),
        users=tuple(dict.fromkeys(shift.user for shift in confirmed if shift.user)),
    )
