"""Rows that are only looked at: as SQLAlchemy reads them, and nothing that is done to them is ever written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import aliased

from storage.plain import Plain, with_changes
from storage.tables import Person, Workspace
from tests.support.memory import MemoryDatabase
from tests.support.migrated import image

NOW = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
_BOSS = aliased(Person)
QUERY = (
    select(Person, Workspace.created_at, Workspace, _BOSS)
    .join(Workspace, Workspace.id == Person.workspace_id)
    .outerjoin(_BOSS, and_(_BOSS.workspace_id == Workspace.id, _BOSS.user_id == bindparam("boss")))
    .where(Person.user_id.in_(bindparam("users", expanding=True)))
    .order_by(Person.user_id)
)
PEOPLE = Plain(QUERY)
COLUMNS = [column.key for column in Person.__table__.columns]


@pytest.fixture
async def database() -> MemoryDatabase:
    made = MemoryDatabase()
    made.restore(image())
    async with made.transaction() as tx:
        workspace = await tx.people.ensure_workspace("T1", "", "Acme", NOW)
        people = [("U0", "n0"), ("U1", "n1"), ("U2", "n2")]
        await tx.people.keep(
            Person(workspace_id=workspace.id, user_id=user, name=name, seen_at=NOW) for user, name in people
        )
    return made


@pytest.mark.parametrize("users", [[], ["U1"], ["U0", "U2"]])
@pytest.mark.parametrize("boss", ["U0", "U9"])
async def test_they_are_what_sqlalchemy_reads(database: MemoryDatabase, users: list[str], boss: str) -> None:
    wanted = {"users": users, "boss": boss}
    async with database.read() as tx:
        usual = (await tx.session.execute(QUERY, wanted)).all()
        found = await PEOPLE.rows(tx.session, wanted)
    assert [person.user_id for person, *_ in found] == users
    for (person, created_at, workspace, above), (same, at, where, theirs) in zip(found, usual, strict=True):
        assert [getattr(person, name) for name in COLUMNS] == [getattr(same, name) for name in COLUMNS]
        assert (created_at, workspace.team_id, workspace.created_at) == (at, where.team_id, where.created_at)
        assert (above and above.user_id) == (theirs and theirs.user_id) == ("U0" if boss == "U0" else None)


async def test_what_was_changed_before_in_the_transaction_is_seen(database: MemoryDatabase) -> None:
    async with database.transaction() as tx:
        person = await tx.people.get(1, "U1")
        assert person is not None
        person.real_name = "Ada"
        row = await PEOPLE.first(tx.session, {"users": ["U1"], "boss": ""})
        assert row is not None
        assert row[0].real_name == "Ada"
        assert row[0] is not person


async def test_whoever_changes_one_is_told_and_a_changed_copy_changes_nothing_stored(database: MemoryDatabase) -> None:
    async with database.transaction() as tx:
        known = (await tx.people.named(1, ["U1"]))["U1"]
        with pytest.raises(AttributeError):
            known.real_name = "Ada"
        other = with_changes(known, real_name="Ada")
        assert (known.real_name, other.real_name, other.name, type(other)) == ("", "Ada", "n1", Person)
    async with database.read() as tx:
        assert (await tx.people.named(1, ["U1"]))["U1"].real_name == ""


async def test_where_there_is_none_there_is_none(database: MemoryDatabase) -> None:
    async with database.read() as tx:
        assert await PEOPLE.first(tx.session, {"users": ["U9"], "boss": "U0"}) is None
