"""SQLite on the event loop's own thread, behind SQLAlchemy's asynchronous interface (ADR 34).

A statement of Baton's takes SQLite some microseconds; handing it to a thread and back takes a hundred times as long.
So it is run where it is asked for. What would hold up everything else is seen to here:

=======================================  =======================================================================
what                                     how
=======================================  =======================================================================
another process has the file locked      SQLite says so at once; tried again after a pause, in which others work
many statements one after the other      before the next one, others have their turn
moving what was written into the file    by a thread, every now and then (:mod:`storage.checkpoints`)
=======================================  =======================================================================

One statement is never interrupted: whoever cancels a task does so between two of them, or while it waits for the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator
from typing import Any

from sqlalchemy import URL, Pool
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool, StaticPool
from sqlalchemy.util.concurrency import await_

PATIENCE = 15.0
"""Seconds until a file that others keep locked is trouble."""
PAUSES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
"""Seconds between two tries, the last one again and again."""
TURN = 0.01
"""Seconds that one task may go on without others having their turn."""


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


class InlineConnection(sqlite3.Connection):
    """Its cursors are :class:`InlineCursor`."""

    def cursor(self, *_: Any) -> InlineCursor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return super().cursor(InlineCursor)


OPTIONS = {"timeout": 0, "check_same_thread": False, "isolation_level": None, "factory": InlineConnection}


class InlineDialect(SQLiteDialect_pysqlite):
    """Connections of the standard library's ``sqlite3``, used from one event loop."""

    driver = "inline"
    is_async = True
    has_terminate = True
    supports_statement_cache = True

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._since: float | None = None

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool if cls._is_url_file_db(url) else StaticPool

    def create_connect_args(self, url: URL) -> Any:
        arguments, options = super().create_connect_args(url)
        return arguments, {**options, **OPTIONS}

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self._give_way()
        patiently(lambda: cursor.execute(statement, parameters))

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        self._give_way()
        patiently(lambda: cursor.execute(statement))

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        self._give_way()
        patiently(lambda: cursor.executemany(statement, parameters))

    def do_commit(self, dbapi_connection: Any) -> None:
        patiently(dbapi_connection.commit)

    def do_terminate(self, dbapi_connection: Any) -> None:
        dbapi_connection.close()

    def _give_way(self) -> None:
        """Let others have their turn when nobody but this task had one for a while."""
        loop = asyncio.get_running_loop()
        if self._since is None:
            self._since = loop.time()
            loop.call_soon(self._moved_on)
        elif loop.time() - self._since > TURN:
            await_(asyncio.sleep(0))
            self._moved_on()
            return
        await_(NOTHING)  # SQLAlchemy insists that an asynchronous statement waits for something

    def _moved_on(self) -> None:
        self._since = None


def patiently(work: Callable[[], object]) -> None:
    """Do it, again and again while another process has the file locked.

    Raises sqlite3.OperationalError, SQLITE_BUSY after :data:`PATIENCE`. A reader that wants to write although others
    have written since is not made to wait: that can't end well.
    """
    waited, tries = 0.0, 0
    while True:
        try:
            work()
        except sqlite3.OperationalError as error:
            if not _is_locked(error) or waited >= PATIENCE:
                raise
        else:
            return
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        await_(asyncio.sleep(pause))
        waited, tries = waited + pause, tries + 1


def _is_locked(error: sqlite3.Error) -> bool:
    code = error.sqlite_errorcode
    return code & 0xFF == sqlite3.SQLITE_BUSY and code != sqlite3.SQLITE_BUSY_SNAPSHOT


registry.register("sqlite.inline", __name__, InlineDialect.__name__)
