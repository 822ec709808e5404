"""The values that the sync core works on. Instants are in UTC; people are ids of the external system."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from oncall.timeline import NOBODY, Interval, Timeline, Users


class Mode(StrEnum):
    """Operating mode of a destination."""

    AUTHORITATIVE = "authoritative"
    BIDIRECTIONAL = "bidirectional"
    MANUAL_EXPORT = "manual_export"


FIRST_WORD, NEXT_WORD = "awaits first word", "awaits next word"
AWAITED = frozenset({FIRST_WORD, NEXT_WORD})
"""``paused_by`` of a destination that nobody paused: an admin is shown what its first export would write, or the next
one after it was changed, before it is written. Until its first one it takes no time from others on its schedule."""

OLDER_COPY, LOADED_COPY, BY_HAND, RESUMED = "older copy", "loaded copy", "started paused", "resumed copy"
COPIED = frozenset({OLDER_COPY, LOADED_COPY, BY_HAND, RESUMED})
"""``paused_by`` of a destination that waits because Baton's database may not know what was written last: it is an older
copy for sure; it was loaded from a dump; somebody started Baton with ``--paused``; or an admin wants it to go on
after it was left paused then, so what it would write is shown first."""


class Status(StrEnum):
    """How a destination is doing; always shown with a reason."""

    OK = "ok"
    PENDING = "pending"
    WARNING = "warning"
    ERROR = "error"
    BLOCKED = "blocked"
    PAUSED = "paused"


class Kind(StrEnum):
    """What the three sides of a cell say; see the table in :mod:`sync.core.merge`."""

    IN_SYNC = "in sync"
    UNPINNED = "unpinned"
    NEW = "new"
    CHANGED = "changed"
    CONFLICT = "conflict"
    DRIFTED = "drifted"
    DELETED = "deleted"
    WITHDRAWN = "withdrawn"
    FOREIGN = "foreign"
    HELD = "held"
    SETTLING = "settling"
    REFILLED = "refilled"


class Action(StrEnum):
    """What a mode wants done with a cell."""

    KEEP = "keep"
    EXPORT = "export"
    REMOVE = "remove"
    IMPORT = "import"
    UNASSIGN = "unassign"
    RESTORE = "restore"
    LEAVE = "leave"
    LATER = "later"
    HOLD = "hold"


_FILLS = (Action.KEEP, Action.EXPORT)
BRINGS_HOME = frozenset({Action.IMPORT, Action.UNASSIGN, Action.RESTORE})
"""What changes the schedule here instead of the destination."""
_UNTOUCHED = (*BRINGS_HOME, Action.HOLD, Action.LATER)


class Strategy(StrEnum):
    """How a schedule is written, which decides what a plan for it looks like."""

    OVERRIDES = "overrides"
    """Items replace whoever is beneath; the one created last shows (:mod:`sync.core.plan`)."""
    SHIFTS = "shifts"
    """Items add up, can be changed in place, and replace only what they name (:mod:`sync.core.plan_shifts`)."""


class Owner(StrEnum):
    """Whose a remote item is: this destination's, that of another one on the same external schedule, or neither."""

    MINE = "mine"
    SIBLING = "sibling"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class RemoteItem:
    """An override (or custom shift) as the external system lists it; ``owner`` by the ledgers of that schedule.

    ``on`` names the line that it replaces somebody on, and ``overridden`` whom; both are empty for an item that stands
    for itself. ``layer`` orders our own: of two on top of each other, the one with the higher number was made later and
    shows.
    """

    id: str
    user: str
    start: datetime
    end: datetime
    owner: Owner = Owner.STRANGER
    on: str = ""
    overridden: str = ""
    layer: int = 0

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch in which ``on`` (a rotation, or an item that stands for itself) puts ``user`` on call.

    ``user`` is empty where it puts nobody; ``item`` is the override that shows there, empty where none does.
    """

    start: datetime
    end: datetime
    user: str
    on: str
    item: str = ""


@dataclass(frozen=True, slots=True)
class Sides:
    """What :func:`sync.core.merge.merge` compares, inside ``window`` (from now to the end of what is looked at).

    ``base`` is what was last confirmed at the destination, ``local`` the confirmed shifts, ``remote`` who is
    effectively on call there, ``pinned`` who is on call there by an item rather than by somebody else's layer.
    ``held`` is time that must not be touched (a person the other side doesn't know), ``settling`` time in which a
    write of ours has not shown up yet, ``own`` the people whom unchanged items of ours show.
    """

    window: Interval
    base: Timeline = field(default_factory=Timeline)
    local: Timeline = field(default_factory=Timeline)
    remote: Timeline = field(default_factory=Timeline)
    pinned: Timeline = field(default_factory=Timeline)
    held: Timeline = field(default_factory=Timeline)
    settling: Timeline = field(default_factory=Timeline)
    own: Timeline = field(default_factory=Timeline)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch that somebody changed at the destination, remembered; see :mod:`sync.steps.remembered_edits`.

    ``before`` and ``after`` are Slack users, None for nobody, and ``at`` is when it was imported. What was changed
    ``beyond`` the horizon was not imported, and names neither.
    """

    start: datetime
    end: datetime
    before: str | None
    after: str | None
    at: datetime
    beyond: bool = False


class Cell(NamedTuple):
    """A stretch of time in which no side changes, and what that means.

    ``own``: what shows there is what unchanged items of ours show. ``lifted``: we took our own item away last.
    ``taken_out``: somebody else did, and so uncovered what shows of ours.
    ``before``: whose time it was before an edit that was imported and is taken back by now; see
    :mod:`sync.steps.remembered_edits`. ``beyond``: it was changed there beyond the horizon; ``renewed``: and something
    was confirmed here since.

    A named tuple, as are decisions and operations: a merge makes thousands, at a third of what dataclasses cost.
    """

    start: datetime
    end: datetime
    base: Users
    local: Users
    remote: Users
    kind: Kind
    own: bool = False
    lifted: bool = False
    before: Users = NOBODY
    beyond: bool = False
    renewed: bool = False
    taken_out: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """What the merge of the sides amounts to, inside the window.

    ``agreed`` is who is on call where base, local, remote and pinned have the same segment: nothing is to be asked of
    that time. ``cells`` are the cells of all other time, in order; some of them may be in sync as well.
    """

    agreed: Timeline
    cells: tuple[Cell, ...]


class Decision(NamedTuple):
    """A cell and what the mode wants done with it."""

    cell: Cell
    action: Action

    @property
    def target(self) -> Users:
        """Who should be visible there by our doing; nobody where the time is not ours to fill."""
        return self.cell.local if self.action in _FILLS else NOBODY

    @property
    def neutral(self) -> bool:
        """Whether nothing may be written into or taken out of this stretch."""
        return self.action in _UNTOUCHED

    def relies_on(self, user: str) -> bool:
        """Whether nobody may be on call there without ``user``, who shows: whoever follows has not shown up yet."""
        return self.cell.kind is Kind.SETTLING and bool(self.cell.local) and user in self.cell.remote


class Phase(StrEnum):
    """Order of execution: what is created comes before what is deleted, so nobody is off call in between."""

    CREATE = "1-create"
    UPDATE = "1-update"
    DELETE = "2-delete"


class PlannedOp(NamedTuple):
    """One call to make. ``remote_id`` names what an update changes into this, or a delete removes.

    ``recognised`` is false for what is not ours; ``on`` and ``overridden`` are those of :class:`RemoteItem`.
    """

    phase: Phase
    start: datetime
    user: str
    end: datetime
    remote_id: str = ""
    recognised: bool = True
    on: str = ""
    overridden: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Operations in the order they are to be made; equal inputs give equal plans."""

    ops: tuple[PlannedOp, ...] = ()

    @property
    def creates(self) -> tuple[PlannedOp, ...]:
        return tuple(op for op in self.ops if op.phase is Phase.CREATE)

    @property
    def updates(self) -> tuple[PlannedOp, ...]:
        return tuple(op for op in self.ops if op.phase is Phase.UPDATE)

    @property
    def deletes(self) -> tuple[PlannedOp, ...]:
        return tuple(op for op in self.ops if op.phase is Phase.DELETE)

    def __bool__(self) -> bool:
        return bool(self.ops)
