"""What each operating mode does with each kind of cell.

The merge states facts; a mode is a column of this table and nothing else::

    kind          Authoritative   Bidirectional, inside the horizon   Manual Export
    in sync       keep            keep                                keep
    unpinned      export          export                              export (waits)
    new           export          export                              export (waits)
    changed       export          export                              export (waits)
    conflict      export          export, both sides are told         export (waits)
    drifted       export          import                              export (waits)
    deleted       export          import as unassigned                export (waits)
    withdrawn     remove          remove                              remove (waits)
    foreign       leave           leave                               leave
    held          hold            hold                                hold
    settling      hold            hold                                hold

Five things turn an import back into something else: what begins beyond the horizon is not imported, so it is an
export; where the visible item is our own and unchanged, nobody edited anything, so it is an export; a person who is no
Slack user can't be imported and must not be overwritten, so the cell is held; so are several people at once, which no
role holds.
Where we took our own item away last although its person is still wanted (it went for the sake of its other parts),
nobody edited anything either, so it is an export.

Manual Export writes the same plan as Authoritative. It only waits for a person, which is the executor's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter

from sync.model import Action, Cell, Decision, Kind, Mode

_EXPORTING: Mapping[Kind, Action] = {
    Kind.IN_SYNC: Action.KEEP,
    Kind.UNPINNED: Action.EXPORT,
    Kind.NEW: Action.EXPORT,
    Kind.CHANGED: Action.EXPORT,
    Kind.CONFLICT: Action.EXPORT,
    Kind.DRIFTED: Action.EXPORT,
    Kind.DELETED: Action.EXPORT,
    Kind.WITHDRAWN: Action.REMOVE,
    Kind.FOREIGN: Action.LEAVE,
    Kind.HELD: Action.HOLD,
    Kind.SETTLING: Action.HOLD,
}

_KIND = attrgetter("kind")
_BRINGS_HOME = frozenset({Action.IMPORT, Action.UNASSIGN})

POLICIES: Mapping[Mode, Mapping[Kind, Action]] = {
    Mode.AUTHORITATIVE: _EXPORTING,
    Mode.BIDIRECTIONAL: {**_EXPORTING, Kind.DRIFTED: Action.IMPORT, Kind.DELETED: Action.UNASSIGN},
    Mode.MANUAL_EXPORT: _EXPORTING,
}


def decide(
    mode: Mode, cells: Iterable[Cell], *, horizon_end: datetime, known: frozenset[str] | None = None
) -> tuple[Decision, ...]:
    """One decision per cell. ``known`` holds the external people who are Slack users; None knows everybody."""
    policy, cells = POLICIES[mode], tuple(cells)
    actions: Iterable[Action] = map(policy.__getitem__, map(_KIND, cells))
    if not _BRINGS_HOME.isdisjoint(policy.values()):
        wanted = zip(actions, cells, strict=True)
        actions = (_action(one, cell, horizon_end, known) if one in _BRINGS_HOME else one for one, cell in wanted)
    return tuple(map(Decision._make, zip(cells, actions, strict=True)))


def _action(wanted: Action, cell: Cell, horizon_end: datetime, known: frozenset[str] | None) -> Action:
    """What becomes of an import."""
    if cell.start >= horizon_end or (cell.own and cell.remote):
        return Action.EXPORT
    unknown = known is not None and not known.issuperset(cell.remote)
    if wanted is Action.IMPORT and (unknown or len(cell.remote) > 1):
        return Action.HOLD
    return Action.EXPORT if cell.lifted else wanted
