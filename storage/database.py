"""One database, two kinds of unit of work.

``async with database.transaction() as tx`` writes: everything in it commits together, or nothing does.
``async with database.read() as tx`` only reads. Nothing that waits for Slack or for an external system belongs inside
either of them.

SQLite takes one writer at a time. A write transaction therefore begins with ``BEGIN IMMEDIATE`` (a reader that turns
into a writer half way would fail), behind a lock of this process so that waiting writers queue up in order.

An SQLite file is readable by its owner only. One that was deleted or replaced under a running process would go on to
take writes that nobody ever sees again; each write transaction therefore makes sure that the file is still the one
that was opened.

Units take their turn: a burst of them waits here, so that it never asks for more connections than there are. One that
is begun inside another has its turn already.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from storage import migrations, queue_schema
from storage.checkpoints import AT_MOST, Checkpoints
from storage.inline import PATIENCE, WRITES, InlineSessions
from storage.jobs import Hands
from storage.remembered import Marks, Remembered, Versions
from storage.tables import Heartbeat
from storage.trouble import DatabaseTrouble, trouble_told
from storage.unit import Unit

POOLED = "pgbouncer"
"""In an address: see :class:`Database`."""
READS = {"baton_reads": True}
PRAGMAS = ("foreign_keys = ON", "journal_mode = WAL", "synchronous = NORMAL")
OTHERS = 0o007
AT_ONCE = 8
"""Units of work; on SQLite those that only read."""

Sessions = async_sessionmaker[AsyncSession]
T = TypeVar("T")
_has_turn: ContextVar[bool] = ContextVar("baton_has_turn", default=False)


class Database:
    """The engine and its sessions; ``url`` is ``sqlite+aiosqlite:///…`` or ``postgresql+psycopg://…``.

    ``?pgbouncer=true`` at its end says that a pooler answers there which gives each transaction any of its connections:
    nothing of a connection's may be relied on beyond a transaction, prepared statements included.
    """

    def __init__(self, url: str) -> None:
        asked = make_url(url)
        self.is_pooled = asked.query.get(POOLED) == "true"
        self.url = asked.difference_update_query([POOLED])
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _engine(self.url, sqlite=self.is_sqlite, pooled=self.is_pooled)
        self._sessions = _sessions(self.engine, sqlite=self.is_sqlite)
        self._reading = None if self.is_sqlite else _sessions(self.engine.execution_options(**READS), sqlite=False)
        self._writing = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._remembered = Remembered(self._marks())
        self._checkpoints = Checkpoints(self.file)
        self._listeners: list[Callable[[Unit], None]] = []
        self._doubters: list[Callable[[Unit], None]] = []
        self.hands: Hands | None = None
        """Whoever of this process can begin with a job at once; on SQLite that goes without saying."""
        self._opened: tuple[int, int] | None = None

    def on_commit(self, listener: Callable[[Unit], None]) -> None:
        """Have ``listener`` hear of every write transaction of this process once it is committed."""
        self._listeners.append(listener)

    def on_doubt(self, listener: Callable[[Unit], None]) -> None:
        """Have ``listener`` hear of every write transaction that was not seen to end well: it is rolled back, or it may
        be committed all the same."""
        self._doubters.append(listener)

    @property
    def file(self) -> Path | None:
        """Where an SQLite database is kept; None for other databases and for one in memory."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @property
    def libpq_address(self) -> str:
        """The address of a PostgreSQL as its own tools have it, with its password."""
        return self.url.set(drivername="postgresql").render_as_string(hide_password=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Unit]:
        begun: list[Unit] = []
        try:
            async with self._to_be_committed() as unit:
                begun.append(unit)
                yield unit
            self._checkpoints.committed()
            for listener in self._listeners:
                listener(unit)
        except BaseException:
            for doubter in self._doubters if begun else ():
                doubter(begun[0])
            raise

    @asynccontextmanager
    async def _to_be_committed(self) -> AsyncGenerator[Unit]:
        with trouble_told():
            async with self._writing if self.is_sqlite else self._turn():
                if self.is_sqlite:
                    self._check_file()
                async with self._sessions.begin() as session:
                    if self.is_sqlite:
                        await session.connection(execution_options=WRITES)
                    unit = Unit(session, self.hands)
                    yield unit
                    await unit.finish()

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[Unit]:
        with trouble_told():
            async with self._turn(), (self._reading or self._sessions)() as session:
                yield Unit(session)

    @asynccontextmanager
    async def at_once(self) -> AsyncGenerator[Unit]:
        """For statements that write and each stand alone: on PostgreSQL each is committed by itself, and asks nothing
        for a beginning and an end. Nobody is told of them."""
        async with self.transaction() if self.is_sqlite else self.read() as unit:
            yield unit

    async def remembered(self, key: Hashable, load: Callable[[Unit], Awaitable[T]]) -> T:
        """What ``load`` reads, or read under this key when nothing has been committed since.

        ``key`` names everything that the answer depends on besides what is stored. Nobody may change what is returned.
        """

        async def read() -> T:
            async with self.read() as tx:
                return await load(tx)

        return await self._remembered.get(key, read)

    def _marks(self) -> Marks:
        if self.is_sqlite:
            return Versions(self.file)
        from storage.postgres import Snapshots  # needs what SQLite alone does not

        return Snapshots(self.libpq_address)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        if _has_turn.get():
            yield
            return
        async with self._turns:
            _has_turn.set(True)
            try:
                yield
            finally:
                _has_turn.set(False)

    async def check_writable(self, now: datetime) -> None:
        """Write something and see it committed. Raises DatabaseTrouble."""
        async with self.transaction() as tx:
            await tx.session.merge(Heartbeat(id=1, beat_at=now))

    async def migrate(self, *, finish: bool = False) -> None:
        """Bring the tables to the newest revision, and on PostgreSQL those of the queue; ``finish`` says that no
        process of an older version runs any more. Raises DatabaseTrouble when a newer version has used them."""
        if self.file is not None:
            _make_private(self.file)
        async with (
            self.engine.connect() as connection,
            _unreferenced(connection, off=self.is_sqlite),
            connection.begin(),
        ):
            await connection.run_sync(migrations.upgrade)
            if self.is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                raise DatabaseTrouble("a migration would leave rows that refer to nothing; nothing was changed")
        while not self.is_sqlite and await self._queue_step(finish=finish):
            pass

    async def _queue_step(self, *, finish: bool) -> bool:
        async with self.engine.begin() as connection:
            return await connection.run_sync(partial(queue_schema.step, finish=finish))

    async def queue(self) -> tuple[str, list[str]]:
        """Why jobs can't be left here, empty where they can, and the steps left for ``migrate(finish=True)``."""
        if self.is_sqlite:
            return "", []
        with trouble_told():
            async with self.engine.connect() as connection:
                return await connection.run_sync(queue_schema.condition)

    async def revision(self) -> tuple[str | None, str | None]:
        """The revision the database is at, and the one it should be at. Raises DatabaseTrouble for one that is newer,
        unless this version can work with it."""
        with trouble_told():
            async with self.engine.connect() as connection:
                return await connection.run_sync(migrations.compared)

    async def close(self) -> None:
        await self._remembered.close()
        await self._checkpoints.close()
        await self.engine.dispose()

    def _check_file(self) -> None:
        """Raises DatabaseTrouble when the file is gone or another one by now."""
        file = self.file
        if file is None:
            return
        try:
            found = file.stat()
        except OSError as error:
            if self._opened is None:
                return  # SQLite makes it, or says why not
            raise DatabaseTrouble("its file has vanished; nothing more is saved until Baton is restarted") from error
        seen = (found.st_dev, found.st_ino)
        self._opened = self._opened or seen
        if seen != self._opened:
            raise DatabaseTrouble("its file was replaced; nothing more is saved until Baton is restarted")


def _engine(url: URL, *, sqlite: bool, pooled: bool) -> AsyncEngine:
    if not sqlite:
        from storage.postgres import engine_of  # needs what SQLite alone does not

        return engine_of(url, size=AT_ONCE, prepares=not pooled)
    in_memory = url.database in (None, "", ":memory:")  # which has one connection and no pool
    pool: dict[str, Any] = {} if in_memory else {"pool_size": AT_ONCE, "max_overflow": -1}
    engine = create_async_engine(url.set(drivername="sqlite+inline"), **pool)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _sessions(engine: AsyncEngine, *, sqlite: bool) -> Sessions:
    """Such as only look like SQLAlchemy's."""
    if sqlite:
        return cast("Sessions", InlineSessions(engine.sync_engine))
    from storage.near_session import NearSessions  # needs what SQLite alone does not

    return cast("Sessions", NearSessions(engine))


def _make_private(file: Path) -> None:
    """Made readable by its owner only; one that everybody may read, as older versions made it, is closed to others.

    SQLite gives the files it keeps beside a database the database's own mode.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for kept in (file, *(file.with_name(file.name + suffix) for suffix in ("-wal", "-shm"))):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            if kept.stat().st_mode & OTHERS:
                kept.chmod(0o600)


@asynccontextmanager
async def _unreferenced(connection: AsyncConnection, *, off: bool) -> AsyncGenerator[None]:
    """SQLite changes a table by putting another one in its place, and while it looks after references, dropping the
    former one deletes whatever refers to it. That can only be switched off outside of a transaction."""
    driver = (await connection.get_raw_connection()).driver_connection
    if not off or driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys = OFF")
    driver.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")  # nothing else is done yet that it could hold up
    try:
        yield
    finally:
        driver.execute("PRAGMA busy_timeout = 0")
        driver.execute("PRAGMA foreign_keys = ON")


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    for pragma in (*PRAGMAS, f"wal_autocheckpoint = {AT_MOST}"):
        connection.execute(f"PRAGMA {pragma}")
