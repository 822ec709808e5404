"""Reconcile one destination under a lease.

The database is the truth and a job is a hint, so reconciling twice, or again after a crash, is always safe. What ends
a reconcile early is an answer of the other side, never a traceback: each is put into the destination's status, with a
reason that an admin can act on, and the time of the next try.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from oncall.clock import Clock
from storage.again import run_again
from storage.database import Database
from storage.repositories.destinations import LeaseLost
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import Connection
from sync.context import Context, load
from sync.core.urgency import urgency
from sync.ports import LAYERED, Account, Board, CredentialRefused, Editor, External, KindChanged, RemoteError
from sync.run import Run
from sync.steps.about import about
from sync.steps.confirm import LEASE
from sync.steps.finish import finish
from sync.steps.look_up_people import forget_departed, learn_people
from sync.steps.report import Report
from sync.steps.settle import Sleep
from sync.steps.upgrade import follow_upgrade

log = structlog.get_logger()

UNREADABLE = "The stored key can't be read any more; enter it again in /oncall connections."


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

    @run_again
    async def reconcile(self, destination_id: int) -> Report | None:
        """Bring one destination in step; None when it was removed or another worker holds it."""
        context = await self._taken(destination_id)
        if context is None:
            return None
        try:
            with urgency(context.urgent):
                return await self._reconcile(context)
        except LeaseLost:
            log.warning("lease lost", destination=destination_id)
            return None

    @run_again
    async def _taken(self, destination_id: int) -> Context | None:
        """The destination under a lease, with all that there is to know about it, in one transaction."""
        now = self.clock.now()
        async with self.database.transaction() as tx:
            fence = await tx.destinations.take_lease(destination_id, self.owner, now, LEASE)
            return await load(tx, destination_id, fence, now) if fence is not None else None

    async def _reconcile(self, context: Context) -> Report:
        run = Run(self.database, self.clock, self.sleep, context)
        failure: RemoteError | None = None
        try:
            account = self.account(context.connection)
            await learn_people(self.database, context, account)
            await self._passes(run, account)
            if await forget_departed(self.database, context, account):
                await learn_people(self.database, context, account)
                run.tally.refused.clear()
                await self._passes(run, account)
            if run.agreed and await learn_people(self.database, context, account, agreed=True):
                await self._passes(run, account)
        except RemoteError as error:
            failure = error
            log.info("refresh failed", destination=context.id, error=str(error))
        return await finish(self.database, context, run, failure, self.clock.now(), self.interval())

    async def _passes(self, run: Run, account: Editor) -> None:
        context = run.context
        try:
            await run.passes(self._board(context, account), account)
        except KindChanged:
            board = await follow_upgrade(self.database, context, account, lambda: self._board(context, account))
            await run.passes(board, account)

    def _board(self, context: Context, account: Account) -> Board:
        destination = context.destination
        if destination.made and destination.external_kind == LAYERED:
            return self.external.layer_board(account, destination.external_id)
        known = about(self.database, context)
        return self.external.board(account, destination.external_id, destination.external_kind, known)

    def interval(self) -> timedelta:
        """How long until the next refresh of something that was just refreshed."""
        return self.refresh_every * (1 - 0.1 * self.jitter())

    def account(self, connection: Connection) -> Editor:
        """The account behind a connection; raises CredentialRefused when its key can't be read."""
        try:
            key = self.secrets.open(connection.secret)
        except SecretUnreadable as error:
            raise CredentialRefused(UNREADABLE) from error
        return self.external.account(
            connection.id, subdomain=connection.subdomain, region=connection.region, key=key, system=connection.kind
        )
