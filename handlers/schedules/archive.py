"""``/oncall archived``: schedules that were put away, with their history and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.admin.history import MOST
from handlers.admin.history import list_view as history_view
from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    Block,
    View,
    actions,
    button,
    confirm,
    cut,
    modal,
    section,
    when,
)
from handlers.kit.listeners import Listeners, May, Word
from handlers.kit.paging import page_asked_for, page_of, pager, register_pages
from services.admin import history
from services.kit.errors import NotFound
from services.kit.wording import counted, escape
from services.schedules import archive
from services.schedules.archive import Archived

TITLE = "Archived schedules"
PAGES = "archived"
SIZE = 20


class Id(StrEnum):
    RESTORE = "archived.restore"
    HISTORY = "archived.history"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word("archived", "", "schedules that were put away, and bringing them back", open_list, may=May.LOOKING)
    )
    listeners.action(Id.RESTORE, restore)
    listeners.action(Id.HISTORY, open_history)
    register_pages(listeners, PAGES, turn)


async def open_list(ask: Ask, _argument: str) -> None:
    await ask.slack.open(list_view(await archive.list_archived(ask.house, ask.actor)))


async def turn(ask: Ask) -> None:
    found = await archive.list_archived(ask.house, ask.actor)
    await ask.slack.replace(list_view(found, page_asked_for(ask)))


async def restore(ask: Ask) -> None:
    schedule, extended = await archive.restore_schedule(ask.house, ask.actor, ask.slack.action_number)
    new = counted(len(extended.proposed) + len(extended.confirmed), "new shift")
    name = escape(schedule.name)
    told = f":white_check_mark: *{name}* is back, with {new}. `/oncall destinations {name}` exports it again."
    await ask.slack.replace(list_view(await archive.list_archived(ask.house, ask.actor), told=told))


async def open_history(ask: Ask) -> None:
    known = await archive.list_archived(ask.house, ask.actor)
    chosen = next((one for one in known if one.id == ask.slack.action_number), None)
    if chosen is None:
        raise NotFound("That schedule is not archived any more.")
    lines = await history.archived_history(ask.house, ask.actor, chosen.id, MOST)
    await ask.slack.push(history_view(chosen, lines))


def list_view(found: Sequence[Archived], number: int = 0, told: str = "") -> View:
    page = page_of(found, number, SIZE)
    blocks: list[Block] = [section(told, "outcome")] if told else []
    for one in page.items:
        blocks += [section(f"*{escape(cut(one.name, 150))}* ({escape(one.team)}) · {when(one.at)}"), _buttons(one)]
    if not found:
        blocks.append(section("No schedule was archived."))
    return modal(TITLE, [*blocks, *pager(PAGES, page, "schedule")])


def _buttons(one: Archived) -> Block:
    value = str(one.id)
    text = (
        f"{counted(one.rotations, 'rotation')} and {counted(one.shifts, 'confirmed shift')} ahead come back, with "
        "members, admins and history. Exports don't: add destinations again."
    )
    back = button(
        Id.RESTORE, "Bring back", value, confirm=confirm("Bring it back?", text, "Bring back", "Leave it archived")
    )
    return actions(f"archived:{value}", button(Id.HISTORY, "History", value), *([back] if one.may_restore else []))
