"""Sessions on PostgreSQL whose marked statements (:mod:`storage.swift`) go to psycopg as they are."""

from __future__ import annotations

from typing import Any, LiteralString, cast

from psycopg import AsyncConnection, Error
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection as Connection
from sqlalchemy.ext.asyncio import AsyncSession

from storage.swift import Ready, readied


class NearSession(AsyncSession):
    """As SQLAlchemy's; one transaction long, as every unit of work is."""

    _own: SwiftConnection | None = None

    async def connection(self, bind_arguments: Any = None, execution_options: Any = None, **more: Any) -> Any:
        if bind_arguments or execution_options or more:
            return await super().connection(bind_arguments, execution_options, **more)
        if self._own is None or self._own.is_over:
            self._own = SwiftConnection(await super().connection())
        return self._own


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

    @property
    def is_over(self) -> bool:
        """Whether its transaction has ended, so that the next statement belongs to another."""
        return self._sync.closed or not self._sync.in_transaction()

    async def execute(self, statement: Any, values: Any = None) -> Any:
        ready = readied(self._sync, statement, values)
        if ready is None:
            return await self._connection.execute(statement, values)
        try:
            cursor = await self._driver.execute(cast("LiteralString", ready.text.text), ready.by_name())
            rows = await cursor.fetchall() if cursor.description else []
        except Error as error:
            raise self._told(ready, error) from error
        return ready.result(rows)

    def _told(self, ready: Ready, error: Error) -> Exception:
        """As SQLAlchemy tells of it."""
        dialect = self._sync.dialect
        is_gone = dialect.is_disconnect(cast(Any, error), self._sync.connection.dbapi_connection, None)
        told = DBAPIError.instance(ready.text.text, None, error, Error, connection_invalidated=is_gone, dialect=dialect)
        assert isinstance(told, Exception)
        return told
