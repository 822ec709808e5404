"""Soft: rather not, would like to; the stronger of two counts."""

from __future__ import annotations

from oncall.availability import Leaning
from oncall.fairness import Load, Measure, Problem, Weight, Weights, deal
from tests.support.fair import away, slot, team


def over(user: str, shifts: float) -> tuple[Load, ...]:
    return (Load(user, Measure.ALL, "", round(1000 * shifts), 0),)


def dealt(*wishes: tuple[str, Leaning], loads: tuple[Load, ...] = (), weight: Weight = Weight.NORMAL) -> str | None:
    asked = tuple(away(user, 0, leaning=leaning) for user, leaning in wishes)
    return deal(Problem(team(2), (slot(0),), wishes=asked, loads=loads, weights=Weights(wishes=weight))).who(
        "primary 0"
    )


def test_who_would_rather_not_is_spared() -> None:
    assert dealt(("ann", Leaning.RATHER_NOT)) == "bob"


def test_who_would_like_to_is_preferred() -> None:
    assert dealt(("bob", Leaning.WOULD_LIKE)) == "bob"


def test_rather_not_beats_would_like_of_the_same_person() -> None:
    assert dealt(("ann", Leaning.RATHER_NOT), ("ann", Leaning.WOULD_LIKE)) == "bob"


def test_a_wish_outweighs_one_shift_of_imbalance_and_not_many() -> None:
    assert dealt(("ann", Leaning.RATHER_NOT), loads=over("bob", 1)) == "bob"
    assert dealt(("ann", Leaning.RATHER_NOT), loads=over("bob", 5)) == "ann"


def test_a_heavier_wish_outweighs_more() -> None:
    assert dealt(("ann", Leaning.RATHER_NOT), loads=over("bob", 5), weight=Weight.HIGH) == "bob"


def test_off_is_off_but_for_who_can_not() -> None:
    assert dealt(("ann", Leaning.RATHER_NOT), weight=Weight.OFF) == "ann"
    assert dealt(("ann", Leaning.CANNOT), weight=Weight.OFF) == "bob"
