"""Engines of SQLite files that are lent to one database after the other: each statement is compiled once per process,
and not once per test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import URL, event
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import database

_at_rest: list[Lent] = []
_made_anew = database._engine


class Lent:
    """An engine, and the file that it opens at the moment."""

    def __init__(self, url: URL, **options: Any) -> None:
        self.engine = _made_anew(url, **options)
        self.file = url.database
        event.listen(self.engine.sync_engine, "do_connect", self._open)
        event.listen(self.engine.sync_engine, "engine_disposed", lambda _engine: _at_rest.append(self))

    def _open(self, _dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
        arguments[0] = self.file


@contextmanager
def lent_engines() -> Iterator[None]:
    """Databases that are made in here take an engine of a database that was closed, if there is one."""

    def lend(url: URL, *, sqlite: bool, **options: Any) -> AsyncEngine:
        if not sqlite:
            return _made_anew(url, sqlite=False, **options)
        lent = _at_rest.pop() if _at_rest else Lent(url, sqlite=True, **options)
        lent.file = url.database
        return lent.engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_engine", lend)
        yield
