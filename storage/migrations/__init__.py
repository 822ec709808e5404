"""Alembic migrations, run from inside the program so that no second configuration file is needed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.trouble import DatabaseTrouble

ONE_AT_A_TIME = 0x6261746F6E
"""Of PostgreSQL's advisory locks, the one that whoever changes the tables holds; "baton" in ASCII."""


def config(connection: Connection | None = None) -> Config:
    """The Alembic configuration, bound to ``connection`` where one is given."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest revision; of two processes that do, the second finds nothing left to do.

    Raises DatabaseTrouble when a newer version has used the database.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
    revision = current(connection)
    require_known(revision)
    if revision != head():
        command.upgrade(config(connection), "head")


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def require_known(revision: str | None) -> None:
    """Raises DatabaseTrouble for a revision that only a newer version knows."""
    if revision is not None and revision not in _known():
        raise DatabaseTrouble(
            f"it is at revision {revision}, and this version knows none after {head()}: a newer Baton has used it. "
            "Upgrade Baton, or restore the backup that was made before that upgrade"
        )


@cache
def head() -> str | None:
    """The newest revision of the code that runs, whatever an upgrade has put beside it meanwhile."""
    return _scripts().get_current_head()


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())
