"""Who could cover a stretch of a role, with what :mod:`oncall.covering` ranks them by.

Candidates are the members who can be put on call and are still in Slack, but for who asks, and for those who have
switched requests for cover off: they would be waited for in vain. Their shares count from the role's last
:data:`LOOKED_BACK`, as *balance* shows them; what is proposed counts like what is confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from notices.deciding.topics import PERSONAL_METHODS, Topic, wanted_by_default
from oncall.covering import Candidate
from oncall.fairness.balance import Served, Sharer, hours_under
from oncall.timeline import Interval
from storage.tables import CoverRequest, Schedule
from storage.unit import Unit

LOOKED_BACK = timedelta(days=180)


async def candidates_for(tx: Unit, schedule: Schedule, request: CoverRequest, now: datetime) -> list[Candidate]:
    """Everybody who may be on call there, in the order of the members; who could have the time is still to be seen."""
    members = [one.user_id for one in await tx.schedules.members(schedule.id) if one.assignable]
    users = await _reachable(tx, schedule.workspace_id, [user for user in members if user != request.user_id])
    under = await _under(tx, request.role_id, members, now)
    shifts = await tx.shifts.of_users(
        schedule.workspace_id, users, request.starts_at - timedelta(days=1), request.ends_at + timedelta(days=1)
    )
    return [
        Candidate(user=user, under=under[user], on_call=[shift.interval for shift in shifts[user]]) for user in users
    ]


async def _reachable(tx: Unit, workspace_id: int, users: Sequence[str]) -> list[str]:
    """Those who are in Slack and hear of requests for cover, in order."""
    known = await tx.people.named(workspace_id, users)
    gone = {user for user, person in known.items() if person.deleted or person.is_bot}
    chosen = await tx.preferences.of_people(workspace_id, users)
    return [
        user
        for user in users
        if user not in gone
        and any(
            chosen.get((user, Topic.COVER, method), wanted_by_default(Topic.COVER, method))
            for method in PERSONAL_METHODS
        )
    ]


async def _under(tx: Unit, role_id: int, members: Iterable[str], now: datetime) -> dict[str, timedelta]:
    shifts = await tx.shifts.of_role(role_id, now - LOOKED_BACK)
    served = [Served(shift.start, shift.end, shift.user) for shift in shifts if shift.user]
    return hours_under(served, [Sharer(user) for user in members], now)


def stretch(request: CoverRequest, now: datetime) -> Interval:
    """What is left of the time that cover is asked for; it is not over."""
    return Interval(max(request.starts_at, now), request.ends_at)
