"""What a destination's board is told of the schedule: for systems where its items lie among other things."""

from __future__ import annotations

from collections.abc import Collection

from storage.database import Database
from sync.context import Context
from sync.ports import About


def about(database: Database, context: Context) -> About:
    """The context's schedule and people; who is matched later counts from then on."""

    async def known(emails: Collection[str]) -> frozenset[str]:
        matched = context.known.intersection(emails)
        others = sorted(set(emails) - matched - context.departed)
        if not others:
            return matched
        async with database.read() as tx:
            return matched | await tx.people.with_emails(context.schedule.workspace_id, others)

    return About(context.schedule.name, context.role, context.schedule.time_zone, context.name_of, known)
