"""The Home tab is opened, paged, and pressed on. Its buttons do what the words of the command do, by the same way."""

from __future__ import annotations

from handlers.covers.listeners import open_for
from handlers.home.drawing import publish
from handlers.home.views import COVER, HOME, MORE, digest_of, schedule_blocks
from handlers.home.words import DEEDS, DO
from handlers.kit.asker import Ask
from handlers.kit.listeners import Listeners
from handlers.kit.numbers import id_of
from handlers.kit.paging import page_asked_for, register_pages
from services.home import keeping
from services.home.dashboard import my_schedule
from services.kit.wording import escape
from services.schedules import creating as schedules


def register(listeners: Listeners) -> None:
    async def do(ask: Ask) -> None:
        """A button stands for a word of the command, with what would be typed after it."""
        _, _, name = str(ask.slack.action.get("action_id") or "").rpartition(".")
        await listeners.words[name].carry_out(ask, str(ask.slack.action.get("value") or ""))

    async def show_more(ask: Ask) -> None:
        """All that can be done with one schedule."""
        found = await my_schedule(ask.house, ask.actor, ask.slack.action_number)
        explained = {name: _sentence(listeners.words[name].summary) for name in DEEDS}
        await ask.slack.say(escape(found.name.name), schedule_blocks(found, explained))

    listeners.event_of_person("app_home_opened", opened)
    register_pages(listeners, HOME, turn)
    listeners.action(COVER, ask_for_cover)
    listeners.action(MORE, show_more)
    for name in DEEDS:
        listeners.action(f"{DO}.{name}", do)


async def opened(ask: Ask) -> None:
    """Drawn at once from what is stored; Slack shows what it had until then."""
    event = ask.slack.body.get("event") or {}
    if event.get("tab") != "home":
        return
    tab = await keeping.opened(ask.house, ask.actor.workspace_id, ask.actor.user_id)
    await publish(ask, tab, there=digest_of(event.get("view") or {}))


async def turn(ask: Ask) -> None:
    tab = await keeping.opened(ask.house, ask.actor.workspace_id, ask.actor.user_id, page_asked_for(ask))
    if not await publish(ask, tab, there=digest_of(ask.slack.view)):
        await ask.slack.say("Slack does not take the page just now. It comes as soon as it does.")


async def ask_for_cover(ask: Ask) -> None:
    """The form, with the shift chosen that the button is beside."""
    number, _, shift = str(ask.slack.action.get("value") or "").partition(":")
    await open_for(ask, await schedules.get_schedule(ask.house, ask.actor, id_of(number) or 0), shift)


def _sentence(summary: str) -> str:
    return summary[:1].upper() + summary[1:]
