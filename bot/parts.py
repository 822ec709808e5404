"""Builds the parts that Baton runs on from its settings, and takes them down again in order."""

from __future__ import annotations

import os
import random
import socket
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog
from filelock import FileLock, Timeout
from sqlalchemy.exc import ArgumentError, DBAPIError

from bot.jobs import JobQueue, queue_of
from bot.leader import Leader, leader_of
from bot.marking import Marker
from bot.settings import Settings
from notices.sending.webhook_address import seal_all
from oncall.clock import Clock, SystemClock
from services.admin import older_copy
from services.connections import allowed_work as access_work
from services.kit.house import House
from solver.child import Solver
from storage.copies import MarkFile
from storage.database import Database
from storage.secrets import SecretBox, key_file
from storage.trouble import DatabaseTrouble, trouble_told
from sync.destinations import CalDav, PagerDuty, Systems
from sync.engine import Engine
from sync.ports import CALDAV

log = structlog.get_logger()


class CannotStart(Exception):
    """Baton can't run like this; ``str()`` says what to change."""


class Unreachable(CannotStart):
    """What is needed does not answer now; it may do so later."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that runs, wired together."""

    settings: Settings
    house: House
    jobs: JobQueue
    engine: Engine
    clock: Clock
    leader: Leader


@asynccontextmanager
async def assemble(
    settings: Settings, *, exclusive: bool = True, paused: bool = False, clock: Clock | None = None
) -> AsyncGenerator[Parts]:
    """The parts, with a migrated database. ``exclusive`` claims an SQLite database for this process alone, and has it
    compared with what was last written with it; ``paused`` starts with every destination paused; ``clock`` is the
    machine's, but in the demo."""
    database, secrets = open_database(settings), open_secrets(settings)
    lock, clock = _claim(database) if exclusive else None, clock or SystemClock()
    try:
        with trouble_named():
            await _prepare(database)
            await seal_all(database, secrets)
        marker = await _begin(database, clock, alone=lock is not None, paused=paused) if exclusive else None
        systems = systems_of(settings, clock, database)
        jobs = queue_of(database)
        house = House(database, clock, secrets, systems, jobs, settings.offers, solver=Solver())
        engine = Engine(
            database=database,
            secrets=house.secrets,
            external=systems,
            clock=clock,
            owner=f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}",
            refresh_every=settings.refresh_every,
            jitter=random.random,
        )
        jobs.register("reconcile", engine.reconcile, partial(_connection_of, database))
        jobs.register("access", lambda request: access_work.carry_out(house, request))
        try:
            yield Parts(settings, house, jobs, engine, clock, leader_of(database))
        finally:
            await systems.aclose()
            if marker is not None:
                await marker.close()
    finally:
        await database.close()
        if lock is not None:
            lock.release()


async def _connection_of(database: Database, destination: int) -> int | None:
    async with database.read() as tx:
        found = await tx.destinations.get(destination)
    return found.connection_id if found is not None else None


def systems_of(settings: Settings, clock: Clock, database: Database) -> Systems:
    """Every external system that shifts can be exported to; to be closed."""
    calendars = CalDav(clock=clock, allow_private=settings.webhook_allow_private)
    shared = None if database.is_sqlite else database  # one process alone knows from each answer what is left
    pagerduty = PagerDuty(clock=clock, api_url=settings.pagerduty_api_url, database=shared)
    return Systems(pagerduty, {CALDAV: calendars})


async def _begin(database: Database, clock: Clock, *, alone: bool, paused: bool) -> Marker | None:
    """Take up what a former process left, unless the database is older than what was written with it."""
    file = MarkFile(database.file) if alone and database.file is not None else None
    marker = Marker(file) if file is not None else None
    if marker is not None:
        database.on_commit(marker.heard)
    async with database.transaction() as tx:
        if alone:
            await tx.destinations.release_all()
            await tx.outbox.reclaim_all(clock.now())
            await tx.presence.release_all()
        await older_copy.on_start(tx, clock.now(), file.read() if file else None, paused=paused)
    return marker


def open_database(settings: Settings) -> Database:
    """The database of the settings; raises CannotStart when the address makes no sense."""
    try:
        database = Database(settings.database_url)
    except (ValueError, ModuleNotFoundError, ArgumentError) as error:
        raise CannotStart("BATON_DATABASE_URL can't be read as the address of a database.") from error
    file = database.file
    if file is not None and file.is_dir():
        raise CannotStart(f"BATON_DATABASE_URL names a folder, {file}; it must name a file.")
    if file is not None and not file.resolve().parent.is_dir():
        raise CannotStart(f"The folder of BATON_DATABASE_URL, {file.resolve().parent}, does not exist.")
    return database


def open_secrets(settings: Settings) -> SecretBox:
    """The configured keys, or one made beside the SQLite database. Raises CannotStart."""
    keys = [key.get_secret_value() for key in settings.encryption_keys]
    if not keys:
        path = key_path(settings)
        try:
            keys = [key_file(path)]
        except OSError as error:
            raise CannotStart(f"No encryption key can be kept at {path}: {error.strerror}.") from error
        log.warning("BATON_ENCRYPTION_KEYS is not set; using the key kept beside the database", path=str(path))
    try:
        return SecretBox(keys)
    except ValueError as error:
        raise CannotStart(f"{error}.") from error


def key_path(settings: Settings) -> Path:
    """Where a key is kept that nobody set. Raises CannotStart where there is no such place."""
    file = Database(settings.database_url).file
    if file is None:
        raise CannotStart(
            "BATON_ENCRYPTION_KEYS is not set. With PostgreSQL it must be: a key in a file of this machine would be "
            "lost with it. docs/install.md, section 2, says how to make one."
        )
    return _beside(file, ".key")


def _beside(file: Path, suffix: str) -> Path:
    return file.with_name(file.name + suffix)


def _claim(database: Database) -> FileLock | None:
    """SQLite is for one process; a second one would send everything twice."""
    if database.file is None:
        return None
    lock = FileLock(_beside(database.file, ".lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise CannotStart(f"Another Baton is running on {database.file}. Stop it first, or use PostgreSQL.") from error
    except OSError as error:
        raise CannotStart(f"The folder of {database.file} can't be written to: {error.strerror}.") from error
    return lock


@contextmanager
def trouble_named() -> Generator[None]:
    """What a database driver complains about, as CannotStart."""
    try:
        with trouble_told():
            yield
    except DatabaseTrouble as error:
        cause = getattr(error.__cause__, "orig", None)
        raise CannotStart(f"{error} The database says: {cause}" if cause else str(error)) from error
    except DBAPIError as error:
        raise CannotStart(f"Baton's database can't be used: {str(error.orig).strip()}") from error


async def _prepare(database: Database) -> None:
    if database.is_sqlite:
        await database.migrate()
        return
    current, newest = await database.revision()
    if current != newest:
        raise CannotStart(f"The database is at revision {current or 'none'}, not {newest}. Run `baton migrate` first.")
    trouble, _left = await database.queue()
    if trouble:
        raise CannotStart(trouble)
