"""``/oncall shifts``: who will be on call. Anyone may look.

It begins as a table of four weeks, a row for each day; as a list it has a line for each shift. Both can be paged to
their end and begun on a day; the list can be narrowed to one's own shifts. What is shown is kept in the id of the block
with its buttons: ``shifts:SCHEDULE:DAY:mine:table``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from handlers.fairness.why import all_button, why_button
from handlers.feeds.views import feeds_button
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, actions, beside, button, context, divider, lines, section, when
from handlers.kit.listeners import Listeners, Word
from handlers.kit.paging import Page, page_asked_for, page_of, pager, register_pages
from handlers.schedules.choosing import named_schedule
from handlers.shifts import calendar_table
from handlers.shifts.calendar_table import day_name
from handlers.shifts.picture import picture_button
from handlers.shifts.shown import PAGES, Shown, day_of
from oncall.shifts import ShiftState
from services.fairness.why import explained
from services.kit.errors import Refusal
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from services.shifts.assigning import ShiftView
from services.shifts.calendar import CalendarView, calendar_of, page_after, page_before

WHOSE, SINCE = "shifts.whose", "shifts.since"
AS_TABLE, AS_LIST, EARLIER, LATER = "shifts.table", "shifts.list", "shifts.earlier", "shifts.later"
SHOWN_SHIFTS, SHOWN_WITH_WHY = 40, 30
"""Where each shift has a button there is room for fewer."""
_OPTIONS = re.compile(r"(?:^|\s+)(?:(mine|me)|(?:from\s+)?(\d{4}-\d\d-\d\d))$", re.IGNORECASE)


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "shifts",
            "[schedule] [mine] [from 2026-12-24]",
            "the coming four weeks, or your own shifts",
            show_shifts,
            example="Payments mine",
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(WHOSE, change_whose)
    listeners.action(SINCE, change_since)
    listeners.action(AS_TABLE, as_table)
    listeners.action(AS_LIST, as_list)
    listeners.action(EARLIER, turn_table)
    listeners.action(LATER, turn_table)


async def show_shifts(ask: Ask, argument: str) -> None:
    name, mine, since = _parsed(argument)
    kept = " ".join(part for part in ("mine" if mine else "", f"from {since}" if since else "") if part)
    schedule = await named_schedule(ask, name, kept=kept)
    table = not mine and not ask.slack.is_in_modal
    await ask.slack.say(*await _page(ask, schedule, Shown(schedule.id, since, mine, table), 0))


async def turn(ask: Ask) -> None:
    await _redraw(ask, _shown(ask), page_asked_for(ask))


async def change_whose(ask: Ask) -> None:
    """Also away from the table, which has everybody."""
    was = _shown(ask)
    await _redraw(ask, replace(was, mine=not was.mine, table=False), 0)


async def change_since(ask: Ask) -> None:
    since = day_of(str(ask.slack.action.get("selected_date") or ""))
    await _redraw(ask, replace(_shown(ask), since=since), 0)


async def turn_table(ask: Ask) -> None:
    """To the page that begins on the day that the button carries."""
    since = day_of(str(ask.slack.action.get("value") or ""))
    await _redraw(ask, replace(_shown(ask), since=since, table=True), 0)


async def as_table(ask: Ask) -> None:
    await _redraw(ask, replace(_shown(ask), mine=False, table=True), 0)


async def as_list(ask: Ask) -> None:
    await _redraw(ask, replace(_shown(ask), table=False), 0)


def _shown(ask: Ask) -> Shown:
    return Shown.parse(str(ask.slack.action.get("block_id") or ""))


async def _redraw(ask: Ask, shown: Shown, number: int) -> None:
    schedule = await schedules.get_schedule(ask.house, ask.actor, shown.schedule_id)
    await ask.slack.rewrite(*await _page(ask, schedule, shown, number))


async def _page(ask: Ask, schedule: ScheduleView, shown: Shown, number: int) -> tuple[str, list[Block]]:
    """``number`` is of the pages of a list; pages of a table are told by their first day."""
    return await (_table_page(ask, shown) if shown.table else _list_page(ask, schedule, shown, number))


async def _table_page(ask: Ask, shown: Shown) -> tuple[str, list[Block]]:
    zone = await ask.time_zone()
    view = await calendar_of(ask.house, ask.actor, shown.schedule_id, since=shown.since)
    view = calendar_table.fitting(view, zone)
    dealt = await explained(ask.house, ask.actor, shown.schedule_id)
    return calendar_table.words(view), table_blocks(view, zone, shown, dealt=bool(dealt))


async def _list_page(ask: Ask, schedule: ScheduleView, shown: Shown, number: int) -> tuple[str, list[Block]]:
    since = _midnight(shown.since, await ask.time_zone()) if shown.since else None
    since = max(since, ask.house.clock.now()) if since else None
    found = await shifts.coming_shifts(ask.house, ask.actor, schedule.id, since=since)
    if shown.mine:
        found = [shift for shift in found if shift.user_id == ask.actor.user_id]
    dealt = await explained(ask.house, ask.actor, schedule.id)
    page = page_of(found, number, SHOWN_WITH_WHY if dealt else SHOWN_SHIFTS)
    return f"Coming shifts of {escape(schedule.name)}", shift_blocks(schedule, page, shown, dealt)


def _parsed(argument: str) -> tuple[str, bool, date | None]:
    """The schedule's name, whether only one's own shifts are wanted, and from which day on. Raises Refusal for a day
    that no calendar has."""
    mine, since = False, None
    while match := _OPTIONS.search(argument):
        if match[2] and day_of(match[2]) is None:
            raise Refusal(f"There is no day {match[2]}. Type it as year, month and day, for example: 2026-12-24.")
        mine, since = mine or bool(match[1]), day_of(match[2] or "") or since
        argument = argument[: match.start()]
    return argument.strip(), mine, since


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def table_blocks(view: CalendarView, reader: str, shown: Shown, *, dealt: bool = False) -> list[Block]:
    """Days by roles, in whose time they are, and what leads to the others. ``reader`` is the zone of who looks,
    ``dealt`` says that there are shifts ahead that were dealt."""
    schedule = view.schedule
    if view.is_empty and not shown.since:
        return [section(f"*{escape(schedule.name)}*: coming shifts"), section(_none_yet(schedule))]
    title = f"*{escape(schedule.name)}*: {day_name(view.days[0].date)} – {view.days[-1].date:%a %-d %b %Y}"
    own = f" In brackets: your own time ({escape(reader)})." if _differs(view, reader) else ""
    note = f"Days and times of {escape(schedule.time_zone)}.{own}"
    return [
        section(title),
        context(note),
        calendar_table.table(view, reader),
        actions(
            str(replace(shown, table=True)),
            *_turning(view),
            picture_button(),
            *([all_button(schedule.id)] if dealt else []),
            *_narrowing(shown),
            feeds_button(schedule.id),
        ),
    ]


def _differs(view: CalendarView, reader: str) -> bool:
    """Whether the reader's clock shows another time on any of these days."""
    ours, theirs = ZoneInfo(view.schedule.time_zone), ZoneInfo(reader)
    instants = [day.span.start for day in view.days] + [view.days[-1].span.end]
    return any(one.astimezone(ours).utcoffset() != one.astimezone(theirs).utcoffset() for one in instants)


def _turning(view: CalendarView) -> list[Block]:
    before, after = page_before(view), page_after(view)
    earlier = [button(EARLIER, "Previous", before.isoformat())] if before else []
    return earlier + ([button(LATER, "Next", after.isoformat())] if after else [])


def _none_yet(schedule: ScheduleView) -> str:
    return f"None yet. `/oncall assign {escape(schedule.name)}` puts somebody on call."


def shift_blocks(
    schedule: ScheduleView, page: Page[ShiftView], shown: Shown, dealt: Collection[int] = ()
) -> list[Block]:
    """Shifts by role, soonest first, and what leads to the others; **Why?** beside those that were ``dealt``, by id."""
    whose = "your coming shifts" if shown.mine else "coming shifts"
    blocks = [section(f"*{escape(schedule.name)}*: {whose}")]
    if not page.total and not shown.mine and not shown.since:
        return [*blocks, section(_none_yet(schedule))]
    if not page.total:
        blocks.append(section("None."))
    for role in schedule.roles:
        listed = [shift for shift in page.items if shift.role == role.name]
        if any(shift.id in dealt for shift in listed):
            blocks += [divider(), section(f"*{escape(role.name)}*"), *(_beside_why(schedule, s, dealt) for s in listed)]
        elif listed:
            blocks += [divider(), *lines(_role_lines(role.name, listed))]
    return blocks + pager(PAGES, page, "shift", *_narrowing(shown), feeds_button(schedule.id), block_id=str(shown))


def _narrowing(shown: Shown) -> Sequence[Block]:
    since: Block = {"type": "datepicker", "action_id": SINCE, "placeholder": {"type": "plain_text", "text": "From day"}}
    if shown.since:
        since["initial_date"] = shown.since.isoformat()
    form = button(AS_LIST, "As a list") if shown.table else button(AS_TABLE, "As a table")
    return button(WHOSE, "Everybody's" if shown.mine else "Only mine"), form, since


def _role_lines(role: str, listed: Iterable[ShiftView]) -> list[str]:
    return [f"*{escape(role)}*", *(shift_line(shift) for shift in listed)]


def _beside_why(schedule: ScheduleView, shift: ShiftView, dealt: Collection[int]) -> Block:
    line = section(shift_line(shift))
    return beside(line, why_button(schedule.id, shift.id)) if shift.id in dealt else line


def shift_line(shift: ShiftView) -> str:
    instead = f" ({shift.paged.told} {' and '.join(shift.paged.people)})" if shift.paged else ""
    stands_in = f", fallback <@{shift.fallback}>" if shift.fallback else ""
    user = f"<@{shift.user_id}>" if shift.user_id else f"_unassigned_{stands_in}{instead}"
    proposed = " _(proposed)_" if shift.state is ShiftState.PROPOSED else ""
    return f"• {when(shift.start)} – {when(shift.end)}: {user}{proposed}"
