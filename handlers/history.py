"""``/oncall history``: who or what changed a schedule, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from handlers import blocks as kit
from handlers.blocks import View, context, modal, section, when
from handlers.choosing import named_schedule
from handlers.context import Ask
from handlers.listeners import Listeners, Word
from handlers.metadata import Metadata
from services import history
from services.history import HistoryLine
from services.wording import by, escape

TITLE = "History"
SHOWN = 100


def register(listeners: Listeners) -> None:
    listeners.word(Word("history", "[schedule]", "who changed what, and when", open_list))


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument)
    lines = await history.history(ask.house, ask.actor, schedule.id, SHOWN + 1)
    await ask.slack.open(list_view(schedule, lines))


class Titled(Protocol):
    """What a list of history is headed with."""

    @property
    def id(self) -> int: ...

    @property
    def name(self) -> str: ...

    @property
    def team(self) -> str: ...


def list_view(schedule: Titled, lines: Sequence[HistoryLine]) -> View:
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if not lines:
        blocks.append(section("Nothing has happened yet."))
    blocks += kit.lines(f"• {when(line.at)}: {_told(line)}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        blocks.append(context(f"These are the newest {SHOWN}; older ones are kept in the database."))
    return modal(TITLE, blocks, metadata=Metadata(schedule_id=schedule.id).dump())


def _told(line: HistoryLine) -> str:
    span = f" ({when(line.start)} – {when(line.end)})" if line.start and line.end else ""
    why = f": “{escape(kit.cut(line.reason, 300))}”" if line.reason else ""
    return f"{by(line.actor)} {line.summary}{span}{why}"
