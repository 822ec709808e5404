"""Dead letters: notices that could not be delivered, shown to admins, who can have them sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.audit import note
from services.errors import NotFound
from services.house import Actor, House
from services.permissions import require_some_admin
from storage.tables import OutboxItem

SHOWN = 20


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
    """The newest of them, and how many there are."""

    shown: tuple[DeadLetter, ...]
    total: int


async def dead_letters(house: House, actor: Actor) -> DeadLetters:
    """The newest first. Raises NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor)
        rows = await tx.outbox.dead(actor.workspace_id, SHOWN)
        hooks = {str(hook.id): hook.name for hook in await tx.webhooks.of_workspaces([actor.workspace_id])}
        return DeadLetters(tuple(_view(row, hooks) for row in rows), await tx.outbox.count_dead(actor.workspace_id))


async def send_again(house: House, actor: Actor, letter_id: int) -> None:
    """Try a dead letter anew, as often as a fresh one. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor)
        row = await tx.outbox.get(letter_id)
        if row is None or row.workspace_id != actor.workspace_id or row.state != "dead":
            raise NotFound("That notice was sent again already.")
        await tx.outbox.send_again(letter_id, now)
        note(tx, actor, now, "notice.sent_again", f"had a notice ({row.kind}) sent again")
    house.jobs.defer("outbox", 0)


async def send_all_again(house: House, actor: Actor) -> int:
    """The same for every dead letter; says how many there were. Raises NotAllowed."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor)
        count = await tx.outbox.send_dead_again(actor.workspace_id, now)
        if count:
            note(tx, actor, now, "notice.sent_again", f"had {count} notices sent again")
    house.jobs.defer("outbox", 0)
    return count


def _view(row: OutboxItem, hooks: dict[str, str]) -> DeadLetter:
    target = hooks.get(row.target, row.target) if row.method == "webhook" else row.target
    return DeadLetter(row.id, row.kind, row.method, target, row.error, row.created_at)
