"""``/oncall pending``: what waits for a person at each destination, and **Export now**, which does exactly that.

The button carries the digest of the list that is shown. When the list is another one by then, nothing is written and
the new list is shown instead. The card of a held plan (**Export anyway**) works the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum

from handlers.destinations.words import MODE_NAMES, link, report_line, status
from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, View, actions, button, context, modal, section, when
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.kit.paging import page_of, page_shown, pager, register_pages
from handlers.schedules.choosing import named_schedule
from notices.actions import Action
from oncall.systems import System
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.exporting import PendingView, PersonRef, Waiting
from services.kit.errors import NotFound
from services.kit.wording import counted, escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among
from sync.core.pending import ChangeKind

TITLE = "Pending changes"
PAGES = "pending"
SHOWN_DESTINATIONS = 8
SHOWN_CHANGES = 60
MOST_SECTIONS = 8
"""Of one destination: eight destinations with their buttons stay below the hundred blocks of a modal."""

PINNED_PEOPLE = 10
LAYERS_ONLY = "• The layers there follow the changed rotation; nobody's confirmed shifts change."


class Id(StrEnum):
    EXPORT = "pending.export"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "pending", "[schedule]", "what waits to be exported by hand", open_list, group=Group.ADMINS, may=May.LOOKING
        )
    )
    listeners.action(Id.EXPORT, export)
    register_pages(listeners, PAGES, turn)
    listeners.action(Action.EXPORT_ANYWAY, export_anyway)


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    await ask.slack.open(await _view(ask, schedule, metadata))


async def turn(ask: Ask) -> None:
    metadata = replace(ask.slack.metadata, page=page_shown(ask))
    schedule = await schedules.get_schedule(ask.house, ask.actor, metadata.schedule_id or 0)
    await ask.slack.replace(await _view(ask, schedule, metadata))


async def export(ask: Ask) -> None:
    metadata = ask.slack.metadata
    schedule = await schedules.get_schedule(ask.house, ask.actor, metadata.schedule_id or 0)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    destination_id, digest = parsed(str(ask.slack.action.get("value") or ""))
    await ask.slack.replace(await _view(ask, schedule, metadata, ":hourglass_flowing_sand: Exporting…"))
    exported = await exporting.export_now(ask.house, ask.actor, destination_id, digest)
    view = await destinations.get_destination(ask.house, ask.actor, destination_id)
    notice = outdated() if exported.outdated else f"Exported: {report_line(view, exported.report).removeprefix('• ')}"
    await ask.slack.replace(await _view(ask, schedule, metadata, notice))


async def export_anyway(ask: Ask) -> None:
    """Where the plan has changed meanwhile nothing is written; the new plan has a card of its own."""
    destination_id, digest = parsed(str(ask.slack.action.get("value") or ""))
    view = await destinations.get_destination(ask.house, ask.actor, destination_id)
    exported = await exporting.export_now(ask.house, ask.actor, destination_id, digest)
    report = report_line(view, exported.report).removeprefix("• ")
    if exported.outdated:
        done = (
            f":warning: Another plan waits by now, and has a card of its own; nothing of this one was written. {report}"
        )
    elif exported.needless:
        done = f"Nothing of this waits any more; it was done already, or is not needed. {report}"
    else:
        done = f"<@{ask.actor.user_id}> agreed. {report}"
    await ask.slack.rewrite(done)
    await ask.slack.say(done)


def parsed(value: str) -> tuple[int, str]:
    """A button's value: the destination, and the digest of what was shown."""
    text, _, digest = value.partition(":")
    number = id_of(text)
    if number is None:
        raise NotFound("That list is too old; open it again.")
    return number, digest


def outdated() -> str:
    return ":warning: Something changed meanwhile, so nothing was written. This is what waits now."


async def _view(ask: Ask, schedule: ScheduleView, metadata: Metadata, notice: str = "") -> View:
    waiting = await exporting.pending_changes(ask.house, ask.actor, schedule.id)
    may_change = await schedules.may_change(ask.house, ask.actor, schedule.id)
    return list_view(schedule, waiting, metadata, may_change=may_change, notice=notice)


def list_view(
    schedule: ScheduleView, waiting: Sequence[Waiting], metadata: Metadata, *, may_change: bool, notice: str = ""
) -> View:
    """The destinations, page by page, each with what waits there."""
    blocks = [context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")]
    if notice:
        blocks.append(section(notice, "outcome"))
    page = page_of(waiting, metadata.page or 0, SHOWN_DESTINATIONS)
    for one in page.items:
        blocks += _destination(one, may_change=may_change)
    blocks += pager(PAGES, page, "destination")
    if not waiting:
        name = escape(schedule.name)
        blocks.append(section(f"*{name}* has no destinations yet. Add one with `/oncall destinations {name}`."))
    return modal(TITLE, blocks, metadata=metadata.dump())


def _destination(waiting: Waiting, *, may_change: bool) -> list[Block]:
    one = waiting.destination
    head = f"*{link(one)}*\n{escape(one.role)} · {MODE_NAMES[one.mode]} · {status(one.status, one.reason)}"
    if not waiting.digest:
        return [kit.divider(), section(f"{head}\nNothing waits.")]
    listed = _listed(waiting.changes, one.system)
    value = f"{one.id}:{waiting.digest}"
    press = [actions(f"pending:{one.id}", button(Id.EXPORT, "Export now", value, style="primary"))]
    return [kit.divider(), section(head), *listed, *(press if may_change else [])]


def _listed(changes: Sequence[PendingView], there: System) -> list[Block]:
    """As many of the changes as leave room for the other destinations of the page."""
    most = SHOWN_CHANGES
    while len(listed := kit.lines(change_lines(changes, most, there) or [LAYERS_ONLY])) > MOST_SECTIONS:
        most = most * 3 // 4
    return listed


def change_lines(changes: Sequence[PendingView], most: int, there: System) -> list[str]:
    """A line per change: who, when, and whose change there it takes back. What only makes sure that those who are on
    call there stay so is one line."""
    pins = [change for change in changes if change.kind is ChangeKind.PIN]
    others = [change for change in changes if change.kind is not ChangeKind.PIN]
    lines = [f"• {when(change.start)} – {when(change.end)}: {_what(change, there)}" for change in others[:most]]
    if len(others) > most:
        lines.append(f"… and {counted(len(others) - most, 'more change')}")
    return [*lines, _pinned(pins, there)] if pins else lines


def _pinned(pins: Sequence[PendingView], there: System) -> str:
    people = list(dict.fromkeys(who(change.after) for change in pins))
    named = ", ".join(people[:PINNED_PEOPLE]) + (
        f" and {len(people) - PINNED_PEOPLE} more" if people[PINNED_PEOPLE:] else ""
    )
    span = f"{when(pins[0].start)} – {when(pins[-1].end)}"
    if len(pins) == 1:
        return f"• {span}: add {named}, whom {there.own} shows already; an {there.item} keeps it so"
    return (
        f"• {span}: {len(pins)} shifts that {there.own} shows already ({named}) get {there.item}s that keep "
        "them so; who is on call does not change"
    )


def _what(change: PendingView, there: System) -> str:
    before, after = who(change.before), who(change.after) + (" as fallback" if change.as_fallback else "")
    undoing = f" ({_undone(change, after, there)})" if change.undoes else ""
    match change.kind:
        case ChangeKind.ADD | ChangeKind.PIN:
            return f"add {after}{undoing}"
        case ChangeKind.REPLACE:
            return f"{after} instead of {before}{undoing}"
        case ChangeKind.REMOVE if change.after:
            return f"remove an {there.item} for {before} that does not show; {after} stays on call"
        case ChangeKind.REMOVE:
            return f"remove {before}{_then(change.then)}"
        case ChangeKind.IMPORT:
            return f"import {after} instead of {before}"
        case ChangeKind.UNASSIGN:
            return f"leave unassigned instead of {before}"


def _then(there: Sequence[str] | None) -> str:
    """Who is on call there once something is gone."""
    if there is None:
        return ""
    are = "is" if len(there) < 2 else "are"
    return f"; then {', '.join(there[:PINNED_PEOPLE]) or 'nobody'} {are} on call there"


def _undone(change: PendingView, after: str, there: System) -> str:
    """What it takes back, and whose change that was, where the external system tells."""
    if change.before is None:
        return f"takes back that {after} was taken out in {there.name}"
    by = f" by {escape(change.changed_by)}" if change.changed_by else ""
    return f"takes back that {who(change.before)} was put in{by} in {there.name}"


def who(person: PersonRef | None) -> str:
    if person is None:
        return "nobody"
    return f"<@{person.user_id}>" if person.user_id else f"*{escape(person.name)}*"
