"""``/oncall change``: an admin reassigns a shift, ends it early, or leaves it unassigned."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers import blocks as kit
from handlers.blocks import Choice, View, context, field, modal, section, select
from handlers.choosing import named_schedule
from handlers.context import Ask
from handlers.exchange import with_notice
from handlers.listeners import Group, Listeners, Word
from handlers.metadata import Metadata
from handlers.moved import told
from handlers.shift_choices import choices, chosen, coming, mark_of, shift_field
from services import changes, schedules
from services.errors import FieldErrors, Stale
from services.finding import Among
from services.moving import Changed, ShiftRef
from services.schedules import ScheduleView
from services.wording import escape

TITLE = "Change shift"


class Id(StrEnum):
    VIEW = "change"
    VALUE = "change.value"


class What(StrEnum):
    """What is done with the shift."""

    REASSIGN = "reassign"
    END = "end"
    UNASSIGN = "unassign"


WHAT = (
    Choice(What.REASSIGN, "Reassign", "To the member chosen below; of a running shift what is left"),
    Choice(What.END, "End early", "At the time chosen below, or now; the rest is nobody's"),
    Choice(What.UNASSIGN, "Leave unassigned", "Nobody has it, and no rotation fills it again"),
)
DONE = {What.REASSIGN: "Reassigned", What.END: "Ended early", What.UNASSIGN: "Left unassigned"}


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "change", "[schedule]", "reassign a shift, end it early, leave it unassigned", open_form, group=Group.ADMINS
        )
    )
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    await ask.slack.open(await _form(ask, schedule, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


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
    await ask.slack.say(told(changed, DONE[what]))


async def _change(ask: Ask, schedule_id: int, what: What, ref: ShiftRef) -> Changed:
    typed = ask.slack.form
    reason = typed.text("reason")
    if what is What.REASSIGN:
        return await changes.reassign(ask.house, ask.actor, schedule_id, ref, typed.option("user_id"), reason)
    if what is What.END:
        return await changes.end_early(ask.house, ask.actor, schedule_id, ref, typed.instant("at"), reason)
    return await changes.leave_unassigned(ask.house, ask.actor, schedule_id, ref, reason)


async def _form(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    return form(schedule, await choices(ask, await coming(ask, schedule)), metadata)


def form(schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata) -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        return modal(TITLE, [title, section("There are no shifts ahead to change.")], metadata=metadata.dump())
    people = [Choice(member.user_id, member.name) for member in schedule.assignable]
    blocks = [
        title,
        shift_field("shift", "Shift", Id.VALUE, offered, mark_of(offered)),
        field("what", "What to do", kit.radio(Id.VALUE, WHAT, What.REASSIGN)),
        *([field("user_id", "Member", select(Id.VALUE, people), optional=True)] if people else []),
        field("at", "Ends", kit.moment(Id.VALUE), hint="To end it early; empty means now", optional=True),
        field("reason", "Reason", kit.text_input(Id.VALUE, most=300), optional=True),
    ]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Change", close="Cancel", metadata=metadata.dump())
