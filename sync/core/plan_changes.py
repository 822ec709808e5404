"""Turn obsolete items into wanted ones in place, where items can be changed.

Changing an item keeps its id and costs one call instead of two. What may become of an item of ours::

    the item            may become                                              because
    ------------------  ------------------------------------------------------  -----------------------------------
    right, not begun    longer at either end                                    the same shift got longer
    right, running      longer at its end                                       a running item may change only its end
    wrong, not begun    anything wanted that overlaps it and has not begun      the shift was moved or reassigned
    wrong, running      the same person's, with another end                     as above

An item is never stretched over the end of a local shift. Of several possibilities the closest is taken: the same
stretch, then the same person, then whatever overlaps.

**Nobody is off call in between.** Creates come before changes, and changes before deletes. A change takes something
away from where its item was. If another *change* is what would fill that place, the order of the two would matter, so
the first is made a create and a delete instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sync.core.model import Phase, PlannedOp, RemoteItem

WHOLE, STRETCHED, SAME_TIME, SAME_PERSON, OVERLAPPING = range(5)


@dataclass(frozen=True, slots=True)
class _Change:
    """``item`` is to serve the wants at these places of the list, and covers ``[start, end)`` afterwards."""

    closeness: int
    places: tuple[int, ...]
    item: RemoteItem
    start: datetime
    end: datetime

    def leaves(self, want: PlannedOp, now: datetime) -> bool:
        """Whether the item is taken away from somewhere in the stretch of another want."""
        start, end = max(self.item.start, want.start, now), min(self.item.end, want.end)
        return start < end and not (self.start <= start and end <= self.end)


def arrange(
    wants: Sequence[PlannedOp],
    *,
    kept: Sequence[RemoteItem],
    obsolete: Sequence[RemoteItem],
    cuts: frozenset[datetime],
    now: datetime,
) -> tuple[list[PlannedOp], list[RemoteItem]]:
    """Creates and updates that serve ``wants``, and the obsolete items that are still to be deleted."""
    possible = [change for item in kept for change in _stretched(item, wants, cuts, now)]
    possible += [change for item in obsolete for change in _reused(item, wants, now)]
    chosen = _untangled(_closest(possible), wants, now)
    served = {place for change in chosen for place in change.places}
    used = {change.item.id for change in chosen}
    ops = [want for place, want in enumerate(wants) if place not in served]
    ops += [_update(change, wants[change.places[0]]) for change in chosen]
    return ops, [item for item in obsolete if item.id not in used]


def _on_its_line(item: RemoteItem, wants: Sequence[PlannedOp]) -> Iterator[tuple[int, PlannedOp]]:
    line = (item.on, item.overridden)
    return ((place, want) for place, want in enumerate(wants) if (want.on, want.overridden) == line)


def _stretched(
    item: RemoteItem, wants: Sequence[PlannedOp], cuts: frozenset[datetime], now: datetime
) -> Iterator[_Change]:
    """A right item over what its shift wants before and after it, over both at best."""
    same = [(place, want) for place, want in _on_its_line(item, wants) if want.user == item.user]
    before = [(p, w) for p, w in same if w.end == item.start and item.start not in cuts and w.start > now]
    after = [(p, w) for p, w in same if w.start == item.end and item.end not in cuts]
    for place, want in before:
        yield _Change(STRETCHED, (place,), item, want.start, item.end)
        yield from (_Change(WHOLE, (place, other), item, want.start, later.end) for other, later in after)
    yield from (_Change(STRETCHED, (place,), item, item.start, want.end) for place, want in after)


def _reused(item: RemoteItem, wants: Sequence[PlannedOp], now: datetime) -> Iterator[_Change]:
    """An obsolete item as something that is wanted where it is."""
    for place, want in _on_its_line(item, wants):
        if item.start >= want.end or want.start >= item.end:
            continue
        if item.start <= now:
            if item.user == want.user and want.start <= now:
                yield _Change(SAME_PERSON, (place,), item, item.start, want.end)
        elif want.start > now:
            yield _Change(_closeness(item, want), (place,), item, want.start, want.end)


def _closeness(item: RemoteItem, want: PlannedOp) -> int:
    if (item.start, item.end) == (want.start, want.end):
        return SAME_TIME
    return SAME_PERSON if item.user == want.user else OVERLAPPING


def _closest(possible: Sequence[_Change]) -> list[_Change]:
    """At most one change per item and per want, the closest first."""
    items: set[str] = set()
    places: set[int] = set()
    chosen: list[_Change] = []
    for change in sorted(possible, key=lambda c: (c.closeness, c.places, c.item.start, c.item.id)):
        if change.item.id not in items and places.isdisjoint(change.places):
            items.add(change.item.id)
            places.update(change.places)
            chosen.append(change)
    return chosen


def _untangled(chosen: list[_Change], wants: Sequence[PlannedOp], now: datetime) -> list[_Change]:
    """The changes without those that would leave a place which only another change fills."""
    while True:
        tangled = next(
            (
                one
                for one in chosen
                if any(one.leaves(wants[p], now) for other in chosen if other is not one for p in other.places)
            ),
            None,
        )
        if tangled is None:
            return chosen
        chosen = [one for one in chosen if one is not tangled]


def _update(change: _Change, want: PlannedOp) -> PlannedOp:
    return want._replace(phase=Phase.UPDATE, start=change.start, end=change.end, remote_id=change.item.id)
