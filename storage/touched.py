"""What a transaction changed that somebody's Home tab may show.

Nearly everything that is changed leaves a line in the audit trail, which names the schedule, or the workspace alone.
What is changed without one is watched by its columns here. So whoever adds a service need not think of Home tabs;
statements that go past the session (``update(...)``) say so with :func:`touch` where no audit line goes with them, as
the audit trail does itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import get_history

from storage.tables import (
    AccessRequest,
    CoverRequest,
    Destination,
    Member,
    Person,
    Schedule,
    SwapRequest,
)

TOUCHED = "baton_touched"


@dataclass(frozen=True, slots=True)
class Touched:
    """A schedule, one person of a workspace, or all of it."""

    workspace_id: int | None = None
    schedule_id: int | None = None
    user_id: str = ""


WATCHED: dict[type[object], tuple[str, ...]] = {
    AccessRequest: ("state",),
    CoverRequest: ("state",),
    SwapRequest: ("state", "agreed"),
    Destination: ("status", "status_reason", "pending_digest", "paused", "external_name", "mode", "role_id"),
    Member: ("access", "assignable"),
    Schedule: ("name", "archived_at"),
    Person: ("deleted", "is_admin", "is_guest", "is_stranger", "is_bot"),
}
"""What is shown of what was there before; whatever is new or goes away is shown, too, except for people: whoever is new
has not opened a Home tab yet."""


def touch(session: AsyncSession, *what: Touched) -> None:
    """Have this marked when the transaction ends."""
    session.info.setdefault(TOUCHED, set()).update(what)


def touched(session: AsyncSession) -> set[Touched]:
    """What this transaction has touched so far, as far as it was sent to the database."""
    return session.info.get(TOUCHED, set())


@event.listens_for(Session, "before_flush")
def _note(session: Session, _context: object, _instances: object) -> None:
    found = set(_concerned(session))
    if found:
        session.info.setdefault(TOUCHED, set()).update(found)


def _concerned(session: Session) -> Iterator[Touched]:
    for row in (*session.new, *session.deleted):
        if type(row) in WATCHED and not isinstance(row, Person):
            yield _of(row)
    for row in session.dirty:
        if any(get_history(row, column).has_changes() for column in WATCHED.get(type(row), ())):
            yield _of(row)


def _of(row: object) -> Touched:
    match row:
        case Schedule() | AccessRequest():
            return Touched(workspace_id=row.workspace_id)
        case Person():
            return Touched(workspace_id=row.workspace_id, user_id=row.user_id)
        case CoverRequest() | SwapRequest() | Destination() | Member():
            return Touched(schedule_id=row.schedule_id)
        case _:
            raise TypeError(f"nobody has said whom {type(row).__name__} concerns")
