#!/bin/sh
# SQLAlchemy 2.1.9 with Python's sqlite3, whose transactions begin by BEGIN, sent when SQLAlchemy tells of a beginning.
# A good guess: a statement that fails takes back itself alone, as after a broken constraint; what comes before and after it
# in the transaction stays together, and is stored or taken back as one.
# What happens: when the disk is full SQLite takes back the whole transaction at once, as it says that it may
# (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction"). SQLAlchemy still says that it is in
# one; what is written next is stored by itself, and neither the rollback nor an error at the end takes it back.
# Why it matters here: whoever meets the error and tries once more, or goes on, stores half of what belongs together.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "SQLAlchemy==2.1.9"
"$folder/venv/bin/python" - "$folder/notes.db" <<'P'
import sys
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

engine = create_engine(f"sqlite:///{sys.argv[1]}")


@event.listens_for(engine, "connect")
def by_hand(connection, _record):
    connection.isolation_level = None


@event.listens_for(engine, "begin")
def begin(connection):
    connection.exec_driver_sql("BEGIN")


def stored():
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT name FROM note ORDER BY name")))


def kept(failing, error):
    """What is stored of three notes, of which the one in the middle is refused, after a rollback of all of them."""
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO note VALUES ('first', '')"))
        try:
            connection.execute(text(failing))
        except error as refused:
            print(f"  refused: {refused.orig}")
        connection.execute(text("INSERT INTO note VALUES ('last', '')"))
        print(f"  SQLAlchemy says that it is in a transaction: {connection.in_transaction()}")
        connection.rollback()
    return stored()


with engine.begin() as connection:
    connection.execute(text("CREATE TABLE note (name VARCHAR PRIMARY KEY, words VARCHAR)"))
print("a name that is taken:")
after_clash = kept("INSERT INTO note VALUES ('first', 'again')", IntegrityError)
print(f"  stored after the rollback: {after_clash}")
print("a disk that is full:")
with engine.connect() as connection:
    connection.exec_driver_sql(f"PRAGMA max_page_count = {connection.exec_driver_sql('PRAGMA page_count').scalar() + 2}")
after_full = kept(f"INSERT INTO note VALUES ('much', '{'x' * 100_000}')", OperationalError)
print(f"  stored after the rollback: {after_full}")
sys.exit(0 if (after_clash, after_full) == ([], ["last"]) else 1)
P
