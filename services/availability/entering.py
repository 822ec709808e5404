"""Saying when one can't, would rather not, or would like to be on call; admins can say it for their members.

What is entered is an instant on the person's clock. What repeats keeps the wall time of the zone in which they were
when it was entered: somebody who sings on Tuesdays in Berlin sings there, wherever they are in some other week.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from oncall.availability import LONGEST_REPEATED, Leaning
from oncall.civil import first_instant, wall_time
from oncall.timeline import Interval
from services.availability.access import require_may_enter, shared_schedules
from services.availability.telling import tell
from services.availability.wishes import spelled
from services.fairness.noticing import look_again
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotFound
from services.kit.house import Actor, House
from services.kit.wording import span
from services.people.directory import time_zone_of
from storage.again import run_again
from storage.tables import WishRow
from storage.unit import Unit

LONGEST = timedelta(days=366)
LONGEST_PAST = timedelta(days=1)
FURTHEST = timedelta(days=3 * 366)
MOST_ENTERED = 300
MOST_WHY = 300
CLASHES_SHOWN = 5


class Repeats(StrEnum):
    """How often a time comes again."""

    NEVER = "never"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class WishDraft:
    """A form as it was filled in. ``until`` is the last day on which what repeats may start, where the person is."""

    user_id: str
    start: datetime | None
    end: datetime | None
    leaning: Leaning | None = Leaning.CANNOT
    repeats: Repeats = Repeats.NEVER
    until: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Clash:
    """A shift that somebody has at a time at which they can't; ``ref`` as a form names the shift."""

    schedule_id: int
    schedule: str
    role: str
    start: datetime
    end: datetime
    ref: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered, and the shifts that are in its way, soonest first."""

    user_id: str
    start: datetime
    end: datetime
    leaning: Leaning
    clashes: tuple[Clash, ...] = ()


@run_again
async def enter(house: House, actor: Actor, draft: WishDraft) -> Entered:
    """Store it. Raises FieldErrors keyed by the draft's attributes, NotAllowed."""
    now = house.clock.now()
    zone = await time_zone_of(house, actor.workspace_id, draft.user_id)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await require_may_enter(tx, actor, draft.user_id)
        problems = _problems(draft, zone, now)
        if await tx.availability.count(actor.workspace_id, draft.user_id) >= MOST_ENTERED:
            problems["start"] = f"At most {MOST_ENTERED} times are kept for one person. Remove some first."
        if problems:
            raise FieldErrors(problems)
        row = _row(actor, draft, zone, now)
        if await _is_there(tx, row):
            raise FieldErrors({"start": "This time is entered already."})
        await tx.availability.add(row)
        await _write_down(tx, actor, row, now)
        await look_again(tx, actor.workspace_id, row.user_id, now)
        clashes = await clashes_of(tx, row, now)
    return Entered(row.user_id, row.starts_at, row.ends_at, Leaning(row.leaning), clashes)


@run_again
async def remove(house: House, actor: Actor, wish_id: int) -> str:
    """Take it back; returns whose it was. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await tx.availability.get(wish_id)
        if row is None or row.workspace_id != actor.workspace_id:
            raise NotFound("That time was removed already.")
        await require_may_enter(tx, actor, row.user_id)
        await tx.availability.remove(row.id)
        await look_again(tx, actor.workspace_id, row.user_id, now)
        if row.user_id == actor.user_id:
            note(tx, actor, now, "away.removed", "took back when they can't be on call")
        else:
            await _note_for(tx, actor, row.user_id, "away.removed", f"took back a time of <@{row.user_id}>", now)
            told = f"<@{actor.user_id}> removed a time that was entered for you: {span(row.starts_at, row.ends_at)}."
            await tell(tx, row.workspace_id, row.user_id, f"removed:{row.id}", told, now)
    return row.user_id


def _problems(draft: WishDraft, zone: str, now: datetime) -> dict[str, str]:
    problems: dict[str, str] = {}
    if draft.leaning is None:
        problems["leaning"] = "Choose one of the three."
    if draft.start is None:
        problems["start"] = "Choose when it starts."
    elif draft.start < now - LONGEST_PAST:
        problems["start"] = "Choose a time from now on; what has passed needs no entry."
    elif draft.start > now + FURTHEST:
        problems["start"] = "Choose a time within the next three years."
    problems |= _end_problem(draft, now)
    if draft.repeats is Repeats.WEEKLY and draft.start is not None:
        problems |= _until_problem(draft, wall_time(draft.start, zone).date())
    elif draft.until is not None:
        problems["until"] = "Choose “Weekly” above, or leave this empty."
    return problems


def _end_problem(draft: WishDraft, now: datetime) -> dict[str, str]:
    start, end = draft.start, draft.end
    if end is None:
        return {"end": "Choose when it ends."}
    if start is None:
        return {}
    if end <= start:
        return {"end": "It must end after it starts."}
    if end <= now:
        return {"end": "That is over already; choose a time in the future."}
    if draft.repeats is Repeats.WEEKLY and end - start > LONGEST_REPEATED:
        return {"end": "What repeats each week can be a week long at most."}
    if end - start > LONGEST:
        return {"end": "It can be a year long at most."}
    return {}


def _until_problem(draft: WishDraft, first: date) -> dict[str, str]:
    if draft.until is None:
        return {"until": "Choose the last day on which it starts."}
    if draft.until < first:
        return {"until": "Choose a day that is not before it starts for the first time."}
    if draft.until - first > 2 * LONGEST:
        return {"until": "Choose a day within two years of the first time."}
    return {}


def _row(actor: Actor, draft: WishDraft, zone: str, now: datetime) -> WishRow:
    """Of a draft that has no problems."""
    until: datetime | None = None
    if draft.repeats is Repeats.WEEKLY and draft.until is not None:
        until = first_instant(datetime.combine(draft.until + timedelta(days=1), time()), zone)
    return WishRow(
        workspace_id=actor.workspace_id,
        user_id=draft.user_id,
        leaning=draft.leaning,
        starts_at=draft.start,
        ends_at=draft.end,
        time_zone=zone,
        repeats_until=until,
        why=draft.why.strip()[:MOST_WHY],
        entered_by=actor.user_id,
        entered_at=now,
    )


async def _is_there(tx: Unit, row: WishRow) -> bool:
    """Whether somebody is said to have the same leaning at the same time already, repeated as long."""
    known = await tx.availability.entered(row.workspace_id, [row.user_id], Interval(row.starts_at, row.ends_at))
    return any(_times(one) == _times(row) for one in known)


def _times(row: WishRow) -> tuple[object, ...]:
    return row.leaning, row.starts_at, row.ends_at, row.repeats_until


PHRASES = {
    Leaning.CANNOT: "can't be on call",
    Leaning.RATHER_NOT: "would rather not be on call",
    Leaning.WOULD_LIKE: "would like to be on call",
}


async def _write_down(tx: Unit, actor: Actor, row: WishRow, now: datetime) -> None:
    """The audit trail, and a message to whom it was entered for; why they can't is in neither."""
    phrase, times = PHRASES[Leaning(row.leaning)], span(row.starts_at, row.ends_at)
    weekly = ", each week" if row.repeats_until else ""
    if row.user_id == actor.user_id:
        note(tx, actor, now, "away.entered", f"said when they {phrase}")
        return
    summary = f"entered for <@{row.user_id}> that they {phrase} {times}{weekly}"
    await _note_for(tx, actor, row.user_id, "away.entered", summary, now)
    told = f"<@{actor.user_id}> entered for you that you {phrase} {times}{weekly}."
    await tell(tx, row.workspace_id, row.user_id, f"entered:{row.id}", told, now)


async def _note_for(tx: Unit, actor: Actor, user_id: str, action: str, summary: str, now: datetime) -> None:
    """In the trail of each schedule by which the admin may do that."""
    for schedule_id in await shared_schedules(tx, actor, user_id):
        note(tx, actor, now, action, summary, schedule_id=schedule_id)


async def clashes_of(tx: Unit, row: WishRow, now: datetime) -> tuple[Clash, ...]:
    """The shifts that somebody has when they would not be on call; none where they would like to be."""
    if row.leaning == Leaning.WOULD_LIKE:
        return ()
    window = Interval(now, max(row.ends_at, row.repeats_until or row.ends_at) + LONGEST_REPEATED)
    times = [Interval(wish.start, wish.end) for wish in spelled(row, window)]
    schedules = {schedule.id: schedule for schedule, _team in await tx.schedules.active(row.workspace_id)}
    found = [(number, shift) for number, shift in await tx.shifts.of_user(row.user_id, now) if number in schedules]
    roles = await tx.schedules.roles_of(number for number, _ in found)
    names = {role.id: role.name for listed in roles.values() for role in listed}
    return tuple(
        Clash(number, schedules[number].name, names[s.role_id], s.start, s.end, f"{s.id}.{s.revision}")
        for number, s in found
        if s.role_id in names and _meets(s.interval, times)
    )


def _meets(shift: Interval, times: Iterable[Interval]) -> bool:
    return any(shift.overlaps(one) for one in times)


def shown(clashes: Sequence[Clash]) -> tuple[Sequence[Clash], int]:
    """The first of them, and how many more there are."""
    return clashes[:CLASHES_SHOWN], max(0, len(clashes) - CLASHES_SHOWN)
