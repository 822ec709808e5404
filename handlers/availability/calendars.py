"""**Calendars**, on top of ``/oncall away``: added, listed, removed, each by its owner alone.

A calendar is read before it is kept, and its server may take its time while Slack waits three seconds at most: so Slack
gets the outcome if it is there soon enough; otherwise the form gives way to "Reading…", and that to the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from handlers.availability.calendar_views import added, caldav_form, calendars_view, feed_form, read_view, reading_view
from handlers.availability.views import Id
from handlers.kit.asker import Ask
from handlers.kit.blocks import View
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.slow_work import given_time
from services.availability import calendars
from services.availability.calendars import CalDavDraft, FeedDraft
from services.availability.listing import get_away
from services.kit.errors import FieldErrors, Refusal


def register(listeners: Listeners) -> None:
    listeners.action(Id.CALENDARS, open_list)
    listeners.action(Id.ADD_CALENDAR, open_form)
    listeners.action(Id.REMOVE_CALENDAR, remove)
    listeners.view(Id.FEED_VIEW, submit)
    listeners.action(Id.ADD_CALDAV, open_caldav)
    listeners.view(Id.CALDAV_VIEW, submit_caldav)


async def open_list(ask: Ask) -> None:
    known = await get_away(ask.house, ask.actor, ask.actor.user_id)
    await ask.slack.push(calendars_view(known.calendars, Metadata(reply_to=ask.slack.metadata.reply_to)))


async def open_form(ask: Ask) -> None:
    await calendars.require_adding(ask.house, ask.actor)
    about = replace(ask.slack.metadata, token=str(ask.slack.view.get("id") or ""))
    await ask.slack.push(feed_form(about))


async def remove(ask: Ask) -> None:
    await calendars.remove_calendar(ask.house, ask.actor, ask.slack.action_number)
    await _show_list(ask, str(ask.slack.view.get("id") or ""), ":wastebasket: Removed, and what it said is forgotten.")


async def open_caldav(ask: Ask) -> None:
    await calendars.require_adding(ask.house, ask.actor)
    await ask.slack.push(caldav_form(replace(ask.slack.metadata, token=str(ask.slack.view.get("id") or ""))))


async def submit(ask: Ask) -> None:
    draft = FeedDraft(ask.slack.form.text("address"), ask.slack.form.text("email"))
    adding = calendars.add_feed(ask.house, ask.actor, draft)
    await _outcome(ask, adding, lambda problems: feed_form(ask.slack.metadata, draft, problems), "address")


async def submit_caldav(ask: Ask) -> None:
    typed = ask.slack.form
    draft = CalDavDraft(typed.text("server"), typed.text("user"), typed.text("password"), typed.text("calendar"))
    adding = calendars.add_caldav(ask.house, ask.actor, draft)
    await _outcome(ask, adding, lambda problems: caldav_form(ask.slack.metadata, draft, problems), "server")


async def _outcome(
    ask: Ask, adding: Coroutine[Any, Any, int], again: Callable[[Mapping[str, str]], View], place: str
) -> None:
    """``again`` draws the form with what is wrong, where Slack takes no errors any more."""
    reading = await given_time(ask, adding, reading_view())
    if not ask.slack.acked:
        times = await reading
        await ask.slack.ack()
        await _show_list(ask, ask.slack.metadata.token, added(times))
        return
    try:
        shown = read_view(await reading)
    except FieldErrors as error:
        shown = again(error.fields)
    except Refusal as error:
        shown = again({place: str(error)})
    await ask.slack.replace(shown)
    await _show_list(ask, ask.slack.metadata.token)


async def _show_list(ask: Ask, view_id: str, told: str = "") -> None:
    """The list below the form, as it is now; it may have been closed meanwhile."""
    if view_id:
        known = await get_away(ask.house, ask.actor, ask.actor.user_id)
        about = Metadata(reply_to=ask.slack.metadata.reply_to)
        await ask.slack.replace(calendars_view(known.calendars, about, told), view_id)
