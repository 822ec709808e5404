"""Reconcile one destination: settle → look → merge → plan → execute → look again.

A pass looks at the external schedule once and asks the merge what is different. Nothing: the pass is the last one, and
it cost a single request. Something: the items are listed, a plan is made and carried out, and the next pass checks
that it took. The database is the truth and a job is a hint, so running this twice, or again after a crash, is always
safe.

What ends a reconcile early is an answer of the other side, never a traceback: each is put into the destination's
status, with a reason that an admin can act on and the time of the next try.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from oncall.clock import Clock
from oncall.timeline import Segment, Timeline
from storage.database import Database
from storage.repositories.destinations import LeaseLost
from storage.repositories.journal import OpState
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import Observation
from storage.unit import Unit
from sync.confirm import fenced
from sync.context import LAG, Context, load
from sync.directory import learn_people
from sync.execute import Executor, Tally
from sync.merge import confirmed_base
from sync.model import Kind, Mode, Plan
from sync.observe import Verdict, judge, needs_listing, owned, plan_for, shown
from sync.ports import (
    Account,
    Board,
    CredentialRefused,
    External,
    Listed,
    OutcomeUnknown,
    RemoteError,
    Unavailable,
)
from sync.report import Report, describe
from sync.settle import REMEMBER_LOST, Settler, Sleep, adopt

log = structlog.get_logger()

UNREADABLE = "The stored key can't be read any more; enter it again in /oncall connections."
PASSES = 4
LEASE = timedelta(seconds=60)
SOON = timedelta(seconds=20)
"""How soon a refresh that did not come through is tried again, at the earliest."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Reconciles destinations; ``owner`` names this worker.

    ``refresh_every`` is the longest time between two refreshes. ``jitter`` gives a number from 0 to 1 by which a
    refresh comes up to a tenth earlier, so that destinations don't all come at once.
    """

    database: Database
    secrets: SecretBox
    external: External
    clock: Clock
    owner: str
    refresh_every: timedelta
    sleep: Sleep = asyncio.sleep
    jitter: Callable[[], float] = lambda: 0.0

    async def reconcile(self, destination_id: int) -> Report | None:
        """Bring one destination in step; None when it was removed or another worker holds it."""
        now = self.clock.now()
        async with self.database.transaction() as tx:
            fence = await tx.destinations.take_lease(destination_id, self.owner, now, LEASE)
        context = await load(self.database, destination_id, fence, now) if fence is not None else None
        if context is None:
            return None
        try:
            return await _Run(self, context).go()
        except LeaseLost:
            log.warning("lease lost", destination=destination_id)
            return None


@dataclass(slots=True)
class _Run:
    """One reconcile of one destination."""

    engine: Engine
    context: Context
    tally: Tally = field(default_factory=Tally)
    verdict: Verdict | None = None
    found: Verdict | None = None

    async def go(self) -> Report:
        failure: RemoteError | None = None
        try:
            account = self._account()
            board = self.engine.external.board(
                account, self.context.destination.external_id, self.context.destination.external_kind
            )
            await learn_people(self.engine.database, self.context, account)
            await self._passes(board)
        except RemoteError as error:
            failure = error
            log.info("refresh failed", destination=self.context.id, error=str(error))
        return await self._finish(failure)

    def _account(self) -> Account:
        connection = self.context.connection
        try:
            key = self.engine.secrets.open(connection.secret)
        except SecretUnreadable as error:
            raise CredentialRefused(
                "The stored key can't be read any more; enter it again in /oncall connections."
            ) from error
        return self.engine.external.account(
            connection.id, subdomain=connection.subdomain, region=connection.region, key=key
        )

    async def _passes(self, board: Board) -> None:
        settler = Settler(self.engine.database, self.engine.clock, self.engine.sleep, self.context, board)
        if self.context.in_flight:
            await settler.run(self.tally)
        for _ in range(PASSES):
            if not await self._pass(board, settler):
                return

    async def _pass(self, board: Board, settler: Settler) -> bool:
        """One look and what follows from it; whether another pass should check the result."""
        verdict = await self._look(board)
        if self.context.destination.paused or not needs_listing(verdict, self.context):
            return False
        listed = await self._list(board)
        plan = plan_for(verdict, self.context, owned(self.context, listed))
        if not plan or self.context.mode is Mode.MANUAL_EXPORT:
            return False
        executor = Executor(self.engine.database, self.engine.clock, self.context, board, self.tally)
        refused = len(self.tally.refused)
        try:
            await executor.run(plan, plan_digest(plan))
        except OutcomeUnknown:
            await settler.run(self.tally)
        return len(self.tally.refused) == refused

    async def _look(self, board: Board) -> Verdict:
        self.context.now = self.engine.clock.now()
        seen = await board.look(self.context.window())
        visible = shown(self.context.unshown, seen, self.context.local())
        if visible:
            async with fenced(self.engine.database, self.context, self.context.now) as tx:
                await tx.journal.mark_shown(visible, self.context.now)
            self.context.unshown = [op for op in self.context.unshown if op.id not in visible]
        self.verdict = judge(self.context, seen)
        self.found = self.found or self.verdict
        return self.verdict

    async def _list(self, board: Board) -> Sequence[Listed]:
        """The items there, after the ledger has learned from them: late arrivals are ours, what is missing is gone."""
        context, database = self.context, self.engine.database
        listed = await board.items(context.window())
        async with database.read() as tx:
            lost = await tx.journal.ops(context.id, [OpState.LOST], since=context.now - REMEMBER_LOST)
        if lost:
            await adopt(database, context, lost, listed, context.now)
        there = {item.id for item in listed}
        recent = {op.remote_id for op in context.unshown}
        gone = [i for i in context.mine if i.remote_id not in there and i.remote_id not in recent]
        if gone:
            async with fenced(database, context, context.now) as tx:
                ids = [item.remote_id for item in gone]
                await tx.journal.mark_removed(context.connection.id, context.destination.external_id, ids, context.now)
            for item in gone:
                item.removed_at = context.now
        return listed

    async def _finish(self, failure: RemoteError | None) -> Report:
        context, now = self.context, self.engine.clock.now()
        report = describe(context, self.found, self.verdict, self.tally, failure, now)
        async with fenced(self.engine.database, context, now) as tx:
            destination = await tx.destinations.get(context.id)
            if destination is not None:
                destination.status, destination.status_reason = report.status, report.reason
                destination.dirty = max(0, destination.dirty - context.destination.dirty)
                destination.refresh_due_at = now + self._pause(failure)
                if self.verdict is not None and failure is None:
                    destination.refreshed_at = now
                    destination.external_name = self.verdict.seen.schedule.name
                    destination.external_url = self.verdict.seen.schedule.url
                    await self._remember(tx, self.verdict, now)
                await self._connection_state(tx, failure, now)
            await tx.destinations.release(context.id, context.fence)
        return report

    async def _remember(self, tx: Unit, verdict: Verdict, now: datetime) -> None:
        """Store what was seen and what is confirmed; unchanged rows are not written."""
        context = self.context
        ours = Timeline.union(Segment(i.starts_at, i.ends_at, (i.user,)) for i in context.mine)
        base = confirmed_base(verdict.cells, ours)
        await tx.journal.set_base(context.id, base)
        effective = [[s.start.isoformat(), s.end.isoformat(), list(s.users)] for s in verdict.seen.effective.segments]
        await tx.journal.observe(
            Observation(
                destination_id=context.id,
                observed_at=now,
                window_start=verdict.seen.window.start,
                window_end=verdict.seen.window.end,
                digest=hashlib.sha256(repr(effective).encode()).hexdigest(),
                effective=effective,
            )
        )

    async def _connection_state(self, tx: Unit, failure: RemoteError | None, now: datetime) -> None:
        connection = await tx.connections.get(self.context.connection.id)
        if connection is None or (failure is not None and not isinstance(failure, CredentialRefused)):
            return
        state, reason = ("error", str(failure)) if failure else ("ok", "")
        if (connection.state, connection.state_reason) != (state, reason):
            connection.state, connection.state_reason, connection.checked_at = state, reason, now

    def _pause(self, failure: RemoteError | None) -> timedelta:
        """How long until the next refresh: the interval, sooner after a hitch or while a write has yet to show."""
        every = self.engine.refresh_every
        if isinstance(failure, Unavailable):
            return min(every, max(SOON, timedelta(seconds=failure.retry_after or 0)))
        if self.verdict is not None and any(cell.kind is Kind.SETTLING for cell in self.verdict.cells):
            return min(every, LAG)
        return every * (1 - 0.1 * self.engine.jitter())


def plan_digest(plan: Plan) -> str:
    """Names a plan by its content."""
    return hashlib.sha256(repr(plan.ops).encode()).hexdigest()
