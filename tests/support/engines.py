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
    """An engine, and the file that it opens at the moment; once it is closed it can be lent again."""

    def __init__(self, url: URL, **options: Any) -> None:
        self.engine = _made_anew(url, **options)
        self.file, self.is_closed = url.database, False
        event.listen(self.engine.sync_engine, "do_connect", self._open)
        event.listen(self.engine.sync_engine, "engine_disposed", self._close)

    def _open(self, _dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
        arguments[0], self.is_closed = self.file, False

    def _close(self, _engine: Any) -> None:
        self.is_closed = True


@contextmanager
def lent_engines() -> Iterator[None]:
    """Files that are opened in here take an engine that is at rest, if there is one. At the end those that were closed
    are laid to rest; one that was not is lent to nobody any more."""
    lent: list[Lent] = []

    def lend(url: URL, *, sqlite: bool, **options: Any) -> AsyncEngine:
        if not sqlite or url.database in (None, "", ":memory:"):
            return _made_anew(url, sqlite=sqlite, **options)
        one = _at_rest.pop() if _at_rest else Lent(url, sqlite=True, **options)
        one.file, one.is_closed = url.database, False
        lent.append(one)
        return one.engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_engine", lend)
        yield
    _at_rest.extend(one for one in lent if one.is_closed)
