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
    refilled      leave           import                              leave
    held          hold            hold                                hold
    settling      hold            hold                                hold

Seven things turn an import into something else:

* an edit that had been imported and is taken back by now: whoever had the time before has it again here (*restore*);
* the visible item is our own and unchanged, so nobody edited anything: an export. But where somebody took out another
  one of ours that showed above it, what it says is theirs to say: an import;
* we took our own item away last although its person is still wanted (it went for the sake of its other parts), so
  nobody edited anything either: an export;
* what begins beyond the horizon is neither imported nor put back: it is left for *later*;
* what was left like that is overwritten as soon as the horizon is there, or something is assigned there: an export;
* a person who is no Slack user can't be imported and must not be overwritten, so the cell is held;
* so are several people at once, which no role holds.

Manual Export writes the same plan as Authoritative. It only waits for a person, which is the executor's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import attrgetter

from sync.core.model import BRINGS_HOME, Action, Cell, Decision, Kind, Mode

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
    Kind.REFILLED: Action.LEAVE,
    Kind.HELD: Action.HOLD,
    Kind.SETTLING: Action.HOLD,
}

_KIND = attrgetter("kind")

POLICIES: Mapping[Mode, Mapping[Kind, Action]] = {
    Mode.AUTHORITATIVE: _EXPORTING,
    Mode.BIDIRECTIONAL: {
        **_EXPORTING,
        Kind.DRIFTED: Action.IMPORT,
        Kind.DELETED: Action.UNASSIGN,
        Kind.REFILLED: Action.IMPORT,
    },
    Mode.MANUAL_EXPORT: _EXPORTING,
}


def decide(
    mode: Mode, cells: Iterable[Cell], *, horizon_end: datetime, known: frozenset[str] | None = None
) -> tuple[Decision, ...]:
    """One decision per cell. ``known`` holds the external people who are Slack users; None knows everybody."""
    policy, cells = POLICIES[mode], tuple(cells)
    actions: Iterable[Action] = map(policy.__getitem__, map(_KIND, cells))
    if not BRINGS_HOME.isdisjoint(policy.values()):
        wanted = zip(actions, cells, strict=True)
        actions = (
            _action(one, cell, horizon_end, known) if one in BRINGS_HOME or cell.before else one for one, cell in wanted
        )
    return tuple(map(Decision._make, zip(cells, actions, strict=True)))


def _action(wanted: Action, cell: Cell, horizon_end: datetime, known: frozenset[str] | None) -> Action:
    """What becomes of an import."""
    far = cell.start >= horizon_end
    if cell.before:
        return Action.LATER if far else Action.RESTORE
    if cell.kind is Kind.REFILLED:
        return Action.LEAVE if far or _unfit(cell, known) else wanted
    if cell.own and cell.remote and not cell.taken_out:
        return Action.EXPORT
    if far:
        return Action.EXPORT if cell.lifted or cell.renewed else Action.LATER
    if cell.beyond:
        return Action.EXPORT
    if wanted is Action.IMPORT and _unfit(cell, known):
        return Action.HOLD
    return Action.EXPORT if cell.lifted else wanted


def _unfit(cell: Cell, known: frozenset[str] | None) -> bool:
    """Whether who is on call there can't be here."""
    return len(cell.remote) > 1 or (known is not None and not known.issuperset(cell.remote))
