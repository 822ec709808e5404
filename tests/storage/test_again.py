"""What lost a race is run again; and nothing that opens a write transaction is left out of that."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from handlers.kit.errors import wording
from storage.again import TRIES, run_again
from storage.database import Database
from storage.trouble import LostRace
from tests.support.postgres import new_database

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "sync", "notices", "bot")
BY_THE_RECONCILE = {"fenced"}
AT_THE_START_ALONE = {"assemble", "_begin"}
WRITES_THERE = {"arrange", "create", "create_schedule", "create_user", "delete", "delete_schedule", "rename_schedule"}


def opening() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    """Every function that opens a write transaction itself."""
    for path in sorted(found for folder in FOLDERS for found in (ROOT / folder).rglob("*.py")):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in ("transaction", "at_once"):
                around = [f for f in functions if f.lineno <= call.lineno <= (f.end_lineno or 0)]
                yield f"{path.relative_to(ROOT)}", max(around, key=lambda one: one.lineno)


def test_whatever_opens_a_transaction_is_run_again_when_it_loses_a_race() -> None:
    found = [(path, one) for path, one in opening() if one.name not in BY_THE_RECONCILE | AT_THE_START_ALONE]
    assert len(found) > 80
    names = [f"{path}: {one.name}" for path, one in found]
    assert sorted({name for name in names if names.count(name) > 1}) == [], "one transaction each"
    forgotten = [f"{path}: {one.name}" for path, one in found if not _is_run_again(one)]
    assert forgotten == []


def test_what_is_run_again_writes_to_no_external_system() -> None:
    calls = {
        f"{path}: {one.name} calls {call.func.attr}"
        for path, one in opening()
        for call in ast.walk(one)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in WRITES_THERE
    }
    assert calls == set()


def _is_run_again(one: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "run_again" for mark in one.decorator_list)


async def test_after_three_lost_races_it_is_said_and_not_tried_by_those_around_it() -> None:
    tries: list[int] = []

    @run_again
    async def loser() -> None:
        tries.append(1)
        raise LostRace

    @run_again
    async def around() -> None:
        await loser()

    with pytest.raises(LostRace) as lost:
        await around()

    assert len(tries) == TRIES
    assert "please try again" in wording(lost.value, {})


@pytest.fixture
def address(postgres: str) -> str:
    return new_database(postgres)


async def test_a_deadlock_is_run_again_and_both_are_done(address: str) -> None:
    database = Database(address)
    await _numbers(database)
    met: list[int] = []

    @run_again
    async def raise_both(first: int, second: int) -> None:
        async with database.transaction() as tx:
            await tx.session.execute(text("UPDATE number SET n = n + 1 WHERE id = :id"), {"id": first})
            met.append(first)
            for _ in range(200):  # until the other one holds its first row as well
                if len(set(met)) == 2:
                    break
                await asyncio.sleep(0.01)
            await tx.session.execute(text("UPDATE number SET n = n + 1 WHERE id = :id"), {"id": second})

    await asyncio.gather(raise_both(1, 2), raise_both(2, 1))

    async with database.read() as tx:
        assert list(await tx.session.scalars(text("SELECT n FROM number ORDER BY id"))) == [2, 2]
    assert len(met) == 3, "one of them lost"
    await database.close()


async def test_a_broken_rule_stays_what_it_is(address: str) -> None:
    database = Database(address)
    await _numbers(database)

    @run_again
    async def twice() -> None:
        async with database.transaction() as tx:
            await tx.session.execute(text("INSERT INTO number VALUES (1, 0)"))

    with pytest.raises(IntegrityError):
        await twice()
    await database.close()


async def _numbers(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.session.execute(text("CREATE TABLE number (id int PRIMARY KEY, n int)"))
        await tx.session.execute(text("INSERT INTO number VALUES (1, 0), (2, 0)"))


async def test_of_two_who_migrate_at_once_both_succeed(address: str) -> None:
    databases = [Database(address) for _ in range(3)]

    await asyncio.gather(*(one.migrate() for one in databases))

    assert [current == newest for current, newest in [await one.revision() for one in databases]] == [True] * 3
    for one in databases:
        await one.close()
