"""Column types and the declarative base that every table shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine

from oncall.civil import at_zero, without_zone

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""What was due before there was anything."""


def where(condition: str) -> dict[str, Any]:
    """Makes an index hold only some rows; a statement that is to use it says the same in the same words."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def where_true(column: str) -> dict[str, Any]:
    """The same for rows of which something is true, as each database says that."""
    return {"sqlite_where": text(f"{column} IS 1"), "postgresql_where": text(f"{column} IS true")}


class _Written(sqlite.DATETIME):
    """As SQLite keeps it: SQLAlchemy's own format, written by the standard library in a tenth of the time."""

    def bind_processor(self, dialect: Dialect) -> Any:
        del dialect
        return _written


def _written(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat(" ", "microseconds")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Takes aware datetimes only, stores UTC, gives back UTC; SQLite and PostgreSQL behave alike."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(_Written() if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return without_zone(utc) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return at_zero(value) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()}  # noqa: RUF012
