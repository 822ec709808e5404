"""What was read from the database, kept in memory until anything at all is committed to it by anybody.

Whether that has happened is told by a mark, which is asked for each time:

==========  ========================================================================================================
SQLite      ``PRAGMA data_version`` of a connection, a few microseconds: it changes when another connection, of this
            process or of any other, has committed. One connection is kept for asking, on which nothing else is done
PostgreSQL  its snapshot, one short round trip: which transactions are over (:class:`storage.postgres.Snapshots`)
==========  ========================================================================================================

The mark is asked for before something is read, so what is kept may be newer than its mark, never older.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Hashable
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

T = TypeVar("T")
MOST = 2000


class Marks(Protocol):
    """Tells whether anything was committed."""

    async def now(self) -> Hashable | None:
        """The same as before where nothing was; None where there is no telling."""
        ...

    async def close(self) -> None: ...


class Remembered:
    """For one database."""

    def __init__(self, marks: Marks) -> None:
        self._marks = marks
        self._mark: Hashable | None = None
        self._kept: dict[Hashable, Any] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """What is kept under ``key``, or what ``load`` reads now. Nobody may change it: others get the same."""
        mark = await self._marks.now()
        if mark is None:
            return await load()
        if mark != self._mark:
            self._kept.clear()
            self._mark = mark
        elif key in self._kept:
            return cast("T", self._kept[key])
        found = await load()
        if mark == self._mark:
            self._keep(key, found)
        return found

    async def close(self) -> None:
        self._kept.clear()
        await self._marks.close()

    def _keep(self, key: Hashable, found: object) -> None:
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = found


class Versions:
    """Of an SQLite file; ``file`` is None for a database in memory, of which nothing is kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._asking: sqlite3.Connection | None = None

    async def now(self) -> int | None:
        """None also while the file is being made."""
        if self._file is None:
            return None
        try:
            if self._asking is None:
                self._asking = _connected(self._file)
            return int(self._asking.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self._close()
            return None

    async def close(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._asking is not None:
            self._asking.close()
            self._asking = None


def _connected(file: Path) -> sqlite3.Connection:
    address = f"{file.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
