"""Whom an external system pages where nobody is on call here, as the last refresh saw it; and whom it would page.

A layer or an override of somebody else's goes on paging there whatever is left unassigned here. It may lie beneath what
Baton exported: then it pages as soon as that is taken away.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.systems import NOBODY_PAGED, PAGERDUTY, Paged, System, system
from oncall.timeline import Interval, Segment, Timeline
from services.kit.house import Actor, House
from services.kit.permissions import visible_schedule
from services.kit.wording import escape
from storage.unit import Unit
from sync.shared_schedules import own_time
from sync.steps.finish import others_of, read
from sync.steps.others import SOON

UNMET = "somebody whom Slack does not know"


@dataclass(frozen=True, slots=True)
class Pages:
    """Who is on call at a role's destination, by external id, and how to call them in Slack's mrkdwn.

    ``by`` is the kind of its system.
    """

    timeline: Timeline
    words: Mapping[str, str]
    by: str = PAGERDUTY

    def within(self, span: Interval) -> tuple[str, ...]:
        """Those who are on call somewhere in ``span``, in the order in which they begin."""
        there = (self.words.get(user, UNMET) for segment in self.timeline.cut(span).segments for user in segment.users)
        return tuple(dict.fromkeys(there))


@dataclass(frozen=True, slots=True)
class Beneath:
    """Whom a destination pages without Baton's own items; ``pages`` None where no look has told it yet.

    It is known up to ``until``. Where Baton ``made`` the external schedule, only others' layers and overrides count.
    """

    destination_id: int
    role_id: int
    name: str
    made: bool
    system: System
    pages: Pages | None = None
    until: datetime | None = None

    def knows(self, span: Interval) -> bool:
        """Whether all of ``span`` is known."""
        return self.until is not None and span.end <= self.until


async def beneath_of(tx: Unit, schedule_id: int, role_ids: Collection[int]) -> list[Beneath]:
    """What lies beneath Baton's items at the destinations of these roles, so far as it is stored."""
    rows = [row for row in await tx.destinations.of_schedule(schedule_id) if row.role_id in role_ids]
    if not rows:
        return []
    seen = await tx.journal.observations([row.id for row in rows])
    known = {number: await _words(tx, number) for number in {row.connection_id for row in rows}}
    found: list[Beneath] = []
    for row in rows:
        one = Beneath(row.id, row.role_id, row.external_name, row.made, system(row.system))
        if (there := others_of(seen.get(row.id))) is not None:
            one = replace(one, pages=Pages(there.timeline, known[row.connection_id]), until=there.until)
        found.append(one)
    return found


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
            found.setdefault(row.role_id, []).append(
                Pages(read(seen[row.id].effective), known[row.connection_id], row.system)
            )
    return found


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A stretch soon in which a role has no shift here, and whom the destination pages then; with ``goes_on`` it has no
    end in sight."""

    role_id: int
    start: datetime
    end: datetime
    paged: tuple[str, ...]
    goes_on: bool = False


async def uncovered_at(house: House, actor: Actor, schedule_id: int) -> Mapping[int, Sequence[Uncovered]]:
    """By destination, as last seen: where it pages somebody, and nothing was ever assigned or proposed here.

    Within the next two weeks, or the horizon where that is nearer: rotations go on after it. Anyone may look; raises
    NotFound.
    """
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        rows = await tx.destinations.of_schedule(schedule.id)
        if not rows:
            return {}
        ahead = min(SOON, timedelta(days=schedule.horizon_days))
        within = Interval(now, (now + ahead).replace(minute=0, second=0, microsecond=0))
        shifts = await tx.shifts.of_schedule(schedule.id, within.start, within.end)
        seen = await tx.journal.observations([row.id for row in rows])
        known = {number: await _words(tx, number) for number in {row.connection_id for row in rows}}
        fallbacks = await tx.presence.exported_fallbacks(schedule.id)
        found: dict[int, Sequence[Uncovered]] = {}
        for row in (row for row in rows if row.id in seen):
            here = [shift.interval for shift in shifts if shift.role_id == row.role_id]
            words = known[row.connection_id]
            there = _without(read(seen[row.id].effective).cut(within), words, fallbacks.get(row.role_id, ""))
            alone = _own(there.subtract(here), await own_time(tx, row, within))
            found[row.id] = _stretches(row.role_id, Pages(alone, words), within)
        return found


def _without(there: Timeline, words: Mapping[str, str], fallback: str) -> Timeline:
    """What is there beside the fallback person, whom Baton put there."""
    mention = f"<@{fallback}>"
    return Timeline(tuple(s for s in there.segments if any(words.get(user) != mention for user in s.users)))


def _own(there: Timeline, time: Timeline | None) -> Timeline:
    """What lies in a destination's own time, where it shares its external schedule."""
    if time is None:
        return there
    others = there.subtract(Interval(segment.start, segment.end) for segment in time.segments)
    return there.subtract(Interval(segment.start, segment.end) for segment in others.segments)


def _stretches(role_id: int, alone: Pages, within: Interval) -> Sequence[Uncovered]:
    """Whoever follows each other without a break belongs to the same stretch."""
    anybody = Timeline.of(Segment(one.start, one.end, ("anybody",)) for one in alone.timeline.segments)
    return [
        Uncovered(role_id, one.start, one.end, alone.within(Interval(one.start, one.end)), one.end == within.end)
        for one in anybody.segments
    ]


def paged(pages: Sequence[Pages], span: Interval) -> Paged:
    """Those whom any of a role's destinations pages in ``span``."""
    there = [(one.by, word) for one in pages for word in one.within(span)]
    return Paged(tuple(dict.fromkeys(word for _, word in there)), there[0][0]) if there else NOBODY_PAGED


def besides(there: Paged, fallback: str) -> Paged:
    """Those who are paged without the fallback person, who may well be there, too."""
    return replace(there, people=tuple(word for word in there.people if word != f"<@{fallback}>"))


async def _words(tx: Unit, connection_id: int) -> Mapping[str, str]:
    return {
        one.external_id: f"<@{one.user_id}>" if one.user_id else escape(one.name) or UNMET
        for one in await tx.connections.users(connection_id)
    }
