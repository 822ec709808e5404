"""The buttons on notices about imports: **Restore** a shift that was removed there, **Match person**."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import View, field, modal, section, when
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from notices.actions import Action
from services.destinations import configuring as destinations
from services.destinations import import_answers as imports
from services.destinations.configuring import DestinationView
from services.kit.errors import NotFound
from services.kit.wording import escape

TITLE = "Match person"


class Id(StrEnum):
    MATCH_VIEW = "person.match_view"
    VALUE = "person.value"


def register(listeners: Listeners) -> None:
    listeners.action(Action.RESTORE_SHIFT, restore)
    listeners.action(Action.MATCH_PERSON, open_match)
    listeners.view(Id.MATCH_VIEW, match)


async def restore(ask: Ask) -> None:
    number, _, user = str(ask.slack.action.get("value") or "").partition(":")
    shift = id_of(number)
    if shift is None or not user:
        raise NotFound("That message is too old; assign the shift with `/oncall assign`.")
    restored = await imports.restore_shift(ask.house, ask.actor, shift, user)
    span = f"from {when(restored.shift.start)} to {when(restored.shift.end)}"
    text = f":white_check_mark: <@{user}> is {escape(restored.role)} of *{escape(restored.schedule)}* again, {span}."
    await ask.slack.rewrite(text)
    await ask.slack.say(text)


async def open_match(ask: Ask) -> None:
    text, _, external = str(ask.slack.action.get("value") or "").partition(":")
    number = id_of(text)
    if number is None or not external:
        raise NotFound("That message is too old; wait for the next refresh.")
    destination = await destinations.get_destination(ask.house, ask.actor, number)
    name = await imports.external_name(ask.house, ask.actor, destination.id, external)
    metadata = Metadata(destination_id=destination.id, token=external, reply_to=ask.slack.reply_to)
    await ask.slack.open(match_form(name, destination, metadata))


def match_form(person: str, destination: DestinationView, metadata: Metadata) -> View:
    where = escape(kit.cut(destination.external_name, 200))
    text = (
        f"*{escape(kit.cut(person, 200))}* is on call in *{where}*, and nobody in Slack has that e-mail address. Who "
        f"is it? Baton remembers the answer for this {destination.system.account}."
    )
    fields = [section(text), field("user_id", "Slack user", kit.user(Id.VALUE))]
    return modal(
        TITLE, fields, callback_id=Id.MATCH_VIEW, submit="Match", close="Cancel", metadata=replace(metadata).dump()
    )


async def match(ask: Ask) -> None:
    metadata = ask.slack.metadata
    user = ask.slack.form.user("user_id")
    await imports.match_person(ask.house, ask.actor, metadata.destination_id or 0, metadata.token, user)
    await ask.slack.ack()
    await ask.slack.say(f":white_check_mark: Matched with <@{user}>. The next refresh takes it into account.")
