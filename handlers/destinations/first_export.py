"""What a destination's first export would write, before it is written: **Export now**, or **Not yet**. So it is
with the next one after its role or mode was changed.

What is there is read first. Where nothing would be written there is nothing to ask. Otherwise the form gives way to
the list, bound to exactly what it shows; closing it leaves the destination paused. Where there is nothing to write only
because it doesn't know the people, the list comes later, with a notice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from handlers.destinations.first_export_views import Shown, exporting_view, first_view, outcome_view, reading_view
from handlers.destinations.pending import outdated, parsed
from handlers.destinations.words import report_line, standing_line
from handlers.kit.asker import Ask
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.slow_work import given_time
from notices.actions import Action
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationView
from services.destinations.exporting import Waiting
from services.schedules import creating as schedules
from sync.steps.report import Report

Tell = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Looked:
    """A destination that was looked at: how it stands, and what waits there."""

    waiting: Waiting
    report: Report | None

    @property
    def asks(self) -> bool:
        """Whether an admin has to say something before it goes to work."""
        return bool(self.waiting.digest) or self.waiting.destination.paused

    @property
    def shown(self) -> Shown:
        unknown = self.report.unknown if self.report else ()
        return Shown(self.waiting, unknown, adds=bool(self.report and self.report.adds))


def register(listeners: Listeners) -> None:
    listeners.action(Action.FIRST_LIST, show_waiting)


async def show_waiting(ask: Ask) -> None:
    """From the notice that a list waits by now."""
    destination = await destinations.get_destination(ask.house, ask.actor, ask.slack.action_number)
    await schedules.check_admin(ask.house, ask.actor, destination.schedule_id)
    await show(ask, [destination])


async def ask_first(ask: Ask, views: Sequence[DestinationView], done: str, tell: Tell) -> None:
    """Read what is there and show what would be written; ``tell`` is given a line on each destination before that.

    Whatever was submitted is answered here: by the list of what waits, or by going back to the modal below.
    """
    looked = await (await given_time(ask, _look(ask, views), reading_view(views[0].system)))
    lines = [f"{done}: {standing_line(one.waiting.destination, one.report)}" for one in looked]
    await tell("\n".join(lines))
    if asking := [one for one in looked if one.asks]:
        view = first_view([one.shown for one in asking], ask.slack.metadata)
        await _answer(ask, view)
    elif ask.slack.acked:
        await ask.slack.replace(outcome_view(lines))
    else:
        await ask.slack.ack()


async def show(ask: Ask, views: Sequence[DestinationView]) -> None:
    """The same in a modal of its own, for what was set up before."""
    shown = await ask.slack.open(reading_view(views[0].system))
    looked = await _look(ask, views)
    metadata = Metadata(schedule_id=views[0].schedule_id, reply_to=ask.slack.reply_to)
    if asking := [one for one in looked if one.asks]:
        await ask.slack.replace(first_view([one.shown for one in asking], metadata), shown)
    else:
        lines = [standing_line(one.waiting.destination, one.report) for one in looked]
        await ask.slack.replace(outcome_view(lines), shown)


async def export(ask: Ask) -> list[str]:
    """Exactly what was shown; where that is another list by now, nothing of it is written and the new one is shown.

    Returns a line on each destination.
    """
    agreed = [parsed(one) for one in ask.slack.metadata.token.split(",") if one]
    lines, again = await (await given_time(ask, _export(ask, agreed), exporting_view()))
    if again:
        await _answer(ask, first_view([Shown(one) for one in again], ask.slack.metadata, notice=outdated()))
    elif ask.slack.acked or not has_list_below(ask):
        await _answer(ask, outcome_view(lines))
    else:
        await ask.slack.ack()
    return lines


async def _export(ask: Ask, agreed: Sequence[tuple[int, str]]) -> tuple[list[str], list[Waiting]]:
    lines: list[str] = []
    again: list[Waiting] = []
    for number, digest in agreed:
        exported = await exporting.export_now(ask.house, ask.actor, number, digest)
        waiting = await exporting.waiting_at(ask.house, ask.actor, number)
        lines.append(f"Exported: {report_line(waiting.destination, exported.report).removeprefix('• ')}")
        if exported.outdated:
            again.append(waiting)
    return lines, again


async def _look(ask: Ask, views: Sequence[DestinationView]) -> list[Looked]:
    found: list[Looked] = []
    for one in views:
        report = await destinations.refresh_destination(ask.house, ask.actor, one.id)
        found.append(Looked(await exporting.waiting_at(ask.house, ask.actor, one.id), report))
    return found


async def _answer(ask: Ask, view: dict[str, object]) -> None:
    if ask.slack.acked:
        await ask.slack.replace(view)
    else:
        await ask.slack.ack(response_action="update", view=view)


def has_list_below(ask: Ask) -> bool:
    """Whether the list of destinations is below this modal."""
    return ask.slack.root_view_id != ask.slack.view.get("id")
