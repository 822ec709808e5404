"""Alembic migrations, run from inside the program so that no second configuration file is needed.

Most starts have nothing to migrate. Which revisions there are is read from the first lines of their files, and Alembic
is only asked, and imported, where the database is not at the newest one.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.trouble import DatabaseTrouble

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
_NAMED = re.compile(r'^(revision|down_revision)(?:: .*)? = "(\w+)"$', re.MULTILINE)
ONE_AT_A_TIME = 0x6261746F6E
"""Of PostgreSQL's advisory locks, the one that whoever changes the tables holds; "baton" in ASCII."""

OLDEST = "0028"
"""The oldest revision whose code works with the newest tables: a process of the release before this one may go on
beside newer ones while an upgrade is under way. Whoever takes away or renames what older code needs raises it."""

_SAID = text("SELECT obj_description(to_regclass('alembic_version'))")
_SAYING = "Usable from revision "


def config(connection: Connection | None = None) -> Config:
    """The Alembic configuration, bound to ``connection`` where one is given."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
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
            from alembic import command

            command.upgrade(config(connection), "head")
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"COMMENT ON TABLE alembic_version IS '{_SAYING}{OLDEST}'"))


def current(connection: Connection) -> str | None:
    """The revision that the database is at; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


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
    followed = {before for _, before in _chain()}
    return next((revision for revision, _ in _chain() if revision not in followed), None)


@cache
def _known() -> frozenset[str]:
    return frozenset(revision for revision, _ in _chain())


@cache
def _chain() -> tuple[tuple[str, str | None], ...]:
    """Every revision with the one before it, as the files say."""
    named = (dict(_NAMED.findall(file.read_text())) for file in (FOLDER / "versions").glob("0*.py"))
    return tuple((one["revision"], one.get("down_revision")) for one in named)
