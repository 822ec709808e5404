"""Shifts to choose from: one line each, in the reader's own time zone.

A choice carries the shift's id and revision (:class:`services.moving.ShiftRef`), so that whoever chooses it says what
they saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from handlers.blocks import MOST_OPTIONS, Block, Choice, field, select
from handlers.context import Ask
from handlers.forms import Form, marked
from services import people, shifts
from services.moving import ShiftRef
from services.schedules import ScheduleView
from services.shifts import ShiftView

READ = 400
"""How many coming shifts are looked through for those that can be chosen."""


async def coming(ask: Ask, schedule: ScheduleView) -> Sequence[ShiftView]:
    return await shifts.coming_shifts(ask.house, ask.actor, schedule.id, READ)


async def choices(ask: Ask, found: Sequence[ShiftView]) -> list[Choice]:
    """These shifts as options, soonest first."""
    shown = found[:MOST_OPTIONS]
    names = await names_of(ask, [shift.user_id for shift in shown])
    zone = await ask.time_zone()
    return [Choice(str(shift.ref), label(shift.start, shift.end, zone), _who(shift, names)) for shift in shown]


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


def _who(shift: ShiftView, names: Mapping[str, str]) -> str:
    who = names.get(shift.user_id, shift.user_id) if shift.user_id else "nobody"
    return f"{shift.role}: {who}"


def shift_field(name: str, title: str, action_id: str, offered: Sequence[Choice], seen: object) -> Block:
    """A select of shifts. ``seen`` marks the list it was made from: another list starts without a choice."""
    element = select(action_id, offered, placeholder="Choose a shift")
    return field(marked(name, seen), title, element)


def chosen(typed: Form, name: str) -> ShiftRef | None:
    return ShiftRef.parse(typed.option(name) or "")


def mark_of(offered: Sequence[Choice]) -> str:
    """Differs when a list of shifts does."""
    return format(crc32(" ".join(choice.value for choice in offered).encode()), "x")
