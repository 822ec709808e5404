"""``/oncall shifts``: who will be on call. Anyone may look.

The list can be paged to its end, narrowed to one's own shifts and begun on a day. What a list shows is kept in the id
of the block with its buttons: ``shifts:SCHEDULE:DAY:mine``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, button, divider, lines, section, when
from handlers.kit.listeners import Listeners, Word
from handlers.kit.numbers import id_of
from handlers.kit.paging import Page, page_asked_for, page_of, pager, register_pages
from handlers.schedules.choosing import named_schedule
from oncall.shifts import ShiftState
from services.kit.errors import Refusal
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from services.shifts.assigning import ShiftView

PAGES, WHOSE, SINCE = "shifts", "shifts.whose", "shifts.since"
SHOWN_SHIFTS = 40
_OPTIONS = re.compile(r"(?:^|\s+)(?:(mine|me)|(?:from\s+)?(\d{4}-\d\d-\d\d))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of the list: from the start of ``since`` in the reader's zone (None: from now), ``mine`` or all."""

    schedule_id: int = 0
    since: date | None = None
    mine: bool = False

    def __str__(self) -> str:
        return f"{PAGES}:{self.schedule_id}:{self.since or ''}:{'mine' if self.mine else ''}"

    @classmethod
    def parse(cls, block_id: str) -> Shown:
        """What :meth:`__str__` wrote."""
        _, number, since, mine = (*block_id.split(":"), "", "", "", "")[:4]
        return cls(id_of(number) or 0, _day(since), mine == "mine")


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "shifts",
            "[schedule] [mine] [from 2026-12-24]",
            "the coming shifts",
            show_shifts,
            example="Payments mine",
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(WHOSE, change_whose)
    listeners.action(SINCE, change_since)


async def show_shifts(ask: Ask, argument: str) -> None:
    name, mine, since = _parsed(argument)
    kept = " ".join(part for part in ("mine" if mine else "", f"from {since}" if since else "") if part)
    schedule = await named_schedule(ask, name, kept=kept)
    await ask.slack.say(*await _page(ask, schedule, Shown(schedule.id, since, mine), 0))


async def turn(ask: Ask) -> None:
    await _redraw(ask, _shown(ask), page_asked_for(ask))


async def change_whose(ask: Ask) -> None:
    was = _shown(ask)
    await _redraw(ask, Shown(was.schedule_id, was.since, not was.mine), 0)


async def change_since(ask: Ask) -> None:
    was = _shown(ask)
    await _redraw(ask, Shown(was.schedule_id, _day(str(ask.slack.action.get("selected_date") or "")), was.mine), 0)


def _shown(ask: Ask) -> Shown:
    return Shown.parse(str(ask.slack.action.get("block_id") or ""))


async def _redraw(ask: Ask, shown: Shown, number: int) -> None:
    schedule = await schedules.get_schedule(ask.house, ask.actor, shown.schedule_id)
    await ask.slack.rewrite(*await _page(ask, schedule, shown, number))


async def _page(ask: Ask, schedule: ScheduleView, shown: Shown, number: int) -> tuple[str, list[Block]]:
    since = _midnight(shown.since, await ask.time_zone()) if shown.since else None
    since = max(since, ask.house.clock.now()) if since else None
    found = await shifts.coming_shifts(ask.house, ask.actor, schedule.id, since=since)
    if shown.mine:
        found = [shift for shift in found if shift.user_id == ask.actor.user_id]
    page = page_of(found, number, SHOWN_SHIFTS)
    return f"Coming shifts of {escape(schedule.name)}", shift_blocks(schedule, page, shown)


def _parsed(argument: str) -> tuple[str, bool, date | None]:
    """The schedule's name, whether only one's own shifts are wanted, and from which day on. Raises Refusal for a day
    that no calendar has."""
    mine, since = False, None
    while match := _OPTIONS.search(argument):
        if match[2] and _day(match[2]) is None:
            raise Refusal(f"There is no day {match[2]}. Type it as year, month and day, for example: 2026-12-24.")
        mine, since = mine or bool(match[1]), _day(match[2] or "") or since
        argument = argument[: match.start()]
    return argument.strip(), mine, since


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def shift_blocks(schedule: ScheduleView, page: Page[ShiftView], shown: Shown) -> list[Block]:
    """Shifts by role, soonest first, and what leads to the others."""
    whose = "your coming shifts" if shown.mine else "coming shifts"
    blocks = [section(f"*{escape(schedule.name)}*: {whose}")]
    if not page.total and not shown.mine and not shown.since:
        return [*blocks, section(f"None yet. `/oncall assign {escape(schedule.name)}` puts somebody on call.")]
    if not page.total:
        blocks.append(section("None."))
    for role in schedule.roles:
        listed = [shift for shift in page.items if shift.role == role.name]
        blocks += [divider(), *lines(_role_lines(role.name, listed))] if listed else []
    return blocks + pager(PAGES, page, "shift", *_narrowing(shown), block_id=str(shown))


def _narrowing(shown: Shown) -> Sequence[Block]:
    since: Block = {"type": "datepicker", "action_id": SINCE, "placeholder": {"type": "plain_text", "text": "From day"}}
    if shown.since:
        since["initial_date"] = shown.since.isoformat()
    return button(WHOSE, "Everybody's" if shown.mine else "Only mine"), since


def _role_lines(role: str, listed: Iterable[ShiftView]) -> list[str]:
    return [f"*{escape(role)}*", *(shift_line(shift) for shift in listed)]


def shift_line(shift: ShiftView) -> str:
    instead = f" (PagerDuty pages {' and '.join(shift.paged)})" if shift.paged else ""
    user = f"<@{shift.user_id}>" if shift.user_id else f"_unassigned_{instead}"
    proposed = " _(proposed)_" if shift.state is ShiftState.PROPOSED else ""
    return f"• {when(shift.start)} – {when(shift.end)}: {user}{proposed}"
