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

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sync.model import Phase, PlannedOp, RemoteItem

_Match = Callable[[int, PlannedOp, RemoteItem], "_Change | None"]

STRETCHED, SAME_TIME, SAME_PERSON, OVERLAPPING = range(4)


@dataclass(frozen=True, slots=True)
class _Change:
    """``item`` is to serve the want at this place of the list, and covers ``[start, end)`` afterwards."""

    closeness: int
    place: int
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
    possible = [
        *_possible(wants, kept, lambda place, want, item: _stretched(place, want, item, cuts, now)),
        *_possible(wants, obsolete, lambda place, want, item: _reused(place, want, item, now)),
    ]
    chosen = _untangled(_closest(possible), wants, now)
    served = {change.place for change in chosen}
    used = {change.item.id for change in chosen}
    ops = [want for place, want in enumerate(wants) if place not in served]
    ops += [_update(change, wants[change.place]) for change in chosen]
    return ops, [item for item in obsolete if item.id not in used]


def _possible(wants: Sequence[PlannedOp], items: Sequence[RemoteItem], match: _Match) -> Iterator[_Change]:
    for place, want in enumerate(wants):
        for item in items:
            if (item.on, item.overridden) == (want.on, want.overridden) and (found := match(place, want, item)):
                yield found


def _stretched(
    place: int, want: PlannedOp, item: RemoteItem, cuts: frozenset[datetime], now: datetime
) -> _Change | None:
    if item.user != want.user:
        return None
    if item.end == want.start and want.start not in cuts:
        return _Change(STRETCHED, place, item, item.start, want.end)
    if want.end == item.start and item.start not in cuts and want.start > now:
        return _Change(STRETCHED, place, item, want.start, item.end)
    return None


def _reused(place: int, want: PlannedOp, item: RemoteItem, now: datetime) -> _Change | None:
    if not (item.start < want.end and want.start < item.end):
        return None
    if item.start <= now:
        same = item.user == want.user and want.start <= now
        return _Change(SAME_PERSON, place, item, item.start, want.end) if same else None
    if want.start <= now:
        return None
    if (item.start, item.end) == (want.start, want.end):
        return _Change(SAME_TIME, place, item, want.start, want.end)
    return _Change(SAME_PERSON if item.user == want.user else OVERLAPPING, place, item, want.start, want.end)


def _closest(possible: Sequence[_Change]) -> list[_Change]:
    """At most one change per item and per want, the closest first."""
    items: set[str] = set()
    places: set[int] = set()
    chosen: list[_Change] = []
    for change in sorted(possible, key=lambda c: (c.closeness, c.place, c.item.start, c.item.id)):
        if change.item.id not in items and change.place not in places:
            items.add(change.item.id)
            places.add(change.place)
            chosen.append(change)
    return chosen


def _untangled(chosen: list[_Change], wants: Sequence[PlannedOp], now: datetime) -> list[_Change]:
    """The changes without those that would leave a place which only another change fills."""
    while True:
        tangled = next(
            (one for one in chosen if any(one.leaves(wants[o.place], now) for o in chosen if o is not one)), None
        )
        if tangled is None:
            return chosen
        chosen = [one for one in chosen if one is not tangled]


def _update(change: _Change, want: PlannedOp) -> PlannedOp:
    return replace(want, phase=Phase.UPDATE, start=change.start, end=change.end, remote_id=change.item.id)
