"""Migrated SQLite databases: the migrations run once per run of the suite, and every test begins with a copy of the
result. Whoever needs it first leaves it in the run's own folder, where no other run, of other code, looks."""

from __future__ import annotations

import os
import sqlite3
from functools import cache
from pathlib import Path

from filelock import FileLock
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from storage import migrations

RUN = "SUITE_FOLDER"
"""The variable with the folder that all processes of a run share, where there are several (tests/conftest.py)."""

FORMATS, WAL = slice(18, 20), b"\x02\x02"
"""Of a file's header: how it is written and read, and what `journal_mode = WAL` puts there."""


def lay(path: Path) -> None:
    """Put an empty database with the newest tables there, unless there is one: as a start of Baton's leaves it, with
    its log beside it, so that the next start has nothing to turn round and to wait for the disk with."""
    if not path.exists():
        made = bytearray(image())
        made[FORMATS] = WAL
        path.write_bytes(made)


@cache
def image() -> bytes:
    folder = os.environ.get(RUN)
    if folder is None:  # one process alone
        return _made()
    kept = Path(folder, "migrated.db")
    with FileLock(f"{kept}.lock"):
        if not kept.exists():
            begun = kept.with_suffix(".begun")
            begun.write_bytes(_made())
            begun.rename(kept)
        return kept.read_bytes()


def _made() -> bytes:
    raw = sqlite3.connect(":memory:")
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    try:
        with engine.begin() as connection:
            migrations.upgrade(connection)
        return raw.serialize()
    finally:
        engine.dispose()
        raw.close()
