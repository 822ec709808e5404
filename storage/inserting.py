"""Inserting what may be there already: another process may have been quicker."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import Base


async def insert_first(session: AsyncSession, kind: type[Base], row: dict[str, Any]) -> bool:
    """Add one row of a table; False when its key is taken, also by whoever was quicker a moment ago."""
    table = cast(Table, kind.__table__)
    connection = await session.connection()
    statement = _unless_taken(table, connection.dialect.name).returning(*table.primary_key.columns)
    return (await connection.execute(statement, row)).first() is not None


async def insert_new(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add these rows of a table; one whose key is taken is left alone."""
    if not rows:
        return
    connection = await session.connection()
    await connection.execute(_unless_taken(cast(Table, kind.__table__), connection.dialect.name), list(rows))


async def insert_or_replace(session: AsyncSession, kind: type[Base], row: dict[str, Any]) -> None:
    """Add one row of a table, or have the one with its key say what it says."""
    connection = await session.connection()
    await connection.execute(_replacing(cast(Table, kind.__table__), connection.dialect.name, tuple(row)), row)


@cache
def _replacing(table: Table, dialect: str, names: tuple[str, ...]) -> Insert:
    added = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)
    keys = [column.name for column in table.primary_key.columns]
    return added.on_conflict_do_update(
        index_elements=keys, set_={name: added.excluded[name] for name in names if name not in keys}
    )


@cache
def _unless_taken(table: Table, dialect: str, returned: tuple[str, ...] = ()) -> Any:
    """Built once: putting a statement together takes longer than carrying it out."""
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    added = insert(table).on_conflict_do_nothing()
    return added.returning(*(table.c[name] for name in returned)) if returned else added


async def insert_returning(
    session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]], *names: str
) -> Sequence[Any]:
    """As :func:`insert_new`; returns these columns of what was added, in no order."""
    if not rows:
        return []
    connection = await session.connection()
    statement = _unless_taken(cast(Table, kind.__table__), connection.dialect.name, names)
    return (await connection.execute(statement, list(rows))).all()
