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
from storage.unit import Unit
from sync.destinations.pagerduty.budget import USUAL, Spending

PAUSE = 0.002
"""Seconds until it is tried again."""

T = TypeVar("T")


class StoredSpending:
    """Implements :class:`.budget.SpendingStore`. Whoever finds that another was quicker does its step again.

    What this process has kept last is mostly what is kept still, so it is tried with that before anybody looks.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, Spent] = {}

    @run_again
    async def change(self, credential: str, step: Callable[[Spending], tuple[Spending, T]]) -> T:
        while True:
            remembered = self._kept.pop(credential, None)
            async with self._database.at_once() as tx:
                seen = remembered or await tx.budgets.get(credential, USUAL)
                after, result = step(_read(seen))
                if await self._replaced(tx, credential, seen, after):
                    return result
            if remembered is None:
                await asyncio.sleep(PAUSE)

    async def _replaced(self, tx: Unit, credential: str, seen: Spent, after: Spending) -> bool:
        taken = [[at.isoformat(), count] for at, count in after.taken]
        facts = (after.per_minute, after.routine_from, after.urgent_from)
        kept = await tx.budgets.replace(credential, seen, taken, *facts)
        if kept is not None:
            self._kept[credential] = kept
        return kept is not None


def _read(seen: Spent) -> Spending:
    taken = tuple((datetime.fromisoformat(at), int(count)) for at, count in json.loads(seen.taken))
    return Spending(seen.per_minute, taken, seen.routine_from, seen.urgent_from)
