"""Surfaces and messages described for a client: what is shown, which fields and buttons there are, which errors."""

from typing import Any

from sandbox.slack.inputs import EXTERNAL_KINDS
from sandbox.slack.model import Channel, Json, Message, Team, User, View
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.rendering import blocks_lines, message_text
from sandbox.slack.surfaces import Surface, field_value, fields_on, pressables_on, view_surface
from sandbox.slack.views_open import view_shape
from sandbox.slack.world import World


def describe_view(world: World, team: Team, user: User, view: View, reader: Reader) -> Json:
    surface = view_surface(team, user, view)
    content = view.content
    title, submit, close = (reader.text_object(content.get(name)) for name in ("title", "submit", "close"))
    errors = _errors_by_label(surface, reader)
    lines = [title, *blocks_lines(view.blocks, reader, view.typed), *errors.values()]
    if view.is_modal:
        lines.extend(f"[{text}]" for text in (close or "Cancel", submit) if text)
    return {
        "view_id": view.id,
        "hash": view.hash,
        "title": title,
        "text": "\n".join(line for line in lines if line),
        "submit": submit or None,
        "close": close or None,
        "fields": describe_fields(surface, reader),
        "buttons": [pressable.text for pressable in pressables_on(surface, reader)],
        "errors": errors,
        "depth": len(team.stack(user.id)),
        "view": view_shape(view, world, team),
    }


def _errors_by_label(surface: Surface, reader: Reader) -> dict[str, str]:
    labels = {field.control.key[0]: field.label for field in fields_on(surface, reader)}
    return {labels.get(block_id, block_id): text for block_id, text in surface.errors.items()}


def describe_fields(surface: Surface, reader: Reader) -> list[Json]:
    return [
        {
            "label": field.label,
            "type": field.control.kind,
            "value": _value(surface, field.control, reader),
            "options": [reader.text_object(option["text"]) for option in field.control.options()],
            "external": field.control.kind in EXTERNAL_KINDS,
        }
        for field in fields_on(surface, reader)
    ]


def _value(surface: Surface, control: Any, reader: Reader) -> Any:
    return field_value(control, surface.typed[control.key], surface.team, reader)


def describe_message(surface: Surface, channel: Channel, message: Message, reader: Reader) -> Json:
    author = surface.team.users.get(message.user)
    return {
        "ts": message.ts,
        "user": author.name if author else message.user,
        "text": message.text,
        "shown": message_text(message, reader),
        "buttons": [pressable.text for pressable in pressables_on(surface, reader)],
        "blocks": message.blocks,
        "edited": message.edited_at is not None,
        "channel": channel.id,
        "ephemeral": message.only_for is not None,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata,
        "warnings": list(message.warnings),
    }
