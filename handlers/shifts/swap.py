"""``/oncall swap`` and ``/oncall take``: shifts change hands between members.

When somebody else was quicker, the form comes back with the shifts as they are now, a line on what happened, and
everything else that was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View, context, field, modal, section
from handlers.kit.durations import duration, split_off, unread
from handlers.kit.exchange import with_notice
from handlers.kit.listeners import Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.schedules.choosing import named_schedule
from handlers.shifts import swap_answers as swapping
from handlers.shifts.choices import choices, chosen, coming, mark_of, searched, shift_field
from handlers.shifts.outcome import told
from services.kit.errors import FieldErrors, Refusal, Stale
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among, fitting
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from services.shifts.assigning import ShiftView
from services.shifts.each_change import ShiftRef
from services.shifts.part_of_shift import Part
from services.shifts.swaps import SwapDraft

SWAP_TITLE = "Swap shifts"
TAKE_TITLE = "Take over a shift"
LENGTH = "Instead of Ends: 2 hours, 90 min, 1 day"


class Id(StrEnum):
    SWAP = "swap"
    TAKE = "take"
    VALUE = "swap.value"
    FIND_MINE = "swap.find_mine"
    FIND_THEIRS = "swap.find_theirs"
    FIND_TAKEN = "take.find_shift"


def register(listeners: Listeners) -> None:
    listeners.word(Word("swap", "[schedule]", "ask somebody to swap a shift", open_swap, may=May.TAKING_PART))
    listeners.word(
        Word(
            "take",
            "[schedule] [for 2 hours]",
            "take over a shift, now or later, or a part of it",
            open_take,
            example="Payments for 2 hours",
            more="With a time it is about who is on call now: you take over from now on, for so long.",
            may=May.TAKING_PART,
        )
    )
    listeners.options(Id.FIND_MINE, search_mine)
    listeners.options(Id.FIND_THEIRS, search_theirs)
    listeners.options(Id.FIND_TAKEN, search_taken)
    listeners.view(Id.SWAP, swap)
    listeners.view(Id.TAKE, take)


async def open_swap(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.MINE)
    await ask.slack.open(await _swap_form(ask, schedule, _metadata(ask, schedule)))


async def open_take(ask: Ask, argument: str) -> None:
    known = await schedules.list_schedules(ask.house, ask.actor)
    name, length = (argument, "") if fitting(known, argument) else split_off(argument)
    if not length and (typed := unread(name)) and not fitting(known, name):
        raise Refusal(
            f"“{escape(typed[:60])}” is no time to take over for. Type for example `/oncall take for 2 hours`, "
            "`for 90 min` or `for 1 day`: more than nothing, at most a year."
        )
    schedule = await named_schedule(ask, name, Among.MINE, kept=f"for {length}" if length else "")
    await ask.slack.open(await _take_form(ask, schedule, _metadata(ask, schedule), length))


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
        await swapping.send(ask, draft, typed.option("how"), typed.accepted)
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id)
        view = await _swap_form(ask, schedule, metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))


async def take(ask: Ask) -> None:
    schedule_id = ask.slack.metadata.schedule_id or 0
    typed, ref = ask.slack.form, chosen(ask.slack.form, "shift")
    if ref is None:
        raise FieldErrors({"shift": "Choose a shift."})
    part = await _part(ask, schedule_id, ref)
    try:
        changed = await changes.take(ask.house, ask.actor, schedule_id, ref, part=part, accepted=typed.accepted)
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
        view = await _take_form(ask, schedule, ask.slack.metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))
        return
    await ask.slack.ack()
    await ask.slack.say(told(changed, "Taken over"))


async def _part(ask: Ask, schedule_id: int, ref: ShiftRef) -> Part:
    """The stretch that was typed; *For* counts from *Starts*, else from now or from when the shift starts."""
    typed, now = ask.slack.form, ask.house.clock.now()
    start, end, length = typed.instant("start"), typed.instant("end"), typed.text("length").strip()
    if not length:
        return Part(start, end)
    time = duration(length)
    if time is None:
        raise FieldErrors({"length": "Type how long, for example: 2 hours, 90 min, 1 day."})
    if end is not None:
        raise FieldErrors({"length": "Fill in Ends or For, not both."})
    found = await shifts.coming_shifts(ask.house, ask.actor, schedule_id)
    shift = next((one for one in found if one.ref == ref), None)
    begins = start or max(now, shift.start if shift else now)
    if shift is not None and begins + time > shift.end:
        raise FieldErrors({"length": "The shift ends before that; leave this empty to take all that is left."})
    return Part(start, begins + time)


async def search_mine(ask: Ask) -> Sequence[Choice]:
    return await searched(ask, (await _sides(ask, await _schedule(ask)))[0])


async def search_theirs(ask: Ask) -> Sequence[Choice]:
    return await searched(ask, (await _sides(ask, await _schedule(ask)))[1])


async def search_taken(ask: Ask) -> Sequence[Choice]:
    return await searched(ask, _of_others(ask, await coming(ask, await _schedule(ask))))


async def _schedule(ask: Ask) -> ScheduleView:
    return await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)


async def _swap_form(ask: Ask, schedule: ScheduleView, metadata: Metadata) -> View:
    mine, theirs = await _sides(ask, schedule)
    everybody = await schedules.may_change(ask.house, ask.actor, schedule.id)
    return swap_form(schedule, await choices(ask, mine), await choices(ask, theirs), metadata, decides=everybody)


async def _sides(ask: Ask, schedule: ScheduleView) -> tuple[list[ShiftView], list[ShiftView]]:
    """A member's own shifts on one side; admins choose on both sides among everybody's."""
    there = {member.user_id for member in schedule.assignable}
    found = [shift for shift in await coming(ask, schedule) if shift.user_id in there]
    own = [shift for shift in found if shift.user_id == ask.actor.user_id]
    everybody = await schedules.may_change(ask.house, ask.actor, schedule.id)
    mine = [*own, *_of_others(ask, found)] if everybody else own
    return mine, [*_of_others(ask, found), *(own if everybody else ())]


async def _take_form(ask: Ask, schedule: ScheduleView, metadata: Metadata, length: str = "") -> View:
    """With a length it is about who is on call now, if that is one shift."""
    found, now = _of_others(ask, await coming(ask, schedule)), ask.house.clock.now()
    running = [str(shift.ref) for shift in found if shift.start <= now < shift.end]
    preset = running[0] if length and len(running) == 1 else None
    return take_form(schedule, await choices(ask, found), metadata, length, preset)


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
        shift_field("mine", "Your shift", Id.VALUE, mine, mark_of(mine), Id.FIND_MINE),
        shift_field("theirs", "Their shift", Id.VALUE, theirs, mark_of(theirs), Id.FIND_THEIRS),
        field("reason", "Reason", kit.text_input(Id.VALUE, most=300), optional=True),
        *swapping.how_fields(Id.VALUE, decides=decides),
    ]
    submit = "Swap" if decides else "Ask"
    return modal(SWAP_TITLE, blocks, callback_id=Id.SWAP, submit=submit, close="Cancel", metadata=metadata.dump())


def take_form(
    schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata, length: str = "", preset: str | None = None
) -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        none = section("Nobody else has shifts ahead on this schedule.")
        return modal(TAKE_TITLE, [title, none], metadata=metadata.dump())
    blocks = [
        title,
        shift_field("shift", "Shift", Id.VALUE, offered, mark_of(offered), Id.FIND_TAKEN, preset),
        field("start", "Starts", kit.moment(Id.VALUE), hint="Empty means its start, or now", optional=True),
        field("end", "Ends", kit.moment(Id.VALUE), hint="Empty means its end", optional=True),
        field("length", "For", kit.text_input(Id.VALUE, length, most=40), hint=LENGTH, optional=True),
    ]
    return modal(TAKE_TITLE, blocks, callback_id=Id.TAKE, submit="Take", close="Cancel", metadata=metadata.dump())
