"""The shortcut *Who is on call*: a modal with the schedules that somebody belongs to; any other can be searched for.

Which page of one's own schedules is shown, and which other one was looked up, stands in the modal's metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, Choice, View, actions, divider, lines, modal, search, section
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.kit.paging import Page, page_of, page_shown, pager, register_pages
from handlers.schedules.choosing import schedule_choices, search_schedules
from handlers.schedules.who import SHOWN_SCHEDULES, role_line
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleName
from services.schedules.finding import schedules_of_person
from services.shifts import assigning as shifts
from services.shifts.assigning import RoleNow

SHORTCUT = "who.open"
PAGES, FIND = "who.own", "who.find"
TITLE = "Who is on call"
NONE_OWN = "You belong to no schedule yet. Search for one above."

Listed = tuple[ScheduleName, Sequence[RoleNow]]


def register(listeners: Listeners) -> None:
    listeners.shortcut(SHORTCUT, open_modal)
    listeners.action(FIND, look_up)
    listeners.options(FIND, search_schedules)
    register_pages(listeners, PAGES, turn)


async def open_modal(ask: Ask) -> None:
    await ask.slack.open(await _drawn(ask, Metadata()))


async def look_up(ask: Ask) -> None:
    """Show a schedule that was searched for, above one's own."""
    chosen = id_of((ask.slack.action.get("selected_option") or {}).get("value"))
    await ask.slack.replace(await _drawn(ask, replace(ask.slack.metadata, schedule_id=chosen)))


async def turn(ask: Ask) -> None:
    await ask.slack.replace(await _drawn(ask, replace(ask.slack.metadata, page=page_shown(ask))))


async def _drawn(ask: Ask, metadata: Metadata) -> View:
    page = page_of(await schedules_of_person(ask.house, ask.actor), metadata.page or 0, SHOWN_SCHEDULES)
    known = await schedules.list_schedules(ask.house, ask.actor)
    looked_up = [one for one in known if one.id == metadata.schedule_id]
    listed = [*looked_up, *page.items]
    on_call = await shifts.on_call_in(ask.house, ask.actor, [one.id for one in listed])
    both = list(zip(listed, on_call, strict=True))
    return who_modal(both[: len(looked_up)], both[len(looked_up) :], page, metadata)


def who_modal(looked_up: Sequence[Listed], own: Sequence[Listed], page: Page[ScheduleName], metadata: Metadata) -> View:
    """The search, what was found with it, and one's own schedules with a line per role."""
    chosen = next((choice for schedule, _ in looked_up for choice in schedule_choices([schedule])), None)
    blocks: list[Block] = [actions("other", _search(chosen)), *_sections(looked_up)]
    blocks += [divider(), section("*Your schedules*"), *_sections(own)] if own else [section(NONE_OWN)]
    return modal(TITLE, blocks + pager(PAGES, page, "schedule"), metadata=metadata.dump())


def _search(chosen: Choice | None) -> Block:
    return search(FIND, chosen, placeholder="Search all schedules")


def _sections(listed: Sequence[Listed]) -> list[Block]:
    blocks: list[Block] = []
    for schedule, roles in listed:
        title = f"*{escape(schedule.name)}* ({escape(schedule.team)})"
        blocks += lines([title, *map(role_line, roles)])
    return blocks
