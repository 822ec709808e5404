#!/bin/sh
# Alembic 1.20.1 with SQLAlchemy 2.1.9 on SQLite.
#
# Good guess: changing a column's default with batch_alter_table changes that table, and no row anywhere.
# What happens: with PRAGMA foreign_keys = ON the rows of every table that refers to it with ON DELETE CASCADE are gone.
# Batch mode copies the table, drops the former one and renames the copy, and SQLite deletes all rows before it drops.
# The migration succeeds without a word, and switching the pragma off inside of its transaction does nothing.
#
# Why it matters here: one changed column of "workspace" would empty every schedule, shift and connection of an upgraded
# Baton. The migrations are run with the pragma off, set before their transaction, and the references checked afterwards.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet alembic==1.20.1 sqlalchemy==2.1.9
"$folder/venv/bin/python" - <<'PY'
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations


def children_left(pragma_inside: bool) -> int:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.exec_driver_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT)")
        connection.exec_driver_sql(
            "CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent (id) ON DELETE CASCADE)"
        )
        connection.exec_driver_sql("INSERT INTO parent (id) VALUES (1)")
        connection.exec_driver_sql("INSERT INTO child VALUES (1, 1), (2, 1)")
        connection.commit()
        connection.exec_driver_sql("INSERT INTO parent (id) VALUES (2)")  # a transaction is open, as in a migration
        if pragma_inside:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        with Operations(MigrationContext.configure(connection)).batch_alter_table("parent") as table:
            table.alter_column("name", server_default="somebody")
        return connection.exec_driver_sql("SELECT count(*) FROM child").scalar_one()


left = {"pragma on": children_left(False), "switched off inside the transaction": children_left(True)}
print("rows of the referring table, 2 before:", left)
raise SystemExit(0 if set(left.values()) == {0} else 1)
PY
