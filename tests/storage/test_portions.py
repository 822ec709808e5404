"""What the clock looks for is taken in portions, whoever waited longest first, and nothing twice before its time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from storage.tables import Destination
from tests.support.filled import NOW, Filling
from tests.support.filled_tables import EVERYTHING
from tests.support.memory import MemoryDatabase, memory_database

HOUR = timedelta(hours=1)


async def test_accounts_are_listed_and_workspaces_looked_through_so_many_at_a_time() -> None:
    async with memory_database() as database:
        fill(database, 100)  # in five workspaces, with an account each
        accounts, workspaces = list[list[int]](), list[list[int]]()
        for minute in (0, 1, 2, 3, 61):
            now = NOW + timedelta(minutes=minute)
            async with database.transaction() as tx:
                accounts.append(await tx.connections.to_relist(now, now + HOUR, 2))
                workspaces.append(await tx.people.to_look_through(now, now + HOUR, 2))
    assert accounts == workspaces == [[1, 2], [3, 4], [5], [], [1, 2]]


async def test_user_groups_and_topics_are_checked_so_many_at_a_time() -> None:
    async with memory_database() as database:
        fill(database, 2)
        async with database.transaction() as tx:
            assert await tx.presence.check(NOW, NOW + HOUR, 3) == 3
        async with database.transaction() as tx:
            assert await tx.presence.check(NOW, NOW + HOUR, 3) == 1
            assert await tx.presence.due_workspaces(NOW) == [1]
        async with database.read() as tx:
            assert all(row.to_check for row in (await tx.presence.targets(1)).values())


async def test_what_is_due_is_counted_by_account_whether_by_time_or_for_a_change() -> None:
    async with memory_database() as database:
        fill(database, 60)
        async with database.transaction() as tx:
            later = update(Destination).values(refresh_due_at=NOW + HOUR, dirty=0)
            await tx.session.execute(later)
            for ids, values in (([3, 41], {"dirty": 1}), ([5, 41], {"refresh_due_at": NOW - HOUR})):
                await tx.session.execute(update(Destination).where(Destination.id.in_(ids)).values(**values))
            await tx.session.execute(update(Destination).where(Destination.id == 45).values(dirty=1, removed_at=NOW))
        async with database.read() as tx:
            assert sorted(await tx.destinations.due_accounts(NOW)) == [(1, 2, 3), (3, 1, 41)]
            assert sorted(await tx.destinations.due(NOW)) == [(3, 1), (5, 1), (41, 3)]


def fill(database: MemoryDatabase, schedules: int) -> None:
    with database.begin() as connection:
        Filling(connection, schedules, "").fill(EVERYTHING)
