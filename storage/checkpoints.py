"""Moves what was committed from SQLite's log into its file, by a thread.

SQLite does that by itself within a commit, after a thousand pages, and waits for the disk meanwhile. On the event
loop's thread that would hold up whatever else goes on, so it is done beside it: readers and writers are not kept from
anything (``PASSIVE``). Only where a single transaction writes far more than usual SQLite still does it itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path

EVERY = 100
"""Commits; each is some five to twenty pages."""
AT_MOST = 10_000
"""Pages in the log, after which SQLite moves them itself."""


class Checkpoints:
    """Of one file; ``None`` for a database that has none."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._commits = 0
        self._moving: asyncio.Future[None] | None = None

    def committed(self) -> None:
        """Something was written."""
        self._commits += 1
        if self._file is None or self._commits < EVERY or (self._moving is not None and not self._moving.done()):
            return
        self._commits = 0
        self._moving = asyncio.get_running_loop().run_in_executor(None, _move, self._file)

    async def close(self) -> None:
        if self._moving is not None:
            await self._moving


def _move(file: Path) -> None:
    """What keeps it from being done keeps commits from being done as well, and they say so."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_connected(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)
