"""The card that asks for the use of a connection, and going on with what was allowed."""

from __future__ import annotations

from handlers.destinations import first_export
from handlers.kit.asker import Ask
from handlers.kit.listeners import Listeners
from handlers.kit.settled_cards import on_card
from handlers.pagerduty.link import open_granted
from notices.actions import Action
from services.connections import allowed_work as access_work
from services.connections import requests as access


def register(listeners: Listeners) -> None:
    listeners.action(Action.ACCESS_ALLOW, allow)
    listeners.action(Action.ACCESS_REFUSE, refuse)
    listeners.action(Action.ACCESS_GO_ON, go_on)
    listeners.action(Action.FIRST_EXPORT, show_first)


@on_card
async def allow(ask: Ask) -> None:
    outcome = await access.allow(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.say(f"{outcome} Who asked hears as soon as it is done.")


@on_card
async def refuse(ask: Ask) -> None:
    outcome = await access.refuse(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.say(f"{outcome} Who asked hears of it.")


async def go_on(ask: Ask) -> None:
    await open_granted(ask, await access.granted(ask.house, ask.actor, ask.slack.action_number))


async def show_first(ask: Ask) -> None:
    """What was allowed and waits for a word: what it would write, with *Export now*."""
    await first_export.show(ask, await access_work.waiting_for_word(ask.house, ask.actor, ask.slack.action_number))
