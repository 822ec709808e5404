"""Inserting what may be there already: another process may have been quicker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import Base


async def insert_new(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add these rows of a table; one whose key is taken is left alone."""
    if not rows:
        return
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    await connection.execute(insert(cast(Table, kind.__table__)).on_conflict_do_nothing(), list(rows))
