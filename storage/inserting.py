"""Inserting what may be there already: another process may have been quicker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import Base


async def insert_first(session: AsyncSession, kind: type[Base], row: dict[str, Any]) -> bool:
    """Add one row of a table; False when its key is taken, also by whoever was quicker a moment ago."""
    table = cast(Table, kind.__table__)
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**row).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return (await connection.execute(statement)).first() is not None


async def insert_new(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add these rows of a table; one whose key is taken is left alone."""
    if not rows:
        return
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(insert(cast(Table, kind.__table__)).on_conflict_do_nothing(), list(rows))
