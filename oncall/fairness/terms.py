"""What rules amount to: five sorts of terms that every solver understands. Slots and users are numbers here.

Ban      this user never gets this slot
Cap      of these slots, this user gets no more than that, by amount
Price    this user costs so much in this slot
Meter    this user's amount over these slots, with a cost that grows ever faster
Split    two slots cost so much unless they have the same person
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncall.fairness.problem import Measure, Rule


@dataclass(frozen=True, slots=True)
class Reason:
    """What a rule has to say, for people. ``about`` is a kind or the name of a schedule; instants in UTC.

    ``start`` and ``end`` are those of the wish, duty or shift that it is about.
    """

    rule: Rule
    about: str = ""
    start: datetime | None = None
    end: datetime | None = None
    measure: Measure | None = None


@dataclass(frozen=True, slots=True)
class Ban:
    slot: int
    user: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Cap:
    user: int
    amounts: dict[int, int]
    most: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Price:
    slot: int
    user: int
    cost: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Step:
    """The next ``width`` units of a meter cost ``slope`` each."""

    width: int
    slope: int


@dataclass(frozen=True, slots=True)
class Meter:
    """``constant`` is the cost with none of the slots; the slopes of ``steps`` never fall.

    ``before`` is how far over its target the meter is with none of the slots, ``unit`` what one unit of the amounts is,
    both in thousandths of what the measure counts. Neither matters to a solver.
    """

    user: int
    amounts: dict[int, int]
    steps: tuple[Step, ...]
    constant: int
    reason: Reason
    before: int = 0
    unit: int = 1_000

    def table(self) -> list[int]:
        """The cost at each amount."""
        costs = [self.constant]
        for step in self.steps:
            for _ in range(step.width):
                costs.append(costs[-1] + step.slope)
        return costs


@dataclass(frozen=True, slots=True)
class Split:
    first: int
    second: int
    cost: int
    reason: Reason


Term = Ban | Cap | Price | Meter | Split
