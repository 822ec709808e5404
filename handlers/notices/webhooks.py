"""``/oncall webhooks``: add, test, rotate, remove, and look at what became of deliveries.

A delivery takes up to five seconds, so what was sent is shown as it is after a moment; **Refresh** looks again.
"""

from __future__ import annotations

import asyncio

from handlers.kit.asker import Ask
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.numbers import id_of
from handlers.kit.paging import page_shown, register_pages
from handlers.notices.webhook_views import PAGES, Id, deliveries_view, form, list_view, secret_view
from notices.actions import Action
from services.kit.errors import NotFound
from services.kit.wording import escape
from services.notices import webhooks
from services.notices.webhooks import WebhookDraft

MOMENT = 1.0
"""Seconds that a quick receiver has to answer before its deliveries are shown."""


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "webhooks",
            "",
            "URLs that are told of on-call switches",
            open_list,
            group=Group.SETTING_UP,
            may=May.SOME_ADMINS,
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(Id.ADD, open_form)
    listeners.view(Id.VIEW, submit)
    listeners.action(Id.TEST, send_test)
    listeners.action(Id.DELIVERIES, open_deliveries)
    listeners.action(Id.REFRESH, refresh)
    listeners.action(Id.REDELIVER, redeliver)
    listeners.action(Id.ROTATE, rotate)
    listeners.action(Id.REMOVE, remove)
    listeners.action(Id.TAKE, take)
    listeners.action(Action.WEBHOOK_TAKE, take_silent)


async def open_list(ask: Ask, _argument: str) -> None:
    await ask.slack.open(list_view(await webhooks.list_webhooks(ask.house, ask.actor), ask.actor.user_id))


async def turn(ask: Ask) -> None:
    known = await webhooks.list_webhooks(ask.house, ask.actor)
    await ask.slack.replace(list_view(known, ask.actor.user_id, number=page_shown(ask)))


async def open_form(ask: Ask) -> None:
    await ask.slack.push(form(await webhooks.teams(ask.house, ask.actor)))


async def submit(ask: Ask) -> None:
    made = await webhooks.add_webhook(ask.house, ask.actor, draft(ask.slack.form))
    await ask.slack.ack(response_action="update", view=secret_view(made))
    await _show_list(ask)


def draft(typed: Form) -> WebhookDraft:
    chosen = [id_of(team) or 0 for team in typed.chosen("team_ids")]
    return WebhookDraft(typed.text("name"), typed.text("url"), chosen)


async def send_test(ask: Ask) -> None:
    webhook_id = ask.slack.action_number
    await webhooks.send_test(ask.house, ask.actor, webhook_id)
    if ask.slack.metadata.webhook_id == webhook_id:
        await asyncio.sleep(MOMENT)
        await _show_deliveries(ask, webhook_id)
        return
    told = ":hourglass_flowing_sand: A test is on its way. *Deliveries* shows what became of it."
    known = await webhooks.list_webhooks(ask.house, ask.actor)
    await ask.slack.replace(list_view(known, ask.actor.user_id, told, page_shown(ask)))


async def open_deliveries(ask: Ask) -> None:
    webhook_id = ask.slack.action_number
    hook = await webhooks.get_webhook(ask.house, ask.actor, webhook_id)
    await ask.slack.push(deliveries_view(hook, await webhooks.list_deliveries(ask.house, ask.actor, webhook_id)))


async def refresh(ask: Ask) -> None:
    await _show_deliveries(ask, ask.slack.action_number)


async def redeliver(ask: Ask) -> None:
    first, _, second = str(ask.slack.action.get("value") or "").partition(":")
    hook, delivery = id_of(first), id_of(second)
    if hook is None or delivery is None:
        raise NotFound("That delivery is not kept any more.")
    await webhooks.redeliver(ask.house, ask.actor, hook, delivery)
    await asyncio.sleep(MOMENT)
    await _show_deliveries(ask, hook)


async def rotate(ask: Ask) -> None:
    made = await webhooks.rotate_secret(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.push(secret_view(made))
    await _show_list(ask)


async def take(ask: Ask) -> None:
    await webhooks.take_webhook(ask.house, ask.actor, ask.slack.action_number)
    await _show_list(ask)


async def take_silent(ask: Ask) -> None:
    """By the button on the notice that says that it is silent."""
    taken = await webhooks.take_webhook(ask.house, ask.actor, ask.slack.action_number)
    name = escape(taken.name)
    told = f":white_check_mark: You took over the webhook *{name}*. It hears of the schedules that you administer."
    await ask.slack.rewrite(told)


async def remove(ask: Ask) -> None:
    await webhooks.remove_webhook(ask.house, ask.actor, ask.slack.action_number)
    await _show_list(ask)


async def _show_list(ask: Ask) -> None:
    """The list at the bottom of the stack, as it is now."""
    known = await webhooks.list_webhooks(ask.house, ask.actor)
    await ask.slack.replace(list_view(known, ask.actor.user_id), ask.slack.root_view_id)


async def _show_deliveries(ask: Ask, webhook_id: int) -> None:
    hook = await webhooks.get_webhook(ask.house, ask.actor, webhook_id)
    await ask.slack.replace(deliveries_view(hook, await webhooks.list_deliveries(ask.house, ask.actor, webhook_id)))
