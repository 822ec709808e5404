"""On PostgreSQL, too, statements that go past SQLAlchemy give, write and refuse what they would give, write and refuse
through it, in the same transaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from psycopg.errors import UniqueViolation
from sqlalchemy import Executable, bindparam, event, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from storage.database import Database
from storage.postgres import NearConnection
from storage.swift import swift
from storage.tables import RequestBudget
from storage.trouble import DatabaseTrouble, LostRace
from tests.storage.test_swift import BUDGETS, NOW, ROWS, SEEN, SOME, asked
from tests.support.postgres import migrated_database

ADDED = swift(insert(BUDGETS).returning(BUDGETS.c.credential))
QUICK = swift(SOME)


@pytest.fixture
async def database(postgres: str) -> AsyncGenerator[Database]:
    made = Database(migrated_database(postgres))
    try:
        yield made
    finally:
        await made.close()


async def filled(database: Database) -> None:
    async with database.transaction() as tx:
        for row in ROWS:
            assert (await asked(tx.session, ADDED, row)).scalar_one() == row["credential"]


async def test_names_types_and_lists_of_any_length_are_as_sqlalchemy_gives_them(database: Database) -> None:
    await filled(database)
    async with database.read() as tx:
        for names in ([], ["b"], ["a", "c"], ["c", "a", "b"], ["b"]):
            usual = (await asked(tx.session, SOME, {"names": names})).all()
            found = (await asked(tx.session, QUICK, {"names": names})).all()
            assert found == usual
            assert [row._asdict() for row in found] == [one for one in ROWS if one["credential"] in names]


async def test_sqlalchemy_is_not_asked_and_whoever_listens_hears_of_every_statement(database: Database) -> None:
    heard = list[str]()
    async with database.transaction() as tx:
        connection = await tx.session.connection()
        assert (await asked(tx.session, QUICK, {"names": []})).all() == []

        def note(*words: Any) -> None:
            heard.append(words[2])

        sync = database.engine.sync_engine
        event.listen(sync, "before_cursor_execute", note)
        assert (await asked(tx.session, QUICK, {"names": ["a"]})).all() == []
        event.remove(sync, "before_cursor_execute", note)
        assert connection.in_transaction()
    assert sum("request_budget" in one for one in heard) == 1


async def test_both_ways_are_in_one_transaction_and_what_fails_takes_back_both(database: Database) -> None:
    raised = swift(
        update(BUDGETS).where(BUDGETS.c.credential == bindparam("name")).values(per_minute=BUDGETS.c.per_minute + 10)
    )
    await filled(database)

    async def write_and_fail() -> None:
        async with database.transaction() as tx:
            await asked(tx.session, raised, {"name": "a"})
            tx.session.add(RequestBudget(credential="d", per_minute=4))
            await tx.session.flush()
            assert len((await asked(tx.session, QUICK, {"names": ["a", "d"]})).all()) == 2
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with database.read() as tx:
        found = (await asked(tx.session, QUICK, {"names": ["a", "d"]})).all()
        assert [(row.credential, row.per_minute) for row in found] == [("a", 1)]


async def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(database: Database) -> None:
    added = swift(insert(SEEN))
    row = {"key": "one", "at": NOW}
    async with database.at_once() as tx:
        await asked(tx.session, added, row)
    with pytest.raises(LostRace) as told:
        async with database.transaction() as tx:
            await asked(tx.session, added, row)
    refused = told.value.__cause__
    assert isinstance(refused, IntegrityError)
    assert isinstance(refused.orig, UniqueViolation)
    assert (refused.params, refused.connection_invalidated) == (None, False)


async def test_what_is_written_at_once_is_there_for_everybody(database: Database) -> None:
    async with database.at_once() as tx:
        await asked(tx.session, swift(insert(SEEN)), {"key": "one", "at": NOW})
        async with database.read() as other:
            assert await other.session.scalar(select(SEEN.c.key)) == "one"


async def test_a_connection_that_the_server_ended_is_told_and_replaced(database: Database) -> None:
    ended = swift(select(func.pg_terminate_backend(func.pg_backend_pid())))

    async def end() -> None:
        async with database.read() as tx:
            await asked(tx.session, QUICK, {"names": ["a"]})
            await asked(tx.session, ended)

    with pytest.raises(DatabaseTrouble) as told:
        await end()
    assert isinstance(told.value.__cause__, OperationalError)
    assert told.value.__cause__.connection_invalidated
    async with database.read() as tx:
        assert (await asked(tx.session, QUICK, {"names": ["a"]})).all() == []


async def test_what_is_asked_for_the_second_time_is_prepared_on_the_connection_that_units_share(
    database: Database,
) -> None:
    asking = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT request_budget%'")
    backends = set[int]()
    found = list[int]()
    await asyncio.gather(*(_asked_once(database, text("SELECT pg_sleep(0.05)")) for _ in range(3)))
    for _ in range(4):
        await _asked_once(database, QUICK, {"names": ["a"]})
        backends.add(await _asked_once(database, text("SELECT pg_backend_pid()")))
        found.append(await _asked_once(database, asking))
    assert len(backends) == 1
    assert found == [0, 1, 1, 1]


async def test_units_take_the_connection_that_was_made_first_of_those_that_are_free(database: Database) -> None:
    backend = text("SELECT pg_backend_pid()")
    async with database.read() as one, database.read() as two, database.read() as three:
        first, second, third = [(await asked(tx.session, backend)).scalar() for tx in (one, two, three)]
    assert len({first, second, third}) == 3
    async with database.read() as one:
        assert (await asked(one.session, backend)).scalar() in (first, second, third)
        kept = (await asked(one.session, backend)).scalar()
        beside = [await _asked_once(database, backend) for _ in range(3)]
    assert len(set(beside)) == 1
    assert kept not in beside
    assert [await _asked_once(database, backend) for _ in range(3)] == [kept] * 3


async def test_who_is_cancelled_while_it_connects_leaves_no_connection(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, opened = NearConnection.connect, list[NearConnection]()

    async def slowly(*arguments: Any, **options: Any) -> NearConnection:
        opened.append(await made(*arguments, **options))
        await asyncio.sleep(0.1)
        return opened[-1]

    monkeypatch.setattr(NearConnection, "connect", slowly)
    asking = asyncio.create_task(_asked_once(database, text("SELECT 1")))
    async with asyncio.timeout(10):
        while not opened:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        asking.cancel()
        while not opened[0].closed:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await _asked_once(database, text("SELECT 1")) == 1


async def _asked_once(database: Database, statement: Executable, values: Any = None) -> Any:
    async with database.read() as tx:
        return (await asked(tx.session, statement, values)).scalar()
