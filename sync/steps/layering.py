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
from zoneinfo import ZoneInfo

from oncall.clock import Clock
from oncall.roles import pattern
from oncall.timeline import Interval, Segment, Timeline, cells
from storage.again import run_again
from storage.database import Database
from sync.context import Context
from sync.core.layer_rendering import shown
from sync.core.layers import Layer, arranged
from sync.core.model import Mode, Strategy
from sync.core.rotation_layers import layers_of
from sync.ports import LayerBoard, Seen
from sync.steps.confirm import fenced

UNKNOWN_ZONE = "The PagerDuty schedule is in the time zone “{}”, which Baton does not know; choose another one there."


@dataclass(slots=True)
class Layering:
    """The layers of one destination during one reconcile."""

    database: Database
    clock: Clock
    context: Context
    wanted: Sequence[Layer] = field(default_factory=tuple[Layer, ...])
    existing: Sequence[Layer] = field(default_factory=tuple[Layer, ...])
    refusal: str = ""
    zone: str = "UTC"
    rows: Sequence[Layer] = field(default_factory=tuple[Layer, ...])
    """What the rotations are as layers, by the zone seen last."""
    excess: Timeline = field(default_factory=Timeline)
    """Where layers of ours have somebody on call although nobody is to be, at the last look; ``met``: at the first."""
    met: Timeline = field(default_factory=Timeline)
    looked: bool = False
    changed: bool = False
    agreed: bool = False
    """Whether a person's word ended a pause."""
    """Other destinations on the external schedule, which see there what was changed."""

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
        paused = self.context.destination.paused and not self.agreed
        return not paused and self.context.mode is not Mode.MANUAL_EXPORT

    def read(self, seen: Seen) -> Seen:
        """What was seen, with who is on call by layers of ours; where these are about to change, as it will be."""
        context = self.context
        if not context.destination.made or seen.strategy is not Strategy.OVERRIDES:
            return seen
        self.zone, self.existing = seen.schedule.time_zone, seen.layers
        self.rows = self._wanted()
        wanted = arranged(seen.layers, self.rows, context.layer_ids, context.now)
        self.wanted = self.existing if self.refusal else wanted
        now_there = self.as_it_is(seen)
        self.excess = self._excess(now_there)
        self.met, self.looked = self.met if self.looked else self.excess, True
        return self._projected(seen) if self.due and self.free else now_there

    def as_it_is(self, seen: Seen) -> Seen:
        """What was seen, with who is on call by layers of ours, whatever becomes of these."""
        ours = Timeline.union(s for layer in seen.layers if self._ours(layer) for s in layer.shows.segments)
        return replace(seen, by_layers=_agreed(ours, seen.effective))

    def _ours(self, layer: Layer) -> bool:
        return layer.id in self.context.layer_ids or self._is_wanted(layer)

    def _excess(self, seen: Seen) -> Timeline:
        """Where a layer of ours is what shows, but nobody is to be on call by the rotations."""
        context = self.context
        by_rotation = pattern(context.rotations, context.destination.role_id, seen.window).subtract(context.holes)
        return seen.by_layers.subtract(Interval(s.start, s.end) for s in by_rotation.segments)

    def _projected(self, seen: Seen) -> Seen:
        """Layers that stay show what they show, the others what they will."""
        layers = [(layer, self._will_show(layer, seen)) for layer in self.wanted]
        by_ours = Timeline.union(s for layer, says in layers if self._ours(layer) for s in says.segments)
        effective = Timeline.stacked([s for _, says in layers for s in says.segments]).overlay(seen.pinned)
        return replace(seen, effective=effective, by_layers=_agreed(by_ours, effective))

    def _will_show(self, layer: Layer, seen: Seen) -> Timeline:
        return layer.shows if layer in self.existing else shown(layer, self.zone, seen.window)

    async def write(self, board: LayerBoard) -> None:
        """Arrange the layers there and remember which are ours. Raises RemoteError."""
        before = {layer.id for layer in self.existing}
        self.changed = True
        after = await board.arrange(await self._to_write())
        made = [layer.id for layer in after if layer.id not in before and self._is_wanted(layer)]
        kept = [layer.id for layer in after if layer.id in before and self._is_wanted(layer)]
        ids = sorted({*made, *kept, *self.context.layer_ids})
        async with fenced(self.database, self.context, self.clock.now()) as tx:
            await tx.journal.keep_layers(self.context.id, ids)
        self.context.layer_ids = frozenset(ids)
        await self._mark_sharing()

    @run_again
    async def _mark_sharing(self) -> None:
        """Others see there what was changed: they are looked at next."""
        async with self.database.transaction() as tx:
            await tx.destinations.mark_sharing_dirty(self.context.destination)

    async def _to_write(self) -> list[Layer]:
        """What is wanted; where others write there, too, a layer that never was may be theirs by now."""
        destination, blank = self.context.destination, {layer.id for layer in self.existing if layer.blank}
        if not any(one.id in blank and not one.blank for one in self.wanted):
            return list(self.wanted)
        async with self.database.read() as tx:
            sharing = await tx.destinations.on_external(destination.connection_id, destination.external_id)
        alone = len(sharing) == 1
        return [one if alone or one.blank or one.id not in blank else replace(one, id="") for one in self.wanted]

    def _is_wanted(self, layer: Layer) -> bool:
        return any(layer.says_the_same(one) for one in self.rows)

    def _wanted(self) -> tuple[Layer, ...]:
        context = self.context
        if not _known(self.zone):
            self.refusal = UNKNOWN_ZONE.format(self.zone)
            return ()
        role = context.destination.role_id
        return layers_of(context.rotations, role, context.external_ids, self.zone, context.now, context.holes)


def _known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return False
    return True


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
