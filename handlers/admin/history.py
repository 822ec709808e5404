"""``/oncall history``: who or what changed a schedule, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import View, context, modal, section, when
from handlers.kit.listeners import Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_asked_for, page_of, pager, register_pages
from handlers.schedules.choosing import named_schedule
from services.admin import history
from services.admin.history import HistoryLine
from services.kit.wording import by, escape
from services.schedules import archive
from services.schedules import creating as schedules

TITLE = "History"
SHOWN, MOST = 50, 10_000
PAGES = "history"


def register(listeners: Listeners) -> None:
    listeners.word(Word("history", "[schedule]", "who changed what, and when", open_list))
    register_pages(listeners, PAGES, turn)


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument)
    lines = await history.history(ask.house, ask.actor, schedule.id, MOST)
    await ask.slack.open(list_view(schedule, lines))


class Titled(Protocol):
    """What a list of history is headed with."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def team(self) -> str: ...


async def turn(ask: Ask) -> None:
    """Of an archived schedule as well."""
    number = ask.slack.metadata.schedule_id or 0
    put_away = next((one for one in await archive.list_archived(ask.house, ask.actor) if one.id == number), None)
    schedule: Titled = put_away or await schedules.get_schedule(ask.house, ask.actor, number)
    lines = await history.archived_history(ask.house, ask.actor, number, MOST)
    await ask.slack.replace(list_view(schedule, lines, page_asked_for(ask)))


def list_view(schedule: Titled, lines: Sequence[HistoryLine], number: int = 0) -> View:
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if not lines:
        blocks.append(section("Nothing has happened yet."))
    page = page_of(lines, number, SHOWN)
    blocks += kit.lines(f"• {when(line.at)}: {_told(line)}" for line in page.items)
    blocks += pager(PAGES, page, "change")
    return modal(TITLE, blocks, metadata=Metadata(schedule_id=schedule.id).dump())


def _told(line: HistoryLine) -> str:
    span = f" ({when(line.start)} – {when(line.end)})" if line.start and line.end else ""
    why = f": “{escape(kit.cut(line.reason, 300))}”" if line.reason else ""
    named = [role for role in line.roles if escape(role) not in line.summary]
    roles = f" as {' and '.join(f'*{escape(role)}*' for role in named)}" if named else ""
    return f"{by(line.actor)} {line.summary}{roles}{span}{why}"
