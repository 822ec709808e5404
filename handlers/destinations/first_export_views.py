"""What the question before a first export looks like, and before the next one after a change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from handlers.destinations.pending import LAYERS_ONLY, change_lines, who
from handlers.destinations.words import MODE_NAMES, link
from handlers.kit import blocks as kit
from handlers.kit.blocks import Block, View, context, modal, section
from handlers.kit.metadata import Metadata
from oncall.systems import System
from services.destinations.exporting import Waiting
from services.kit.wording import counted, escape
from sync.core.pending import ChangeKind

FIRST, CHANGED = "First export", "Export after a change"
TITLE = "Export"
SHOWN_CHANGES = 12
SHOWN_PEOPLE = 6
UNKNOWN = (
    "{} does not know {} yet, so their shifts are not in this list. *Match person* in `/oncall destinations` "
    "says who they are there; then they are exported, too."
)
NOBODY_KNOWN = (
    "{} does not know {} yet, so there is nothing to show. *Match person* in `/oncall destinations` says who "
    "they are there."
)
ADDED = "{} does not know {} yet: the export adds them there, and then exports their shifts."
ASKING = (
    "Nothing was written yet. *Not yet* leaves it paused: it is only looked at, and nothing is written until an "
    "admin says *Export now* or *Resume* in `/oncall destinations`."
)
LATER = (
    "Nothing was written. It stays paused, and the schedule's admins get a notice with what would be written as soon "
    "as there is something."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What waits at a destination and whom its system doesn't know; ``adds`` says that an export adds them."""

    waiting: Waiting
    unknown: Sequence[str] = ()
    adds: bool = False

    @property
    def askable(self) -> bool:
        """Whether there is something to say *Export now* to."""
        return bool(self.waiting.digest) or self.adds or not self.unknown


class Id(StrEnum):
    VIEW = "first_export.view"


def first_view(shown: Sequence[Shown], metadata: Metadata, notice: str = "") -> View:
    """What would be written at each destination; with whom its system doesn't know. Bound to exactly these lists."""
    asking = [one for one in shown if one.askable]
    token = ",".join(f"{one.waiting.destination.id}:{one.waiting.digest}" for one in asking)
    blocks = [section(notice, "outcome")] if notice else []
    for one in shown:
        blocks += [*_destination(one), kit.divider()]
    first = any(one.waiting.first for one in shown)
    return modal(
        FIRST if first else CHANGED,
        [*blocks, context(ASKING if asking else LATER)],
        callback_id=Id.VIEW if asking else "",
        submit="Export now" if asking else "",
        close="Not yet" if asking else "Close",
        metadata=replace(metadata, token=token).dump(),
    )


def _destination(shown: Shown) -> list[Block]:
    waiting, one = shown.waiting, shown.waiting.destination
    head = f"*{link(one)}*\n{escape(one.role)} · {MODE_NAMES[one.mode]}"
    lines = change_lines(waiting.changes, SHOWN_CHANGES, one.system) or ([LAYERS_ONLY] if waiting.digest else [])
    said = ADDED if shown.adds else UNKNOWN if waiting.digest else NOBODY_KNOWN
    missing = [context(said.format(one.system.start, kit.people(shown.unknown)))] if shown.unknown else []
    return [section(f"{head}\n{summary(waiting)}"), *kit.lines(lines), *missing]


def summary(waiting: Waiting) -> str:
    """How much would be written, and over whom."""
    changes, there = waiting.changes, waiting.destination.system
    kinds = Counter(change.kind for change in changes)
    over = Counter(who(change.before) for change in changes if change.kind is ChangeKind.REPLACE)
    parts = [f"{number} instead of {name}" for name, number in over.most_common(SHOWN_PEOPLE)]
    if rest := sum(over.values()) - sum(number for _name, number in over.most_common(SHOWN_PEOPLE)):
        parts.append(f"{rest} instead of others")
    if kinds[ChangeKind.ADD]:
        parts.append(f"{kinds[ChangeKind.ADD]} where nobody is on call")
    if kinds[ChangeKind.PIN]:
        parts.append(f"{kinds[ChangeKind.PIN]} where {there.own} shows the same person already")
    written = counted(kinds[ChangeKind.REPLACE] + kinds[ChangeKind.ADD] + kinds[ChangeKind.PIN], "stretch")
    written = written.replace("stretchs", "stretches")
    which = "The first export" if waiting.first else "The next export"
    told = [f"{which} would write {written}: {', '.join(parts)}."] if parts else []
    if kinds[ChangeKind.REMOVE]:
        told.append(f"It would remove {counted(kinds[ChangeKind.REMOVE], there.item)}.")
    if brought := kinds[ChangeKind.IMPORT] + kinds[ChangeKind.UNASSIGN]:
        told.append(f"It would bring {counted(brought, 'change')} home from {there.name}.")
    return " ".join(told) or ("It would arrange the layers there." if waiting.digest else "Nothing is to be written.")


def reading_view(there: System) -> View:
    text = f":hourglass_flowing_sand: Reading what {there.name} has, to show what would be written…"
    return modal(TITLE, [section(text)])


def exporting_view() -> View:
    return modal(TITLE, [section(":hourglass_flowing_sand: Exporting…")])


def outcome_view(lines: Sequence[str]) -> View:
    return modal(TITLE, kit.lines(lines))
