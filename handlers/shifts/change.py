"""``/oncall change``: an admin reassigns a shift, ends it early, or leaves it unassigned."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, Choice, View, context, field, modal, section
from handlers.kit.exchange import with_notice
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.schedules.choosing import named_schedule
from handlers.shifts.assign import filling
from handlers.shifts.choices import (
    choices,
    chosen,
    coming,
    mark_of,
    member_field,
    members_called,
    searched,
    shift_field,
)
from handlers.shifts.outcome import told
from services.kit.errors import FieldErrors, Stale
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among
from services.shifts import changing as changes
from services.shifts.each_change import Changed, ShiftRef
from services.shifts.part_of_shift import Part

TITLE = "Change shift"


class Id(StrEnum):
    VIEW = "change"
    VALUE = "change.value"
    FIND_SHIFT = "change.find_shift"
    FIND_MEMBER = "change.find_member"


class What(StrEnum):
    """What is done with the shift."""

    REASSIGN = "reassign"
    END = "end"
    UNASSIGN = "unassign"


WHAT = (
    Choice(What.REASSIGN, "Reassign", "Give it to the member chosen below, whole or from Starts to Ends"),
    Choice(What.END, "End early", "At Ends, or now; nobody has the rest"),
    Choice(What.UNASSIGN, "Leave unassigned", "Nobody has it, whole or from Starts to Ends; no rotation fills it"),
)
PART = "For a part of the shift; empty means its start, or now if it is running"
DONE = {What.REASSIGN: "Reassigned", What.END: "Ended early", What.UNASSIGN: "Left unassigned"}


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "change", "[schedule]", "reassign a shift, end it early, leave it unassigned", open_form, group=Group.ADMINS
        )
    )
    listeners.options(Id.FIND_SHIFT, search_shifts)
    listeners.options(Id.FIND_MEMBER, search_members)
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    await ask.slack.open(await _form(ask, schedule, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def search_shifts(ask: Ask) -> Sequence[Choice]:
    return await searched(ask, await coming(ask, await _schedule(ask)))


async def search_members(ask: Ask) -> Sequence[Choice]:
    return members_called((await _schedule(ask)).assignable, ask.slack.query)


async def _schedule(ask: Ask) -> ScheduleView:
    return await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)


async def submit(ask: Ask) -> None:
    """When somebody else was quicker, the form comes back with what was typed and the shifts as they are now."""
    schedule_id = ask.slack.metadata.schedule_id or 0
    what = ask.slack.form.choice("what", What, What.REASSIGN)
    ref = chosen(ask.slack.form, "shift")
    if ref is None:
        raise FieldErrors({"shift": "Choose a shift."})
    try:
        changed = await _change(ask, schedule_id, what, ref)
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
        view = await _form(ask, schedule, ask.slack.metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))
        return
    await ask.slack.ack()
    await ask.slack.say(*answer(schedule_id, changed, DONE[what]))


def answer(schedule_id: int, changed: Changed, done: str) -> tuple[str, list[Block]]:
    """What was done; where nobody has the time now, with a button that puts somebody there."""
    text = told(changed, done)
    left = [filling(schedule_id, shift) for shift in changed.shifts if shift.user is None]
    return text, [section(text), *([kit.actions("fill", *left[:1])] if left else [])]


async def _change(ask: Ask, schedule_id: int, what: What, ref: ShiftRef) -> Changed:
    typed, house, actor = ask.slack.form, ask.house, ask.actor
    _refuse_unused(typed, what)
    reason, accepted = typed.text("reason"), typed.accepted
    part = Part(typed.instant("start"), typed.instant("end"))
    if what is What.REASSIGN:
        user = typed.option("user_id")
        return await changes.reassign(house, actor, schedule_id, ref, user, reason, part=part, accepted=accepted)
    if what is What.END:
        return await changes.end_early(house, actor, schedule_id, ref, part.end, reason, accepted=accepted)
    return await changes.leave_unassigned(house, actor, schedule_id, ref, reason, part=part, accepted=accepted)


def _refuse_unused(typed: Form, what: What) -> None:
    """Whatever is filled in means something, or is refused."""
    problems: dict[str, str] = {}
    if what is not What.REASSIGN and typed.option("user_id"):
        problems["user_id"] = "Leave this empty, or choose Reassign: nobody has the shift after this."
    if what is What.END and typed.instant("start"):
        problems["start"] = "Leave this empty to end a shift early; Ends says when."
    if problems:
        raise FieldErrors(problems)


async def _form(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    return form(schedule, await choices(ask, await coming(ask, schedule)), metadata)


def _member_field(schedule: ScheduleView) -> Block:
    return member_field("user_id", "Member", Id.VALUE, schedule.assignable, Id.FIND_MEMBER, optional=True)


def form(schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata) -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        return modal(TITLE, [title, section("There are no shifts ahead to change.")], metadata=metadata.dump())
    blocks = [
        title,
        shift_field("shift", "Shift", Id.VALUE, offered, mark_of(offered), Id.FIND_SHIFT),
        field("what", "What to do", kit.radio(Id.VALUE, WHAT, What.REASSIGN)),
        *([_member_field(schedule)] if schedule.assignable else []),
        field("start", "Starts", kit.moment(Id.VALUE), hint=PART, optional=True),
        field("end", "Ends", kit.moment(Id.VALUE), hint="Empty means its end; to end it early, now", optional=True),
        field("reason", "Reason", kit.text_input(Id.VALUE, most=300), optional=True),
    ]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Change", close="Cancel", metadata=metadata.dump())
