"""Statements that are built once, carried out by the driver without SQLAlchemy in between.

SQLAlchemy looks a statement up by its structure, makes a context, a cursor and a result for it, and tells whoever
listens: many times what the database needs for a row by its key. Of a statement that never changes all of that is known
after the first time: its text, the order of its values, and how values and columns are converted. Marked with
:func:`swift`, it is compiled once, by SQLAlchemy as ever, and from then on handed to the driver.

    swift(statement) ── where somebody listens, or it is not plain ──► SQLAlchemy, as if it were not marked
                     ├─ on SQLite ──► text, values in order ──► sqlite3 ──► rows with the same names and types
                     └─ on PostgreSQL ──► text, values by name ──► psycopg ──► the same (:mod:`storage.near_session`)

Only for statements of columns: entities are the session's to keep.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Executable, Insert
from sqlalchemy.engine import IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

MARK = "baton_swift"
LONGEST_FILLED = 1024

S = TypeVar("S", bound=Executable)
Convert = Callable[[Any], Any] | None


def swift(statement: S) -> S:
    """Mark a statement that is built once and kept for as long as the process."""
    return statement.execution_options(**{MARK: True})


@dataclass(slots=True)
class Text:
    """A statement as the driver is given it; ``values`` are its values' names, in order where that counts, each with
    what converts them."""

    text: str
    values: Sequence[tuple[str, Convert]]
    converts: Sequence[tuple[int, Callable[[Any], Any]]]
    """What converts columns, by their places."""
    names: SimpleResultMetaData
    fixed: Mapping[str, Any]
    has_lists: bool


@dataclass(slots=True)
class _Known:
    """A marked statement, which must not go away, and its texts by what makes them differ; None is not to be had."""

    statement: Executable
    is_insert: bool
    lists: Sequence[str] | None = None
    """The names of its values that are lists."""
    texts: dict[object, Text | None] = field(default_factory=dict[object, "Text | None"])


_known: dict[int, _Known] = {}


@dataclass(frozen=True, slots=True)
class Ready:
    """A statement's text, and the values for it by name, lists taken apart."""

    text: Text
    given: Mapping[str, Any]

    def in_order(self) -> list[Any]:
        given = self.given
        return [given[name] if convert is None else convert(given[name]) for name, convert in self.text.values]

    def by_name(self) -> dict[str, Any]:
        given = self.given
        return {name: given[name] if convert is None else convert(given[name]) for name, convert in self.text.values}

    def rows(self, found: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]:
        """With values of the types that the columns have."""
        converts = self.text.converts
        return [_row(row, converts) for row in found] if converts else found

    def result(self, found: Sequence[tuple[Any, ...]]) -> Result[Any]:
        """The rows as SQLAlchemy gives them."""
        return IteratorResult(self.text.names, iter(self.rows(found)))


def carried_out(connection: Connection, statement: Any, values: Any) -> tuple[Ready, Sequence[Any]] | None:
    """What a marked statement finds on SQLite, or None where SQLAlchemy has to be asked; then nothing was done."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, sqlite3.Connection):
        return None
    rows: list[Any] = values if isinstance(values, list) and values else [values]
    ready = readied(connection, statement, rows[0])
    asked = None if ready is None else _asked(ready, rows)
    if ready is None or asked is None:
        return None
    found: list[tuple[Any, ...]] = []
    try:
        for row in asked:
            cursor = driver.execute(ready.text.text, row)
            if cursor.description:
                found += cursor.fetchall()
    except sqlite3.Error as error:
        if len(rows) == 1 and driver.in_transaction:
            return None  # it will be met again, and be told of as ever
        raise told(connection, ready, error, sqlite3.Error) from error
    return ready, found


def _asked(ready: Ready, rows: Sequence[Any]) -> list[list[Any]] | None:
    """The values of each row, of which ``ready`` has the first; None where SQLAlchemy has to say what is wrong."""
    try:
        asked = [ready.in_order()]
        if len(rows) > 1:
            if ready.text.has_lists or any(row.keys() != rows[0].keys() for row in rows):
                return None
            asked += [Ready(ready.text, {**ready.text.fixed, **row}).in_order() for row in rows[1:]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return asked


def told(connection: Connection, ready: Ready, error: Exception, kind: type[Exception]) -> Exception:
    """An error of the driver's, whose own are all of this kind, as SQLAlchemy tells of it; without the values."""
    dialect = connection.dialect
    is_gone = dialect.is_disconnect(cast(Any, error), connection.connection.dbapi_connection, None)
    found = DBAPIError.instance(ready.text.text, None, error, kind, connection_invalidated=is_gone, dialect=dialect)
    assert isinstance(found, Exception)
    return found


def readied(connection: Connection, statement: Any, values: Any) -> Ready | None:
    """None of a statement that has to go through SQLAlchemy."""
    known = _known.get(id(statement)) or _marked(statement)
    row = {} if values is None else values[0] if isinstance(values, list) and len(values) == 1 else values
    is_listened_to = connection.dispatch.before_cursor_execute or connection.engine.dispatch.before_cursor_execute
    if known is None or not isinstance(row, dict) or is_listened_to:
        return None
    text = _text(known, connection, row)
    if text is None:
        return None
    given = {**text.fixed, **row} if text.fixed or known.lists else row
    for name in known.lists or ():
        given.update((f"{name}_{place}", value) for place, value in enumerate(_filled(given[name]), 1))
    return Ready(text, given)


def _filled(values: Collection[Any]) -> list[Any]:
    """A list with its last value repeated, as long as the next power of two: whoever is in it is in it still, and a
    statement has a dozen texts, not one for each length."""
    known = list(values)
    return known + known[-1:] * (_length(known) - len(known))


def _length(values: Collection[Any]) -> int:
    """Of very long ones, which are rare, as it is: a database takes only so many values."""
    return 1 << (len(values) - 1).bit_length() if 0 < len(values) <= LONGEST_FILLED else len(values)


def _marked(statement: Any) -> _Known | None:
    if not isinstance(statement, Executable) or MARK not in statement.get_execution_options():
        return None
    return _known.setdefault(id(statement), _Known(statement, isinstance(statement, Insert)))


def _text(known: _Known, connection: Connection, row: Mapping[str, Any]) -> Text | None:
    is_insert = known.is_insert
    if known.lists is None:
        known.lists = _lists(known.statement, connection, row if is_insert else None)
    lengths = tuple([_length(row[name]) for name in known.lists]) if known.lists else ()
    kind = connection.dialect.name, tuple(row) if is_insert else (), lengths
    if kind not in known.texts:
        known.texts[kind] = _compiled(known.statement, connection, row, is_insert=is_insert)
    return known.texts[kind]


def _lists(statement: Any, connection: Connection, row: Mapping[str, Any] | None) -> list[str]:
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(row) if row else None)
    return sorted(one.key for one in compiled.post_compile_params)


def _compiled(statement: Any, connection: Connection, row: Mapping[str, Any], *, is_insert: bool) -> Text | None:
    dialect = connection.dialect
    compiled = statement.compile(dialect=dialect, column_keys=list(row) if is_insert else None)
    if is_insert and compiled.insert_prefetch:
        return None  # something is made up in Python for each row
    if compiled.escaped_bind_names:
        return None  # values have other names there
    fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
    text, convert = compiled.string, dict(compiled._bind_processors)
    order = compiled.positiontup if dialect.positional else list(compiled.binds)
    if compiled.post_compile_params:
        lists = {one.key for one in compiled.post_compile_params}
        filled = {name: _filled(row[name]) for name in lists}
        expanded = compiled._process_parameters_for_postcompile({**fixed, **row, **filled})
        text, convert = expanded.statement, convert | dict(expanded.processors)
        alone = [name for name in compiled.binds if name not in lists]
        order = expanded.positiontup if dialect.positional else [*alone, *expanded.additional_parameters]
    columns = compiled._result_columns
    return Text(
        text,
        [(name, convert.get(name)) for name in order or ()],
        [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := column.type._cached_result_processor(dialect, None)) is not None
        ],
        SimpleResultMetaData([column.keyname for column in columns]),
        fixed,
        bool(compiled.post_compile_params),
    )


def _row(row: tuple[Any, ...], converts: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in converts:
        values[place] = convert(values[place])
    return tuple(values)
