"""What taking an edit back has to bring back, worked out from what happened, not from what Baton remembers of it.

Per cell: whose time it was before people in PagerDuty changed it and Baton imported that (*before*), whether that left
nobody (*emptied*), and whether people changed it while it was beyond the horizon (*left*). Where it can't be known
what Baton may still remember (the role or the mode was changed meanwhile, or two people's edits could be the cause),
the cell is *unsure*: then taking back may work, or not.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Edits:
    """Memory of one history."""

    before: dict[int, frozenset[str]] = field(default_factory=dict[int, frozenset[str]])
    """Who it may be; one, where it is sure."""
    emptied: set[int] = field(default_factory=set[int])
    unsure: set[int] = field(default_factory=set[int])
    left: set[int] = field(default_factory=set[int])

    def imported(self, cell: int, was: str | None, user: str | None, *, by_item: bool, by_layer: bool) -> None:
        """The refresh gave a cell to ``user`` here; what shows there is somebody's override, a layer, or either."""
        known = self.before.get(cell, frozenset())
        now = frozenset({was} if was else ())
        if cell in self.unsure or (by_item and by_layer):
            self.unsure.add(cell)
            self._keep(cell, (known | now) - {user}, user)
        elif user is not None and not by_item:
            self._keep(cell, frozenset(), user)
        else:
            self._keep(cell, (known or now) - {user}, user)

    def _keep(self, cell: int, before: frozenset[str], user: str | None) -> None:
        self.forget(cell, but_doubt=True)
        if before:
            self.before[cell] = before
        if before and user is None:
            self.emptied.add(cell)

    def forget(self, cell: int, *, but_doubt: bool = False) -> None:
        self.before.pop(cell, None)
        self.emptied.discard(cell)
        if not but_doubt:
            self.unsure.discard(cell)

    def assigned(self, cells: Iterable[int], *, again: Container[int] = ()) -> None:
        """Somebody here decided anew. ``again``: for whoever had the time already, or before Baton could see an edit
        that was made there; whether the edit beyond the horizon or the decision came first can't be told then."""
        for cell in cells:
            self.forget(cell)
            if cell not in again:
                self.left.discard(cell)

    def doubt(self) -> None:
        """From now on nothing of it is sure."""
        self.unsure.update(self.before)
