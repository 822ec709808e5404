"""Statements that go past SQLAlchemy give what it gives, and are left to it wherever that is not so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import Executable, Insert, Table, bindparam, delete, event, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from storage.swift import _known, carried_out, swift
from storage.tables import HomeView, RequestBudget, SeenEvent
from tests.support.memory import MemoryDatabase
from tests.support.migrated import image

NOW = datetime(2026, 11, 30, 9, 30, 15, 250, tzinfo=UTC)
BUDGETS, SEEN = cast(Table, RequestBudget.__table__), cast(Table, SeenEvent.__table__)
ROWS = [
    {"credential": name, "per_minute": number, "taken": [[number, name]], "routine_from": since, "urgent_from": None}
    for name, number, since in (("a", 1, NOW), ("b", 2, None), ("c", 3, NOW))
]
SOME = (
    select(BUDGETS).where(BUDGETS.c.credential.in_(bindparam("names", expanding=True))).order_by(BUDGETS.c.credential)
)


@pytest.fixture
def database() -> MemoryDatabase:
    made = MemoryDatabase()
    made.restore(image())
    return made


async def asked(session: AsyncSession, statement: Executable, values: Any = None) -> Any:
    return await (await session.connection()).execute(statement, values)


async def filled(database: MemoryDatabase) -> None:
    async with database.transaction() as tx:
        await tx.session.execute(insert(BUDGETS), ROWS)


@pytest.mark.parametrize("names", [[], ["b"], ["a", "c"], ["c", "a", "b"]])
async def test_names_types_and_lists_of_any_length_are_as_sqlalchemy_gives_them(
    database: MemoryDatabase, names: list[str]
) -> None:
    await filled(database)
    quick = swift(SOME)
    async with database.read() as tx:
        usual = (await asked(tx.session, SOME, {"names": names})).all()
        for _ in range(2):
            found = (await asked(tx.session, quick, {"names": names})).all()
            assert found == usual
            assert [row._asdict() for row in found] == [one for one in ROWS if one["credential"] in names]


async def test_what_is_written_past_sqlalchemy_is_what_it_reads(database: MemoryDatabase) -> None:
    added = swift(insert(BUDGETS).returning(BUDGETS.c.credential))
    raised = swift(
        update(BUDGETS)
        .where(BUDGETS.c.credential == bindparam("name"))
        .values(per_minute=BUDGETS.c.per_minute + 10)
        .returning(BUDGETS.c.per_minute)
    )
    async with database.transaction() as tx:
        for row in ROWS:
            assert (await asked(tx.session, added, [row])).scalar_one() == row["credential"]
        assert (await asked(tx.session, raised, {"name": "b"})).scalar_one_or_none() == 12
        assert (await asked(tx.session, raised, {"name": "nobody"})).scalar_one_or_none() is None
    async with database.read() as tx:
        rows = (await tx.session.execute(select(BUDGETS).order_by(BUDGETS.c.credential))).mappings()
        assert [dict(row) for row in rows] == [ROWS[0], {**ROWS[1], "per_minute": 12}, ROWS[2]]


async def test_what_is_copied_by_a_list_follows_its_length(database: MemoryDatabase) -> None:
    await filled(database)
    named = BUDGETS.c.credential.in_(bindparam("names", expanding=True))
    copied = swift(insert(SEEN).from_select(["key", "at"], select(BUDGETS.c.credential, literal(NOW)).where(named)))
    async with database.transaction() as tx:
        for names in (["b"], ["a", "c"]):
            await asked(tx.session, copied, {"names": names})
        assert set(await tx.session.scalars(select(SEEN.c.key))) == {"a", "b", "c"}


async def test_lists_of_many_lengths_have_few_texts(database: MemoryDatabase) -> None:
    await filled(database)
    quick = swift(SOME.with_only_columns(BUDGETS.c.credential))
    async with database.read() as tx:
        for length in range(70):
            names = [f"n{number}" for number in range(length - 1)] + ["b"] * (length > 0)
            assert (await asked(tx.session, quick, {"names": names})).all() == [("b",)][: len(names)]
    assert len(_known[id(quick)].texts) == len({0, 1, 2, 4, 8, 16, 32, 64, 128})


async def test_many_rows_at_once_are_written_and_told_of_as_sqlalchemy_would(database: MemoryDatabase) -> None:
    added = insert_or_ignore(BUDGETS).on_conflict_do_nothing().returning(BUDGETS.c.credential)
    quick = swift(added)
    async with database.transaction() as tx:
        assert (await asked(tx.session, quick, ROWS[:2])).all() == [("a",), ("b",)]
        assert (await asked(tx.session, quick, ROWS)).all() == [("c",)]
        assert (await asked(tx.session, quick, ROWS)).all() == (await asked(tx.session, added, ROWS)).all() == []
    async with database.read() as tx:
        rows = (await tx.session.execute(select(BUDGETS).order_by(BUDGETS.c.credential))).mappings()
        assert [dict(row) for row in rows] == ROWS


async def test_where_one_of_many_rows_is_refused_that_is_raised_and_nothing_is_written(
    database: MemoryDatabase,
) -> None:
    rows = [{"key": key, "at": NOW} for key in ("one", "two", "one", "three")]
    added = swift(insert(SEEN))
    with pytest.raises(IntegrityError) as told:
        async with database.transaction() as tx:
            await asked(tx.session, added, rows)
    assert told.value.params is None
    async with database.read() as tx:
        assert await tx.session.scalar(select(SEEN.c.key)) is None


async def test_rows_with_lists_or_with_what_a_column_cannot_have_are_sqlalchemys_to_refuse(
    database: MemoryDatabase,
) -> None:
    gone = swift(delete(BUDGETS).where(BUDGETS.c.credential.in_(bindparam("names", expanding=True))))
    added = swift(insert(SEEN))
    await filled(database)
    async with database.transaction() as tx:
        with pytest.raises(StatementError):
            await asked(tx.session, gone, [{"names": ["a"]}, {"names": ["b", "c"]}])
        for rows in ([{"key": "one", "at": NOW}, {"key": "two", "at": "noon"}], {"key": "two", "at": "noon"}):
            with pytest.raises(StatementError):
                await asked(tx.session, added, rows)
        assert await tx.session.scalar(select(func.count()).select_from(BUDGETS)) == len(ROWS)
        assert await tx.session.scalar(select(func.count()).select_from(SEEN)) == 0


@pytest.mark.parametrize("names", [{"a", "b", "c"}, {"a": 1, "b": 2, "c": 3}.keys(), ("a", "b", "c")])
async def test_a_list_may_be_any_collection(database: MemoryDatabase, names: Any) -> None:
    await filled(database)
    quick = swift(SOME)
    async with database.read() as tx:
        assert len((await asked(tx.session, quick, {"names": names})).all()) == 3


async def test_rows_that_name_different_columns_are_left_to_sqlalchemy(database: MemoryDatabase) -> None:
    added = swift(insert(BUDGETS))
    rows = [{"credential": "a", "per_minute": 1, "taken": []}, {"credential": "b", "per_minute": 1}]
    async with database.transaction() as tx:
        with pytest.raises(StatementError, match="parameter 'taken', in parameter group 1"):
            await asked(tx.session, added, rows)


async def test_what_the_database_refuses_is_raised_as_ever(database: MemoryDatabase) -> None:
    added = swift(insert(SEEN))
    async with database.transaction() as tx:
        await asked(tx.session, added, {"key": "one", "at": NOW})
        with pytest.raises(IntegrityError):
            await asked(tx.session, added, {"key": "one", "at": NOW})


async def test_whoever_listens_hears_of_every_statement(database: MemoryDatabase) -> None:
    heard = list[str]()
    engine = database._inline.engine
    quick = swift(select(SEEN.c.key))

    def note(*words: Any) -> None:
        heard.append(words[2])

    event.listen(engine, "before_cursor_execute", note)
    async with database.read() as tx:
        assert (await asked(tx.session, quick)).all() == []
        assert (await asked(tx.session, quick, {})).all() == []
    event.remove(engine, "before_cursor_execute", note)
    assert sum("seen_event" in one for one in heard) == 2


async def test_what_sqlalchemy_makes_up_in_python_is_left_to_it(database: MemoryDatabase) -> None:
    made_up: Insert = swift(insert(cast(Table, HomeView.__table__)))
    row = {"workspace_id": 1, "user_id": "U1", "opened_at": NOW}
    async with database.read() as tx:
        connection = await tx.session.connection()
        prefetched = made_up.compile(dialect=connection.dialect, column_keys=list(row)).insert_prefetch
        answer = carried_out(cast(Any, connection)._connection, made_up, row) if prefetched else None
    assert prefetched
    assert answer is None
