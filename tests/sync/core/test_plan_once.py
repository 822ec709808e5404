"""One plan is enough: once it was carried out, every shift shows and there is nothing left to plan.

Random schedules of overrides, by PagerDuty's own rule (of items on top of each other, the one made last shows), with
overrides of ours, of another destination and of strangers piled up in any order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random

import pytest

from oncall.timeline import Segment, Timeline
from sync.core.merge import confirmed_base, everything, merge
from sync.core.model import Decision, Mode, Owner, Plan, RemoteItem, Sides
from sync.core.plan import plan
from sync.core.policy import decide
from tests.sync.core.test_plan import WINDOW, day, week

DAYS = 6
"""Few days and few people, so that overrides lie on top of each other."""
PEOPLE = ("ann", "ann", "bob", "cem")


@dataclass(frozen=True, slots=True)
class There:
    """An external schedule: overrides in the order they were made, over somebody's layer."""

    items: tuple[RemoteItem, ...]
    layer: Timeline

    def overrides(self) -> Timeline:
        return stacked(self.items)

    def effective(self) -> Timeline:
        return self.layer.overlay(self.overrides())

    def after(self, done: Plan) -> There:
        """Carried out: created in order, then deleted."""
        gone = {op.remote_id for op in done.deletes}
        made = len(self.items) + 1
        new = (
            RemoteItem(f"N{made}-{n}", op.user, op.start, op.end, Owner.MINE, layer=1_000 + made + n)
            for n, op in enumerate(done.creates)
        )
        return replace(self, items=tuple(item for item in (*self.items, *new) if item.id not in gone))


def stacked(items: tuple[RemoteItem, ...]) -> Timeline:
    return Timeline.stacked([Segment(item.start, item.end, (item.user,)) for item in items])


def there(random: Random) -> There:
    """Of ours, the higher ``layer`` was made later; strangers' lie anywhere between."""
    items: list[RemoteItem] = []
    for number in range(random.randrange(7)):
        start = random.randrange(DAYS)
        end = random.randrange(start + 1, DAYS + 2)
        owner = random.choice((Owner.MINE, Owner.MINE, Owner.STRANGER, Owner.SIBLING))
        items.append(RemoteItem(f"Q{number}", random.choice(PEOPLE), day(start), day(end), owner, layer=number))
    layer = (Segment(WINDOW.start, WINDOW.end, (random.choice(PEOPLE),)),) if random.random() < 0.5 else ()
    return There(tuple(items), Timeline(layer))


def line(random: Random) -> Timeline:
    """Some shifts, with gaps."""
    cuts = sorted(random.sample(range(DAYS + 1), random.randrange(2, 5)))
    spans = [(a, b, random.choice((*PEOPLE, ""))) for a, b in pairwise(cuts)]
    return week(*(span for span in spans if span[2]))


def decided(local: Timeline, base: Timeline, seen: There) -> list[Decision]:
    mine = tuple(item for item in seen.items if item.owner is Owner.MINE)
    sides = Sides(WINDOW, base=base, local=local, remote=seen.effective(), pinned=seen.overrides(), own=stacked(mine))
    merged = merge(sides)
    return everything(merged.agreed, decide(Mode.AUTHORITATIVE, merged.cells, horizon_end=WINDOW.end))


def test_one_of_ours_below_a_new_one_and_a_later_one_goes_at_once() -> None:
    local = week((1, 3, "ann"))
    ours = RemoteItem("Q1", "ann", day(1), day(3), Owner.MINE, layer=1)
    strange = RemoteItem("Q2", "bob", day(1), day(5))
    later = RemoteItem("Q3", "ann", day(2), day(3), Owner.MINE, layer=3)
    before = There((ours, strange, later), Timeline(()))
    done = plan(decided(local, local, before), before.items, WINDOW)
    assert [(op.start, op.end) for op in done.creates] == [(day(1), day(2))]
    assert [op.remote_id for op in done.deletes] == ["Q1"]


@pytest.mark.parametrize("lot", range(20))
def test_a_plan_that_was_carried_out_leaves_nothing_to_plan(lot: int) -> None:
    for seed in range(lot * 200, lot * 200 + 200):
        random = Random(seed)
        local, base, before = line(random), line(random), there(random)
        edges = [instant for s in local.segments for instant in (s.start, s.end)]
        done = plan(decided(local, base, before), before.items, WINDOW, edges)
        after = before.after(done)
        assert after.effective().cut(WINDOW).overlay(local) == after.effective().cut(WINDOW), seed
        mine = Timeline.union(Segment(i.start, i.end, (i.user,)) for i in after.items if i.owner is Owner.MINE)
        confirmed = confirmed_base(Timeline(), tuple(d.cell for d in decided(local, base, after)), mine)
        again = plan(decided(local, confirmed, after), after.items, WINDOW, edges)
        assert not again, (seed, again)
