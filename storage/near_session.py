"""Units of work on PostgreSQL whose marked statements (:mod:`storage.swift`) go to psycopg as they are.

There is a session of SQLAlchemy's only where objects are kept, as on SQLite (:mod:`storage.inline`). A connection is
taken from the pool, and its transaction begun, with the first statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString, cast

from psycopg import AsyncConnection, Error
from sqlalchemy import Connection as SyncConnection
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection as Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.util.concurrency import greenlet_spawn

from storage.late_session import LateSession
from storage.swift import Ready, readied, told


class NearSession(LateSession[AsyncSession]):
    """SQLAlchemy's asynchronous session as far as Baton uses it, one transaction long."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__()
        self._engine = engine
        self._connection: Connection | None = None
        self._swift: SwiftConnection | None = None

    def get_bind(self) -> Engine:
        return self._engine.sync_engine

    async def connection(self) -> SwiftConnection:
        return self._swift or await self._begun()

    def begin_nested(self) -> Any:
        return self._session.begin_nested()

    async def execute(self, statement: Any, values: Any = None) -> Any:
        return await (await self._ready()).execute(statement, values)

    async def scalars(self, statement: Any, values: Any = None) -> Any:
        return await (await self._ready()).scalars(statement, values)

    async def scalar(self, statement: Any, values: Any = None) -> Any:
        return await (await self._ready()).scalar(statement, values)

    async def get(self, kind: Any, key: Any, **options: Any) -> Any:
        return await (await self._ready()).get(kind, key, **options)

    async def get_one(self, kind: Any, key: Any) -> Any:
        return await (await self._ready()).get_one(kind, key)

    async def merge(self, row: Any) -> Any:
        return await (await self._ready()).merge(row)

    async def refresh(self, row: Any) -> None:
        await (await self._ready()).refresh(row)

    async def delete(self, row: Any) -> None:
        await (await self._ready()).delete(row)

    async def flush(self) -> None:
        if self._kept is not None:
            await (await self._ready()).flush()

    async def _ready(self) -> AsyncSession:
        if self._connection is None:
            await self._begun()
        return self._session

    def _made(self) -> AsyncSession:
        kept = AsyncSession(self._connection, expire_on_commit=False)
        kept.sync_session.info = self.info
        return kept

    async def _begun(self) -> SwiftConnection:
        begun = await greenlet_spawn(_begun, self._engine.sync_engine)
        self._connection = Connection(self._engine, sync_connection=begun)
        self._swift = SwiftConnection(self._connection)
        if self._kept is not None:
            self._kept.bind, self._kept.sync_session.bind = self._connection, begun
        return self._swift

    async def commit(self) -> None:
        await self.flush()
        if self._connection is not None:
            await self._connection.commit()

    async def close(self) -> None:
        """What was not committed is rolled back."""
        if self._kept is not None:
            await self._kept.close()
        if self._connection is not None:
            await self._connection.close()


def _begun(engine: Engine) -> SyncConnection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


class NearSessions:
    """Makes them, as ``async_sessionmaker`` makes SQLAlchemy's."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[NearSession]:
        async with self() as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator[NearSession]:
        session = NearSession(self._engine)
        try:
            yield session
        except BaseException:
            await asyncio.shield(asyncio.create_task(session.close()))
            raise
        await session.close()


class SwiftConnection:
    """SQLAlchemy's connection, with a shorter way for statements that are marked."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        sync = connection.sync_connection
        assert sync is not None
        self._sync = sync
        driver = sync.connection.driver_connection
        assert isinstance(driver, AsyncConnection)
        self._driver: AsyncConnection[Any] = driver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, statement: Any, values: Any = None) -> Any:
        ready = readied(self._sync, statement, values)
        if ready is None:
            return await self._connection.execute(statement, values)
        return ready.result(await self._carried_out(ready))

    async def rows(self, statement: Any, values: Any) -> Sequence[tuple[Any, ...]]:
        """What a marked statement finds, in order of its columns."""
        ready = readied(self._sync, statement, values)
        if ready is None:
            return (await self._connection.execute(statement, values)).all()
        return ready.rows(await self._carried_out(ready))

    async def _carried_out(self, ready: Ready) -> Sequence[tuple[Any, ...]]:
        try:
            cursor = await self._driver.execute(cast("LiteralString", ready.text.text), ready.by_name())
            found = cursor.pgresult
            return await cursor.fetchall() if found is not None and found.nfields else []
        except Error as error:
            raise told(self._sync, ready, error, Error) from error
