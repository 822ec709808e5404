"""Who has each slot, and how good that is."""

from __future__ import annotations

from dataclasses import dataclass

from oncall.fairness.problem import Rule


@dataclass(frozen=True, slots=True)
class Solution:
    """``given`` has every slot's id, in order of time, with who gets it; None is nobody.

    ``open`` are the slots that should have somebody and have nobody; fewer of them beats any ``cost``. ``costs`` is
    what each soft rule has to do with ``cost``, where 0 is perfect. ``bound`` is what no plan of as few open slots
    can go below, None where that is not known. ``proven``: there is no better plan. ``solver`` is who found it:
    "exact" or "greedy".
    """

    given: tuple[tuple[str, str | None], ...]
    open: tuple[str, ...]
    cost: int
    costs: tuple[tuple[Rule, int], ...]
    proven: bool = False
    bound: int | None = None
    solver: str = "greedy"

    def who(self, slot: str) -> str | None:
        return dict(self.given).get(slot)

    @property
    def rank(self) -> tuple[int, int]:
        """The lower, the better."""
        return len(self.open), self.cost
