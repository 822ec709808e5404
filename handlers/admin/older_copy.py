"""What admins answer where Baton was started from an older copy of its database: the three buttons of the card."""

from __future__ import annotations

from handlers.destinations.pending import parsed
from handlers.destinations.words import report_line, standing_line
from handlers.kit.asker import Ask
from handlers.kit.listeners import Listeners
from notices.actions import Action
from services.admin import older_copy
from services.destinations import configuring as destinations
from services.destinations import exporting
from sync.steps.report import Report

ALREADY = "Somebody has chosen for this one already."


def register(listeners: Listeners) -> None:
    listeners.action(Action.COPY_EXPORT, export)
    listeners.action(Action.COPY_TAKE, take)
    listeners.action(Action.COPY_LEAVE, leave)


async def export(ask: Ask) -> None:
    """Exactly what the card shows; where that is another list by now, nothing is written."""
    number, digest = parsed(str(ask.slack.action.get("value") or ""))
    if not await older_copy.waits_for_choice(ask.house, ask.actor, number):
        return await _close(ask, number, ALREADY, None)
    exported = await exporting.export_now(ask.house, ask.actor, number, digest)
    report = exported.report
    if report is not None and report.waiting and not report.approved:
        told = ":warning: Something changed meanwhile, so nothing was written. `/oncall pending` shows what waits now."
        return await ask.slack.say(told)
    return await _close(ask, number, f"<@{ask.actor.user_id}> chose to export what Baton knows.", report)


async def take(ask: Ask) -> None:
    number = ask.slack.action_number
    if not await older_copy.waits_for_choice(ask.house, ask.actor, number):
        return await _close(ask, number, ALREADY, None)
    report = await older_copy.take_what_is_there(ask.house, ask.actor, number)
    did = f"<@{ask.actor.user_id}> chose to import what PagerDuty has."
    if report is not None and report.waiting:
        did += " The rest waits: `/oncall pending` shows it."
    return await _close(ask, number, did, report)


async def leave(ask: Ask) -> None:
    number = ask.slack.action_number
    if not await older_copy.waits_for_choice(ask.house, ask.actor, number):
        return await _close(ask, number, ALREADY, None)
    view = await older_copy.leave_paused(ask.house, ask.actor, number)
    told = f"<@{ask.actor.user_id}> left it paused. *Resume* in `/oncall destinations` goes on when it is right."
    return await _close(ask, view.id, told, None)


async def _close(ask: Ask, number: int, did: str, report: Report | None) -> None:
    view = await destinations.get_destination(ask.house, ask.actor, number)
    line = report_line(view, report) if report else standing_line(view, report)
    done = f"{did} {line.removeprefix('• ')}"
    await ask.slack.rewrite(done)
    await ask.slack.say(done)
