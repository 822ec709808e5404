"""What keeps a database from being read or written, as one exception with a sentence for people.

Only what whoever runs Baton has to put right is named here; a broken constraint or a wrong statement is a fault of
Baton's and stays what it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

SQLITE = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_READONLY: "it can't be written to",
    sqlite3.SQLITE_IOERR: "its disk can't be read or written",
    sqlite3.SQLITE_CANTOPEN: "its file can't be opened",
    sqlite3.SQLITE_CORRUPT: "its file is damaged",
    sqlite3.SQLITE_NOTADB: "its file is no database",
    sqlite3.SQLITE_PERM: "its file may not be used",
    sqlite3.SQLITE_BUSY: "something else holds it locked",
}
"""By primary result code, the lowest byte of the extended one (https://sqlite.org/rescode.html)."""

POSTGRESQL = {
    "53100": "its disk is full",
    "53200": "it is out of memory",
    "53300": "it takes no more connections",
    "25006": "it can only be read now",
    "57P03": "it is starting or stopping",
}
"""By SQLSTATE (PostgreSQL's documentation, appendix A)."""


RACES = {"40001", "40P01", "55P03"}
"""SQLSTATEs of a transaction that gave way to another: serialization failure, deadlock, lock not available."""

CLASHES = {"23503", "23505"}
"""SQLSTATEs of what another transaction was quicker with: a key that is taken, a row that is gone. It may also be a
fault of Baton's; then it comes back each time."""


class DatabaseTrouble(Exception):
    """The database can't be used now; ``str()`` is a sentence that says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Baton's database can't be used: {why}.")
        self.why = why


class LostRace(DatabaseTrouble):
    """Another transaction was at the same rows and this one had to give way: nothing of it is stored.

    ``for_good`` says that it was tried often enough, ``is_fault`` that its cause is a fault of Baton's if it stays.
    """

    def __init__(self, *, is_fault: bool = False) -> None:
        super().__init__("somebody else changed this at the same moment")
        self.is_fault = is_fault
        self.for_good = False

    def __str__(self) -> str:
        return "Somebody else changed this at the same moment; please try again."


@contextmanager
def trouble_told() -> Generator[None]:
    """What a driver raises because of the database's condition, as DatabaseTrouble."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseTrouble("all of its connections are busy") from error
    except StaleDataError as error:
        raise LostRace(is_fault=True) from error
    except DBAPIError as error:
        if (lost := _race(error)) is not None:
            raise lost from error
        why = _why(error)
        if why is None:
            raise
        raise DatabaseTrouble(why) from error


def _why(error: DBAPIError) -> str | None:
    original = error.orig
    code = getattr(original, "sqlite_errorcode", None)
    if code is not None:
        return SQLITE.get(code & 0xFF)
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return POSTGRESQL.get(state) or ("it can't be reached" if state.startswith(("08", "57P")) else None)
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return "it can't be reached"
    return None


def _race(error: DBAPIError) -> LostRace | None:
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY_SNAPSHOT:
        return LostRace()
    state = getattr(error.orig, "sqlstate", None)
    return LostRace(is_fault=state in CLASHES) if state in RACES | CLASHES else None
