"""The queue's tables on PostgreSQL: made and moved by `baton migrate`, by several at once, beside an older process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import migrations, queue_schema
from storage.database import Database
from storage.trouble import DatabaseTrouble
from tests.support.postgres import new_database

VERSIONS = Path(migrations.__file__).parent / "versions"
TAKES_AWAY = ("drop_column", "drop_table", "rename_table", "new_column_name", "DROP COLUMN", "DROP TABLE", "RENAME")


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[Database]:
    database = Database(new_database(postgres))
    yield database
    await database.close()


async def run(database: Database, *statements: str) -> None:
    async with database.engine.begin() as connection:
        for statement in statements:
            await connection.run_sync(queue_schema.run, statement)


async def tables(database: Database) -> int | None:
    async with database.engine.connect() as connection:
        return await connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"))


async def test_two_who_migrate_at_once_make_everything_once(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    assert "no queue for jobs yet" in (await database.queue())[0]
    await asyncio.gather(database.migrate(), other.migrate())
    await other.close()
    made = await tables(database)
    assert await database.queue() == ("", [])
    await database.migrate()
    assert await tables(database) == made


async def test_an_older_queue_is_moved_as_far_as_older_processes_bear_and_then_to_its_end(database: Database) -> None:
    folder = queue_schema.folder() / queue_schema.STEPS
    until = queue_schema.steps().index("03.02.00_50_post_batch_defer_jobs.sql") + 1
    for name in queue_schema.steps()[:until]:
        await run(database, (folder / name).read_text())
    last = queue_schema.steps()[until - 1]
    await run(database, f"COMMENT ON TABLE procrastinate_jobs IS 'Baton''s queue after {last}'")
    assert "older than procrastinate" in (await database.queue())[0]
    await database.migrate()
    assert await database.queue() == ("", ["03.04.00_50_post_add_retry_failed_job_procedure.sql"])
    await database.migrate(finish=True)
    assert await database.queue() == ("", [])


async def test_a_job_is_found_by_a_few_pages_among_thousands_that_nobody_has_counted(database: Database) -> None:
    await database.migrate()
    await run(
        database,
        "INSERT INTO procrastinate_workers DEFAULT VALUES",
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock)"
        " SELECT 'work', 'work', number, number FROM generate_series(1, 2000) AS number",
    )
    asking = "SELECT * FROM procrastinate_fetch_job_v2(ARRAY['work']::varchar[], 1)"
    async with database.engine.begin() as connection:
        plan = await connection.scalar(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {asking}"))
    assert plan is not None
    assert plan[0]["Plan"]["Actual Rows"] == 1
    assert plan[0]["Plan"]["Shared Hit Blocks"] < 1000


async def test_a_queue_that_another_program_made_is_left_alone(database: Database) -> None:
    await run(database, (queue_schema.folder() / "sql" / "schema.sql").read_text())
    with pytest.raises(DatabaseTrouble, match="another program made"):
        await database.migrate()


async def test_a_process_of_the_release_before_goes_on_beside_newer_tables_and_no_older_one_does(
    database: Database,
) -> None:
    await database.migrate()
    await run(database, "UPDATE alembic_version SET version_num = '9999'")
    assert await database.revision() == ("9999", "9999")
    await database.migrate()
    assert await database.revision() == ("9999", "9999")
    await run(database, "COMMENT ON TABLE alembic_version IS 'Usable from revision 9998'")
    with pytest.raises(DatabaseTrouble, match="a newer Baton has used it"):
        await database.revision()


def test_no_migration_takes_away_what_the_oldest_process_beside_it_reads() -> None:
    later = [file for file in VERSIONS.glob("0*.py") if file.name[:4] > migrations.OLDEST]
    found = [
        f"{file.name}: {word}"
        for file in later
        for word in TAKES_AWAY
        if word in file.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
    ]
    assert found == [], "raise OLDEST in storage/migrations, or leave what is there for one release more"
