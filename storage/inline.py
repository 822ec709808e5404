"""SQLite on the event loop's own thread, with the interface of SQLAlchemy's asynchronous session (ADR 34).

A statement of Baton's takes SQLite some microseconds; handing it to a thread and back takes a hundred times as long.
So it is run where it is asked for, by SQLAlchemy's synchronous session. What would hold up everything else is seen to
here:

=======================================  =======================================================================
what                                     how
=======================================  =======================================================================
another process has the file locked      SQLite says so at once; tried again after a pause, in which others work
many statements one after the other      before the next one, others have their turn
moving what was written into the file    by a thread, every now and then (:mod:`storage.checkpoints`)
=======================================  =======================================================================

One statement is never interrupted: whoever cancels a task does so between two of them, or while it waits for the file.

Migrations and the like use SQLAlchemy's asynchronous engine as on other databases; :class:`InlineDialect` lets it and
the sessions share their connections.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain, repeat
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Dialect, Engine, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool
from sqlalchemy.util.concurrency import await_, greenlet_spawn, in_greenlet

from storage.late_session import LateSession
from storage.swift import carried_out
from storage.trouble import DatabaseTrouble

PATIENCE = 15.0
"""Seconds until a file that others keep locked is trouble."""
PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds between two tries, the last one again and again."""
TURN = 0.01
"""Seconds that one task may go on without others having their turn."""
AT_ONCE = {"prebuffer_rows": True}
"""Rows are fetched with the statement: one that stays open would keep what it saw from being written over."""

WRITES = {"baton_writes": True}
"""The options of a connection whose transaction writes."""

P = ParamSpec("P")
T = TypeVar("T")


class InlineConnection:
    """SQLAlchemy's asynchronous connection as far as Baton uses it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return await patiently(self._execute, statement, values)

    async def rows(self, statement: Any, values: Any) -> Sequence[tuple[Any, ...]]:
        """What a marked statement finds, in order of its columns."""
        return await patiently(self._rows, statement, values)

    def _execute(self, statement: Any, values: Any) -> Any:
        found = carried_out(self._connection, statement, values)
        return self._connection.execute(statement, values) if found is None else found[0].result(found[1])

    def _rows(self, statement: Any, values: Any) -> Sequence[tuple[Any, ...]]:
        found = carried_out(self._connection, statement, values)
        if found is None:
            return self._connection.execute(statement, values).all()
        return found[0].rows(found[1])


class InlineSession(LateSession[Session]):
    """SQLAlchemy's asynchronous session as far as Baton uses it, one transaction long."""

    def __init__(self, sessions: InlineSessions) -> None:
        super().__init__()
        self._sessions = sessions
        self._connection: Connection | None = None
        self._inline: InlineConnection | None = None

    def get_bind(self) -> Engine:
        return self._sessions.engine

    async def connection(self, execution_options: Any = None) -> InlineConnection:
        return self._inline or await self._begun(execution_options)

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return await self._do(self._session.execute, statement, values, execution_options=AT_ONCE)

    async def scalars(self, statement: Any, values: Any = None) -> Any:
        return await self._do(self._session.scalars, statement, values, execution_options=AT_ONCE)

    async def scalar(self, statement: Any, values: Any = None) -> Any:
        return await self._do(self._session.scalar, statement, values)

    async def get(self, kind: Any, key: Any, **options: Any) -> Any:
        return await self._do(self._session.get, kind, key, **options)

    async def get_one(self, kind: Any, key: Any) -> Any:
        return await self._do(self._session.get_one, kind, key)

    async def merge(self, row: Any) -> Any:
        return await self._do(self._session.merge, row)

    async def refresh(self, row: Any) -> None:
        await self._do(self._session.refresh, row)

    async def delete(self, row: Any) -> None:
        await self._do(self._session.delete, row)

    async def flush(self) -> None:
        if self._kept is not None:
            await self._do(self._kept.flush)

    async def _do(self, work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        if self._connection is None:
            await self._begun(None)
        return await patiently(work, *arguments, **options)

    def _made(self) -> Session:
        kept = Session(self._connection, expire_on_commit=False)
        kept.info = self.info
        return kept

    async def _begun(self, options: Any) -> InlineConnection:
        self._connection = connection = await self._sessions.begun(options)
        self._inline = InlineConnection(connection)
        if self._kept is not None:
            self._kept.bind = connection
        return self._inline

    async def commit(self) -> None:
        """Raises DatabaseTrouble where SQLite has taken everything back already, as it may on a full disk; then what
        came later was written by itself."""
        await self.flush()
        if self._connection is not None:
            driver = self._connection.connection.dbapi_connection
            if isinstance(driver, sqlite3.Connection) and not driver.in_transaction:
                raise DatabaseTrouble("what was to be written together was taken back by SQLite")
            self._connection.commit()

    def close(self) -> None:
        """What was not committed is rolled back."""
        if self._kept is not None:
            self._kept.close()
        if self._connection is not None:
            self._connection.close()


class InlineSessions:
    """Makes them, as ``async_sessionmaker`` makes the asynchronous ones."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._has_connected = False

    async def begun(self, options: Any) -> Connection:
        """A connection of the pool with its transaction begun; opening the file may have to wait for it, too."""
        for pause in pauses():
            try:
                return await self._begun(options)
            except OperationalError as error:
                if not is_locked(error) or pause is None:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("unreachable")

    async def _begun(self, options: Any) -> Connection:
        """The pool is an asynchronous engine's: it waits for something the first time."""
        connection = self.engine.connect() if self._has_connected else await greenlet_spawn(self.engine.connect)
        self._has_connected = True
        try:
            if options:
                connection = connection.execution_options(**options)
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[InlineSession]:
        async with self() as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[InlineSession]:
        session = InlineSession(self)
        try:
            yield session
        finally:
            session.close()


class _Turn:
    """Whether others on this event loop had their turn lately."""

    def __init__(self) -> None:
        self._since: float | None = None

    def is_over(self) -> bool:
        loop = asyncio.get_running_loop()
        if self._since is None:
            self._since = loop.time()
            loop.call_soon(self.end)
        return loop.time() - self._since > TURN

    def end(self) -> None:
        self._since = None


turn = _Turn()


async def patiently(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Do it, again and again while another process has the file locked; before that, others have their turn.

    Raises OperationalError, SQLITE_BUSY after :data:`PATIENCE`. A reader that wants to write although others have
    written since is not made to wait: that can't end well.
    """
    if turn.is_over():
        turn.end()
        await asyncio.sleep(0)
    waits: Generator[float | None] | None = None
    while True:
        try:
            return work(*arguments, **options)
        except OperationalError as error:
            waits = waits or pauses()
            pause = next(waits)
            if not is_locked(error) or pause is None:
                raise
            await asyncio.sleep(pause)


def pauses() -> Generator[float | None]:
    """Seconds to wait after each try; None after the last one."""
    waited = 0.0
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        if waited >= PATIENCE:
            break
        yield pause
        waited += pause
    yield None


def is_locked(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_OK)
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


class _Nothing:
    """Done at once."""

    def __await__(self) -> Generator[None]:
        return
        yield


NOTHING = _Nothing()


class InlineCursor(sqlite3.Cursor):
    """Has what SQLAlchemy expects of an asynchronous one."""

    async def _async_soft_close(self) -> None:
        """Its rows may still be read, without waiting for anything."""


class InlineDriver(sqlite3.Connection):
    """Its cursors are :class:`InlineCursor`; ``writes`` says so of the transaction that comes next."""

    writes = False

    def cursor(self, *_: Any) -> InlineCursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().cursor(InlineCursor)


OPTIONS = {"timeout": 0, "check_same_thread": False, "isolation_level": None, "factory": InlineDriver}


class InlineDialect(SQLiteDialect_pysqlite):
    """Connections of the standard library's ``sqlite3``, for asynchronous engines and for sessions without one."""

    driver = "inline"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool if cls._is_url_file_db(url) else StaticPool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, **OPTIONS}

    def set_connection_execution_options(self, connection: Connection, opts: Mapping[str, Any]) -> None:
        super().set_connection_execution_options(connection, opts)
        driver = connection.connection.dbapi_connection
        if isinstance(driver, InlineDriver) and opts.keys() >= WRITES.keys():
            driver.writes = True

    def do_begin(self, dbapi_connection: Any) -> None:
        """Here and not where SQLAlchemy tells of a beginning: an engine that tells of one thing asks at each statement
        who listens to what."""
        driver = dbapi_connection.dbapi_connection
        begin = "BEGIN IMMEDIATE" if driver.writes else "BEGIN"
        driver.writes = False
        driver.execute(begin)

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if in_greenlet():  # an asynchronous statement, of which SQLAlchemy insists that it waits for something
            await_(NOTHING)
        cursor.execute(statement, parameters)

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
