"""Take what the external system has, where the database here is the one that is behind.

As an import in Bidirectional mode, and more than that: what differs was most likely written by Baton itself after the
copy was made, so it counts beyond the horizon too, and against what was changed here in the copy.

::

    there                                 here                            becomes
    ------------------------------------  ------------------------------  ---------------------------------------
    somebody else than was confirmed      anybody                         who is there
    nobody any more                       who was confirmed               unassigned
    an item that this copy doesn't know   nobody, or not exported yet     who is there
    a layer of somebody else              nobody, or not exported yet     nothing: nobody wrote that for us
    somebody who is no Slack user         anybody                         nothing: an admin has to match them
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from oncall.timeline import Interval
from sync.context import Context
from sync.core.model import Action, Cell, Decision, Kind
from sync.steps.observe import Verdict

CHANGED_THERE = frozenset({Kind.DRIFTED, Kind.DELETED, Kind.CONFLICT, Kind.REFILLED})
"""What shows that more was written there than is known here."""
_WRITTEN = CHANGED_THERE | {Kind.CHANGED, Kind.WITHDRAWN}


def taken(verdict: Verdict, context: Context) -> Verdict:
    """The same look, decided for what is there."""
    return replace(verdict, decisions=tuple(_taken(verdict, context)))


def unknown_items(verdict: Verdict) -> tuple[Cell, ...]:
    """Where an item puts somebody on call of whom nothing is known here."""
    return tuple(_pinned(verdict, (cell for cell in verdict.cells if cell.kind is Kind.FOREIGN)))


def people_there(verdict: Verdict) -> frozenset[str]:
    """Everybody who may have to be taken."""
    cells = [cell for cell in verdict.cells if cell.kind in _WRITTEN | {Kind.NEW, Kind.HELD}]
    return frozenset(user for cell in (*cells, *unknown_items(verdict)) for user in cell.remote)


def _taken(verdict: Verdict, context: Context) -> Iterator[Decision]:
    for cell in verdict.cells:
        if cell.kind in _WRITTEN:
            yield from _decided([cell], context)
        elif cell.kind in (Kind.FOREIGN, Kind.NEW):
            yield from _decided(_pinned(verdict, [cell]), context)


def _decided(cells: Iterable[Cell], context: Context) -> Iterator[Decision]:
    for cell in cells:
        if not cell.remote:
            if cell.local:
                yield Decision(cell, Action.UNASSIGN)
        elif len(cell.remote) == 1 and context.known.issuperset(cell.remote):
            yield Decision(cell, Action.IMPORT)


def _pinned(verdict: Verdict, cells: Iterable[Cell]) -> Iterator[Cell]:
    for cell in cells:
        for item in verdict.seen.pinned.cut(Interval(cell.start, cell.end)).segments:
            if item.users == cell.remote:
                yield cell._replace(start=item.start, end=item.end)
