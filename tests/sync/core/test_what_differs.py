"""The merge looks at what differs first, and the plan at what is loose: neither changes what comes out.

Random schedules on which most is agreed, with edits on every side, shifts cut in two, and items piled up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from oncall.timeline import NOBODY, Interval, Segment, Timeline, Users
from sync.core.merge import confirmed_base, everything, in_sync, merge
from sync.core.model import Kind, Mode, Owner, RemoteItem, Sides
from sync.core.pending import changes
from sync.core.plan import plan
from sync.core.policy import decide
from tests.sync.core.test_plan import T0, day

DAYS = 30
WINDOW = Interval(day(1), day(DAYS))
PEOPLE = ("ann", "bob", "cem", "")

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Town:
    sides: Sides
    items: list[RemoteItem]
    edges: list[datetime]


def edited(random: Random, spans: Sequence[Span]) -> list[Span]:
    """The same but for a few that belong to others, are gone, or are cut in two."""
    found: list[Span] = []
    for start, end, user in spans:
        chance = random.random()
        if chance < 0.06:
            found.append((start, end, random.choice(PEOPLE)))
        elif chance < 0.12 and end - start > 1:
            found += [(start, start + 1, random.choice(PEOPLE)), (start + 1, end, user)]
        else:
            found.append((start, end, user))
    return found


def line(spans: Sequence[Span]) -> Timeline:
    return Timeline.of(Segment(day(a), day(b), (user,)) for a, b, user in spans if user)


def town(random: Random) -> Town:
    cuts = sorted(random.sample(range(DAYS + 1), random.randrange(4, 16)))
    shifts = [(a, b, random.choice(PEOPLE)) for a, b in pairwise(cuts)]
    there, local = edited(random, shifts), edited(random, shifts)
    rare = [(a, b, user if random.random() < 0.1 else "") for a, b, user in shifts]
    sides = Sides(
        WINDOW,
        base=line(edited(random, shifts)),
        local=line(local),
        remote=line(there),
        pinned=line(edited(random, there) if random.random() < 0.3 else there),
        own=line(edited(random, there)),
        held=line(rare if random.random() < 0.3 else ()),
        settling=line(rare if random.random() < 0.3 else ()),
    )
    made = [*(span for span in there if random.random() < 0.9), *((a, b + 2, user) for a, b, user in rare)]
    owners = (Owner.MINE, Owner.MINE, Owner.MINE, Owner.STRANGER, Owner.SIBLING)
    items = [
        RemoteItem(f"Q{number}", user, day(a), day(b), random.choice(owners), layer=number)
        for number, (a, b, user) in enumerate(made)
        if user
    ]
    random.shuffle(items)
    return Town(sides, items, [day(at) for a, b, _ in local for at in (a, b)])


def kind_by_the_table(base: Users, local: Users, remote: Users, pinned: Users, held: Users, settling: Users) -> Kind:
    """The table of :mod:`sync.core.merge`, row by row as it stands there."""
    rows = {
        Kind.IN_SYNC: local and remote == local and pinned == local,
        Kind.FOREIGN: not base and not local and not held,
        Kind.SETTLING: settling,
        Kind.HELD: held,
        Kind.WITHDRAWN: not local,
        Kind.UNPINNED: remote == local,
        Kind.NEW: not base,
        Kind.DRIFTED: local == base and remote,
        Kind.DELETED: local == base,
        Kind.CHANGED: remote == base,
        Kind.CONFLICT: True,
    }
    return next(kind for kind, holds in rows.items() if holds)


@pytest.mark.parametrize("lot", range(4))
def test_every_half_day_is_what_the_table_says_whether_it_is_agreed_or_not(lot: int) -> None:
    agreed = 0
    for seed in range(lot * 50, lot * 50 + 50):
        sides = town(Random(seed)).sides
        merged = merge(sides)
        for half in range(2, 2 * DAYS):
            at = T0 + half * timedelta(hours=12)
            said = [one.at(at) for one in (sides.base, sides.local, sides.remote)]
            masks = [one.at(at) for one in (sides.pinned, sides.held, sides.settling)]
            cells = [cell for cell in merged.cells if cell.start <= at < cell.end]
            if users := merged.agreed.at(at):
                agreed += 1
                assert (said, masks[0], cells) == ([users, users, users], users, []), seed
            elif any(said):
                (cell,) = cells
                assert [cell.base, cell.local, cell.remote] == said, seed
                assert cell.kind is kind_by_the_table(*said, *masks), seed
                assert cell.own is (sides.own.at(at) == cell.remote), seed
            else:
                assert not cells, seed
        edges = {at for one in (sides.base, sides.local, sides.remote) for s in one.segments for at in (s.start, s.end)}
        assert not any(cell.start < at < cell.end for cell in merged.cells for at in edges), seed
    assert agreed > 500


@pytest.mark.parametrize("mode", Mode)
def test_a_plan_is_the_same_when_agreed_time_is_decided_cell_by_cell(mode: Mode) -> None:
    for seed in range(300):
        there = town(Random(seed))
        merged = merge(there.sides)
        decisions = decide(mode, merged.cells, horizon_end=day(20))
        short = plan(decisions, there.items, WINDOW, there.edges, merged.agreed)
        long = plan(everything(merged.agreed, decisions), there.items, WINDOW, there.edges)
        assert repr(short) == repr(long), seed
        told = changes(decisions, short, WINDOW.start, merged.agreed)
        assert told == changes(everything(merged.agreed, decisions), long, WINDOW.start), seed


def test_what_is_confirmed_is_the_same_for_agreed_time_and_for_cells_in_sync() -> None:
    for seed in range(100):
        sides = town(Random(seed)).sides
        merged = merge(sides)
        decisions = decide(Mode.AUTHORITATIVE, merged.cells, horizon_end=WINDOW.end)
        cells = [decision.cell for decision in everything(merged.agreed, decisions)]
        nobody = Timeline()
        assert in_sync(merged.agreed, merged.cells) == in_sync(nobody, cells)
        assert confirmed_base(merged.agreed, merged.cells, sides.own) == confirmed_base(nobody, cells, sides.own)


def test_where_all_sides_are_alike_no_cell_is_made_and_nothing_is_planned() -> None:
    shifts = [(number, number + 1, PEOPLE[number % 3]) for number in range(1, DAYS)]
    sides = Sides(WINDOW, line(shifts), line(shifts), line(shifts), line(shifts))
    items = [RemoteItem(f"Q{a}", user, day(a), day(b), Owner.MINE) for a, b, user in shifts]
    merged = merge(sides)
    assert merged.cells == ()
    assert merged.agreed == line(shifts)
    assert merged.agreed.at(day(DAYS)) == NOBODY
    assert not plan((), items, WINDOW, [], merged.agreed)
