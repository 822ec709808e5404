"""A real SQLite database in memory, without the thread and the greenlets that an asynchronous one costs.

Thousands of histories are run against it, and most of a small transaction's time would be spent on handing each
statement to another thread and back. :class:`InlineSession` has an asynchronous session's interface over SQLAlchemy's
own synchronous one. Everything above it, Baton's storage, is unchanged, and so are the statements and their results.

A history begins with a copy of a stored image (:meth:`MemoryDatabase.restore`), which takes microseconds. A
transaction may end with a crash, before it is committed or after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import StaticPool

from storage.database import Database
from storage.unit import Unit
from tests.support.migrated import image


class InlineConnection:
    """SQLAlchemy's asynchronous connection as far as Baton uses it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def dialect(self) -> Dialect:
        return self._connection.dialect

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return self._connection.execute(statement, values)


class InlineSession:
    """SQLAlchemy's asynchronous session as far as Baton uses it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.add, self.add_all, self.info = session.add, session.add_all, session.info
        self.expunge_all = session.expunge_all
        self.get_bind = session.get_bind

    async def connection(self, **options: Any) -> InlineConnection:
        return InlineConnection(self._session.connection(**options))

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return self._session.execute(statement, values)

    async def scalars(self, statement: Any, values: Any = None) -> Any:
        return self._session.scalars(statement, values)

    async def scalar(self, statement: Any, values: Any = None) -> Any:
        return self._session.scalar(statement, values)

    async def get(self, kind: Any, key: Any, **options: Any) -> Any:
        return self._session.get(kind, key, **options)

    async def get_one(self, kind: Any, key: Any) -> Any:
        return self._session.get_one(kind, key)

    async def merge(self, row: Any) -> Any:
        return self._session.merge(row)

    async def refresh(self, row: Any) -> None:
        self._session.refresh(row)

    async def delete(self, row: Any) -> None:
        self._session.delete(row)

    async def flush(self) -> None:
        self._session.flush()


class InlineSessions:
    """Makes them, as ``async_sessionmaker`` makes the asynchronous ones."""

    def __init__(self, engine: Engine) -> None:
        self._made = sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[InlineSession]:
        with self._made.begin() as session:
            yield InlineSession(session)

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[InlineSession]:
        with self._made() as session:
            yield InlineSession(session)


class Inline:
    """A connection and its engine, which compiles each statement once however many databases come and go."""

    def __init__(self) -> None:
        self.raw = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self.engine = create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool)
        event.listen(self.engine, "begin", lambda _connection: self.raw.execute("BEGIN"))


class MemoryDatabase(Database):
    """``point`` is called where a process may die: before each commit and after it."""

    def __init__(self, inline: Inline | None = None) -> None:
        super().__init__("sqlite+aiosqlite://")
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
        async with super().transaction() as tx:
            yield tx
            await tx.session.flush()
            self.point("before a commit")
        self.point("after a commit")

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
