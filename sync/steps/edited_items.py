"""Items of ours that people changed in place, where items add up (:attr:`Strategy.SHIFTS`).

Somebody who moves an event, or makes it longer, means the shift. Where that gives our item's person time that nobody
has here, the cell looks *foreign* ("none of our business"), but it is an edit of ours: it counts as *refilled*, which
Bidirectional mode imports::

    ours as we left it     |------ ann ------|
    what is there now            |------ ann ------|
    cells                  |del. | in sync   |refil|

An item that we wrote ourselves a moment ago is left out: a look that lags may still show what it was.

Once everything that such an item shows is in sync, the ledger takes over what it has become. Until then the ledger has
what it was, since that tells an edit of theirs from a write of ours; and as long as it does, every refresh has to ask
for a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from oncall.timeline import Interval, Timeline
from storage.database import Database
from storage.ledger import Entry
from sync.context import Context
from sync.core.model import Cell, Kind, Line, Strategy
from sync.ports import Listed, Seen
from sync.steps.confirm import fenced


def with_grown(cells: Iterable[Cell], context: Context, seen: Seen) -> tuple[Cell, ...]:
    """The cells, cut where items of ours now reach that did not before, with those stretches as *refilled*."""
    grown = _grown(context, seen) if seen.strategy is Strategy.SHIFTS else []
    if not grown:
        return tuple(cells)
    return tuple(piece for cell in cells for piece in _pieces(cell, grown))


def _grown(context: Context, seen: Seen) -> list[Line]:
    """The lines of items of ours that cover more than these did when we left them."""
    known = {item.remote_id: item for item in context.mine if item.remote_id not in context.changed}
    return [line for line in seen.lines if (one := known.get(line.on)) and _reaches_further(line, one)]


def _reaches_further(line: Line, item: Entry) -> bool:
    return not line.item and line.user != "" and (line.start < item.starts_at or item.ends_at < line.end)


def _pieces(cell: Cell, grown: Sequence[Line]) -> Iterator[Cell]:
    over = [line for line in grown if line.start < cell.end and cell.start < line.end and cell.remote == (line.user,)]
    if cell.kind is not Kind.FOREIGN or not over:
        yield cell
        return
    edges = {at for line in over for at in (line.start, line.end) if cell.start < at < cell.end}
    for start, end in pairwise(sorted({cell.start, *edges, cell.end})):
        piece = cell._replace(start=start, end=end)
        ours = any(line.start <= start < line.end for line in over)
        yield piece._replace(kind=Kind.REFILLED) if ours else piece


async def follow(
    database: Database, context: Context, agreed: Timeline, listed: Sequence[Listed], now: datetime
) -> None:
    """Take over into the ledger what items of ours have become, where that is what both sides agree on."""
    known = {item.remote_id: item for item in context.mine if item.remote_id not in context.changed}
    edited = [(one, item) for one in listed if (item := known.get(one.id)) and _differs(one, item)]
    settled = [(one, item) for one, item in edited if _agreed(one, agreed, context.now)]
    if not settled:
        return
    async with fenced(database, context, now) as tx:
        for one, item in settled:
            span = (context.connection.id, context.destination.external_id, one.id)
            await tx.journal.change_item(*span, user=one.user, starts_at=one.start, ends_at=one.end)
            item.user, item.starts_at, item.ends_at = one.user, one.start, one.end


def _differs(one: Listed, item: Entry) -> bool:
    return (one.user, one.start, one.end) != (item.user, item.starts_at, item.ends_at)


def _agreed(one: Listed, agreed: Timeline, now: datetime) -> bool:
    ahead = Interval(max(one.start, now), one.end) if one.end > now else None
    if ahead is None:
        return False
    shown = agreed.cut(ahead)
    return not shown.gaps(ahead) and all(segment.users == (one.user,) for segment in shown.segments)
