#!/usr/bin/env bash
# SQLAlchemy 2.1.9, Python 3.11.
# Good guess: in the event before_cursor_execute, "executemany – boolean, if True, this is an executemany() call, if False, this
#   is an execute() call" (its documentation). So with True, `parameters` is a list of rows and parameters[0] is the first of them.
# What happens: rows that are added to a session, whose ids have to come back, are inserted by execute() with one flat tuple
#   of values, and the event says executemany=True. parameters[0] is then the first column's value.
# Why it matters here: a test records each statement with its values and asks for its plan (tests/support/plans.py); it
#   took a column's value for a row, and the statement could not be explained.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sqlalchemy==2.1.9 2>/dev/null
cat > "$folder/look.py" <<'PYTHON'
import sys

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "row"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


engine = sa.create_engine("sqlite://")
Base.metadata.create_all(engine)
heard = []


@sa.event.listens_for(engine, "before_cursor_execute")
def listen(connection, cursor, statement, parameters, context, executemany):
    if statement.startswith("INSERT"):
        heard.append((executemany, parameters))
        print(f"executemany={executemany} parameters={parameters!r}  {statement}")


with Session(engine) as session:
    session.add_all([Row(name="Ann"), Row(name="Bob")])
    session.commit()
sys.exit(0 if heard == [(True, ("Ann",)), (True, ("Bob",))] else 1)
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
