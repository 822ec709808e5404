"""**Name an admin**, on the card that says that a schedule has none any more."""

from __future__ import annotations

from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import View, field, modal, section
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from notices.actions import Action
from services.kit.wording import escape
from services.people import new_admin as admins

TITLE = "Name an admin"


class Id(StrEnum):
    VIEW = "admin.name_view"
    VALUE = "admin.value"


def register(listeners: Listeners) -> None:
    listeners.action(Action.NAME_ADMIN, open_form)
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask) -> None:
    schedule_id = ask.slack.action_number
    name = await admins.check_may_name(ask.house, ask.actor, schedule_id)
    await ask.slack.open(form(name, Metadata(schedule_id=schedule_id, reply_to=ask.slack.reply_to)))


async def submit(ask: Ask) -> None:
    user = ask.slack.form.user("user_id")
    name = await admins.name_admin(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0, user)
    await ask.slack.ack()
    await ask.slack.say(f":white_check_mark: <@{user}> administers *{escape(name)}* now.")


def form(schedule: str, metadata: Metadata) -> View:
    text = f"Whoever you choose can change *{escape(schedule)}* and hears what its admins should know."
    fields = [section(text), field("user_id", "Admin", kit.user(Id.VALUE))]
    return modal(TITLE, fields, callback_id=Id.VIEW, submit="Name", close="Cancel", metadata=metadata.dump())
