"""A plan that is being changed, with what it uses and costs kept up to date."""

from __future__ import annotations

from oncall.fairness.model import NOBODY, Model

OPEN = 10**9
"""Dearer than all soft rules together."""


class State:
    """``users`` is the plan so far. ``tries`` counts what was looked at: the measure of work done."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.users = [NOBODY] * len(model.view.slots)
        self.tries = 0
        self._free = [cap.most for cap in model.caps]
        self._caps: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for number, cap in enumerate(model.caps):
            for slot, amount in cap.amounts.items():
                self._caps.setdefault((slot, cap.user), []).append((number, amount))
        self._at = [0] * len(model.meters)
        self._tables = [meter.table() for meter in model.meters]
        self._meters: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for number, meter in enumerate(model.meters):
            for slot, amount in meter.amounts.items():
                self._meters.setdefault((slot, meter.user), []).append((number, amount))
        self._splits: dict[int, list[tuple[int, int]]] = {}
        for split in model.splits:
            self._splits.setdefault(split.first, []).append((split.second, split.cost))
            self._splits.setdefault(split.second, []).append((split.first, split.cost))
        self._able = [frozenset(users) for users in model.able]

    def fits(self, slot: int, user: int) -> bool:
        """Whether an open slot may go to the user now."""
        self.tries += 1
        return user in self._able[slot] and all(
            self._free[cap] >= amount for cap, amount in self._caps.get((slot, user), ())
        )

    def give(self, unit: tuple[int, ...], user: int) -> int:
        """Give an open unit to a user whom its first slot fits, and those that follow where they fit. What it adds."""
        added = 0
        for slot in unit:
            if slot == unit[0] or self.fits(slot, user):
                added += self._put(slot, user)
        return added

    def take(self, unit: tuple[int, ...]) -> int:
        """Open a unit. What it adds to the cost: below 0 where that is cheaper, but for the open slots."""
        return sum(self._open(slot) for slot in unit if self.users[slot] != NOBODY)

    def in_the_way(self, slot: int, user: int) -> set[int]:
        """The user's slots that share a full cap with this one."""
        full = [cap for cap, amount in self._caps.get((slot, user), ()) if self._free[cap] < amount]
        return {one for cap in full for one in self.model.caps[cap].amounts if self.users[one] == user}

    def _put(self, slot: int, user: int) -> int:
        for cap, amount in self._caps.get((slot, user), ()):
            self._free[cap] -= amount
        added = self.model.price.get((slot, user), 0) - OPEN
        for meter, amount in self._meters.get((slot, user), ()):
            table, at = self._tables[meter], self._at[meter]
            added += table[at + amount] - table[at]
            self._at[meter] = at + amount
        added -= self._parted(slot)
        self.users[slot] = user
        return added + self._parted(slot)

    def _open(self, slot: int) -> int:
        user = self.users[slot]
        for cap, amount in self._caps.get((slot, user), ()):
            self._free[cap] += amount
        added = OPEN - self.model.price.get((slot, user), 0)
        for meter, amount in self._meters.get((slot, user), ()):
            table, at = self._tables[meter], self._at[meter]
            added += table[at - amount] - table[at]
            self._at[meter] = at - amount
        added -= self._parted(slot)
        self.users[slot] = NOBODY
        return added + self._parted(slot)

    def _parted(self, slot: int) -> int:
        return sum(cost for other, cost in self._splits.get(slot, ()) if self.users[other] != self.users[slot])
