"""A real SQLite database in memory, which becomes a copy of another one at once.

Thousands of histories are run against it, by Baton's own sessions (:mod:`storage.inline`), without a pool.

A history begins with a copy of a stored image (:meth:`MemoryDatabase.restore`), which takes microseconds. A
transaction may end with a crash, before it is committed or after. There is one connection, so units take turns: a
statement that gives way to others half way (:func:`storage.inline.patiently`) would have them begin within its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any, cast

from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.pool import StaticPool

from storage.database import Database
from storage.inline import InlineSessions
from storage.unit import Unit
from tests.support.migrated import image

_has_it: ContextVar[MemoryDatabase | None] = ContextVar("memory_has_it", default=None)


class Inline:
    """A connection and its engine, which compiles each statement once however many databases come and go."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool)
        self.engine.dialect.do_begin = self._begin

    def _begin(self, dbapi_connection: object) -> None:
        self.raw.execute("BEGIN")


class MemoryDatabase(Database):
    """``point`` is called where a process may die: before each commit and after it."""

    def __init__(self, inline: Inline | None = None) -> None:
        super().__init__("sqlite+aiosqlite://")
        self._alone = asyncio.Lock()
        self._inline, self._lent = inline or Inline(), inline is not None
        self.raw = self._inline.raw
        self.point: Callable[[str], None] = lambda _where: None
        self._sessions = cast("async_sessionmaker[AsyncSession]", InlineSessions(self._inline.engine))

    def restore(self, image: bytes) -> None:
        """Become a copy of a stored database."""
        self.raw.deserialize(image)
        self.raw.execute("PRAGMA foreign_keys = ON")

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Unit]:
        async with self._by_itself(), super().transaction() as tx:
            yield tx
            await tx.session.flush()
            self.point("before a commit")
        self.point("after a commit")

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Unit]:
        async with self._by_itself(), super().read() as tx:
            yield tx

    @asynccontextmanager
    async def _by_itself(self) -> AsyncGenerator[None]:
        """Nobody else begins on the connection meanwhile; what is begun inside of this has it already."""
        if _has_it.get() is self:
            yield
            return
        async with self._alone:
            _has_it.set(self)
            try:
                yield
            finally:
                _has_it.set(None)

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """A look past Baton at what is stored; only between transactions."""
        return self.raw.execute(sql, parameters).fetchall()

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction past Baton; only between its own."""
        return self._inline.engine.begin()

    async def close(self) -> None:
        if not self._lent:
            self._inline.engine.dispose()
        await super().close()


_at_rest: list[Inline] = []


@asynccontextmanager
async def memory_database() -> AsyncGenerator[MemoryDatabase]:
    """One with the newest tables and nothing in them."""
    inline = _at_rest.pop() if _at_rest else Inline()
    database = MemoryDatabase(inline)
    database.restore(image())
    try:
        yield database
    finally:
        await database.close()
        _at_rest.append(inline)
