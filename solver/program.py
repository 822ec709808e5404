"""A model's terms as a linear program with whole numbers.

One column for each slot and user who may get it. Three things make it quick to solve:

- what grows with the square is made of steps, a column each, cheapest first. Slots, kinds and totals are then nearly
  a network of flows, whose answer is whole by itself, and the bound is close from the beginning;
- rest is one row per moment instead of one per pair (:mod:`oncall.fairness.rules.rest`), and spacing one row per
  window;
- slots that no term tells apart (two roles at the same time, of one kind) are one *lot*: who is on call is decided,
  not who is first and who is second, which would double each plan at every such time. Who gets which of a lot is dealt
  afterwards, so that roles are spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from oncall.fairness.model import NOBODY, Model, Plan

INFINITY = float("inf")
Lot = tuple[int, ...]
"""Slots that differ in nothing, in order."""


@dataclass
class Table:
    """Columns and rows as they are collected. Lower bounds of columns are 0."""

    cost: list[float] = field(default_factory=list[float])
    upper: list[float] = field(default_factory=list[float])
    is_whole: list[bool] = field(default_factory=list[bool])
    low: list[float] = field(default_factory=list[float])
    high: list[float] = field(default_factory=list[float])
    starts: list[int] = field(default_factory=lambda: [0])
    columns: list[int] = field(default_factory=list[int])
    values: list[float] = field(default_factory=list[float])

    def column(self, cost: float, upper: float, *, is_whole: bool = False) -> int:
        self.cost.append(cost)
        self.upper.append(upper)
        self.is_whole.append(is_whole)
        return len(self.cost) - 1

    def row(self, low: float, high: float, parts: dict[int, float]) -> None:
        self.low.append(low)
        self.high.append(high)
        self.columns += parts.keys()
        self.values += parts.values()
        self.starts.append(len(self.columns))


@dataclass
class Program:
    """``most_open`` slots may stay open; None looks for how few, by the hard rules alone."""

    model: Model
    most_open: int | None
    table: Table = field(default_factory=Table)
    at: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    """The column of each lot and user, NOBODY among them where slots may stay open."""

    def __post_init__(self) -> None:
        self._columns()
        self._hard()
        if self.most_open is not None:
            self._meters()
            self._splits()

    @cached_property
    def lots(self) -> list[Lot]:
        return lots(self.model)

    def _users(self, lot: Lot) -> list[int]:
        return self.model.able[lot[0]] if self.most_open == 0 else [NOBODY, *self.model.able[lot[0]]]

    def _columns(self) -> None:
        counts_open = self.most_open is None
        for number, lot in enumerate(self.lots):
            for user in self._users(lot):
                price = self.model.price.get((lot[0], user), 0) if not counts_open else int(user == NOBODY)
                self.at[number, user] = self.table.column(price, len(lot), is_whole=True)

    @cached_property
    def _lot_of(self) -> dict[int, int]:
        return {slot: number for number, lot in enumerate(self.lots) for slot in lot}

    def _parts(self, amounts: dict[int, int], user: int) -> dict[int, float]:
        """The columns of a user's slots with their amounts; slots of a lot have the same."""
        found: dict[int, float] = {}
        for slot, amount in amounts.items():
            column = self.at.get((self._lot_of[slot], user))
            if column is not None:
                found[column] = amount
        return found

    def _hard(self) -> None:
        for number, lot in enumerate(self.lots):
            self.table.row(len(lot), len(lot), {self.at[number, user]: 1 for user in self._users(lot)})
        if self.most_open:
            self.table.row(0, self.most_open, {self.at[number, NOBODY]: 1 for number in range(len(self.lots))})
        for cap in self.model.caps:
            self.table.row(-INFINITY, cap.most, self._parts(cap.amounts, cap.user))
        for follower, leader in self.model.view.leader.items():
            for user in self.model.able[follower]:
                self.table.row(
                    -INFINITY, 0, self._parts({leader: -1, follower: 1} if leader >= 0 else {follower: 1}, user)
                )

    def _meters(self) -> None:
        for meter in self.model.meters:
            parts = self._parts(meter.amounts, meter.user)
            left = int(sum(amount * self.table.upper[column] for column, amount in parts.items()))
            for step in meter.steps:
                width = min(step.width, left)
                left -= width
                if width:
                    parts[self.table.column(step.slope, width)] = -1
            if parts:
                self.table.row(0, 0, parts)

    def _splits(self) -> None:
        """A column for each user who has the first and not the second; nobody is one of them."""
        for split in self.model.splits:
            first, second = self.lots[self._lot_of[split.first]], self._lot_of[split.second]
            for user in self._users(first):
                parts = {self.table.column(split.cost, 1): 1.0, self.at[self._lot_of[split.first], user]: -1.0}
                if (second, user) in self.at:
                    parts[self.at[second, user]] = 1.0
                self.table.row(0, INFINITY, parts)

    def plan(self, values: Sequence[float]) -> list[int]:
        """Who has each slot, by the columns' values."""
        found = [NOBODY] * len(self.model.view.slots)
        had: dict[tuple[str, int], int] = {}
        for number, lot in enumerate(self.lots):
            users = [u for u in self._users(lot) for _ in range(round(values[self.at[number, u]]))]
            for slot in lot:
                role = self.model.view.slots[slot].role
                user = min(users, key=lambda one, role=role: (had.get((role, one), 0), one), default=NOBODY)
                users.remove(user)
                had[role, user] = had.get((role, user), 0) + 1
                found[slot] = user
        return found

    def start(self, plan: Plan) -> dict[int, float]:
        """A plan's columns of lots and users, as far as they are not 0."""
        found: dict[int, float] = {}
        for slot, user in enumerate(plan):
            column = self.at[self._lot_of[slot], user]
            found[column] = found.get(column, 0) + 1
        return found


def lots(model: Model) -> list[Lot]:
    """Slots by what they are to all terms."""
    slots = range(len(model.view.slots))
    alone = {s for split in model.splits for s in (split.first, split.second)}
    alone |= {slot for pair in model.view.leader.items() for slot in pair}
    marks: list[list[tuple[int, ...]]] = [[(slot,)] if slot in alone else [] for slot in slots]
    for slot in slots:
        marks[slot] += [(user, model.price.get((slot, user), 0)) for user in model.able[slot]]
    for number, term in enumerate((*model.caps, *model.meters)):
        for slot, amount in term.amounts.items():
            marks[slot].append((number, amount, term.user))
    found: dict[tuple[tuple[int, ...], ...], list[int]] = {}
    for slot in slots:
        found.setdefault(tuple(marks[slot]), []).append(slot)
    return [tuple(group) for group in found.values()]
