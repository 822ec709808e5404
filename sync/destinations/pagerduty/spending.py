"""Keep what the processes of a key take of its budget in the database that they share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from storage.again import run_again
from storage.database import Database
from storage.tables import RequestBudget
from sync.destinations.pagerduty.budget import USUAL, Spending

T = TypeVar("T")


class StoredSpending:
    """Implements :class:`.budget.SpendingStore`; one short transaction per change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @run_again
    async def change(self, credential: str, step: Callable[[Spending], tuple[Spending, T]]) -> T:
        async with self._database.transaction() as tx:
            row = await tx.connections.budget(credential, USUAL)
            after, result = step(_read(row))
            row.per_minute = after.per_minute
            row.taken = [[at.isoformat(), count] for at, count in after.taken]
            row.routine_from, row.urgent_from = after.routine_from, after.urgent_from
            return result


def _read(row: RequestBudget) -> Spending:
    taken = tuple((datetime.fromisoformat(at), int(count)) for at, count in row.taken)
    return Spending(row.per_minute, taken, row.routine_from, row.urgent_from)
