"""Whether a database is older than what was last written with it.

A row counts what left the house: writes to external systems that were confirmed, notices that arrived, starts. Beside
an SQLite file the same number is kept in a small file, written after each commit. A database whose row says less than
the file is an older copy of itself; nothing else makes that so:

========================================== ======================== ==============================================
what happens                               file compared to the row  what is claimed
========================================== ======================== ==============================================
killed between the commit and the file     one behind               nothing
the power fails                            at most equal            nothing: the file waits for the log to be on disk
the database is moved or copied without it none                     nothing
both are copied                            equal                    nothing
another database takes the place           names another database   nothing
a backup takes the place                   ahead                    an older copy
========================================== ======================== ==============================================

No clock is asked. PostgreSQL has no file beside it that every process sees; there, the row holds the identity of the
server, the database and the table, which a dump that is loaded does not bring along.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from sqlalchemy import Table, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.tables import CopyMark

MARKS = cast(Table, CopyMark.__table__)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """How often the database of this name wrote to the outside."""

    writes: int
    database: str


class Copies:
    """The row, in one transaction. ``mark`` is what it says after this transaction, None where it does not count."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.mark: Mark | None = None

    async def claim(self) -> CopyMark:
        """The row, held until the transaction ends: of several processes that start, one looks first."""
        return (await self._session.scalars(select(CopyMark).with_for_update())).one()

    async def count(self, at_least: int = 0) -> None:
        """Something left the house. With SQLite only: elsewhere one row would make every writer wait for the others."""
        if self.mark is not None or (await self._dialect()) != "sqlite":
            return
        higher = MARKS.c.writes + 1 if not at_least else at_least + 1
        returned = update(MARKS).values(writes=higher).returning(MARKS.c.writes, MARKS.c.database)
        found = (await self._session.execute(returned)).first()
        self.mark = Mark(*found) if found else None

    async def place(self) -> str:
        """Where a PostgreSQL database lives, by the server's own word; empty for SQLite."""
        if (await self._dialect()) != "postgresql":
            return ""
        query = "SELECT (SELECT oid FROM pg_database WHERE datname = current_database()), 'copy_mark'::regclass::oid"
        found: Sequence[object] = (await self._session.execute(text(query))).one()
        return "/".join(str(part) for part in (*found, await self._server()))

    async def _server(self) -> str:
        """Empty where the server does not say."""
        with contextlib.suppress(DBAPIError):
            async with self._session.begin_nested():
                return str(await self._session.scalar(text("SELECT system_identifier FROM pg_control_system()")))
        return ""

    async def _dialect(self) -> str:
        return (await self._session.connection()).dialect.name


class MarkFile:
    """The number beside an SQLite database. Its last writer is the one process that has the database."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".mark")
        self._log = database.with_name(database.name + "-wal")
        self._written = -1

    def read(self) -> Mark | None:
        """None where there is none, or where it can't be read."""
        try:
            said = json.loads(self._path.read_text())
            return Mark(int(said["writes"]), str(said["database"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, mark: Mark) -> None:
        """After the database's own log is on the disk, so that the file is never ahead of it. Raises OSError."""
        if mark.writes <= self._written:
            return
        with contextlib.suppress(FileNotFoundError):
            _to_disk(self._log)
        part = self._path.with_name(self._path.name + ".part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump({"database": mark.database, "writes": mark.writes}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self._written = mark.writes


def _to_disk(path: Path) -> None:
    """SQLite holds no lock on its log, so opening and closing it here takes none away."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
