"""``/oncall calendar``: links by which a calendar app shows shifts. Slack has no way to copy for somebody, so a link
stands in a field, where it can be selected."""

from __future__ import annotations

from dataclasses import replace

from handlers.feeds.views import Id, link_view, list_view, scope_of
from handlers.kit.asker import Ask
from handlers.kit.blocks import View
from handlers.kit.listeners import Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.schedules.choosing import named_schedule, search_schedules
from services.feeds import links
from services.feeds.links import NO_ADDRESS
from services.kit.errors import Unclear

ITSELF = ("feed", "feeds")
"""What may be typed after the word and names no schedule."""


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "calendar",
            "[schedule]",
            "your shifts, or a schedule's, in your calendar app",
            open_list,
            example="Payments",
            more="Google, Outlook and Apple calendars take a link; so does whatever else reads iCalendar.",
        )
    )
    listeners.action(Id.OPEN, open_of_schedule)
    listeners.action(Id.FIND, choose_schedule)
    listeners.options(Id.FIND, search_schedules)
    listeners.action(Id.COPY, show_link)
    listeners.action(Id.RENEW, renew)
    listeners.view(Id.LINK, close)


async def open_list(ask: Ask, argument: str) -> None:
    await ask.slack.open(await _drawn(ask, await _schedule(ask, argument)))


async def open_of_schedule(ask: Ask) -> None:
    """By the button below the shifts of a schedule."""
    await ask.slack.open(await _drawn(ask, ask.slack.action_number))


async def _schedule(ask: Ask, argument: str) -> int | None:
    """The one that was named, else the channel's or the only one; None where it is still to be chosen. Raises Unclear
    for a name that fits none or several."""
    named = "" if argument.strip().casefold() in ITSELF else argument
    try:
        return (await named_schedule(ask, named)).id
    except Unclear:
        if named.strip():
            raise
        return None


async def choose_schedule(ask: Ask) -> None:
    chosen = id_of((ask.slack.action.get("selected_option") or {}).get("value"))
    await ask.slack.replace(await _drawn(ask, chosen))


async def _drawn(ask: Ask, schedule_id: int | None) -> View:
    found = await links.offered(ask.house, ask.actor, schedule_id) if schedule_id is not None else None
    metadata = replace(ask.slack.metadata, schedule_id=schedule_id) if ask.slack.view else Metadata()
    lacking = "" if ask.house.offers.public_url else NO_ADDRESS
    return list_view(found, metadata, lacking)


async def show_link(ask: Ask) -> None:
    link = await links.link_to(ask.house, ask.actor, scope_of(str(ask.slack.action.get("value") or "")))
    await ask.slack.push(link_view(link))


async def renew(ask: Ask) -> None:
    link = await links.new_link(ask.house, ask.actor, scope_of(str(ask.slack.action.get("value") or "")))
    await ask.slack.replace(link_view(link, "This is the new link. The former one has stopped."))


async def close(ask: Ask) -> None:
    """*Done* below a link: back to the list."""
    await ask.slack.ack()
