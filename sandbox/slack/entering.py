"""Turning what a person enters (a name, an option's text, a date) into the value that Slack keeps for the element."""

from datetime import datetime
from typing import Any, cast

from sandbox.slack.inputs import TEXT_KINDS, Control, Holding
from sandbox.slack.model import Json, Team
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.surfaces import NothingThereError


def entered(control: Control, value: Any, team: Team, reader: Reader, options: list[Json]) -> Any:
    """The element's new value. `options` are the ones on offer, the app's own for an external select."""
    holding = cast("Holding", control.holding)
    if value is None:
        return [] if holding.many else None
    if not holding.many:
        return _one(control, value, team, reader, options)
    values = value if isinstance(value, list) else [value]
    most = control.element.get("max_selected_items")
    if most is not None and len(values) > most:
        raise NothingThereError(f"at most {most} may be chosen")
    return [_one(control, item, team, reader, options) for item in values]


def _one(control: Control, value: Any, team: Team, reader: Reader, options: list[Json]) -> Any:
    kind = control.kind
    if kind in TEXT_KINDS:
        return str(value) or None
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}
        return {"type": "rich_text", "elements": [section]}
    if "users" in kind:
        return _user_id(str(value), team)
    if "conversations" in kind or "channels" in kind:
        return _channel_id(str(value), team)
    if kind == "datetimepicker":
        return _unix_seconds(str(value))
    if kind in ("datepicker", "timepicker"):
        return str(value)
    return matching_option(options, str(value), reader)


def matching_option(options: list[Json], wanted: str, reader: Reader) -> Json:
    """The option with that text, or the only one that contains it."""
    texts = [(reader.text_object(option["text"]), option) for option in options]
    exact = [option for text, option in texts if text == wanted]
    containing = [option for text, option in texts if wanted.lower() in text.lower()]
    if exact:
        return exact[0]
    if len(containing) == 1:
        return containing[0]
    offered = ", ".join(repr(text) for text, _ in texts) or "none"
    raise NothingThereError(f"no option {wanted!r}; there are: {offered}")


def _user_id(name: str, team: Team) -> str:
    user = team.user_named(name)
    if user is None or user.deleted:
        there = ", ".join(user.name for user in team.users.values() if not user.deleted)
        raise NothingThereError(f"no user {name!r}; there are: {there}")
    return user.id


def _channel_id(name: str, team: Team) -> str:
    channel = team.channel_named(name)
    if channel is None:
        raise NothingThereError(f"no channel {name!r}; there are: {', '.join(c.name for c in team.channels.values())}")
    return channel.id


def _unix_seconds(value: str) -> int:
    if value.isdigit():
        return int(value)
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise NothingThereError("a date and time needs a time zone")
    return int(moment.timestamp())
