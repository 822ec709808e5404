"""One database, two kinds of unit of work.

``async with database.transaction() as tx`` writes: everything in it commits together, or nothing does.
``async with database.read() as tx`` only reads. Nothing that waits for Slack or for an external system belongs inside
either of them.

SQLite takes one writer at a time. A write transaction therefore begins with ``BEGIN IMMEDIATE`` (a reader that turns
into a writer half way would fail), behind a lock of this process so that waiting writers queue up in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine

from storage import migrations
from storage.unit import Unit

WRITES = {"baton_writes": True}


class Database:
    """The engine and its sessions; ``url`` is ``sqlite+aiosqlite:///…`` or ``postgresql+psycopg://…``."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(url, sqlite=self.is_sqlite)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._writing = asyncio.Lock()
        self._listeners: list[Callable[[Unit], None]] = []

    def on_commit(self, listener: Callable[[Unit], None]) -> None:
        """Have ``listener`` hear of every write transaction of this process once it is committed."""
        self._listeners.append(listener)

    @property
    def file(self) -> Path | None:
        """Where an SQLite database is kept; None for other databases and for one in memory."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Unit]:
        async with AsyncExitStack() as stack:
            if self.is_sqlite:
                await stack.enter_async_context(self._writing)
            session = await stack.enter_async_context(self._sessions.begin())
            await session.connection(execution_options=WRITES)
            unit = Unit(session)
            yield unit
        for listener in self._listeners:
            listener(unit)

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Unit]:
        async with self._sessions() as session:
            yield Unit(session)

    async def migrate(self) -> None:
        """Bring the tables to the newest revision."""
        async with self.engine.begin() as connection:
            await connection.run_sync(migrations.upgrade)

    async def revision(self) -> tuple[str | None, str | None]:
        """The revision the database is at, and the newest there is."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(migrations.current), migrations.head()

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: str, *, sqlite: bool) -> AsyncEngine:
    if not sqlite:
        return create_async_engine(url, pool_pre_ping=True)
    engine = create_async_engine(url, connect_args={"timeout": 15})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("baton_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
