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

OLDEST = "0028"
"""The oldest revision whose code works with the newest tables: a process of the release before this one may go on
beside newer ones while an upgrade is under way. Whoever takes away or renames what older code needs raises it."""

_SAID = text("SELECT obj_description(to_regclass('alembic_version'))")
_SAYING = "Usable from revision "


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
    require_known(connection, revision)
    if revision is None or revision in _known():
        if revision != head():
            command.upgrade(config(connection), "head")
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_SAYING}{OLDEST}'"))


def current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def require_known(connection: Connection, revision: str | None) -> None:
    """Raises DatabaseTrouble for a revision that only a newer version knows, unless that said it leaves this one be."""
    if revision is None or revision in _known():
        return
    said = (connection.scalar(_SAID) or "") if connection.dialect.name == "postgresql" else ""
    if said.removeprefix(_SAYING) not in _known():
        raise DatabaseTrouble(
            f"it is at revision {revision}, and this version knows none after {head()}: a newer Baton has used it. "
            "Upgrade Baton, or restore the backup that was made before that upgrade"
        )


def compared(connection: Connection) -> tuple[str | None, str | None]:
    """The revision that the tables are at, and the one that this code needs. Raises as :func:`require_known`."""
    revision = current(connection)
    require_known(connection, revision)
    return revision, head() if revision is None or revision in _known() else revision


@cache
def head() -> str | None:
    """The newest revision of the code that runs, whatever an upgrade has put beside it meanwhile."""
    return _scripts().get_current_head()


@cache
def _known() -> frozenset[str]:
    return frozenset(script.revision for script in _scripts().walk_revisions())


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())
