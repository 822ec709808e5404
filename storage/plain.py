"""Rows of tables as objects that no session knows: read as any other, changed by nothing.

A session looks each row up among those that it has, keeps it, and compares it when it writes: many times what reading
it costs, and of no use where a row is only looked at. :class:`Plain` carries out a statement of whole tables as one
that is marked (:mod:`storage.swift`), and makes objects of the same classes of its columns. Whoever sets an attribute
of one is told so: SQLAlchemy knows no state of it.

What the transaction itself has changed before is written first, as with SQLAlchemy's own statements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Executable, Select, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.util import AliasedClass

from storage.swift import swift

Row = TypeVar("Row")
Part = Callable[[Sequence[Any]], Any]
"""Makes one value of a row that was asked for of the columns that were read."""


class Plain:
    """A statement that is built once, of tables and single columns, in any order."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        columns: list[Any] = []
        self._parts: list[Part] = []
        for one in statement.column_descriptions:
            read, part = _taken_apart(one["expr"], len(columns))
            columns += [column.label(f"p{len(columns) + place}") for place, column in enumerate(read)]
            self._parts.append(part)
        self._statement = swift(statement.with_only_columns(*columns, maintain_column_froms=True))

    async def rows(self, session: AsyncSession, values: Mapping[str, Any]) -> list[list[Any]]:
        """What SQLAlchemy would give; what an outer join did not find is None."""
        found = await rows_of(session, self._statement, values)
        return [[part(row) for part in self._parts] for row in found]

    async def first(self, session: AsyncSession, values: Mapping[str, Any]) -> list[Any] | None:
        """The only row, or the first one; None where there is none."""
        rows = await self.rows(session, values)
        return rows[0] if rows else None


async def rows_of(session: AsyncSession, statement: Executable, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    """What a marked statement of columns finds, in their order, after what was changed before is written."""
    await session.flush()
    connection: Any = await session.connection()
    return await connection.rows(statement, values)


def with_changes(row: Row, **values: Any) -> Row:
    """Another plain object, with these attributes."""
    other = object.__new__(type(row))
    other.__dict__.update(row.__dict__, **values)
    return other


def _taken_apart(asked: Any, first: int) -> tuple[Sequence[Any], Part]:
    """The columns to be read for what was asked for, and what makes it of them; ``first`` is where they begin."""
    about = inspect(asked, raiseerr=False)
    mapper = getattr(about, "mapper", None)
    if not isinstance(mapper, Mapper) or not isinstance(asked, type | AliasedClass):
        return (asked,), lambda row: row[first]
    names = [attribute.key for attribute in mapper.column_attrs]
    key = names.index(mapper.get_property_by_column(mapper.primary_key[0]).key) + first
    return [getattr(asked, name) for name in names], _maker(mapper.class_, names, first, key)


def _maker(kind: type[Any], names: Sequence[str], first: int, key: int) -> Part:
    end = first + len(names)

    def made(row: Sequence[Any]) -> Any:
        if row[key] is None:
            return None
        one = object.__new__(kind)
        one.__dict__.update(zip(names, row[first:end], strict=True))
        return one

    return made
