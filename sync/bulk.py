"""Refresh many destinations of one connection with a handful of requests.

All of them are looked at at once (:meth:`sync.ports.External.look_at_all`). A destination at rest on which the look
shows the same as the one before is done: nothing here changed since (it would be *dirty*), nothing there did, so
nothing can be different. Only its refresh is written down, for all of them in one statement. Every other one gets a
reconcile of its own, as do all of them when the account can't be read in bulk.

Looks are compared by fingerprint first. The window of a bulk look begins and ends at midnight UTC, so that the same
window is asked for all day. Where fingerprints differ (a new day, a first bulk look, a change), the two looks are
compared over the stretch that both have seen. Where shifts reach further ahead than the last look did, the destination
is not at rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from oncall.timeline import Interval
from storage.again import run_again
from storage.repositories.destinations import Resting
from storage.tables import Connection, Observation
from sync.context import LONGEST_LOOK
from sync.engine import Engine
from sync.ports import Glimpse, RemoteError, Seen
from sync.steps.finish import read, stored_policies

log = structlog.get_logger()

DAY = timedelta(days=1)
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
        wanted = set(due)
        at_rest = [one for one in resting if one.id in wanted and _reaches(one, now)]
        if connection is None or not worth_it(len(at_rest), listed):
            return due
        seen = await self._look(connection, at_rest, now)
        same = await self._same(connection_id, at_rest, seen, now)
        await self._refreshed(same, now)
        done = {one.id for one in same}
        return [destination for destination in due if destination not in done]

    async def _look(self, connection: Connection, resting: Sequence[Resting], now: datetime) -> Mapping[str, Glimpse]:
        window = whole_days(Interval(now, max(one.window_end for one in resting)))
        try:
            known = frozenset(one.fingerprint for one in resting if one.fingerprint)
            wanted = {one.external_id: one.external_name for one in resting}
            return await self.engine.external.look_at_all(self.engine.account(connection), window, known, wanted)
        except RemoteError as error:
            log.info("bulk refresh failed, looking one by one", connection=connection.id, error=str(error))
            return {}

    @run_again
    async def _same(
        self, connection_id: int, resting: Sequence[Resting], seen: Mapping[str, Glimpse], now: datetime
    ) -> Sequence[Resting]:
        """Those of ``resting`` on which nothing is different; new fingerprints of theirs are kept."""
        found = [(one, seen[one.external_id]) for one in resting if one.external_id in seen]
        other = [(one, glimpse) for one, glimpse in found if one.fingerprint != glimpse.fingerprint]
        changed: set[int] = set()
        if other:
            async with self.engine.database.transaction() as tx:
                before = await tx.journal.observations(one.id for one, _ in other)
                used = await tx.connections.policies(connection_id, [one.external_id for one, _ in other])
                changed = {
                    one.id
                    for one, glimpse in other
                    if not _alike(one, before[one.id], used.get(one.external_id), glimpse, now)
                }
                news = {one.id: glimpse.fingerprint for one, glimpse in other if one.id not in changed}
                await tx.journal.fingerprint(news)
        return [one for one, _ in found if one.id not in changed]

    @run_again
    async def _refreshed(self, same: Sequence[Resting], now: datetime) -> None:
        if same:
            async with self.engine.database.transaction() as tx:
                due = now + self.engine.interval()
                await tx.destinations.mark_refreshed([(one.id, one.fence) for one in same], now, due)


def worth_it(destinations: int, listed: int) -> bool:
    """Whether reading all schedules of the account costs fewer requests than reading these one by one."""
    return destinations > max(1, -(-listed // PAGE))


def whole_days(window: Interval) -> Interval:
    """The window from midnight to midnight UTC."""
    start = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    return Interval(start, start + DAY * -(-(window.end - start) // DAY))


def _reaches(one: Resting, now: datetime) -> bool:
    """Whether the last look reached as far as the shifts do now. Layers reach further than any look, so what they are
    to be is worked out once a day."""
    if one.window_end <= now or (one.layered_since is not None and one.layered_since <= now - DAY):
        return False
    return one.last_shift_ends is None or min(one.last_shift_ends, now + LONGEST_LOOK) <= one.window_end + DAY


def _alike(one: Resting, before: Observation, used: list[Any] | None, glimpse: Glimpse, now: datetime) -> bool:
    if glimpse.look is None:
        return False
    try:
        seen = glimpse.look()
    except RemoteError:
        return False
    except Exception:  # one answer that can't be read is looked at by itself, and doesn't end the others' refresh
        log.exception("an answer can't be read", destination=one.id)
        return False
    policies = stored_policies(seen.schedule) if used is not None else None
    return policies in (None, used) and one.external_name == seen.schedule.name and _shows_the_same(before, seen, now)


def _shows_the_same(before: Observation, seen: Seen, now: datetime) -> bool:
    both = Interval(max(now, before.window_start), min(before.window_end, seen.window.end))
    was = (read(before.effective).cut(both), read(before.pinned).cut(both))
    return was == (seen.effective.cut(both), seen.pinned.cut(both))
