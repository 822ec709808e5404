"""One plan is enough where items add up, too: once it was carried out, everybody assigned is on call there alone.

Random schedules with rotations, custom shifts and overrides of ours, of another destination and of strangers. An
override takes the place of one person on one rotation or custom shift, the last made first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from random import Random

import pytest

from oncall.timeline import Interval, Segment, Timeline
from sync.core.merge import confirmed_base, everything, merge
from sync.core.model import (
    Decision,
    Line,
    Mode,
    Owner,
    Phase,
    Plan,
    PlannedOp,
    RemoteItem,
    Sides,
)
from sync.core.plan_shifts import plan
from sync.core.policy import decide
from tests.sync.core.test_plan import WINDOW, day
from tests.sync.core.test_plan_once import DAYS, PEOPLE, line

ROTATIONS = ("rotations/R", "rotations/S")


@dataclass(frozen=True, slots=True)
class There:
    """An external schedule: rotations, and items in the order they were made."""

    rotations: tuple[Line, ...]
    items: tuple[RemoteItem, ...]

    def lines(self) -> list[Line]:
        shifts = [Line(item.start, item.end, item.user, item.id) for item in self.items if not item.on]
        found = [piece for one in (*self.rotations, *shifts) for piece in self._overridden(one)]
        return [replace(piece, start=max(piece.start, WINDOW.start)) for piece in found if piece.end > WINDOW.start]

    def _overridden(self, beneath: Line) -> Iterator[Line]:
        above = [i for i in self.items if (i.on, i.overridden) == (beneath.on, beneath.user) and touch(i, beneath)]
        edges = {beneath.start, beneath.end, *(at for i in above for at in (i.start, i.end))}
        inside = sorted(at for at in edges if beneath.start <= at <= beneath.end)
        for start, end in pairwise(inside):
            over = [item for item in above if item.start <= start and end <= item.end]
            item = over[-1] if over else None
            yield Line(start, end, item.user if item else beneath.user, beneath.on, item.id if item else "")

    def effective(self) -> Timeline:
        return Timeline.union(Segment(one.start, one.end, (one.user,)) for one in self.lines() if one.user)

    def mine(self) -> Timeline:
        return Timeline.union(Segment(i.start, i.end, (i.user,)) for i in self.items if i.owner is Owner.MINE)

    def after(self, done: Plan) -> There:
        """Carried out, one operation after the other."""
        items = {item.id: item for item in self.items}
        last = max((item.layer for item in self.items), default=0)
        for number, op in enumerate(done.ops, last + 1):
            match op.phase:
                case Phase.CREATE:
                    name = f"{'overrides' if op.on else 'custom_shifts'}/Q{number}"
                    items[name] = RemoteItem(name, op.user, op.start, op.end, Owner.MINE, op.on, op.overridden, number)
                case Phase.UPDATE:
                    items[op.remote_id] = changed(items[op.remote_id], op)
                case Phase.DELETE:
                    items = {k: i for k, i in items.items() if op.remote_id not in (k, i.on)}
        return replace(self, items=tuple(items.values()))


def touch(one: RemoteItem, other: Line) -> bool:
    return one.start < other.end and other.start < one.end


def changed(item: RemoteItem, op: PlannedOp) -> RemoteItem:
    """A running item may only change its end."""
    if item.start <= WINDOW.start:
        assert (op.user, op.start) == (item.user, item.start), (item, op)
    return replace(item, user=op.user, start=op.start, end=op.end)


def there(random: Random) -> There:
    names = ROTATIONS[: random.choice((0, 0, 1, 1, 2))]
    turns = ((name, random.choice(PEOPLE), random.randrange(-1, 3), random.randrange(4, DAYS + 2)) for name in names)
    rotations = tuple(Line(day(a), day(b), user, name) for name, user, a, b in turns)
    items: list[RemoteItem] = []
    for number in range(random.randrange(6)):
        start, owner = random.randrange(-1, DAYS), random.choice((Owner.MINE, Owner.MINE, Owner.STRANGER))
        end = day(random.randrange(start + 1, DAYS + 2))
        on, overridden = _below(random, owner, rotations, items)
        name = f"{'overrides' if on else 'custom_shifts'}/Q{number}"
        item = RemoteItem(name, random.choice(PEOPLE), day(start), end, owner, on, overridden, number)
        if item.end > WINDOW.start:
            items.append(item)
    return There(rotations, tuple(items))


def _below(random: Random, owner: Owner, rotations: tuple[Line, ...], items: list[RemoteItem]) -> tuple[str, str]:
    """What an item replaces: nothing as a rule, else a rotation's or a custom shift's person. We change our own custom
    shifts in place and never override them."""
    places = [("", ""), ("", "")] + [(one.on, one.user) for one in rotations]
    shifts = (item for item in items if not item.on and (owner, item.owner) != (Owner.MINE, Owner.MINE))
    return random.choice([*places, *((shift.id, shift.user) for shift in shifts)])


def decided(local: Timeline, base: Timeline, seen: There) -> list[Decision]:
    shown = seen.effective()
    sides = Sides(WINDOW, base=base, local=local, remote=shown, pinned=shown, own=seen.mine())
    merged = merge(sides)
    return everything(merged.agreed, decide(Mode.AUTHORITATIVE, merged.cells, horizon_end=WINDOW.end))


def planned(local: Timeline, base: Timeline, seen: There) -> Plan:
    edges: list[datetime] = [instant for s in local.segments for instant in (s.start, s.end)]
    return plan(decided(local, base, seen), seen.items, seen.lines(), WINDOW, edges)


def contested(seen: There) -> bool:
    """Whether somebody overrode a custom shift of ours: only once that was changed is it known what is left of it."""
    mine = {item.id for item in seen.items if item.owner is Owner.MINE}
    return any(item.on in mine for item in seen.items)


@pytest.mark.parametrize("lot", range(20))
def test_a_plan_that_was_carried_out_leaves_nothing_to_plan(lot: int) -> None:
    for seed in range(lot * 100, lot * 100 + 100):
        random = Random(seed)
        local, base, seen = line(random), line(random), there(random)
        for _ in range(2 if contested(seen) else 1):
            seen = seen.after(planned(local, base, seen))
            cells = tuple(decision.cell for decision in decided(local, base, seen))
            base = confirmed_base(Timeline(), cells, seen.mine())
        shown = seen.effective()
        wrong = [s for s in local.segments if shown.cut(Interval(s.start, s.end)).segments != (s,)]
        assert not wrong, (seed, wrong)
        assert not planned(local, base, seen), seed
