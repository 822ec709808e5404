"""``/oncall connections``: credentials of PagerDuty accounts and calendar servers, each seen by its admins alone.

A key is tried before it is stored, and the other side may take its time while Slack waits three seconds at most. So
Slack gets the outcome if it is there soon enough; otherwise the form gives way to "Checking…", and that to the
outcome.
"""

from __future__ import annotations

import asyncio

from handlers.connections.views import (
    PAGES,
    Id,
    admins_form,
    calendar_form,
    checking_view,
    form,
    list_view,
    removal_view,
    saved_view,
)
from handlers.kit.asker import Ask
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_shown, register_pages
from handlers.kit.slow_work import given_time
from services.connections import admins_and_removal as connection_care
from services.connections import credentials as connections
from services.connections.credentials import ConnectionView
from services.connections.drafts import CalendarDraft, ConnectionDraft, Region, Typed
from services.kit.errors import FieldErrors
from services.kit.wording import counted, escape


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "connections",
            "",
            "PagerDuty accounts and calendars, and their keys",
            open_list,
            group=Group.SETTING_UP,
            may=May.CONNECTIONS,
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(Id.ADD, open_form)
    listeners.action(Id.ADD_CALENDAR, open_calendar_form)
    listeners.action(Id.PASSWORD, change_password)
    listeners.action(Id.TEST, test)
    listeners.action(Id.ADMINS, open_admins)
    listeners.action(Id.REMOVE, open_removal)
    listeners.view(Id.VIEW, submit)
    listeners.view(Id.CALENDAR_VIEW, submit_calendar)
    listeners.view(Id.ADMINS_VIEW, name_admins)
    listeners.view(Id.REMOVE_VIEW, remove)


async def open_list(ask: Ask, _argument: str) -> None:
    await connections.require_seeing(ask.house, ask.actor)
    known = await connections.list_connections(ask.house, ask.actor)
    await ask.slack.open(list_view(known, may_add=await connections.may_add(ask.house, ask.actor)))


async def turn(ask: Ask) -> None:
    await _show_list(ask)


async def test(ask: Ask) -> None:
    """The other side may take its time, so the list says first that it is asked."""
    connection = await connections.get_connection(ask.house, ask.actor, ask.slack.action_number)
    asked = "PagerDuty" if connection.region else "the calendar server"
    await _show_list(ask, f":hourglass_flowing_sand: Asking {asked} about *{escape(connection.subdomain)}*…")
    await _show_list(ask, await connections.check_connection(ask.house, ask.actor, connection.id))


async def open_admins(ask: Ask) -> None:
    connection = await connections.get_connection(ask.house, ask.actor, ask.slack.action_number)
    named = await connection_care.named_admins(ask.house, ask.actor, connection.id)
    about = Metadata(connection_id=connection.id, page=ask.slack.metadata.page)
    await ask.slack.push(admins_form(connection, named, about))


async def name_admins(ask: Ask) -> None:
    connection_id = ask.slack.metadata.connection_id or 0
    await connection_care.name_admins(ask.house, ask.actor, connection_id, ask.slack.form.users("admins"))
    await ask.slack.ack()
    await _show_list(ask, ":white_check_mark: Saved who administers it.")


async def open_removal(ask: Ask) -> None:
    removal = await connection_care.removal(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.push(removal_view(removal, Metadata(connection_id=removal.id, page=ask.slack.metadata.page)))


async def remove(ask: Ask) -> None:
    removed = await connection_care.remove_connection(ask.house, ask.actor, ask.slack.metadata.connection_id or 0)
    await ask.slack.ack()
    stopped = counted(len(removed.uses), "export")
    forgotten = f"Its {removed.system.key} is forgotten."
    await _show_list(ask, f":wastebasket: Removed *{escape(removed.account)}*; {stopped} stopped. {forgotten}")


async def open_form(ask: Ask) -> None:
    await connections.require_adding(ask.house, ask.actor)
    await ask.slack.push(form())


async def open_calendar_form(ask: Ask) -> None:
    await connections.require_adding(ask.house, ask.actor)
    await ask.slack.push(calendar_form())


async def change_password(ask: Ask) -> None:
    """The form again with whose password it is."""
    await ask.slack.push(calendar_form(await connections.typed_before(ask.house, ask.actor, ask.slack.action_number)))


async def submit(ask: Ask) -> None:
    await _save(ask, draft_of(ask.slack.form))


async def submit_calendar(ask: Ask) -> None:
    typed = ask.slack.form
    await _save(ask, CalendarDraft(typed.text("server"), typed.text("user"), typed.text("password")))


async def _save(ask: Ask, draft: Typed) -> None:
    check = await given_time(ask, _check_and_save(ask, draft), checking_view(draft.kind))
    if not ask.slack.acked:
        saved = await check
        await ask.slack.ack()
        await _show_list(
            ask, f":white_check_mark: Connected to *{escape(saved.subdomain)}*; the {saved.system.key} works."
        )
    else:
        await _show_outcome(ask, draft, check)
        await _show_list(ask)


async def _check_and_save(ask: Ask, draft: Typed) -> ConnectionView:
    tried = await connections.try_credentials(ask.house, ask.actor, draft)
    return await connections.save_connection(ask.house, ask.actor, tried)


async def _show_outcome(ask: Ask, draft: Typed, check: asyncio.Task[ConnectionView]) -> None:
    """In the place of "Checking…"; the person may have closed it meanwhile."""
    try:
        view = saved_view(await check)
    except FieldErrors as error:
        problems = error.fields
        view = calendar_form(draft, problems) if isinstance(draft, CalendarDraft) else form(draft, problems)
    await ask.slack.replace(view)


async def _show_list(ask: Ask, notice: str = "") -> None:
    """The list, below a form where there is one, as it is now; where there is no list the person is told."""
    known = await connections.list_connections(ask.house, ask.actor)
    may_add = await connections.may_add(ask.house, ask.actor)
    if ask.slack.is_submission and ask.slack.root_view_id == ask.slack.view.get("id"):
        if notice:
            await ask.slack.say(notice)
        return
    view = list_view(known, may_add=may_add, notice=notice, number=page_shown(ask))
    await ask.slack.replace(view, ask.slack.root_view_id)


def draft_of(typed: Form) -> ConnectionDraft:
    return ConnectionDraft(
        subdomain=typed.text("subdomain"), key=typed.text("key"), region=typed.choice("region", Region, Region.US)
    )
