"""A swap from request to answer: what the form of ``/oncall swap`` does, and the buttons on what people are sent.

**Accept** and **Decline** are for who is asked, **Withdraw** for who asks, **Undo** for both, for ten minutes.
"""

from __future__ import annotations

from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    Block,
    Choice,
    actions,
    button,
    context,
    field,
    radio,
    section,
)
from handlers.kit.listeners import Listeners
from handlers.kit.second_yes import ask_again, number_of
from handlers.kit.settled_cards import on_card
from handlers.shifts.outcome import told
from notices.actions import Action
from services.kit.errors import Warned
from services.kit.wording import escape
from services.shifts import swaps
from services.shifts.swap_request import SwapView
from services.shifts.swaps import Answered, SwapDraft

ACCEPT_ANYWAY = "swap.accept_anyway"
UNDO_ANYWAY = "swap.undo_anyway"
UNDO_TITLE = "Undo this swap"


class How(StrEnum):
    """Whether the others are asked first."""

    ASK = "ask"
    DECIDE = "decide"


HOW = (
    Choice(How.ASK, "Ask first", "They get a message with Accept and Decline; nothing changes before"),
    Choice(How.DECIDE, "Decide now, as an admin", "It takes effect at once; both are told, with Undo"),
)
WHAT_HAPPENS = (
    "The other person gets a message with *Accept* and *Decline*. Nothing changes before they accept, and the request "
    "lapses when one of the two shifts starts or changes. Once swapped, both of you can undo it for ten minutes."
)


def register(listeners: Listeners) -> None:
    listeners.action(Action.SWAP_ACCEPT, accept)
    listeners.view(ACCEPT_ANYWAY, accept_anyway)
    listeners.view(UNDO_ANYWAY, undo_anyway)
    listeners.action(Action.SWAP_DECLINE, decline)
    listeners.action(Action.SWAP_WITHDRAW, withdraw)
    listeners.action(Action.SWAP_UNDO, undo)


def how_fields(action_id: str, *, decides: bool) -> list[Block]:
    """What the form says will happen; admins choose."""
    chooser = field("how", "How", radio(action_id, HOW, How.ASK))
    return [*([chooser] if decides else []), context(WHAT_HAPPENS)]


async def send(ask: Ask, draft: SwapDraft, how: str | None, accepted: str) -> None:
    """Ask for the swap, or do it. Raises what the services raise."""
    if how == How.DECIDE:
        answered = await swaps.decide(ask.house, ask.actor, draft, accepted)
        await ask.slack.ack()
        await ask.slack.say(*_done(answered))
        return
    asked = await swaps.ask(ask.house, ask.actor, draft, accepted)
    await ask.slack.ack()
    waits_for = kit.people(asked.waits_for)
    text = f":hourglass: Asked {waits_for} to swap shifts of *{escape(asked.schedule)}*."
    await ask.slack.say(f"{text} Nothing changes before that is accepted; you will hear of it.")


@on_card
async def accept(ask: Ask) -> None:
    try:
        answered = await swaps.agree(ask.house, ask.actor, ask.slack.action_number, accepted="")
    except Warned as error:
        await ask_again(ask, error, "Accept this swap", ACCEPT_ANYWAY, "Accept")
        return
    await ask.slack.rewrite(*_accepted(answered))


async def accept_anyway(ask: Ask) -> None:
    """They know what it does now."""
    answered = await swaps.agree(ask.house, ask.actor, number_of(ask), accepted=ask.slack.form.accepted)
    await ask.slack.ack()
    await ask.slack.say(*_accepted(answered))


def _accepted(answered: Answered) -> tuple[str, list[Block]]:
    if answered.changed is not None:
        return _done(answered)
    text = f":white_check_mark: You accepted. {kit.people(answered.request.waits_for)} has yet to answer."
    return text, [section(text)]


@on_card
async def decline(ask: Ask) -> None:
    declined = await swaps.decline(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.rewrite(f"You declined to swap shifts of *{escape(declined.schedule)}*. Nothing was changed.")


@on_card
async def withdraw(ask: Ask) -> None:
    withdrawn = await swaps.withdraw(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.rewrite(f"The request to swap shifts of *{escape(withdrawn.schedule)}* was withdrawn.")


@on_card
async def undo(ask: Ask) -> None:
    try:
        changed = await swaps.undo(ask.house, ask.actor, ask.slack.action_number, accepted="")
    except Warned as error:
        await ask_again(ask, error, UNDO_TITLE, UNDO_ANYWAY, "Undo")
        return
    await ask.slack.rewrite(told(changed, "Swap undone"))


async def undo_anyway(ask: Ask) -> None:
    """They know what it does now."""
    changed = await swaps.undo(ask.house, ask.actor, number_of(ask), accepted=ask.slack.form.accepted)
    await ask.slack.ack()
    await ask.slack.say(told(changed, "Swap undone"))


def _done(answered: Answered) -> tuple[str, list[Block]]:
    """What was swapped, with **Undo**: whoever did it may take it back as well."""
    text = told(answered.changed, "Swapped") if answered.changed else ""
    return text, [section(text), actions("swap.done", _undo_button(answered.request))]


def _undo_button(request: SwapView) -> Block:
    return button(Action.SWAP_UNDO, "Undo", str(request.id))
