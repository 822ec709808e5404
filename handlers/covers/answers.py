"""What somebody answers who is asked to cover, beside **Take**: **Swap for one of mine**, **Later**, **No**."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.covers.listeners import about
from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View, context, modal, section
from handlers.kit.exchange import with_notice
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.settled_cards import on_card
from handlers.shifts.choices import choices, chosen, coming, mark_of, searched, shift_field
from notices.actions import Action
from oncall.covering import Answer
from oncall.shifts import ShiftState
from services.covers import answers
from services.kit.errors import Stale
from services.kit.wording import escape
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.shifts.assigning import ShiftView

TITLE = "Swap for one of mine"
WHAT_HAPPENS = (
    "Who asked for cover gets a message with *Accept* and *Decline*; nothing changes before they accept. Until then "
    "the request stays open, and somebody else may take it."
)


class Id(StrEnum):
    SWAP = "cover.swap_form"
    VALUE = "cover.mine"
    FIND_MINE = "cover.find_mine"


def register(listeners: Listeners) -> None:
    listeners.action(Action.COVER_NO, say_no)
    listeners.action(Action.COVER_LATER, say_later)
    listeners.action(Action.COVER_SWAP, open_swap)
    listeners.options(Id.FIND_MINE, search_mine)
    listeners.view(Id.SWAP, swap)


@on_card
async def say_no(ask: Ask) -> None:
    request = await answers.answer(ask.house, ask.actor, ask.slack.action_number, Answer.NO)
    take = kit.button(Action.COVER_TAKE, "Take", str(request.id))
    text = f"You said no to covering <@{request.user_id}> {about(request)}. If you can after all, take it."
    await ask.slack.rewrite(text, [section(text), kit.actions("cover.no", take)])


@on_card
async def say_later(ask: Ask) -> None:
    request = await answers.answer(ask.house, ask.actor, ask.slack.action_number, Answer.LATER)
    number = str(request.id)
    row = kit.actions(
        "cover.later",
        kit.button(Action.COVER_TAKE, "Take", number, style="primary"),
        kit.button(Action.COVER_NO, "No", number),
    )
    text = f"You said later to covering <@{request.user_id}> {about(request)}. You are asked again if nobody else does."
    await ask.slack.rewrite(text, [section(text), row])


@on_card
async def open_swap(ask: Ask) -> None:
    request_id = ask.slack.action_number
    schedule_id = await answers.schedule_of(ask.house, ask.actor, request_id)
    metadata = Metadata(schedule_id=schedule_id, request_id=request_id, reply_to=ask.slack.reply_to)
    await ask.slack.open(await _form(ask, metadata))


async def swap(ask: Ask) -> None:
    typed, metadata = ask.slack.form, ask.slack.metadata
    mine = chosen(typed, "mine")
    try:
        asked = await answers.offer_swap(ask.house, ask.actor, metadata.request_id or 0, mine, typed.accepted)
    except Stale as error:
        await ask.slack.ack(response_action="update", view=with_notice(await _form(ask, metadata), str(error)))
        return
    await ask.slack.ack()
    waits_for = kit.people(asked.waits_for)
    await ask.slack.say(f":hourglass: Offered the swap. {waits_for} has to accept it; you will hear of it.")


async def search_mine(ask: Ask) -> Sequence[Choice]:
    return await searched(ask, (await _own(ask, ask.slack.metadata))[1])


async def _form(ask: Ask, metadata: Metadata) -> View:
    schedule, own = await _own(ask, metadata)
    return form(schedule, await choices(ask, own), metadata)


async def _own(ask: Ask, metadata: Metadata) -> tuple[ScheduleView, list[ShiftView]]:
    """The actor's own confirmed shifts that have not begun."""
    schedule = await schedules.get_schedule(ask.house, ask.actor, metadata.schedule_id or 0)
    now, found = ask.house.clock.now(), await coming(ask, schedule)
    mine = [one for one in found if one.user_id == ask.actor.user_id and one.state is ShiftState.CONFIRMED]
    return schedule, [one for one in mine if one.start > now]


def form(schedule: ScheduleView, offered: Sequence[Choice], metadata: Metadata) -> View:
    title = context(f"Schedule: *{escape(schedule.name)}* ({escape(schedule.team)})")
    if not offered:
        none = section("You have no confirmed shifts ahead on this schedule that could be swapped.")
        return modal(TITLE, [title, none], metadata=metadata.dump())
    blocks = [
        title,
        shift_field("mine", "Your shift, in return", Id.VALUE, offered, mark_of(offered), Id.FIND_MINE),
        context(WHAT_HAPPENS),
    ]
    return modal(TITLE, blocks, callback_id=Id.SWAP, submit="Ask", close="Cancel", metadata=metadata.dump())
