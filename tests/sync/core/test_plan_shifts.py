"""Plans for schedules where items add up: what is changed in place, what is made and deleted, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from oncall.timeline import Interval, people
from sync.core.model import (
    Action,
    Cell,
    Decision,
    Kind,
    Line,
    Owner,
    Phase,
    PlannedOp,
    RemoteItem,
)
from sync.core.plan_shifts import plan

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Interval(ZERO, ZERO + timedelta(hours=100))
ROTATION = "rotations/R"


def at(hour: float) -> datetime:
    return ZERO + timedelta(hours=hour)


def cell(start: float, end: float, remote: str, local: str, action: Action = Action.EXPORT) -> Decision:
    kind = Kind.IN_SYNC if action is Action.KEEP else Kind.CHANGED
    return Decision(Cell(at(start), at(end), people(), people(*local), people(*remote), kind), action)


def ours(name: str, user: str, start: float, end: float) -> RemoteItem:
    return RemoteItem(name, user, at(start), at(end), Owner.MINE)


def shown(items: Sequence[RemoteItem]) -> list[Line]:
    return [Line(max(i.start, ZERO), i.end, i.user, i.id) for i in items]


def planned(decisions: Sequence[Decision], items: Sequence[RemoteItem], *lines: Line) -> list[tuple[str, ...]]:
    cuts = {instant for d in decisions for instant in (d.cell.start, d.cell.end)}
    found = plan(decisions, items, [*shown(items), *lines], WINDOW, cuts)
    return [_row(op) for op in found.ops]


def _row(op: PlannedOp) -> tuple[str, ...]:
    start, end = ((moment - ZERO).total_seconds() / 3600 for moment in (op.start, op.end))
    return (Phase(op.phase).name, f"{start:g}-{end:g}", op.user, op.remote_id, *([op.on] if op.on else []))


def test_a_change_that_leaves_a_place_for_another_change_is_made_a_create_and_a_delete() -> None:
    """Were ``b`` changed first, nobody would be on call from 20 to 24 until ``a`` is changed."""
    items = [ours("a", "x", 10, 20), ours("b", "x", 20, 30)]
    decisions = [cell(10, 14, "x", "y"), cell(14, 24, "x", "x"), cell(24, 30, "x", "z")]

    assert planned(decisions, items) == [
        ("CREATE", "10-14", "y", ""),
        ("CREATE", "24-30", "z", ""),
        ("UPDATE", "14-24", "x", "a"),
        ("DELETE", "20-30", "x", "b"),
    ]


def test_nothing_is_planned_where_everything_is_right() -> None:
    items = [ours("a", "x", 10, 20), ours("b", "y", 20, 30)]

    assert planned([cell(10, 20, "x", "x", Action.KEEP), cell(20, 30, "y", "y", Action.KEEP)], items) == []


def test_equal_inputs_in_another_order_give_equal_plans() -> None:
    items = [ours("a", "x", 10, 20), ours("b", "y", 20, 30), ours("c", "x", 30, 40)]
    decisions = [cell(10, 20, "x", "y"), cell(20, 30, "y", "x"), cell(30, 40, "x", "z")]

    assert planned(decisions, items) == planned(decisions, items[::-1])


def test_an_adopted_double_is_deleted() -> None:
    items = [ours("a", "x", 10, 20), ours("b", "x", 10, 20)]

    assert planned([cell(10, 20, "x", "x", Action.KEEP)], items) == [("DELETE", "10-20", "x", "b")]


def test_a_rotation_that_shows_somebody_else_is_overridden_and_not_joined() -> None:
    rotation = Line(at(0), at(50), "r", ROTATION)

    assert planned([cell(10, 20, "r", "x")], [], rotation) == [("CREATE", "10-20", "x", "", ROTATION)]


def test_each_of_several_rotations_is_overridden() -> None:
    lines = [Line(at(0), at(50), "r", ROTATION), Line(at(0), at(15), "s", "rotations/S")]

    assert planned([cell(10, 20, "rs", "x")], [], *lines) == [
        ("CREATE", "10-15", "x", "", "rotations/S"),
        ("CREATE", "10-20", "x", "", ROTATION),
    ]


def test_an_override_whose_person_left_the_rotation_is_taken_away() -> None:
    override = RemoteItem("o", "x", at(10), at(20), Owner.MINE, ROTATION, "gone")
    line = Line(at(0), at(50), "r", ROTATION)

    found = plan([cell(10, 20, "r", "x")], [override], [line], WINDOW)

    assert [_row(op) for op in found.ops] == [
        ("CREATE", "10-20", "x", "", ROTATION),
        ("DELETE", "10-20", "x", "o", ROTATION),
    ]


def test_an_item_over_time_that_must_not_be_touched_is_left_alone() -> None:
    items = [ours("a", "x", 10, 30)]

    assert planned([cell(10, 20, "x", "x", Action.KEEP), cell(20, 30, "xz", "x", Action.HOLD)], items) == []


def test_an_item_that_shows_where_a_write_has_not_shown_up_yet_stays() -> None:
    """Whatever its other parts want: nobody else is known to be on call there."""
    waiting = cell(20, 30, "x", "y", Action.HOLD)
    waiting = waiting._replace(cell=waiting.cell._replace(kind=Kind.SETTLING))
    gone = cell(10, 20, "x", "", Action.REMOVE)

    assert planned([gone, waiting], [ours("a", "x", 10, 30)]) == []
    assert planned([gone], [ours("a", "x", 10, 30)]) == [("DELETE", "10-30", "x", "a")]
