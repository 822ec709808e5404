"""People on call there who were deactivated in Slack: they are not imported, like those who are no Slack users.

Their own shifts that are exported stay, since somebody counts on them until an admin hands them on.
"""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Database
from sync.context import Context
from sync.core.model import Action, Decision


async def learn_departed(database: Database, context: Context, decisions: Sequence[Decision]) -> bool:
    """Whether any of those whom ``decisions`` would import, or give their time back, was deactivated in Slack; the
    context knows them then."""
    remote = {one for decision in decisions if decision.action is Action.IMPORT for one in decision.cell.remote}
    remote |= {one for decision in decisions if decision.action is Action.RESTORE for one in decision.cell.before}
    users = {user: one for one in remote - context.departed if (user := context.slack_user(one)) is not None}
    if not users:
        return False
    async with database.read() as tx:
        people = await tx.people.named(context.schedule.workspace_id, users)
    departed = {users[user] for user, person in people.items() if person.deleted}
    context.departed |= departed
    return bool(departed)
