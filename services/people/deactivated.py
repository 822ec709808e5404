"""Who is still there: people who were deactivated in Slack keep their history, and are put on call by nothing.

Somebody whom the directory does not know yet counts as there.
"""

from __future__ import annotations

from collections.abc import Iterable

from storage.tables import Member, Schedule
from storage.unit import Unit


async def gone_among(tx: Unit, workspace_id: int, users: Iterable[str | None]) -> set[str]:
    """Those of ``users`` who were deactivated in Slack."""
    known = await tx.people.named(workspace_id, {user for user in users if user})
    return {user for user, person in known.items() if person.deleted}


async def assignable_member(tx: Unit, schedule: Schedule, user: str | None) -> Member | None:
    """The member, if they can be put on call now; to be looked at only."""
    part = await tx.schedules.part(schedule.id, user) if user else None
    fits = part is not None and part.member is not None and part.member.assignable and not part.is_gone
    return part.member if part is not None and fits else None


async def why_not(tx: Unit, schedule: Schedule, user: str | None) -> str:
    """What to say of somebody who can't be put on call."""
    if user and await gone_among(tx, schedule.workspace_id, [user]):
        return "They were deactivated in Slack, so they can't be on call. Choose somebody else."
    return "Choose a member of this schedule who can be assigned."
