"""``/oncall cover``: asks for cover of a shift, or part of it. **Take** and **Withdraw** are on what is posted; the
other answers are in :mod:`handlers.covers.answers`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View, context, field, modal, section, when
from handlers.kit.exchange import with_notice
from handlers.kit.listeners import Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.second_yes import ask_again, number_of
from handlers.schedules.choosing import named_schedule
from handlers.shifts.choices import choices, chosen, coming, mark_of, searched, shift_field
from notices.actions import Action
from oncall.shifts import ShiftState
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.covers.shown import CoverView
from services.kit.errors import NotAllowed, NotFound, Refusal, Stale, Warned
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among
from services.shifts.assigning import ShiftView

TITLE, TAKE_TITLE = "Ask for cover", "Take this time"
MOST_NAMED = 10
ORDER = (
    "The best candidate is asked first: who is free then and furthest under their share. The next one is asked when "
    "they say no, or don't answer within one to four hours, the sooner the nearer the shift is. 12 hours before it "
    "starts, or once all were asked, everybody is asked at once."
)


class Id(StrEnum):
    VIEW = "cover"
    VALUE = "cover.value"
    FIND_SHIFT = "cover.find_shift"
    TAKE_ANYWAY = "cover.take_anyway"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word("cover", "[schedule]", "ask somebody to cover a shift of yours", open_form, may=May.TAKING_PART)
    )
    listeners.action(Action.COVER_TAKE, take)
    listeners.action(Action.COVER_WITHDRAW, withdraw)
    listeners.options(Id.FIND_SHIFT, search_shifts)
    listeners.view(Id.VIEW, submit)
    listeners.view(Id.TAKE_ANYWAY, take_anyway)


async def open_form(ask: Ask, argument: str) -> None:
    await open_for(ask, await named_schedule(ask, argument, Among.MINE))


async def open_for(ask: Ask, schedule: ScheduleView, shift: str = "") -> None:
    """The form, with ``shift`` (a :class:`services.shifts.each_change.ShiftRef`) chosen in it where it is there."""
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    show = ask.slack.push if ask.slack.view and not ask.slack.is_in_modal else ask.slack.open
    await show(form(schedule, await _coverable(ask, schedule), metadata, shift))


async def submit(ask: Ask) -> None:
    typed, schedule_id = ask.slack.form, ask.slack.metadata.schedule_id or 0
    draft = CoverDraft(
        schedule_id=schedule_id,
        shift=chosen(typed, "shift"),
        start=typed.instant("start"),
        end=typed.instant("end"),
        reason=typed.text("reason"),
    )
    try:
        asked = await cover.ask(ask.house, ask.actor, draft)
    except Stale as error:
        schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
        view = form(schedule, await _coverable(ask, schedule), ask.slack.metadata)
        await ask.slack.ack(response_action="update", view=with_notice(view, str(error)))
        return
    await ask.slack.ack()
    text = f":raised_hand: Asked for cover {about(asked)}. {_first(asked)}"
    back = kit.button(Action.COVER_WITHDRAW, "Withdraw", str(asked.id))
    await ask.slack.say(text, [section(text), kit.actions("cover.asked", back)])


async def take(ask: Ask) -> None:
    """The message that the button is on shows who was first."""
    try:
        taken = await cover.take(ask.house, ask.actor, ask.slack.action_number, accepted="")
    except Warned as error:
        await ask_again(ask, error, TAKE_TITLE, Id.TAKE_ANYWAY, "Take")
        return
    except (NotAllowed, NotFound):
        raise
    except Refusal as error:
        if await ask.slack.rewrite(str(error)):
            await ask.slack.say(str(error))
        return
    text = f":white_check_mark: <@{taken.request.taker}> covers <@{taken.request.user_id}> {about(taken.request)}."
    await ask.slack.rewrite(text)
    await ask.slack.say(f":white_check_mark: The time is yours {about(taken.request)}.")


async def take_anyway(ask: Ask) -> None:
    """They know what it does now; the message itself is brought up to date by the notice that it was taken."""
    taken = await cover.take(ask.house, ask.actor, number_of(ask), accepted=ask.slack.form.accepted)
    await ask.slack.ack()
    await ask.slack.say(f":white_check_mark: The time is yours {about(taken.request)}.")


async def withdraw(ask: Ask) -> None:
    withdrawn = await cover.withdraw(ask.house, ask.actor, ask.slack.action_number)
    text = f"<@{withdrawn.user_id}>'s request for cover {about(withdrawn)} was withdrawn."
    await ask.slack.rewrite(text)


def _first(request: CoverView) -> str:
    """Whom it was asked, for who asks."""
    asked = kit.people(request.asked_now, MOST_NAMED)
    if not request.asked_now:
        return "Nobody can be asked: all are away, or on call then. Ask an admin; the request stays open."
    if request.until is None:
        return f"Everybody who could was asked: {asked}. The first to press *Take* has it."
    by = when(request.until)
    return f"{asked} is asked first. Without an answer by {by} the next one is; a message shows you how far it is."


def about(request: CoverView) -> str:
    """As what of which schedule, from when until when."""
    role, schedule = escape(request.role), escape(request.schedule)
    return f"as *{role}* of *{schedule}* from {when(request.start)} to {when(request.end)}"


async def search_shifts(ask: Ask) -> Sequence[Choice]:
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    return await searched(ask, await _coverable_shifts(ask, schedule))


async def _coverable(ask: Ask, schedule: ScheduleView) -> list[Choice]:
    return await choices(ask, await _coverable_shifts(ask, schedule))


async def _coverable_shifts(ask: Ask, schedule: ScheduleView) -> list[ShiftView]:
    """One's own confirmed shifts; admins choose among everybody's."""
    everybody = await schedules.may_change(ask.house, ask.actor, schedule.id)
    found = [s for s in await coming(ask, schedule) if s.state is ShiftState.CONFIRMED and s.user_id]
    own = [shift for shift in found if shift.user_id == ask.actor.user_id]
    others = [shift for shift in found if shift.user_id != ask.actor.user_id] if everybody else []
    return [*own, *others]


def form(schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata, shift: str = "") -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        none = section("You have no confirmed shifts ahead on this schedule, so there is nothing to cover.")
        return modal(TITLE, [title, none], metadata=metadata.dump())
    hint = "Empty means the whole shift, or what is left of it"
    blocks = [
        title,
        shift_field("shift", "Shift", Id.VALUE, offered, mark_of(offered), Id.FIND_SHIFT, shift),
        field("start", "Starts", kit.moment(Id.VALUE), hint=hint, optional=True),
        field("end", "Ends", kit.moment(Id.VALUE), optional=True),
        field("reason", "Reason", kit.text_input(Id.VALUE, most=300), optional=True),
        context(ORDER),
    ]
    return modal(TITLE, blocks, callback_id=Id.VIEW, submit="Ask", close="Cancel", metadata=metadata.dump())
