"""Keeps the mark beside an SQLite database: after each commit that says that something left the house."""

from __future__ import annotations

import asyncio

import structlog

from storage.copies import Mark, MarkFile
from storage.unit import Unit

log = structlog.get_logger()


class Marker:
    """Writes the newest mark in a thread, one after the other; what comes meanwhile is written together."""

    def __init__(self, file: MarkFile) -> None:
        self._file = file
        self._newest: Mark | None = None
        self._writing: asyncio.Task[None] | None = None
        self._complained = False

    def heard(self, unit: Unit) -> None:
        """Of a transaction that is committed."""
        if unit.mark is None:
            return
        self._newest = max(self._newest or unit.mark, unit.mark)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def close(self) -> None:
        """Until the newest is written."""
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        written: Mark | None = None
        while self._newest is not None and self._newest != written:
            written = self._newest
            try:
                await asyncio.to_thread(self._file.write, written)
            except OSError as error:
                if not self._complained:
                    log.warning("the mark beside the database can't be written", reason=error.strerror)
                self._complained = True
