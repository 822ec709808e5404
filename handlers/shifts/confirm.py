"""``/oncall confirm``: the shifts that rotations propose, to be confirmed by an admin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from zlib import crc32

from handlers.fairness.why import all_button
from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, Choice, View, context, field, modal, section
from handlers.kit.exchange import with_notice
from handlers.kit.forms import marked
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, page_shown, pager, register_pages
from handlers.schedules.choosing import named_schedule
from handlers.shifts.choices import label, names_of
from notices.actions import Action
from services.fairness.why import explained
from services.kit.wording import counted, escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among
from services.shifts import confirming
from services.shifts.confirming import Confirmed, PendingShift
from services.shifts.each_change import ShiftRef

TITLE = "Confirm shifts"
PAGES = "confirm"
PER_BLOCK = 10
MOST_SHIFTS = 200


class Id(StrEnum):
    VIEW = "confirm"
    VALUE = "confirm.value"
    ALL = "confirm.all"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "confirm",
            "[schedule]",
            "confirm the shifts that were proposed",
            open_list,
            group=Group.ADMINS,
            may=May.LOOKING,
        )
    )
    listeners.action(Action.CONFIRM_SHIFTS, open_from_notice)
    listeners.action(Id.ALL, confirm_all)
    listeners.view(Id.VIEW, submit)
    register_pages(listeners, PAGES, turn)


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await ask.slack.open(await _view(ask, schedule, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def open_from_notice(ask: Ask) -> None:
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.open(await _view(ask, schedule, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def turn(ask: Ask) -> None:
    """Who only looks turns pages; who confirms goes through the list by confirming it."""
    metadata = replace(ask.slack.metadata, page=page_shown(ask))
    schedule = await schedules.get_schedule(ask.house, ask.actor, metadata.schedule_id or 0)
    await ask.slack.replace(await _view(ask, schedule, metadata))


async def submit(ask: Ask) -> None:
    """What was ticked; a list that changed meanwhile is shown as it is now."""
    schedule_id = ask.slack.metadata.schedule_id or 0
    ticked = [ref for value in ask.slack.form.chosen("shifts") if (ref := ShiftRef.parse(value))]
    if not ticked:
        await ask.slack.notice("Tick the shifts that you want to confirm.")
        return
    done = await confirming.confirm(ask.house, ask.actor, schedule_id, ticked)
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    if not done.changed:
        await _go_on(ask, schedule, done, len(ticked))
        return
    changed = counted(len(done.changed), "shift")
    notice = f"{changed} changed meanwhile and {'was' if len(done.changed) == 1 else 'were'} not confirmed."
    view = await _view(ask, schedule, ask.slack.metadata)
    await ask.slack.ack(response_action="update", view=with_notice(view, f"{notice} This is the list as it is now."))
    if done.shifts:
        await ask.slack.say(told(done, schedule))


async def _go_on(ask: Ask, schedule: ScheduleView, done: Confirmed, ticked: int) -> None:
    """Where a list was too long to be shown at once, what is left of it comes next."""
    waiting = await confirming.pending(ask.house, ask.actor, schedule.id)
    offered = sum(block.get("type") == "input" for block in ask.slack.view.get("blocks", ()))
    if waiting and offered * PER_BLOCK >= MOST_SHIFTS and ticked > MOST_SHIFTS // 2:
        view = await _view(ask, schedule, ask.slack.metadata)
        notice = f"Confirmed {counted(len(done.shifts), 'shift')}; {counted(len(waiting), 'shift')} still to confirm."
        await ask.slack.ack(response_action="update", view=with_notice(view, notice))
    else:
        await ask.slack.ack()
    await ask.slack.say(told(done, schedule, len(waiting)))


async def confirm_all(ask: Ask) -> None:
    """Everything that waited when the list was drawn, if that is what waits now."""
    schedule_id = ask.slack.metadata.schedule_id or 0
    waiting = await confirming.pending(ask.house, ask.actor, schedule_id)
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    if mark_of(waiting) != str(ask.slack.action.get("value")):
        view = await _view(ask, schedule, ask.slack.metadata)
        await ask.slack.replace(with_notice(view, "The list changed meanwhile. This is the list as it is now."))
        return
    done = await confirming.confirm(ask.house, ask.actor, schedule_id, [one.ref for one in waiting])
    left = await confirming.pending(ask.house, ask.actor, schedule_id)
    await ask.slack.replace(await _view(ask, schedule, ask.slack.metadata))
    await ask.slack.say(told(done, schedule, len(left)))


def mark_of(waiting: Sequence[PendingShift]) -> str:
    """Differs when a list of shifts does."""
    return format(crc32(" ".join(f"{one.ref} {one.user_id}" for one in waiting).encode()), "08x")


async def _view(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    waiting = await confirming.pending(ask.house, ask.actor, schedule.id)
    names = await names_of(ask, [user for one in waiting for user in (one.user_id, *one.replaces)])
    may_change = await schedules.may_change(ask.house, ask.actor, schedule.id)
    known = await explained(ask.house, ask.actor, schedule.id)
    dealt = any(one.ref.id in known for one in waiting)
    return list_view(schedule, waiting, names, metadata, may_change=may_change, dealt=dealt)


def list_view(
    schedule: ScheduleView,
    waiting: Sequence[PendingShift],
    names: Mapping[str, str],
    metadata: Metadata,
    *,
    may_change: bool,
    dealt: bool = False,
) -> View:
    """Every shift that waits, all of them ticked; only admins can confirm, others turn pages. **Why?** is there where
    some were ``dealt``."""
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)}), times in {schedule.time_zone}")
    if not waiting:
        return modal(TITLE, [title, section(_none(schedule))], metadata=metadata.dump())
    page = page_of(waiting, 0 if may_change else metadata.page or 0, MOST_SHIFTS)
    listed = [_choice(one, names, schedule.time_zone) for one in page.items]
    why = [kit.actions("why", all_button(schedule.id, proposed=True))] if dealt else []
    if not may_change:
        lines = kit.lines(f"• {escape(choice.text)}: {escape(choice.description)}" for choice in listed)
        who = context(f"Admins confirm shifts: {kit.people(member.user_id for member in schedule.admins)}.")
        return modal(TITLE, [title, *lines, *why, *pager(PAGES, page, "shift"), who], metadata=metadata.dump())
    blocks = [title, *why, *(_ticks(listed, start) for start in range(0, len(listed), PER_BLOCK))]
    if page.pages > 1:
        last = label(waiting[-1].start, waiting[-1].end, schedule.time_zone)
        more = (
            f"These are the first {len(listed)} of {len(waiting)} shifts. The next ones come once these are confirmed;"
        )
        blocks += [context(f"{more} the last one is {last}."), _all_button(waiting, schedule)]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Confirm", close="Cancel", metadata=metadata.dump())


def _all_button(waiting: Sequence[PendingShift], schedule: ScheduleView) -> Block:
    count = counted(len(waiting), "shift")
    sure = kit.confirm(
        "Confirm all?",
        f"All {count} of *{escape(schedule.name)}* are confirmed and exported.",
        "Confirm all",
        "Not yet",
    )
    return kit.actions("all", kit.button(Id.ALL, f"Confirm all {count}", mark_of(waiting), confirm=sure))


def _none(schedule: ScheduleView) -> str:
    return (
        f"Nothing waits to be confirmed. Shifts are proposed up to {counted(schedule.horizon_days, 'day')} ahead by "
        f"rotations: `/oncall rotation {escape(schedule.name)}`."
    )


def _choice(one: PendingShift, names: Mapping[str, str], zone: str) -> Choice:
    who = names.get(one.user_id, one.user_id) if one.user_id else "nobody"
    instead = ", ".join(names.get(user, user) for user in one.replaces)
    return Choice(
        str(one.ref),
        label(one.start, one.end, zone),
        f"{one.role}: {who}" + (f" instead of {instead}" if instead else ""),
    )


def _ticks(listed: Sequence[Choice], start: int) -> Block:
    part = listed[start : start + PER_BLOCK]
    title = "Shifts" if len(listed) <= PER_BLOCK else f"Shifts {start + 1} to {start + len(part)}"
    ticks = kit.checkboxes(Id.VALUE, part, [choice.value for choice in part])
    return field(marked("shifts", part[0].value), title, ticks, optional=True)


def told(done: Confirmed, schedule: ScheduleView, waiting: int = 0) -> str:
    name = escape(schedule.name)
    if not done.shifts:
        return f":white_check_mark: These shifts of *{name}* were confirmed already."
    text = f":white_check_mark: Confirmed {counted(len(done.shifts), 'shift')} of *{name}*."
    if done.destinations:
        text += f" On the way to {counted(len(done.destinations), 'destination')}."
    return f"{text} {counted(waiting, 'shift')} still to confirm: `/oncall confirm {name}`." if waiting else text
