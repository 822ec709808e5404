"""Who could cover a stretch of a role, with what :mod:`oncall.covering` ranks them by.

Candidates are the members who can be put on call and are still in Slack, but for who asks, and for those who have
switched requests for cover off: they would be waited for in vain. How far they are under their share is counted over
a year back and what is ahead; what is proposed counts like what is confirmed. How long somebody should rest is
said where the role is filled fairly, with their shares; in a role that is filled in order all shares are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from notices.deciding.topics import PERSONAL_METHODS, Topic, wanted_by_default
from oncall.covering import Candidate
from oncall.fairness.arrangement import holding
from oncall.fairness.balance import REMEMBERED, Served, Sharer, hours_under
from oncall.timeline import Interval
from services.availability.wishes import wishes_of
from services.fairness.balance import equal_sharers
from storage.tables import CoverRequest, Schedule
from storage.unit import Unit


async def candidates_for(tx: Unit, schedule: Schedule, request: CoverRequest, now: datetime) -> list[Candidate]:
    """Everybody who may be on call there, in the order of the members; who could have the time is still to be seen."""
    members = [one.user_id for one in await tx.schedules.members(schedule.id) if one.assignable]
    users = await _reachable(tx, schedule.workspace_id, [user for user in members if user != request.user_id])
    fair = holding((await tx.fairness.versions(schedule.id)).get(request.role_id, ()), request.starts_at)
    sharers = [Sharer(m.user, m.share, m.since) for m in fair.members] if fair else await equal_sharers(tx, schedule)
    rest = timedelta(hours=fair.rest_hours if fair else 0)
    under = await _under(tx, request.role_id, sharers, now)
    time = Interval(request.starts_at, request.ends_at)
    wishes = await wishes_of(tx, schedule.workspace_id, users, time)
    shifts = await tx.shifts.of_users(schedule.workspace_id, users, time.start - rest, time.end + rest)
    return [
        Candidate(
            user=user,
            under=under.get(user, timedelta(0)),
            on_call=[shift.interval for shift in shifts[user]],
            wishes=[wish for wish in wishes if wish.user == user],
            rest=rest,
        )
        for user in users
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


async def _under(tx: Unit, role_id: int, sharers: Sequence[Sharer], now: datetime) -> dict[str, timedelta]:
    shifts = await tx.shifts.of_role(role_id, now - REMEMBERED)
    served = [Served(shift.start, shift.end, shift.user) for shift in shifts if shift.user]
    return hours_under(served, sharers, now)


def stretch(request: CoverRequest, now: datetime) -> Interval:
    """What is left of the time that cover is asked for; it is not over."""
    return Interval(max(request.starts_at, now), request.ends_at)
