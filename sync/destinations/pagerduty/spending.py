"""Keep what the processes of a key take of its budget in the database that they share."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from storage.again import run_again
from storage.database import Database
from storage.repositories.budgets import Spent
from sync.destinations.pagerduty.budget import USUAL, Spending

PAUSE = 0.002
"""Seconds until it is tried again."""

T = TypeVar("T")


class StoredSpending:
    """Implements :class:`.budget.SpendingStore`. Whoever finds that another was quicker does its step again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @run_again
    async def change(self, credential: str, step: Callable[[Spending], tuple[Spending, T]]) -> T:
        while True:
            async with self._database.at_once() as tx:
                seen = await tx.budgets.get(credential, USUAL)
                after, result = step(_read(seen))
                taken = [[at.isoformat(), count] for at, count in after.taken]
                facts = (after.per_minute, after.routine_from, after.urgent_from)
                if await tx.budgets.replace(credential, seen, taken, *facts):
                    return result
            await asyncio.sleep(PAUSE)


def _read(seen: Spent) -> Spending:
    taken = tuple((datetime.fromisoformat(at), int(count)) for at, count in json.loads(seen.taken))
    return Spending(seen.per_minute, taken, seen.routine_from, seen.urgent_from)
