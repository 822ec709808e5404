"""PostgreSQL in few round trips, and mostly without a turn of the event loop for each.

==============================  ===============================================================================
what SQLAlchemy and psycopg do  here
==============================  ===============================================================================
a ping before each unit         only of a connection that has rested, or on whose socket something has arrived: a
                                server or pooler that closes a connection says so
BEGIN and ROLLBACK round reads  none: with READ COMMITTED each statement sees its own moment, in a transaction too
the event loop wakes the task   an answer that comes within a millisecond, as from a server nearby most do, is waited
                                for on the spot; where they come later, or others had no turn for 10 ms, as ever
==============================  ===============================================================================

Connections are therefore in autocommit mode, and whatever is to be a transaction begins with ``BEGIN``.

A statement of many tables is planned for longer than it is carried out. What comes for the second time is therefore
prepared, and PostgreSQL keeps its plan after five times more. Units take the first connection that is free, in the
order in which they were made, so that few of them have to learn the statements (ADR 43).

One connection more tells whether anything was committed (:class:`Snapshots`), for :mod:`storage.remembered`.
"""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Generator, Hashable
from heapq import heappop, heappush
from itertools import count
from typing import Any

from psycopg import AsyncConnection, Error, waiting
from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry
from sqlalchemy.util.concurrency import await_
from sqlalchemy.util.queue import AsyncAdaptedQueue

from storage.inline import turn

PREPARED_AFTER, MOST_PREPARED = 1, 250
"""A statement that comes for the second time on a connection is prepared, and so many of them stay so."""
RESTED_SECONDS = 5.0
"""After which a connection is asked whether it is still one."""
ANSWER_SECONDS = 2.0
MOST_CHANGES, REST_SECONDS = 30, 1.0
AT_ONCE_MS = 1
MISSES, SKIPPED = 4, 32
"""After so many answers in a row that came later, so many are waited for by the event loop."""
_CHECKED_IN, _NUMBER = "baton_checked_in", "baton_number"


def engine_of(url: URL, *, size: int, prepares: bool) -> AsyncEngine:
    """``prepares``: a statement that comes again and again is prepared, which a pooler may not stand."""
    options: dict[str, Any] = {"autocommit": True, "async_creator_fn": _connected}
    options["prepare_threshold"] = PREPARED_AFTER if prepares else None
    engine = create_async_engine(url, poolclass=EldestFirst, pool_size=size, max_overflow=-1, connect_args=options)
    event.listen(engine.sync_engine, "begin", _begin)
    event.listen(engine.sync_engine, "checkin", _note)
    event.listen(engine.sync_engine, "checkout", _check)
    return engine


async def _connected(*arguments: Any, **options: Any) -> NearConnection:
    """Whoever is cancelled meanwhile leaves none behind: psycopg would keep it open until it is collected."""
    connecting = asyncio.ensure_future(NearConnection.connect(*arguments, **options))
    try:
        connection = await asyncio.shield(connecting)
    except asyncio.CancelledError:
        connecting.add_done_callback(_close)
        raise
    connection.prepared_max = MOST_PREPARED
    return connection


def _close(connecting: asyncio.Future[NearConnection]) -> None:
    if not connecting.cancelled() and connecting.exception() is None:
        connecting.result().pgconn.finish()


class _ByAge(asyncio.Queue[ConnectionPoolEntry]):
    """What is free, in the order in which it was first given back."""

    def _init(self, maxsize: int) -> None:
        del maxsize
        self._numbers = count()
        self._free: list[tuple[int, ConnectionPoolEntry]] = []

    def _put(self, item: ConnectionPoolEntry) -> None:
        number = item.info.setdefault(_NUMBER, next(self._numbers))
        heappush(self._free, (number, item))

    def _get(self) -> ConnectionPoolEntry:
        return heappop(self._free)[1]

    def qsize(self) -> int:
        return len(self._free)

    def empty(self) -> bool:
        return not self._free


class _Free(AsyncAdaptedQueue[ConnectionPoolEntry]):
    def __init__(self, maxsize: int = 0, use_lifo: bool = False) -> None:
        super().__init__(maxsize, use_lifo)
        self._by_age: _ByAge | None = None

    @property
    def _queue(self) -> _ByAge:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Made with the first use, by the event loop that it is for."""
        self._by_age = self._by_age or _ByAge(self.maxsize)
        return self._by_age


class EldestFirst(AsyncAdaptedQueuePool):
    """Gives the connection that was made first, of those that are free."""

    _queue_class = _Free


class NearConnection(AsyncConnection[Any]):
    """Waits on the spot for what comes at once."""

    _late = 0
    _poll: select.poll | None = None

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if self._is_for_the_loop():
            return await super().wait(gen, interval, timeout)
        try:
            wanted = next(gen)
            while wanted == waiting.WAIT_R and self._has_answer(AT_ONCE_MS):
                wanted = gen.send(waiting.READY_R)
        except StopIteration as done:
            return done.value
        self._late += 1
        return await super().wait(_rest(gen, wanted), interval, timeout)

    def _is_for_the_loop(self) -> bool:
        if turn.is_over():
            turn.end()
            return True
        if self._late > MISSES:
            self._late = self._late + 1 if self._late < MISSES + SKIPPED else 0
            return True
        return False

    def has_something(self) -> bool:
        """Whether anything has arrived that was not asked for, such as the word that it is over."""
        return self._has_answer(0)

    def _has_answer(self, milliseconds: int) -> bool:
        if self._poll is None:
            self._poll = select.poll()
            self._poll.register(self.pgconn.socket, select.POLLIN)
        found = bool(self._poll.poll(milliseconds))
        if found:
            self._late = 0
        return found


def _rest(gen: Any, wanted: Any) -> Generator[Any, Any, Any]:
    """What is left of a generator that waits for something."""
    try:
        while True:
            wanted = gen.send((yield wanted))
    except StopIteration as done:
        return done.value


class Snapshots:
    """Whether anything was committed on a server, told by which transactions are over.

    A snapshot names the transactions that are under way and the number that the next one to end is at least below
    (https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT). Only what writes has a
    number, and it is over when others see what it wrote. So while two snapshots are the same, so is what can be read.
    Another server, as after a fail-over, may count on from an older number; it was started at another time.

    Where there is another one each time, somebody writes all the time, perhaps to another database of the server; then
    nothing can be kept for long, and for a while nobody asks.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._asking = asyncio.Lock()
        self._connection: NearConnection | None = None
        self._last: Hashable = None
        self._changes = 0
        self._rests_until = 0.0

    async def now(self) -> Hashable | None:
        """None also where the database can't be asked."""
        if time.monotonic() < self._rests_until:
            return None
        async with self._asking:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    found = await self._asked()
            except (Error, OSError, TimeoutError):
                self._rests_until = time.monotonic() + REST_SECONDS
                await self._close()
                return None
        self._changes = 0 if found == self._last else self._changes + 1
        self._last = found
        if self._changes > MOST_CHANGES:
            self._changes, self._rests_until = 0, time.monotonic() + REST_SECONDS
        return found

    async def close(self) -> None:
        async with self._asking:
            await self._close()

    async def _asked(self) -> Hashable:
        if self._connection is None:
            self._connection = await NearConnection.connect(self._address, autocommit=True, prepare_threshold=None)
        answer = await self._connection.execute("SELECT pg_current_snapshot(), pg_postmaster_start_time()")
        return await answer.fetchone()

    async def _close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.close()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("baton_reads"):
        driver = connection.connection.driver_connection
        assert isinstance(driver, AsyncConnection)
        await_(driver.execute("BEGIN", prepare=False))


def _note(_driver: Any, record: Any) -> None:
    record.info[_CHECKED_IN] = time.monotonic()


def _check(driver: Any, record: Any, _fairy: Any) -> None:
    """Raises InvalidatePoolError for one that is gone; then all that are as old are made anew."""
    since = record.info.get(_CHECKED_IN)
    if since is None:
        return
    connection = record.driver_connection
    if time.monotonic() - since < RESTED_SECONDS and not connection.closed and not connection.has_something():
        return
    try:
        await_(connection.execute(""))
    except Error as error:
        raise InvalidatePoolError from error
