"""What must be true once things have calmed down, worked out from both sides without Baton's own merge.

The table of the three modes is written down a second time here, per cell: ``x`` is what both sides showed when they
last agreed, ``here`` and ``there`` what each has been changed to since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product

from sandbox.pagerduty.values import Override
from sync.core.model import Mode
from tests.engine.ground import STRANGER
from tests.engine.memory_of_edits import Edits
from tests.engine.sight import Sight, View, cells_of, ours


def unequal(sight: Sight, mode: Mode, edits: Edits) -> Iterator[str]:
    """Cells in which PagerDuty does not show the schedule, but for what people changed beyond the horizon."""
    local, there = sight.local(), sight.effective()
    for cell in sight.future():
        wanted = local[cell]
        left = cell in edits.left and not sight.inside(cell)
        held = mode is Mode.BIDIRECTIONAL and (there[cell] == STRANGER or left)
        if wanted in sight.far.people and there[cell] != wanted and not held:
            yield f"cell {cell} is {wanted}'s and PagerDuty shows {there[cell]}"


def leftovers(sight: Sight) -> Iterator[str]:
    """Overrides of ours on time that nobody has here."""
    local, ahead = sight.local(), set(sight.future())
    for override in sight.of_ours():
        stray = [cell for cell in cells_of(override.start, override.end) if cell in ahead and local[cell] is None]
        if stray:
            yield f"{override} is left on the unassigned cells {stray}"


def doubles(sight: Sight) -> Iterator[str]:
    """Overrides of ours that change nothing because another of ours says the same.

    An older one below a newer that hides it is always one too many. A newer one on a part of an older may be needed:
    it can't be known whether somebody else's override on that part lies above the older one. Two that overlap in part
    are both needed for the rest of them.
    """
    mine = sorted(sight.of_ours(), key=lambda one: one.number)
    for place, old in enumerate(mine):
        for new in mine[place + 1 :]:
            if old.user_id == new.user_id and _overlap(old, new, sight):
                hidden = new.start <= max(old.start, sight.now) and old.end <= new.end
                inside = old.start <= max(new.start, sight.now) and new.end <= old.end
                if hidden or (inside and not _disputed(new, sight)):
                    yield f"{old} and {new} say the same twice"


def _overlap(first: Override, second: Override, sight: Sight) -> bool:
    return max(first.start, second.start, sight.now) < min(first.end, second.end)


def _disputed(override: Override, sight: Sight) -> bool:
    """Whether somebody else's override on the same time says something else."""
    others = (one for one in sight.ahead() if not ours(one) and one.user_id != override.user_id)
    return any(one.start < override.end and override.start < one.end for one in others)


def misreported(sight: Sight, removed: set[str], asked: set[str]) -> Iterator[str]:
    """Removals that were not told, and told ones that were not removals of somebody else's override."""
    told = set(sight.told_removed())
    made_here = {one.id for one in sight.plan().overrides if ours(one)}
    for override_id in sorted(removed - told):
        yield f"{override_id} was removed and nobody was told"
    for override_id in sorted(told - (asked - made_here)):
        yield f"the removal of {override_id} was told, which Baton did not do"


@dataclass(frozen=True, slots=True)
class Agreed:
    """Both sides at a moment at which they agreed, but for the cells that somebody has there who is unknown here."""

    local: View
    far: View
    mode: Mode
    edits: Edits
    uncovered: Collection[int]
    """Cells in which people deleted an override of ours that showed: what shows there since, if only by another one of
    ours, does so by their doing."""


def expected(
    sight: Sight, agreed: Agreed, here: View, visible: list[Override | str | None]
) -> dict[int, set[tuple[str | None, str | None]]]:
    """Per future cell what (local, PagerDuty) may be after one refresh; cells without a verdict are left out.

    Below a stranger's override our own may have gone for the sake of its other parts. Whether whoever shows there next
    was put on call then, or had been all along, nobody can know.
    """
    verdicts: dict[int, set[tuple[str | None, str | None]]] = {}
    for cell in sight.future():
        there = _person(sight, visible[cell])
        mine = isinstance(shown := visible[cell], Override) and ours(shown)
        x, user = agreed.local[cell], here[cell]
        known = sight.far.people
        theirs = isinstance(shown, Override) and not mine
        if user is None:
            if x in known or x is None:
                refilled = _refilled(sight, agreed, cell, there) if theirs else set()
                verdicts[cell] = refilled or ({(None, there)} if not mine else _beneath(there))
        elif user in known and (x in known or x is None):
            unchanged = mine and cell not in agreed.uncovered
            verdicts[cell] = _filled(sight, agreed.mode, cell, (x, user, there), mine=unchanged)
            if verdicts[cell] == {(there, there)} and agreed.far[cell] == STRANGER:
                verdicts[cell].add((user, user))
            if user == x and not (theirs and there not in agreed.edits.before.get(cell, ())):
                verdicts[cell] = _taken_back(sight, agreed, cell, there) or verdicts[cell]
    return verdicts


def _taken_back(sight: Sight, agreed: Agreed, cell: int, there: str | None) -> set[tuple[str | None, str | None]]:
    """What may be where an edit that was imported does not show any more; nothing where that is no question.

    Where people removed what lay beneath the edit as well, they want nobody. Where ours says what the edit said, it is
    no edit any more. Where it is not sure what Baton remembers, anything will do.
    """
    before = agreed.edits.before.get(cell, frozenset())
    if agreed.mode is not Mode.BIDIRECTIONAL or not before:
        return set()
    if cell in agreed.edits.unsure or len(before) > 1 or not sight.inside(cell):
        return set(product({*before, agreed.local[cell], there}, repeat=2))
    (user,) = before
    if there == agreed.local[cell]:
        return {(user, user), (there, there)}
    return {(user, user)} | ({(None, None)} if there is None else set())


def _refilled(sight: Sight, agreed: Agreed, cell: int, there: str | None) -> set[tuple[str | None, str | None]]:
    """What may be where an import had left nobody and somebody's override shows now."""
    if agreed.mode is not Mode.BIDIRECTIONAL or cell not in agreed.edits.emptied or there not in sight.far.people:
        return set()
    imported = {(there, there)} if there != STRANGER else {(None, there)}
    sure = cell not in agreed.edits.unsure and sight.inside(cell)
    return imported if sure else {*imported, (None, there)}


def _beneath(_there: str | None) -> set[tuple[str | None, str | None]]:
    """What shows once ours is gone is checked elsewhere; any of it will do."""
    return set()


def _filled(
    sight: Sight, mode: Mode, cell: int, sides: tuple[str | None, str, str | None], *, mine: bool
) -> set[tuple[str | None, str | None]]:
    x, user, there = sides
    exported = {(user, user)}
    if mode is not Mode.BIDIRECTIONAL or user != x or there == x or mine:
        return exported
    imported = {(user, STRANGER)} if there == STRANGER else {(there, there)}
    return imported if sight.inside(cell) else {*exported, *imported, (user, there)}


def _person(sight: Sight, shown: Override | str | None) -> str | None:
    return sight.name(shown.user_id) if isinstance(shown, Override) else shown
