"""Dead letters: notices that could not be delivered, shown to admins, who can have them sent again.

Admins of schedules see what was about their schedules, and their own webhooks'; admins of the workspace see all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.kit.audit import note
from services.kit.errors import NotFound
from services.kit.house import Actor, House
from services.kit.permissions import administered, require_some_admin
from storage.again import run_again
from storage.tables import OutboxItem
from storage.unit import Unit

MOST = 5000
SEE = "see what is not well"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What could not be delivered, to whom and why."""

    id: int
    kind: str
    method: str
    target: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """All that are kept, the newest first, and how many there are."""

    shown: tuple[DeadLetter, ...]
    total: int


async def dead_letters(house: House, actor: Actor) -> DeadLetters:
    """The newest first. Raises NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor, SEE)
        rows = await _theirs(tx, actor)
        hooks = {str(hook.id): hook.name for hook in await tx.webhooks.of_workspaces([actor.workspace_id])}
        return DeadLetters(tuple(_view(row, hooks) for row in rows), len(rows))


async def _theirs(tx: Unit, actor: Actor) -> list[OutboxItem]:
    rows = await tx.outbox.dead(actor.workspace_id, MOST)
    if actor.is_workspace_admin:
        return rows
    schedules = {schedule.id for schedule in await administered(tx, actor)}
    hooks = await tx.webhooks.of_workspaces([actor.workspace_id])
    own = {str(hook.id) for hook in hooks if hook.created_by == actor.user_id}
    return [row for row in rows if row.payload.get("schedule_id") in schedules or _is_hook_of(row, own)]


def _is_hook_of(row: OutboxItem, own: set[str]) -> bool:
    return row.method == "webhook" and row.target in own


@run_again
async def send_again(house: House, actor: Actor, letter_id: int) -> None:
    """Try a dead letter anew, as often as a fresh one. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor, SEE)
        row = next((one for one in await _theirs(tx, actor) if one.id == letter_id), None)
        if row is None:
            raise NotFound("That notice was sent again already.")
        await tx.outbox.send_again(letter_id, now)
        note(tx, actor, now, "notice.sent_again", f"had a notice ({row.kind}) sent again")
        tx.defer("outbox", 0)


@run_again
async def send_all_again(house: House, actor: Actor) -> int:
    """The same for every dead letter; says how many there were. Raises NotAllowed."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor, SEE)
        rows = await _theirs(tx, actor)
        count = sum([await tx.outbox.send_again(row.id, now) for row in rows])
        if count:
            note(tx, actor, now, "notice.sent_again", f"had {count} notices sent again")
        tx.defer("outbox", 0)
    return count


def _view(row: OutboxItem, hooks: dict[str, str]) -> DeadLetter:
    target = hooks.get(row.target, row.target) if row.method == "webhook" else row.target
    return DeadLetter(row.id, row.kind, row.method, target, row.error, row.created_at)
