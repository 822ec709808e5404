"""What Baton asks of its database, and whether an index answers it.

A statement is recorded as it is executed, with its values, and its plan is asked for afterwards; nothing is executed
by that. A plan reads *all* of a table where it scans it, or scans one of its indexes from end to end; an index that
holds only some rows (a partial one) is meant to be read as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect

ALWAYS_SMALL = {"alembic_version", "copy_mark", "heartbeat", "home_change", "progress", "watch_look"}
"""Tables of one row, or of what is under way at the moment."""
JOBS = "procrastinate_"
"""So are these: a job that is over has no row."""
KINDS = {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}
FEW = 10_000
_SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
_SEARCH = re.compile(r"USING (?:COVERING )?INDEX (\w+)|USING (INTEGER PRIMARY KEY)")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as it was executed, and by what."""

    by: str
    statement: str
    values: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """How a statement is carried out: the tables read from end to end, the indexes used, and what it is thought to
    cost (PostgreSQL's unit, a page read in order; 0 on SQLite)."""

    reads_all_of: frozenset[str]
    indexes: tuple[str, ...]
    cost: float


class Recorder:
    """Keeps each statement once for each who asked, and how many there were; :attr:`by` says who asks now."""

    def __init__(self) -> None:
        self.by = ""
        self.found: dict[tuple[str, str], Asked] = {}
        self.counts: dict[str, int] = {}

    @contextmanager
    def listening(self, engine: Engine) -> Generator[Recorder]:
        event.listen(engine, "before_cursor_execute", self._heard)
        try:
            yield self
        finally:
            event.remove(engine, "before_cursor_execute", self._heard)

    def _heard(self, _connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.split(None, 1)[0].upper() in KINDS:
            self.counts[self.by] = self.counts.get(self.by, 0) + 1
            one = values[0] if many and isinstance(values, list) and values else values
            self.found.setdefault((self.by, statement), Asked(self.by, statement, one))


def planned(connection: Connection, asked: Asked) -> Plan:
    """The plan of a statement, on SQLite or on PostgreSQL."""
    on_sqlite = connection.dialect.name == "sqlite"
    return _on_sqlite(connection, asked) if on_sqlite else _on_postgresql(connection, asked)


def _on_postgresql(connection: Connection, asked: Asked) -> Plan:
    [[found]] = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked.statement}", asked.values).all()
    top = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
    nodes = list(_nodes(top))
    whole = {str(node["Relation Name"]) for node in nodes if _reads_all(connection, node)}
    indexes = dict.fromkeys(str(node["Index Name"]) for node in nodes if "Index Name" in node)
    return Plan(frozenset(whole), tuple(indexes), float(top["Total Cost"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A bitmap's indexes do not say whose they are: it is the node's above. Each knows what is above it."""
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes({"Relation Name": node.get("Relation Name", ""), "Above": node["Node Type"]} | child)


def _reads_all(connection: Connection, node: dict[str, Any]) -> bool:
    table = node.get("Relation Name", "")
    if not table or table in ALWAYS_SMALL or table.startswith(JOBS):
        return False
    if node["Node Type"] == "Seq Scan":
        return table not in few_rows(connection)
    if "Index Name" not in node or "Index Cond" in node or node["Index Name"] in partial_indexes(connection):
        return False
    return node.get("Above") != "Limit" or "Filter" in node  # the first of an index is found at once


def _on_sqlite(connection: Connection, asked: Asked) -> Plan:
    names = _aliases(connection, asked.statement)
    lines = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked.statement}", asked.values)]
    whole, indexes = set[str](), list[str]()
    for line in lines:
        indexes += [one or other for one, other in _SEARCH.findall(line)]
        if scan := _SCAN.match(line):
            table = names.get(scan[1], "")
            if table and table not in ALWAYS_SMALL and scan[2] not in partial_indexes(connection):
                whole.add(table)
    return Plan(frozenset(whole), tuple(dict.fromkeys(indexes)), 0.0)


def _aliases(connection: Connection, statement: str) -> dict[str, str]:
    """What tables are called in a statement; what is made in it (a subquery) is none of them."""
    tables = connection.info.get("tables")
    if tables is None:
        tables = connection.info["tables"] = inspect(connection).get_table_names()
    aliased = re.findall(r'"?(\w+)"? AS (\w+)', statement)
    return {name: name for name in tables} | {alias: table for table, alias in aliased if table in tables}


def few_rows(connection: Connection) -> set[str]:
    """Tables so small that PostgreSQL does well to read them from end to end, where it has the choice."""
    known = connection.info.get("few")
    if known is None:
        free = connection.exec_driver_sql("SHOW enable_seqscan").scalar() == "on"
        asked = f"SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples < {FEW if free else 0}"  # noqa: S608
        known = connection.info["few"] = {name for (name,) in connection.exec_driver_sql(asked)}
    return known


def partial_indexes(connection: Connection) -> set[str]:
    """The names of the indexes that hold only some rows."""
    known = connection.info.get("partial")
    if known is None:
        asked = "SELECT indexrelid::regclass::text FROM pg_index WHERE indpred IS NOT NULL"
        if connection.dialect.name == "sqlite":
            asked = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'"
        known = connection.info["partial"] = {name for (name,) in connection.exec_driver_sql(asked)}
    return known
