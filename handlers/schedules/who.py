"""``/oncall who``: who is on call, until when, and who is next. Anyone may look.

A schedule, a team or a person can be named. Without any it is the schedule of this channel, or all of them, a page at a
time; the buttons that turn pages carry what was typed in their block's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from handlers.kit.asker import Ask
from handlers.kit.blocks import MOST_PEOPLE, Block, context, lines, people, when
from handlers.kit.listeners import Listeners, Word
from handlers.kit.paging import Page, page_asked_for, page_of, pager, register_pages
from handlers.shifts.mine import show_person
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleName
from services.schedules.finding import fitting, none_called, of_channel
from services.shifts import assigning as shifts
from services.shifts import of_one_person as rosters
from services.shifts.assigning import RoleNow

SHOWN_SCHEDULES = 10
PAGES, EVERYTHING = "who", "all"
MOST_TYPED = 200


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "who",
            "[schedule, team or @person]",
            "who is on call now, until when, and who is next",
            show_who,
            example="Payments",
            more=f"`/oncall who {EVERYTHING}` shows every schedule.",
        )
    )
    register_pages(listeners, PAGES, turn)


async def show_who(ask: Ask, argument: str) -> None:
    """The schedules that are meant; where none is called so, the person who is."""
    known = await schedules.list_schedules(ask.house, ask.actor)
    found = [] if argument.startswith(("@", "<@")) else _meant(known, argument, ask.slack.channel_id)
    if found:
        await ask.slack.say(*await _page(ask, argument, found, 0, hidden=len(known) - len(found)))
        return
    people_found = await rosters.people_called(ask.house, ask.actor, argument)
    if len(people_found) != 1:
        raise await none_called(ask.house, ask.actor, known, argument)
    await show_person(ask, people_found[0])


async def turn(ask: Ask) -> None:
    argument = str(ask.slack.action.get("block_id") or "").partition(":")[2]
    known = await schedules.list_schedules(ask.house, ask.actor)
    found = _meant(known, argument, ask.slack.channel_id)
    await ask.slack.rewrite(*await _page(ask, argument, found, page_asked_for(ask), hidden=0))


def _meant(known: Sequence[ScheduleName], argument: str, channel_id: str) -> list[ScheduleName]:
    if not argument:
        return of_channel(known, channel_id) or list(known)
    return fitting(known, "" if argument.casefold() == EVERYTHING else argument)


async def _page(
    ask: Ask, argument: str, found: Sequence[ScheduleName], number: int, *, hidden: int
) -> tuple[str, list[Block]]:
    page = page_of(found, number, SHOWN_SCHEDULES)
    on_call = await shifts.on_call_in(ask.house, ask.actor, [one.id for one in page.items])
    shown = list(zip(page.items, on_call, strict=True))
    blocks = who_blocks(shown, page, argument)
    if hidden and not argument:
        blocks.append(context(f"The schedule of this channel. `/oncall who {EVERYTHING}` shows the others, too."))
    return who_text(shown), blocks


def who_text(shown: Sequence[tuple[ScheduleName, Sequence[RoleNow]]]) -> str:
    """The short form, for notifications and screen readers."""
    on_call = (
        f"{escape(schedule.name)}: " + ", ".join(f"{escape(now.role.name)} {_standing(now)}" for now in roles)
        for schedule, roles in shown
    )
    return "On call now. " + "; ".join(on_call)


def _standing(now: RoleNow) -> str:
    return f"nobody, fallback {people([now.fallback])}" if now.fallback and not now.users else people(now.users)


def who_blocks(
    shown: Sequence[tuple[ScheduleName, Sequence[RoleNow]]], page: Page[ScheduleName], argument: str = ""
) -> list[Block]:
    """A section per schedule with a line per role, and buttons to the other pages."""
    blocks: list[Block] = []
    for schedule, roles in shown:
        title = f"*{escape(schedule.name)}* ({escape(schedule.team)})"
        blocks += lines([title, *(role_line(now) for now in roles)])
    return blocks + pager(PAGES, page, "schedule", block_id=f"{PAGES}:{argument[:MOST_TYPED]}")


def role_line(now: RoleNow, called: Callable[[Iterable[str]], str] = people, most: int = MOST_PEOPLE) -> str:
    """*Primary*: who, until when, and who comes then, ``called`` so; at most ``most`` who are on call are mentioned."""
    role = f"*{escape(now.role.name)}*:"
    if now.users:
        until = f" until {when(now.until)}" if now.until else ""
        return f"{role} {people(now.users, most)}{until} · next: {_following(now, called)}"
    here = f"nobody here ({now.paged.told} {' and '.join(now.paged.people)})" if now.paged else "nobody"
    here += f", fallback {people([now.fallback])}," if now.fallback else ""
    if now.until:
        return f"{role} :warning: {here} until {when(now.until)} · next: {called(now.next_users)}"
    return f"{role} :warning: {here.removesuffix(',')}, and no shifts ahead"


def _following(now: RoleNow, called: Callable[[Iterable[str]], str]) -> str:
    """Who comes next; after a gap, from when."""
    if not now.next_users or now.next_from is None:
        return "nobody yet"
    since = f" from {when(now.next_from)}; nobody in between" if now.gap else ""
    return f"{called(now.next_users)}{since}"
