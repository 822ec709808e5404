"""What was read from the database, kept in memory until anything at all is committed to it by anybody.

SQLite says so for a few microseconds: ``PRAGMA data_version`` of a connection changes when another connection, of this
process or of any other, has committed. One connection is kept for asking, on which nothing else is ever done. Other
databases have nothing as cheap, so nothing of theirs is kept.

The version is asked for before something is read, so what is kept may be newer than its version, never older.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Awaitable, Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar, cast

T = TypeVar("T")
MOST = 2000


class Remembered:
    """For one database; ``file`` is None where nothing can be kept."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._asking: sqlite3.Connection | None = None
        self._version: int | None = None
        self._kept: dict[Hashable, Any] = {}

    async def get(self, key: Hashable, load: Callable[[], Awaitable[T]]) -> T:
        """What is kept under ``key``, or what ``load`` reads now. Nobody may change it: others get the same."""
        version = self._version_now()
        if version is None:
            return await load()
        if version != self._version:
            self._kept.clear()
            self._version = version
        elif key in self._kept:
            return cast("T", self._kept[key])
        found = await load()
        if version == self._version:
            self._keep(key, found)
        return found

    def close(self) -> None:
        self._kept.clear()
        if self._asking is not None:
            self._asking.close()
            self._asking = None

    def _keep(self, key: Hashable, found: object) -> None:
        if len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = found

    def _version_now(self) -> int | None:
        """None where there is no telling, for example while the file is being made."""
        if self._file is None:
            return None
        try:
            if self._asking is None:
                self._asking = _connected(self._file)
            return int(self._asking.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            with contextlib.suppress(sqlite3.Error):
                self.close()
            return None


def _connected(file: Path) -> sqlite3.Connection:
    address = f"{file.resolve().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=0, isolation_level=None, check_same_thread=False)
