"""``/oncall connections``: credentials of PagerDuty accounts.

A key is tried before it is stored, and PagerDuty may take its time while Slack waits three seconds at most. So Slack
gets the outcome if it is there soon enough; otherwise the form gives way to "Checking…", and that to the outcome.
"""

from __future__ import annotations

import asyncio

from handlers import background
from handlers.connection_views import Id, checking_view, form, list_view, saved_view
from handlers.context import Ask
from handlers.forms import Form
from handlers.listeners import Group, Listeners, Word
from services import connections
from services.connections import ConnectionDraft, ConnectionView, Region
from services.errors import FieldErrors

PATIENCE = 2.0
"""Seconds for the check before Slack must be answered; storing the outcome and the way back need the third one."""


def register(listeners: Listeners) -> None:
    listeners.word(Word("connections", "", "PagerDuty accounts and their keys", open_list, group=Group.SETTING_UP))
    listeners.action(Id.ADD, open_form)
    listeners.view(Id.VIEW, submit)


async def open_list(ask: Ask, _argument: str) -> None:
    known = await connections.list_connections(ask.house, ask.actor)
    await ask.slack.open(list_view(known, may_change=await connections.may_change(ask.house, ask.actor)))


async def open_form(ask: Ask) -> None:
    await ask.slack.push(form())


async def submit(ask: Ask) -> None:
    draft = draft_of(ask.slack.form)
    check = asyncio.create_task(_check_and_save(ask, draft))
    background.keep(check)
    done, _still_checking = await asyncio.wait({check}, timeout=PATIENCE)
    if done:
        await check
        await ask.slack.ack()
    else:
        await ask.slack.ack(response_action="update", view=checking_view())
        await _show_outcome(ask, draft, check)
    await _show_list(ask)


async def _check_and_save(ask: Ask, draft: ConnectionDraft) -> ConnectionView:
    tried = await connections.try_credentials(ask.house, ask.actor, draft)
    return await connections.save_connection(ask.house, ask.actor, tried)


async def _show_outcome(ask: Ask, draft: ConnectionDraft, check: asyncio.Task[ConnectionView]) -> None:
    """In the place of "Checking…"; the person may have closed it meanwhile."""
    try:
        view = saved_view(await check)
    except FieldErrors as error:
        view = form(draft, error.fields)
    await ask.slack.replace(view)


async def _show_list(ask: Ask) -> None:
    """The list below the form, as it is now."""
    known = await connections.list_connections(ask.house, ask.actor)
    may_change = await connections.may_change(ask.house, ask.actor)
    if ask.slack.root_view_id != ask.slack.view.get("id"):
        await ask.slack.replace(list_view(known, may_change=may_change), ask.slack.root_view_id)


def draft_of(typed: Form) -> ConnectionDraft:
    return ConnectionDraft(
        subdomain=typed.text("subdomain"), key=typed.text("key"), region=Region(typed.option("region") or Region.US)
    )
