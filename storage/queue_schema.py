"""The tables of procrastinate, which the processes on one PostgreSQL share their jobs by.

They are in the schema that Baton's own are in, since its functions look for them by the search path, which a pooler
need not keep. procrastinate does not write down which of its migrations were applied; a comment on its table does,
and is restored with a dump.

Its migrations come in pairs: *pre* is what the former release can live with, *post* is not. So that an old and a new
process can run side by side, an upgrade stops before a *post* that nothing else follows; ``finish`` applies it, once no
old process is left. A database that has no tables yet is given the newest ones.

Asking for a job is made to cost the same however many wait. The statement of procrastinate 3.10 that does it looks for
each waiting job whether another one of its lock comes first, by an index that does not begin with the lock; and as long
as PostgreSQL has not counted the rows, it does so for all of them and then sorts: with 5,000 waiting a second for
each job, in the minute after they have come. Baton gives it the index, and has it take the first that fits.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import Connection, text

from storage.migrations import ONE_AT_A_TIME
from storage.trouble import DatabaseTrouble

STEPS = Path("sql", "migrations")
AFTERWARDS = "_50_post_"
_FOUND = text(
    "SELECT to_regclass('procrastinate_jobs') IS NOT NULL, obj_description(to_regclass('procrastinate_jobs'))"
)
_PREFIX = "Baton's queue after "
_BY_LOCK = (
    "CREATE INDEX IF NOT EXISTS baton_jobs_by_lock ON procrastinate_jobs (lock)"
    " WHERE status IN ('todo'::procrastinate_job_status, 'doing'::procrastinate_job_status)"
)
_ASKS = text(
    "SELECT CAST(CAST(oid AS regprocedure) AS text) FROM pg_proc WHERE proname LIKE 'procrastinate\\_fetch\\_job%'"
    " AND pronamespace = CAST(current_schema() AS regnamespace) AND proconfig IS NULL"
)
_IN_ORDER = ("enable_sort = off", "enable_bitmapscan = off")
"""What leaves only the index of waiting jobs in their order, of which the first that fits is taken."""


def step(connection: Connection, *, finish: bool = False) -> bool:
    """Apply the next step to what this version needs, with ``finish`` to the newest there is; whether there was one.

    Each is a transaction of its own, since some use what the one before added (a new value of an enumeration can't be
    used before it is committed). Whoever comes at the same time waits for the lock, and then finds the step done.
    Raises DatabaseTrouble.
    """
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": ONE_AT_A_TIME})
    there, last = _state(connection)
    if not there:
        run(connection, (folder() / "sql" / "schema.sql").read_text())
        _note(connection, steps()[-1])
        return True
    if not last:
        raise DatabaseTrouble(
            "it has tables of procrastinate that another program made; Baton needs a database, or a schema, of its own"
        )
    name = next((name for name in _wanted(finish=finish) if name > last), None)
    if name is None:
        _quicken(connection)
        return False
    run(connection, (folder() / STEPS / name).read_text())
    _note(connection, name)
    return True


def _quicken(connection: Connection) -> None:
    """Where it is not done yet, or procrastinate has replaced a function."""
    run(connection, _BY_LOCK)
    for function in connection.scalars(_ASKS).all():
        for setting in _IN_ORDER:
            run(connection, f"ALTER FUNCTION {function} SET {setting}")


def condition(connection: Connection) -> tuple[str, list[str]]:
    """Why jobs can't be left in this database, as a sentence, empty where they can (a newer queue is no trouble); and
    the steps that are left for when no older process runs any more."""
    there, last = _state(connection)
    if not there:
        return "The database has no queue for jobs yet. Run `baton migrate` first.", []
    if last < _wanted()[-1]:
        return f"The queue is older than procrastinate {version('procrastinate')}. Run `baton migrate` first.", []
    return "", [name for name in steps() if name > last]


def _wanted(*, finish: bool = False) -> list[str]:
    """The steps to be applied, in order."""
    wanted = list(steps())
    while not finish and AFTERWARDS in wanted[-1]:
        wanted.pop()
    return wanted


def _state(connection: Connection) -> tuple[bool, str]:
    """Whether there is a queue, and its last step; empty where Baton did not make it."""
    there, comment = connection.execute(_FOUND).one()
    found = comment or ""
    return there, found.removeprefix(_PREFIX) if found.startswith(_PREFIX) else ""


def _note(connection: Connection, name: str) -> None:
    run(connection, f"COMMENT ON TABLE procrastinate_jobs IS '{_PREFIX.replace(chr(39), chr(39) * 2)}{name}'")


def run(connection: Connection, script: str) -> None:
    """Carry out statements without parameters, of which a script may hold several."""
    connection.execution_options(no_parameters=True).exec_driver_sql(script)


@cache
def steps() -> list[str]:
    """Names of the migrations that the installed procrastinate has, in their order."""
    return sorted(file.name for file in (folder() / STEPS).glob("*.sql"))


def folder() -> Path:
    """Where procrastinate is installed; it is not imported for this. Raises DatabaseTrouble where it is not."""
    spec = find_spec("procrastinate")
    if spec is None or spec.origin is None:
        raise DatabaseTrouble("PostgreSQL needs procrastinate, which is not installed: install `baton[postgres]`")
    return Path(spec.origin).parent
