"""Inserting what may be there already: another process may have been quicker."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import Base
from storage.swift import swift


async def insert_first(session: AsyncSession, kind: type[Base], row: dict[str, Any]) -> bool:
    """Add one row of a table; False when its key is taken, also by whoever was quicker a moment ago."""
    connection = await session.connection()
    statement = _told_whether_new(_table(kind), connection.dialect.name)
    return (await connection.execute(statement, row)).first() is not None


async def insert_new(session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Add these rows of a table; one whose key is taken is left alone."""
    if not rows:
        return
    connection = await session.connection()
    await connection.execute(_unless_taken(_table(kind), connection.dialect.name), list(rows))


async def insert_or_replace(session: AsyncSession, kind: type[Base], row: dict[str, Any]) -> None:
    """Add one row of a table, or have the one with its key say what it says."""
    connection = await session.connection()
    await connection.execute(_replacing(_table(kind), connection.dialect.name, tuple(row)), row)


def _table(kind: type[Base]) -> Table:
    return cast(Table, kind.__table__)


def _insert(table: Table, dialect: str) -> Any:
    return (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table)


@cache
def _unless_taken(table: Table, dialect: str) -> Executable:
    return swift(_insert(table, dialect).on_conflict_do_nothing())


@cache
def _told_whether_new(table: Table, dialect: str) -> Executable:
    return swift(_insert(table, dialect).on_conflict_do_nothing().returning(*table.primary_key.columns))


@cache
def _replacing(table: Table, dialect: str, names: tuple[str, ...]) -> Executable:
    added = _insert(table, dialect)
    keys = [column.name for column in table.primary_key.columns]
    values = {name: added.excluded[name] for name in names if name not in keys}
    return swift(added.on_conflict_do_update(index_elements=keys, set_=values))


async def insert_returning(
    session: AsyncSession, kind: type[Base], rows: Sequence[dict[str, Any]], *names: str
) -> Sequence[Any]:
    """As :func:`insert_new`; returns these columns of what was added, in no order."""
    if not rows:
        return []
    connection = await session.connection()
    statement = _told_what_is_new(_table(kind), connection.dialect.name, names)
    return (await connection.execute(statement, list(rows))).all()


@cache
def _told_what_is_new(table: Table, dialect: str, names: tuple[str, ...]) -> Executable:
    return swift(_insert(table, dialect).on_conflict_do_nothing().returning(*(table.c[name] for name in names)))
