"""Engines of SQLite files that are lent to one database after the other: each statement is compiled once per process,
and not once per test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import database

_at_rest: list[Lent] = []
_made_anew = database._engine


class Lent:
    """An engine, and the file that it opens at the moment; once it is closed it can be lent again."""

    def __init__(self, url: URL, **options: Any) -> None:
        self.engine = _made_anew(url, **options)
        self._connect, self.engine.sync_engine.dialect.connect = self.engine.sync_engine.dialect.connect, self._open
        self.lend(url)

    def lend(self, url: URL) -> None:
        self.file, self._pool = url.database, self.engine.sync_engine.pool

    @property
    def is_closed(self) -> bool:
        """Where it is, it has another pool."""
        return self._pool is not self.engine.sync_engine.pool

    def _open(self, _file: str, **options: Any) -> Any:
        return self._connect(self.file, **options)


@contextmanager
def lent_engines() -> Iterator[None]:
    """Files that are opened in here take an engine that is at rest, if there is one. At the end those that were closed
    are laid to rest; one that was not is lent to nobody any more."""
    lent: list[Lent] = []

    def lend(url: URL, *, sqlite: bool, **options: Any) -> AsyncEngine:
        if not sqlite or url.database in (None, "", ":memory:"):
            return _made_anew(url, sqlite=sqlite, **options)
        one = _at_rest.pop() if _at_rest else Lent(url, sqlite=True, **options)
        one.lend(url)
        lent.append(one)
        return one.engine

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(database, "_engine", lend)
        yield
    _at_rest.extend(one for one in lent if one.is_closed)
