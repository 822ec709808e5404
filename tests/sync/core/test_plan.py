"""The plan for a schedule of overrides: the same from equal inputs, creates first, and foreign ones only as needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from oncall.timeline import Interval, Segment, Timeline
from sync.core.merge import merge
from sync.core.model import Mode, Owner, Phase, Plan, RemoteItem, Sides
from sync.core.plan import plan
from sync.core.policy import decide

T0 = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 12
WINDOW = Interval(T0, T0 + timedelta(days=DAYS))


def day(number: float) -> datetime:
    return T0 + timedelta(days=number)


def line(random: Random) -> Timeline:
    people = [random.choice(["ann", "bob", "cem", ""]) for _ in range(DAYS)]
    return Timeline.of(Segment(day(n), day(n + 1), (one,)) for n, one in enumerate(people) if one)


def items(random: Random) -> list[RemoteItem]:
    made: list[RemoteItem] = []
    for number in range(random.randrange(8)):
        start = random.randrange(DAYS)
        end = random.randrange(start + 1, DAYS + 3)
        owner = random.choice(list(Owner))
        made.append(
            RemoteItem(f"Q{number}", random.choice(["ann", "bob", "cem"]), day(start), day(end), owner, layer=number)
        )
    return made


def planned(sides: Sides, there: list[RemoteItem], mode: Mode = Mode.AUTHORITATIVE) -> Plan:
    edges = [instant for s in sides.local.segments for instant in (s.start, s.end)]
    merged = merge(sides)
    decisions = decide(mode, merged.cells, horizon_end=WINDOW.end)
    return plan(decisions, there, sides.window, edges, merged.agreed)


@pytest.mark.parametrize("seed", range(200))
def test_equal_inputs_in_any_order_give_equal_plans_to_the_letter(seed: int) -> None:
    random = Random(seed)
    remote = line(random)
    sides = Sides(WINDOW, base=line(random), local=line(random), remote=remote, pinned=remote)
    there = items(random)
    first = planned(sides, there)
    random.shuffle(there)
    assert repr(planned(sides, there)) == repr(first)
    assert list(first.ops) == sorted(first.ops, key=lambda op: (op.phase, op.start, op.user))
    phases = [op.phase for op in first.ops]
    assert phases == sorted(phases, key=[Phase.CREATE, Phase.UPDATE, Phase.DELETE].index)


def foreign(start: float, end: float) -> RemoteItem:
    return RemoteItem("QX", "zed", day(start), day(end))


def over(local: Timeline, item: RemoteItem) -> Plan:
    """What is done about a foreign item that lies over what was exported."""
    edited = local.overlay(Timeline((Segment(item.start, item.end, (item.user,)),)))
    ours = [RemoteItem(f"Q{n}", s.users[0], s.start, s.end, Owner.MINE, layer=n) for n, s in enumerate(local.segments)]
    sides = Sides(WINDOW, base=local, local=local, remote=edited, pinned=edited)
    return planned(sides, [*ours, item])


def week(*spans: tuple[float, float, str]) -> Timeline:
    return Timeline.of(Segment(day(a), day(b), (user,)) for a, b, user in spans)


def test_a_foreign_item_inside_several_of_our_shifts_goes() -> None:
    assert [op.remote_id for op in over(week((1, 3, "ann"), (3, 5, "bob")), foreign(2, 4)).deletes] == ["QX"]


def test_a_foreign_item_that_reaches_into_somebody_elses_time_stays() -> None:
    done = over(week((1, 3, "ann")), foreign(2, 4))
    assert "QX" not in [op.remote_id for op in done.deletes]
    assert [(op.user, op.start, op.end) for op in done.creates] == [("ann", day(2), day(3))]


def test_a_foreign_item_across_a_gap_between_our_shifts_stays() -> None:
    done = over(week((1, 3, "ann"), (4, 6, "bob")), foreign(2, 5))
    assert "QX" not in [op.remote_id for op in done.deletes]


def test_what_of_a_foreign_item_is_over_does_not_count() -> None:
    assert [op.remote_id for op in over(week((0, 3, "ann")), foreign(-2, 2)).deletes] == ["QX"]
