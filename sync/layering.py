"""Keep the layers of a schedule that Baton made in step with the rotations, around the passes of a reconcile.

Shifts that follow the pattern need no override, so far as layers of ours say so. When the layers have to change, the
passes before the change look at the schedule *as it will be*: what the new layers will show in place of what the old
ones do, under the overrides that are there. So whatever will be wrong is covered before the layers change, and what
will be right gets no override. After the change, the next pass looks at what it has really become.

Layers change without being asked where exports do. In Manual Export, and while paused, they change together with the
changes that an admin agreed to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from oncall.clock import Clock
from oncall.timeline import Segment, Timeline, cells
from storage.database import Database
from sync.confirm import fenced
from sync.context import Context
from sync.layers import Layer, arranged, layers_of, said
from sync.model import Mode, Strategy
from sync.ports import LayerBoard, Seen


@dataclass(slots=True)
class Layering:
    """The layers of one destination during one reconcile."""

    database: Database
    clock: Clock
    context: Context
    wanted: Sequence[Layer] = field(default_factory=tuple[Layer, ...])
    existing: Sequence[Layer] = field(default_factory=tuple[Layer, ...])
    refusal: str = ""

    @property
    def due(self) -> bool:
        """Whether the layers are not what they should be."""
        return bool(self.context.destination.made and tuple(self.wanted) != tuple(self.existing))

    @property
    def waiting(self) -> str:
        """Names the layers that wait for a person's word; empty when none do. What begins now begins now later, too."""
        if not self.due or self.free:
            return ""
        now = self.context.now
        changing = [one for one in self.wanted if one.in_effect(now) or one not in self.existing]
        return repr([_named(one, now) for one in changing])

    @property
    def free(self) -> bool:
        """Whether layers may change without a person's word."""
        return not self.context.destination.paused and self.context.mode is not Mode.MANUAL_EXPORT

    def read(self, seen: Seen) -> Seen:
        """What was seen, with who is on call by layers of ours; where these are about to change, as it will be."""
        context = self.context
        if not context.destination.made or seen.strategy is not Strategy.OVERRIDES:
            return seen
        self.existing = seen.layers
        self.wanted = arranged(seen.layers, self._wanted(), context.layer_ids, context.now)
        return self._projected(seen) if self.due and self.free and not self.refusal else self.as_it_is(seen)

    def as_it_is(self, seen: Seen) -> Seen:
        """What was seen, with who is on call by layers of ours, whatever becomes of these."""
        wanted = self._wanted()
        ours = Timeline.union(s for layer in seen.layers if self._ours(layer, wanted) for s in layer.shows.segments)
        return replace(seen, by_layers=_agreed(ours, seen.effective))

    def _ours(self, layer: Layer, wanted: Sequence[Layer]) -> bool:
        return layer.id in self.context.layer_ids or any(layer.says_the_same(one) for one in wanted)

    def _projected(self, seen: Seen) -> Seen:
        context = self.context
        ours = {layer.id for layer in self.existing if layer.id in context.layer_ids}
        others = Timeline.union(s for layer in seen.layers if layer.id not in ours for s in layer.shows.segments)
        role, holes = context.destination.role_id, context.holes
        pattern = said(context.rotations, role, context.external_ids, seen.window, holes)
        return replace(seen, effective=others.overlay(pattern).overlay(seen.pinned), by_layers=pattern)

    async def write(self, board: LayerBoard) -> None:
        """Arrange the layers there and remember which are ours. Raises RemoteError."""
        before = {layer.id for layer in self.existing}
        after = await board.arrange(self.wanted)
        made = [layer.id for layer in after if layer.id not in before and self._is_wanted(layer)]
        kept = [layer.id for layer in after if layer.id in before and self._is_wanted(layer)]
        ids = sorted({*made, *kept, *self.context.layer_ids})
        async with fenced(self.database, self.context, self.clock.now()) as tx:
            await tx.journal.keep_layers(self.context.id, ids)
        self.context.layer_ids = frozenset(ids)

    def _is_wanted(self, layer: Layer) -> bool:
        return any(layer.says_the_same(one) for one in self._wanted())

    def _wanted(self) -> tuple[Layer, ...]:
        context = self.context
        role = context.destination.role_id
        return layers_of(context.rotations, role, context.external_ids, context.now, context.holes)


def _agreed(ours: Timeline, effective: Timeline) -> Timeline:
    """Where our layers are what shows."""
    pieces = (
        Segment(start, end, there) for start, end, mine, there in cells(ours, effective) if set(there) <= set(mine)
    )
    return Timeline.of(piece for piece in pieces if piece.users)


def _named(one: Layer, now: datetime) -> tuple[object, ...]:
    begins = "now" if one.start <= now else one.start
    ends = "now" if one.end and one.end <= now else one.end
    return one.id, begins, ends, one.virtual_start, one.turn_seconds, one.users, one.restrictions
