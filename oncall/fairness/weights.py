"""What each soft rule costs, by its weight: the one table of the whole.

Somebody one shift over their target costs 40 at Normal, two over 160, three over 360, in that kind of shift and once
more in all shifts; so does somebody under it.

Some consequences, all at Normal: a wish not to be on call is kept though it puts one member one over and another one
under (which costs 160: 40 each, twice), and no longer when it would be two (480 more). Two shifts on days that follow
each other cost as much as that imbalance of one. A wish to be on call decides between people who stand alike.
"""

from __future__ import annotations

from oncall.fairness.problem import Rule, Weight

COSTS: dict[Rule, dict[Weight, int]] = {
    Rule.BALANCE: {Weight.OFF: 0, Weight.LOW: 10, Weight.NORMAL: 40, Weight.HIGH: 160},
    Rule.UNSOCIAL: {Weight.OFF: 0, Weight.LOW: 10, Weight.NORMAL: 40, Weight.HIGH: 160},
    Rule.SPACING: {Weight.OFF: 0, Weight.LOW: 40, Weight.NORMAL: 160, Weight.HIGH: 640},
    Rule.WISHES: {Weight.OFF: 0, Weight.LOW: 60, Weight.NORMAL: 240, Weight.HIGH: 960},
    Rule.CHANGES: {Weight.OFF: 0, Weight.LOW: 100, Weight.NORMAL: 1_000, Weight.HIGH: 100_000},
}
"""Balance and unsocial hours: for a deviation of one unit. Spacing: for two shifts a day apart, or a group broken.
Wishes: for a shift that somebody would rather not have. Changes: for each announced shift that moves."""

LIKED = 2
"""A shift that somebody would like to have gives back this part of what one they would rather not have costs."""

UNITS = {"shift": 1_000, "night": 8_000, "weekend": 48_000, "holiday": 24_000}
"""What counts as one, in thousandths of a shift or an hour: a night has 8 hours, a weekend 48, a holiday 24."""

FARTHEST = 8
"""Deviations of more than so many units cost in proportion, not squared: nothing outgrows all else."""
