"""Whom PagerDuty pages where nobody is on call here, as the last refresh saw it.

A layer or an override of somebody else's goes on paging there whatever is left unassigned here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncall.timeline import Interval, Timeline
from services.kit.wording import escape
from storage.unit import Unit
from sync.steps.finish import read

UNMET = "somebody whom Slack does not know"


@dataclass(frozen=True, slots=True)
class Pages:
    """Who is on call at a role's destination, by external id, and how to call them in Slack's mrkdwn."""

    timeline: Timeline
    words: Mapping[str, str]

    def within(self, span: Interval) -> tuple[str, ...]:
        """Those who are on call somewhere in ``span``, in the order in which they begin."""
        there = (self.words.get(user, UNMET) for segment in self.timeline.cut(span).segments for user in segment.users)
        return tuple(dict.fromkeys(there))


async def pages_of(tx: Unit, schedule_id: int) -> Mapping[int, Sequence[Pages]]:
    """What was last seen at the destinations of a schedule, by role."""
    rows = await tx.destinations.of_schedule(schedule_id)
    if not rows:
        return {}
    seen = await tx.journal.observations([row.id for row in rows])
    known = {number: await _words(tx, number) for number in {row.connection_id for row in rows}}
    found: dict[int, list[Pages]] = {}
    for row in rows:
        if row.id in seen:
            found.setdefault(row.role_id, []).append(Pages(read(seen[row.id].effective), known[row.connection_id]))
    return found


def paged(pages: Sequence[Pages], span: Interval) -> tuple[str, ...]:
    """Those whom any of a role's destinations pages in ``span``."""
    return tuple(dict.fromkeys(word for one in pages for word in one.within(span)))


async def _words(tx: Unit, connection_id: int) -> Mapping[str, str]:
    return {
        one.external_id: f"<@{one.user_id}>" if one.user_id else escape(one.name) or UNMET
        for one in await tx.connections.users(connection_id)
    }
