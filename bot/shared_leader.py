"""Which of the processes on one PostgreSQL leads: whoever holds an advisory lock.

It is held by a transaction that stays open on a connection of its own and does nothing else, so that it goes with the
process, however that ends, and also behind a pooler that gives a connection to one transaction at a time, where a lock
of a whole connection would outlive its owner. Such a transaction has read nothing and holds nothing up: no vacuum, no
index.

The others try every 0.2 s. Whoever leads makes sure twice a second that it still does; one that hangs and does not is
cut off by PostgreSQL, which also asks every few seconds whether the other end of the network is there. Should two
believe for a moment that they lead, two clocks find the same to do, and jobs are kept once.
"""

from __future__ import annotations

import asyncio

import psycopg
import structlog

from bot.leader import Leader
from storage.database import Database
from storage.queued import LEADING

log = structlog.get_logger()

TRY_SECONDS = 0.2
CHECK_SECONDS = 0.5
PAUSE_SECONDS = 1.0
"""Before the database is asked again that could not be reached."""

ANSWER_SECONDS = 5.0
GONE_SOON = (
    "SELECT set_config('tcp_keepalives_idle', '5', true), set_config('tcp_keepalives_interval', '2', true),"
    " set_config('tcp_keepalives_count', '3', true)"
)
HUNG_SECONDS = 15
"""Without a word from whoever leads: its kernel answers PostgreSQL even while the process itself hangs."""


class SharedLeader(Leader):
    """Leads, or waits for its turn."""

    def __init__(self, database: Database) -> None:
        super().__init__(leads=False)
        self._database = database
        self._task: asyncio.Task[None] | None = None
        self._is_away = False

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._go_on(), name="leader")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.leads = False

    async def _go_on(self) -> None:
        while True:
            try:
                await self._campaign()
            except (psycopg.Error, TimeoutError, OSError) as error:
                if not self._is_away:  # once, however long it takes
                    reason = " ".join(str(error).split()) or type(error).__name__
                    log.warning("it is not known who leads; asking again", reason=reason)
                self._is_away = True
            finally:
                self.leads = False
            await asyncio.sleep(PAUSE_SECONDS)

    async def _campaign(self) -> None:
        """Raises what tells that the connection is lost."""
        address = self._database.libpq_address
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await psycopg.AsyncConnection.connect(
                address, autocommit=True, prepare_threshold=None, application_name="baton-leader"
            )
        async with connection:
            while True:
                await self._try(connection)
                self._is_away = False
                await asyncio.sleep(TRY_SECONDS)

    async def _try(self, connection: psycopg.AsyncConnection) -> None:
        """Returns where another one leads; raises when it is over."""
        await _asked(connection, "BEGIN")
        if not await _asked(connection, f"SELECT pg_try_advisory_xact_lock({LEADING})"):
            await _asked(connection, "ROLLBACK")
            return
        await _asked(connection, GONE_SOON)
        await _asked(connection, f"SET LOCAL idle_in_transaction_session_timeout = {HUNG_SECONDS * 1000}")
        log.info("this process leads")
        self._is_away = False
        self.leads = True
        for listener in self._gained:
            listener()
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await _asked(connection, "SELECT true")


async def _asked(connection: psycopg.AsyncConnection, question: str) -> object:
    async with asyncio.timeout(ANSWER_SECONDS):
        answer = await connection.execute(question.encode())
        row = await answer.fetchone() if answer.description else None
    return row[0] if row else None
