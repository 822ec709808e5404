"""Refresh many destinations of one connection with a handful of requests.

All of them are looked at at once (:meth:`sync.ports.External.look_at_all`). A destination at rest on which the look
shows the same as the one before is done: nothing here changed since (it would be *dirty*), nothing there did, so
nothing can be different. Only its refresh is written down, for all of them in one statement. Every other one gets a
reconcile of its own, as do all of them when the account can't be read in bulk.

Time passes between two looks. What is compared is the stretch that both have seen; where shifts reach further ahead
than the last look did, the destination is not at rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from oncall.timeline import Interval
from storage.database import Database
from storage.repositories.destinations import Resting
from storage.tables import Connection
from sync.context import LONGEST_LOOK
from sync.engine import Engine
from sync.finish import read
from sync.ports import RemoteError, Seen

log = structlog.get_logger()

MARGIN = timedelta(days=1)
PAGE = 100


@dataclass(frozen=True, slots=True)
class BulkRefresh:
    """Refreshes whatever is due on one connection."""

    engine: Engine

    async def run(self, connection_id: int) -> Sequence[int]:
        """Refresh what can be refreshed in bulk; returns the destinations that need a reconcile of their own."""
        now = self.engine.clock.now()
        async with self.engine.database.read() as tx:
            connection = await tx.connections.get(connection_id)
            due = await tx.destinations.due_on(connection_id, now)
            resting = await tx.destinations.resting(connection_id, now)
            listed = await tx.connections.count_schedules(connection_id)
        at_rest = [one for one in resting if one.id in set(due) and _reaches(one, now)]
        if connection is None or not worth_it(len(at_rest), listed):
            return due
        seen = await self._look(connection, at_rest, now)
        same = [one for one in at_rest if _shows_the_same(one, seen.get(one.external_id), now)]
        await _refreshed(self.engine.database, same, now, self.engine.interval())
        done = {one.id for one in same}
        return [destination for destination in due if destination not in done]

    async def _look(self, connection: Connection, resting: Sequence[Resting], now: datetime) -> Mapping[str, Seen]:
        window = Interval(now, max(one.window_end for one in resting))
        try:
            return await self.engine.external.look_at_all(self.engine.account(connection), window)
        except RemoteError as error:
            log.info("bulk refresh failed, looking one by one", connection=connection.id, error=str(error))
            return {}


def worth_it(destinations: int, listed: int) -> bool:
    """Whether reading all schedules of the account costs fewer requests than reading these one by one."""
    return destinations > max(1, -(-listed // PAGE))


def _reaches(one: Resting, now: datetime) -> bool:
    """Whether the last look reached as far as the shifts do now."""
    if one.window_end <= now:
        return False
    return one.last_shift_ends is None or min(one.last_shift_ends, now + LONGEST_LOOK) <= one.window_end + MARGIN


def _shows_the_same(one: Resting, seen: Seen | None, now: datetime) -> bool:
    if seen is None or one.external_name != seen.schedule.name:
        return False
    both = Interval(max(now, one.window_start), min(one.window_end, seen.window.end))
    return (read(one.effective).cut(both), read(one.pinned).cut(both)) == (
        seen.effective.cut(both),
        seen.pinned.cut(both),
    )


async def _refreshed(database: Database, same: Sequence[Resting], now: datetime, every: timedelta) -> None:
    if same:
        async with database.transaction() as tx:
            await tx.destinations.mark_refreshed([(one.id, one.fence) for one in same], now, now + every)
