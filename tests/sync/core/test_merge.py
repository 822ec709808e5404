"""The merge table and the policies, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from oncall.timeline import Interval, Segment, Timeline
from sync.core.merge import confirmed_base, merge
from sync.core.model import Action, Cell, Kind, Mode, Sides
from sync.core.policy import POLICIES, decide

T0 = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Interval(T0, T0 + 10 * DAY)


def line(*spans: tuple[float, float, str]) -> Timeline:
    return Timeline.of(Segment(T0 + a * DAY, T0 + b * DAY, (user,)) for a, b, user in spans if user)


def one_cell(base: str, local: str, remote: str, pinned: str | None = None, **masks: Timeline) -> Cell:
    sides = Sides(
        WINDOW,
        base=line((1, 2, base)),
        local=line((1, 2, local)),
        remote=line((1, 2, remote)),
        pinned=line((1, 2, remote if pinned is None else pinned)),
        **masks,
    )
    (cell,) = merge(sides).cells
    return cell


@pytest.mark.parametrize(
    ("base", "local", "remote", "kind"),
    [
        ("x", "y", "y", Kind.IN_SYNC),
        ("", "y", "y", Kind.IN_SYNC),
        ("x", "y", "x", Kind.CHANGED),
        ("", "y", "", Kind.NEW),
        ("", "y", "z", Kind.NEW),
        ("x", "x", "y", Kind.DRIFTED),
        ("x", "x", "", Kind.DELETED),
        ("x", "y", "z", Kind.CONFLICT),
        ("x", "y", "", Kind.CONFLICT),
        ("x", "", "x", Kind.WITHDRAWN),
        ("x", "", "z", Kind.WITHDRAWN),
        ("", "", "z", Kind.FOREIGN),
    ],
)
def test_each_row_of_the_table_has_its_kind(base: str, local: str, remote: str, kind: Kind) -> None:
    assert one_cell(base, local, remote).kind is kind


def test_what_only_a_layer_says_is_not_pinned() -> None:
    assert one_cell("", "y", "y", pinned="").kind is Kind.UNPINNED


def test_a_write_that_does_not_show_yet_is_no_drift() -> None:
    assert one_cell("x", "x", "", settling=line((0, 3, "settling"))).kind is Kind.SETTLING


def test_time_of_somebody_unknown_is_held() -> None:
    assert one_cell("x", "", "x", held=line((0, 3, "UZOE"))).kind is Kind.HELD


def test_a_running_shift_is_merged_from_the_start_of_the_window_on() -> None:
    (cell,) = merge(Sides(Interval(T0 + DAY, T0 + 2 * DAY), local=line((0, 3, "x")))).cells
    assert (cell.start, cell.end) == (T0 + DAY, T0 + 2 * DAY)


def test_a_partial_edit_cuts_a_shift_into_three_cells() -> None:
    shift, edited = line((1, 8, "x")), line((1, 2, "x"), (2, 4, "y"), (4, 8, "x"))
    cells = merge(Sides(WINDOW, base=shift, local=shift, remote=edited, pinned=edited)).cells
    assert [cell.kind for cell in cells] == [Kind.IN_SYNC, Kind.DRIFTED, Kind.IN_SYNC]


@pytest.mark.parametrize("mode", Mode)
def test_every_mode_has_an_answer_to_every_kind(mode: Mode) -> None:
    assert set(POLICIES[mode]) == set(Kind)


def action(mode: Mode, cell: Cell, horizon_days: int = 10, known: frozenset[str] | None = None) -> Action:
    (decision,) = decide(mode, [cell], horizon_end=T0 + horizon_days * DAY, known=known)
    return decision.action


def test_only_bidirectional_imports_what_drifted() -> None:
    cell = one_cell("x", "x", "y")
    assert [action(mode, cell) for mode in Mode] == [Action.EXPORT, Action.IMPORT, Action.EXPORT]


def test_beyond_the_horizon_nothing_is_imported() -> None:
    assert action(Mode.BIDIRECTIONAL, one_cell("x", "x", "y"), horizon_days=1) is Action.LATER


def test_our_own_visible_item_is_never_a_human_edit() -> None:
    assert action(Mode.BIDIRECTIONAL, one_cell("x", "x", "y", own=line((0, 3, "y")))) is Action.EXPORT


def test_somebody_who_is_no_slack_user_is_neither_imported_nor_overwritten() -> None:
    assert action(Mode.BIDIRECTIONAL, one_cell("x", "x", "y"), known=frozenset({"x"})) is Action.HOLD


def test_the_base_forgets_a_withdrawn_stretch_only_when_our_item_is_gone() -> None:
    cells = merge(Sides(WINDOW, base=line((1, 2, "x")), remote=line((1, 2, "x")))).cells
    assert confirmed_base(Timeline(), cells, ours=line((1, 2, "x"))) == line((1, 2, "x"))
    assert confirmed_base(Timeline(), cells, ours=Timeline()) == Timeline()


def test_the_base_takes_over_what_is_in_sync_and_keeps_what_is_not() -> None:
    sides = Sides(
        WINDOW,
        base=line((1, 2, "x"), (3, 4, "x")),
        local=line((1, 2, "y"), (3, 4, "x")),
        remote=line((1, 2, "y"), (3, 4, "z")),
        pinned=line((1, 2, "y"), (3, 4, "z")),
    )
    merged = merge(sides)
    assert confirmed_base(merged.agreed, merged.cells, Timeline()) == line((1, 2, "y"), (3, 4, "x"))
