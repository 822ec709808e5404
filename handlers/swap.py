"""``/oncall swap`` and ``/oncall take``: shifts change hands between members.

When somebody else was quicker, the form comes back with the shifts as they are now, a line on what happened, and
everything else that was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers import blocks as kit
from handlers import swapping
from handlers.blocks import Choice, View, context, field, modal, section
from handlers.choosing import named_schedule
from handlers.context import Ask
from handlers.exchange import with_notice
from handlers.listeners import Listeners, Word
from handlers.metadata import Metadata
from handlers.moved import told
from handlers.shift_choices import choices, chosen, coming, mark_of, shift_field
from services import changes, schedules
from services.errors import FieldErrors, Stale
from services.finding import Among
from services.schedules import ScheduleView
from services.shifts import ShiftView
from services.swaps import SwapDraft
from services.wording import escape

SWAP_TITLE = "Swap shifts"
TAKE_TITLE = "Take over a shift"


class Id(StrEnum):
    SWAP = "swap"
    TAKE = "take"
    VALUE = "swap.value"


def register(listeners: Listeners) -> None:
    listeners.word(Word("swap", "[schedule]", "ask somebody to swap a shift", open_swap))
    listeners.word(
        Word(
            "take",
            "[schedule] [for 2 hours]",
            "take over a shift, now or later, or a part of it",
            open_take,
            example="Payments for 2 hours",
            more="With a time it is about who is on call now: you take over from now on, for so long.",
        )
    )
    listeners.view(Id.SWAP, swap)
    listeners.view(Id.TAKE, take)


async def open_swap(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.MINE)
    await ask.slack.open(await _swap_form(ask, schedule, _metadata(ask, schedule)))


async def open_take(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.MINE)
    await ask.slack.open(await _take_form(ask, schedule, _metadata(ask, schedule)))


def _metadata(ask: Ask, schedule: ScheduleView) -> Metadata:
    return Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)


async def swap(ask: Ask) -> None:
    typed, metadata = ask.slack.form, ask.slack.metadata
    draft = SwapDraft(
        schedule_id=metadata.schedule_id or 0,
        mine=chosen(typed, "mine"),
        theirs=chosen(typed, "theirs"),
        reason=typed.text("reason"),
    )
    try:
        await swapping.send(ask, draft, typed.option("how"))
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id)
        view = await _swap_form(ask, schedule, metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))


async def take(ask: Ask) -> None:
    schedule_id = ask.slack.metadata.schedule_id or 0
    ref = chosen(ask.slack.form, "shift")
    if ref is None:
        raise FieldErrors({"shift": "Choose a shift."})
    try:
        changed = await changes.take(ask.house, ask.actor, schedule_id, ref)
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
        view = await _take_form(ask, schedule, ask.slack.metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))
        return
    await ask.slack.ack()
    await ask.slack.say(told(changed, "Taken over"))


async def _swap_form(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    """A member's own shifts on one side; admins choose on both sides among everybody's."""
    there = {member.user_id for member in schedule.assignable}
    found = [shift for shift in await coming(ask, schedule) if shift.user_id in there]
    own = [shift for shift in found if shift.user_id == ask.actor.user_id]
    everybody = await schedules.may_change(ask.house, ask.actor, schedule.id)
    mine = [*own, *_of_others(ask, found)] if everybody else own
    theirs = [*_of_others(ask, found), *(own if everybody else ())]
    return swap_form(schedule, await choices(ask, mine), await choices(ask, theirs), metadata, decides=everybody)


async def _take_form(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    return take_form(schedule, await choices(ask, _of_others(ask, await coming(ask, schedule))), metadata)


def _of_others(ask: Ask, found: Sequence[ShiftView]) -> list[ShiftView]:
    return [shift for shift in found if shift.user_id != ask.actor.user_id]


def swap_form(
    schedule: ScheduleView,
    mine: Sequence[Choice],
    theirs: Sequence[Choice],
    metadata: Metadata,
    *,
    decides: bool = False,
) -> View:
    """``decides`` offers to do it without asking."""
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not mine or not theirs:
        whose = "Nobody else has" if mine else "You have no"
        return modal(SWAP_TITLE, [title, section(f"{whose} shifts ahead to swap.")], metadata=metadata.dump())
    blocks = [
        title,
        shift_field("mine", "Your shift", Id.VALUE, mine, mark_of(mine)),
        shift_field("theirs", "Their shift", Id.VALUE, theirs, mark_of(theirs)),
        field("reason", "Reason", kit.text_input(Id.VALUE, most=300), optional=True),
        *swapping.how_fields(Id.VALUE, decides=decides),
    ]
    submit = "Swap" if decides else "Ask"
    return modal(SWAP_TITLE, blocks, callback_id=Id.SWAP, submit=submit, close="Cancel", metadata=metadata.dump())


def take_form(schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata) -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        none = section("Nobody else has shifts ahead on this schedule.")
        return modal(TAKE_TITLE, [title, none], metadata=metadata.dump())
    blocks = [
        title,
        shift_field("shift", "Shift", Id.VALUE, offered, mark_of(offered)),
        context("Of a shift that is running you take over what is left, from now on."),
    ]
    return modal(TAKE_TITLE, blocks, callback_id=Id.TAKE, submit="Take", close="Cancel", metadata=metadata.dump())
