"""A database filled as a company of some size fills it, by statements that make their own rows: for looks at plans.

Nothing in it is meant to be looked at by people. Schedules come twenty to a workspace, with two roles, three members,
a rotation, a destination, ten shifts to each role (half of them over) and what the journal and the outbox keep of
them. One in two hundred of whatever the clock looks for is due at :data:`NOW`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    case,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy import cast as sql_cast

from storage.columns import Base

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PER_WORKSPACE = 20
PEOPLE = 10
DUE_ONE_IN = 200
MOST = 40
"""The most rows of one table for each schedule."""

_NUMBER = Table("number", MetaData(), Column("i", Integer, primary_key=True), prefixes=["TEMPORARY"])
I = _NUMBER.c.i - 1  # noqa: E741 - the row's number, from nought
Row = dict[str, Any]


class Filling:
    """Fills tables on one connection, for so many schedules."""

    def __init__(self, connection: Connection, schedules: int, release: str) -> None:
        self._connection = connection
        self._on_postgresql = connection.dialect.name == "postgresql"
        self.schedules = schedules
        self.workspaces = -(-schedules // PER_WORKSPACE)
        self._release = release

    def fill(self, steps: Iterable[Callable[[Filling], None]]) -> None:
        """Everything; the counters of ids are set behind it, and statistics are made."""
        self._count_up()
        for each in steps:
            each(self)
        self._connection.execute(text("DROP TABLE number"))
        for table in Base.metadata.sorted_tables:
            self._number_on(table)
        if self._on_postgresql:  # SQLite has none of Baton's either
            self._connection.execute(text("ANALYZE"))

    def _count_up(self) -> None:
        _NUMBER.create(self._connection)
        most = self.schedules * MOST
        series = (
            f"SELECT generate_series(1, {most})"
            if self._on_postgresql
            else f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) SELECT i FROM n"  # noqa: S608
        )
        self._connection.execute(text(f"INSERT INTO number {series}"))
        if self._on_postgresql:
            self._connection.execute(text("ANALYZE number"))

    def at(self, hours: ColumnElement[int] | int) -> ColumnElement[Any]:
        """An instant so many hours after :data:`NOW`."""
        if self._on_postgresql:
            passed = func.make_interval(0, 0, 0, 0, sql_cast(hours, Integer))
            return literal(NOW, DateTime(timezone=True)).op("+")(passed)
        return func.strftime("%Y-%m-%d %H:%M:%S.000000", f"{NOW:%Y-%m-%d %H:%M:%S}", func.printf("%+d hours", hours))

    def due(self, in_hours: int = 168) -> ColumnElement[Any]:
        """An instant that has come for one in :data:`DUE_ONE_IN`, and comes within so many hours for the others."""
        return self.at(case((I % DUE_ONE_IN == 7, -1), else_=1 + I % in_hours))

    def put(self, kind: type[Base], count: int, values: Row) -> None:
        """``count`` rows; what is not said has its default."""
        table = cast(Table, kind.__table__)
        chosen = select(*(value.label(name) for name, value in values.items()))
        chosen = chosen.select_from(_NUMBER).where(_NUMBER.c.i <= count)
        self._connection.execute(insert(table).from_select(list(values), chosen))

    def _number_on(self, table: Table) -> None:
        """New rows come after those that are there."""
        if not self._on_postgresql or "id" not in table.c or not isinstance(table.c.id.type, Integer):
            return
        sequence = f"pg_get_serial_sequence('\"{table.name}\"', 'id')"
        asked = f'SELECT setval({sequence}, (SELECT coalesce(max(id), 1) FROM "{table.name}"))'  # noqa: S608
        if self._connection.scalar(text(f"SELECT {sequence}")):
            self._connection.execute(text(asked))


def called(letter: str, number: ColumnElement[Any]) -> ColumnElement[str]:
    return literal(letter, String) + sql_cast(sql_cast(number, Integer), String)


def user_of(schedule: ColumnElement[Any], place: ColumnElement[Any] | int = 0) -> ColumnElement[str]:
    """Somebody of the schedule's workspace."""
    return called("U", schedule // PER_WORKSPACE * PEOPLE + place)
