"""A real SQLite database in memory, without the thread that aiosqlite keeps per connection.

Thousands of histories are run against it, and most of a small transaction's time would be spent on handing each
statement to another thread and back. :class:`Inline` speaks aiosqlite's asynchronous interface and calls the
``sqlite3`` module at once. Everything above it, SQLAlchemy and Baton's own storage, is unchanged.

A history begins with a copy of a stored image (:meth:`MemoryDatabase.restore`), which takes microseconds. A
transaction may end with a crash, before it is committed or after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.pool import StaticPool

from storage.database import Database
from storage.unit import Unit


class InlineCursor:
    """aiosqlite's cursor as far as SQLAlchemy uses it."""

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor
        self.arraysize = 1

    async def __aenter__(self) -> InlineCursor:
        return self

    @property
    def description(self) -> Any:
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    async def execute(self, sql: str, parameters: Any = ()) -> InlineCursor:
        self._cursor.execute(sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Any) -> InlineCursor:
        self._cursor.executemany(sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def close(self) -> None:
        self._cursor.close()


class Inline:
    """aiosqlite's connection as far as SQLAlchemy uses it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> InlineCursor:
        return InlineCursor(self._connection.cursor())

    async def create_function(self, *args: Any, **options: Any) -> None:
        self._connection.create_function(*args, **options)

    async def commit(self) -> None:
        self._connection.commit()

    async def rollback(self) -> None:
        self._connection.rollback()

    async def close(self) -> None:
        self._connection.close()

    def stop(self) -> None:
        self._connection.close()


class MemoryDatabase(Database):
    """``point`` is called where a process may die: before each commit and after it."""

    def __init__(self) -> None:
        super().__init__("sqlite+aiosqlite://")
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.point: Callable[[str], None] = lambda _where: None
        self.engine = create_async_engine("sqlite+aiosqlite://", async_creator=self._connect, poolclass=StaticPool)
        event.listen(self.engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    async def _connect(self) -> Inline:
        self.raw.execute("PRAGMA foreign_keys = ON")
        return Inline(self.raw)

    def restore(self, image: bytes) -> None:
        """Become a copy of a stored database."""
        self.raw.deserialize(image)
        self.raw.execute("PRAGMA foreign_keys = ON")

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Unit]:
        async with super().transaction() as tx:
            yield tx
            await tx.session.flush()
            self.point("before a commit")
        self.point("after a commit")

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """A look past Baton at what is stored; only between transactions."""
        return self.raw.execute(sql, parameters).fetchall()
