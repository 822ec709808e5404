"""Migrated SQLite databases: the migrations run once per process, and every test begins with a copy of the result."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from storage import migrations


def lay(path: Path) -> None:
    """Put an empty database with the newest tables there, unless there is one."""
    if not path.exists():
        path.write_bytes(image())


@cache
def image() -> bytes:
    raw = sqlite3.connect(":memory:")
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
        return raw.serialize()
    finally:
        engine.dispose()
        raw.close()
