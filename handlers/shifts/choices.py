"""Shifts to choose from: one line each with time, role and person, in the reader's own time zone.

A choice carries the shift's id and revision (:class:`services.shifts.each_change.ShiftRef`), so that whoever chooses it
says what they saw. More shifts than a menu holds are searched for: every word typed must be in the line, and a day as
``2026-12-24`` finds the shifts that touch it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    MOST_OPTION_TEXT,
    MOST_OPTIONS,
    Block,
    Choice,
    field,
    search,
    select,
)
from handlers.kit.forms import Form, marked
from services.people import directory as people
from services.schedules.creating import MemberView, ScheduleView
from services.shifts import assigning as shifts
from services.shifts.assigning import ShiftView
from services.shifts.each_change import ShiftRef

SEARCHED = "Type a day, a role or a name to find the others, for example: 24 Dec Primary"


async def coming(ask: Ask, schedule: ScheduleView) -> Sequence[ShiftView]:
    return await shifts.coming_shifts(ask.house, ask.actor, schedule.id)


async def choices(ask: Ask, found: Sequence[ShiftView]) -> list[Choice]:
    """These shifts as options, soonest first."""
    names = await names_of(ask, [shift.user_id for shift in found])
    zone = await ask.time_zone()
    return [_choice(shift, names, zone) for shift in found]


async def searched(ask: Ask, found: Sequence[ShiftView]) -> list[Choice]:
    """Those that fit what was typed so far."""
    words = ask.slack.query.casefold().replace(",", " ").split()
    days = [day for word in words if (day := _day(word))]
    words = [word for word in words if not _day(word)]
    zone = ZoneInfo(await ask.time_zone())
    there = [shift for shift in found if all(_touches(shift, day, zone) for day in days)]
    offered = await choices(ask, there)
    return [one for one in offered if all(word in f"{one.text} {one.description}".casefold() for word in words)]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _touches(shift: ShiftView, day: date, zone: ZoneInfo) -> bool:
    return shift.start.astimezone(zone).date() <= day <= shift.end.astimezone(zone).date()


def _choice(shift: ShiftView, names: Mapping[str, str], zone: str) -> Choice:
    """The line says it all; what doesn't fit is repeated below it."""
    who = names.get(shift.user_id, shift.user_id) if shift.user_id else "nobody"
    whose = f"{shift.role}: {who}"
    text = f"{label(shift.start, shift.end, zone)} · {whose}"
    return Choice(str(shift.ref), text, whose if len(text) > MOST_OPTION_TEXT else "")


async def names_of(ask: Ask, users: Sequence[str | None]) -> Mapping[str, str]:
    known = await people.named(ask.house, ask.actor.workspace_id, {user for user in users if user})
    return {user: person.name for user, person in known.items()}


def label(start: datetime, end: datetime, zone: str) -> str:
    """``Mon 2 Mar 09:00 – Mon 9 Mar 09:00``, with the year where it isn't the first one's."""
    there = ZoneInfo(zone)
    begin, finish = start.astimezone(there), end.astimezone(there)
    if begin.date() == finish.date():
        return f"{begin:%a %-d %b %H:%M} – {finish:%H:%M}"
    year = "" if begin.year == finish.year else f" {finish.year}"
    return f"{begin:%a %-d %b %H:%M} – {finish:%a %-d %b{year} %H:%M}"


def shift_field(
    name: str,
    title: str,
    action_id: str,
    offered: Sequence[Choice],
    seen: object,
    find_id: str,
    chosen_value: str | None = None,
) -> Block:
    """A menu of shifts, or a search where there are too many (Baton is asked for options of ``find_id`` then).

    ``seen`` marks the list it was made from: another list starts without a choice.
    """
    preset = next((choice for choice in offered if choice.value == chosen_value), None)
    if len(offered) <= MOST_OPTIONS:
        element = select(action_id, offered, chosen_value, placeholder="Choose a shift")
        return field(marked(name, seen), title, element)
    element = search(find_id, preset, placeholder="Type a day, a role or a name")
    return field(marked(name, seen), title, element, hint=f"{len(offered)} shifts. {SEARCHED}")


def member_field(
    name: str, title: str, action_id: str, members: Sequence[MemberView], find_id: str, *, optional: bool = False
) -> Block:
    """A menu of people who can be on call, or a search where there are too many."""
    offered = [Choice(member.user_id, member.name) for member in members]
    element = (
        select(action_id, offered, placeholder="Choose a member")
        if len(offered) <= MOST_OPTIONS
        else search(find_id, placeholder="Type a part of the name")
    )
    return field(name, title, element, optional=optional)


def members_called(members: Sequence[MemberView], query: str) -> list[Choice]:
    wanted = query.strip().casefold()
    return [Choice(member.user_id, member.name) for member in members if wanted in member.name.casefold()]


def chosen(typed: Form, name: str) -> ShiftRef | None:
    return ShiftRef.parse(typed.option(name) or "")


def mark_of(offered: Sequence[Choice]) -> str:
    """Differs when a list of shifts does."""
    return format(crc32(" ".join(choice.value for choice in offered).encode()), "x")
