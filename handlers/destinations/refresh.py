"""``/oncall refresh`` and ``/oncall export``: done now, for every destination of a schedule, and reported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from handlers.destinations.words import report_blocks, report_text
from handlers.kit.asker import Ask
from handlers.kit.listeners import Group, Listeners, Word
from handlers.schedules.choosing import named_schedule
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationView
from services.kit.house import Actor, House
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.finding import Among
from sync.steps.report import Report

Outcomes = Sequence[tuple[DestinationView, Report | None]]
Work = Callable[[House, Actor, int], Awaitable[Outcomes]]


def register(listeners: Listeners) -> None:
    async def refresh(ask: Ask, argument: str) -> None:
        await do(ask, argument, destinations.refresh_schedule, "Refreshing", "Refreshed")

    async def export(ask: Ask, argument: str) -> None:
        await do(ask, argument, exported, "Exporting", "Exported")

    listeners.word(
        Word(
            "refresh",
            "[schedule]",
            "compare with its destinations now, and put right what differs",
            refresh,
            group=Group.ADMINS,
        )
    )
    listeners.word(
        Word("export", "[schedule]", "write confirmed shifts to its destinations now", export, group=Group.ADMINS)
    )


async def exported(house: House, actor: Actor, schedule_id: int) -> Outcomes:
    """Everything that waits is exported, the newest list of it."""
    return [(view, done.report) for view, done in await exporting.export_schedule(house, actor, schedule_id)]


async def do(ask: Ask, argument: str, work: Work, doing: str, done: str) -> None:
    """Say that it has begun, do it, say what came of it."""
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    name = escape(schedule.name)
    if not await destinations.list_destinations(ask.house, ask.actor, schedule.id):
        await ask.slack.say(f"*{name}* has no destinations yet. Add one with `/oncall destinations {name}`.")
        return
    await ask.slack.say(f"{doing} *{name}*…")
    outcomes = await work(ask.house, ask.actor, schedule.id)
    await ask.slack.say(
        report_text(f"{done} {name}:", outcomes),
        report_blocks(f"{done} *{name}*", outcomes),
    )
