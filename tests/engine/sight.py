"""What is true on both sides, told from the raw state alone and by other means than Baton's.

A *view* has one entry per cell of the grid: who is on call in its last second. PagerDuty's rule is applied directly:
the override created last, else the topmost layer. What Baton made is known by what made it in the sandbox (the API),
not by any ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.pagerduty.values import LayerPlan, Override
from tests.engine.ground import CELL, CELLS, HORIZON_DAYS, SAMPLES, START, Far, Ground, boundary
from tests.support.memory import MemoryDatabase

View = tuple[str | None, ...]
NOBODY: View = (None,) * CELLS


@dataclass(frozen=True, slots=True)
class Sight:
    """Looks at the two sides; people are Slack users (the stranger by name) in every view."""

    database: MemoryDatabase
    ground: Ground
    far: Far

    @property
    def now(self) -> datetime:
        return self.far.world.clock.now()

    def future(self) -> range:
        """The cells that are not over."""
        first = max(0, (self.now - START) // CELL)
        return range(first if self.now < SAMPLES[min(first, CELLS - 1)] else first + 1, CELLS)

    def inside(self, cell: int) -> bool:
        """Whether a cell begins inside the horizon."""
        return boundary(cell) < self.now + timedelta(days=HORIZON_DAYS)

    def plan(self, lag_seconds: float = 0.0) -> LayerPlan:
        schedule = self.far.world.account.schedules[self.far.external_id]
        return schedule.layered.seen(self.now, lag_seconds)

    def name(self, external_user: str) -> str:
        return next(user for user, known in self.far.people.items() if known == external_user)

    def visible(self, lag_seconds: float = 0.0) -> list[Override | str | None]:
        """Per cell the override that shows, else the person of the topmost layer, else None."""
        plan = self.plan(lag_seconds)
        layered = next((self.name(layer.user_ids[0]) for layer in reversed(plan.layers) if layer.end is None), None)
        shown: list[Override | str | None] = [layered] * CELLS
        for override in sorted(plan.overrides, key=lambda one: one.number):
            for cell in cells_of(override.start, override.end):
                shown[cell] = override
        return shown

    def effective(self, lag_seconds: float = 0.0) -> View:
        """Who is on call in PagerDuty."""
        return tuple(self.name(s.user_id) if isinstance(s, Override) else s for s in self.visible(lag_seconds))

    def local(self) -> View:
        """Who has the confirmed shift here, in the role that the destination is linked to."""
        rows = self.database.rows(
            "SELECT shift.user_id, starts_at, ends_at FROM shift"
            " JOIN destination ON destination.role_id = shift.role_id"
            " WHERE shift.state = 'confirmed' AND destination.id = ?",
            self.ground.destination_id,
        )
        view: list[str | None] = list(NOBODY)
        for user, start, end in rows:
            for cell in cells_of(_instant(start), _instant(end)):
                view[cell] = user
        return tuple(view)

    def ahead(self) -> list[Override]:
        """Overrides that are not over, oldest first."""
        return [one for one in self.plan().overrides if one.end > self.now and one.end > one.start]

    def of_ours(self) -> list[Override]:
        return [one for one in self.ahead() if ours(one)]

    def told_removed(self) -> list[str]:
        """Overrides that Baton says it removed although it had not made them."""
        rows = self.database.rows(
            "SELECT json_extract(payload, '$.remote_id') FROM outbox WHERE kind = 'override_removed'"
            " AND json_extract(payload, '$.covered') IS NULL"
        )
        return [row[0] for row in rows]


def ours(override: Override) -> bool:
    return override.made_by == "api"


def cells_of(start: datetime, end: datetime) -> range:
    """The cells whose sample lies in ``[start, end)``."""
    second = timedelta(seconds=1)
    first = -((START + CELL - second - start) // CELL)
    last = -((START + CELL - second - end) // CELL)
    return range(max(first, 0), min(last, CELLS))


def _instant(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)
