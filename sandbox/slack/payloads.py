"""What Slack sends for each thing a person does: the JSON of interactions and the form of a command."""

from typing import Any, cast

from sandbox.slack.inputs import Control, Holding, state_values
from sandbox.slack.model import Channel, ChannelKind, Json, Message, Team, Trigger, User, View
from sandbox.slack.shapes import message_shape
from sandbox.slack.surfaces import Surface
from sandbox.slack.views_open import view_shape
from sandbox.slack.world import World

_CHANNEL_WORD = {ChannelKind.DIRECT: "directmessage", ChannelKind.PRIVATE: "privategroup"}


def channel_word(channel: Channel) -> str:
    return _CHANNEL_WORD.get(channel.kind, channel.name)


def enterprise_of(team: Team) -> Json | None:
    return {"id": team.organisation.id, "name": team.organisation.name} if team.organisation else None


def command_form(
    world: World, team: Team, user: User, channel: Channel, line: str, trigger: Trigger, response_url: str
) -> Json:
    command, _, text = line.partition(" ")
    enterprise = enterprise_of(team)
    of_organisation = {"enterprise_id": enterprise["id"], "enterprise_name": enterprise["name"]} if enterprise else {}
    return of_organisation | {
        "token": world.app.verification_token,
        "team_id": team.id,
        "team_domain": team.domain,
        "channel_id": channel.id,
        "channel_name": channel_word(channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text.strip(),
        "api_app_id": world.app.id,
        "is_enterprise_install": "true" if team.is_of_org_install else "false",
        "response_url": response_url,
        "trigger_id": trigger.id,
    }


def interaction(kind: str, world: World, team: Team, user: User) -> Json:
    """What every interactive payload has."""
    return {
        "type": kind,
        "team": None if team.is_of_org_install else {"id": team.id, "domain": team.domain},
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.home_team or team.id},
        "api_app_id": world.app.id,
        "token": world.app.verification_token,
        "enterprise": enterprise_of(team),
        "is_enterprise_install": team.is_of_org_install,
    }


def place(surface: Surface, world: World) -> Json:
    """Where the touched element is: `container`, and the view or the message with its channel."""
    if surface.view:
        return {
            "container": {"type": "view", "view_id": surface.view.id},
            "view": view_shape(surface.view, world, surface.team),
        }
    channel, message = cast("Channel", surface.channel), cast("Message", surface.message)
    is_ephemeral = message.only_for is not None
    found: Json = {
        "container": {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": is_ephemeral,
        },
        "channel": {"id": channel.id, "name": channel_word(channel)},
        "state": state_values(surface.typed),
    }
    return found if is_ephemeral else found | {"message": message_shape(message, surface.team)}


def action(control: Control, world: World, option: Json | None = None, state: Json | None = None) -> Json:
    """One entry of `actions`: which element, and what it holds now."""
    element = control.element
    shape: Json = {
        "type": control.kind,
        "block_id": control.key[0],
        "action_id": control.key[1],
        "action_ts": world.next_ts(),
    }
    shape |= {name: element[name] for name in ("text", "value", "style", "placeholder") if name in element}
    if control.holding:
        holding = cast("Holding", control.holding)
        shape[holding.state_key] = (state or {}).get(holding.state_key)
        shape |= {holding.initial_key: element[holding.initial_key]} if holding.initial_key in element else {}
    elif option is not None:
        shape["selected_option"] = option
    return shape


def global_shortcut(world: World, team: Team, user: User, callback_id: str, trigger: Trigger) -> Json:
    """From the search or the "+" beside where people write: it is in no conversation, so there is nowhere to answer."""
    return _shortcut("shortcut", world, team, user, callback_id, trigger)


def message_shortcut(
    world: World,
    team: Team,
    user: User,
    callback_id: str,
    trigger: Trigger,
    channel: Channel,
    message: Message,
    response_url: str,
) -> Json:
    """From the "…" of a message."""
    return _shortcut("message_action", world, team, user, callback_id, trigger) | {
        "channel": {"id": channel.id, "name": channel_word(channel)},
        "message_ts": message.ts,
        "message": message_shape(message, team),
        "response_url": response_url,
    }


def _shortcut(kind: str, world: World, team: Team, user: User, callback_id: str, trigger: Trigger) -> Json:
    shape = interaction(kind, world, team, user) | {"callback_id": callback_id, "trigger_id": trigger.id}
    del shape["api_app_id"]  # of all interactions, shortcuts alone don't have it
    return shape | {"action_ts": world.next_ts()}


def view_submission(world: World, team: Team, user: User, view: View, trigger: Trigger, urls: list[Json]) -> Json:
    return interaction("view_submission", world, team, user) | {
        "trigger_id": trigger.id,
        "view": view_shape(view, world, team),
        "response_urls": urls,
    }


def view_closed(world: World, team: Team, user: User, view: View, *, is_cleared: bool) -> Json:
    return interaction("view_closed", world, team, user) | {
        "view": view_shape(view, world, team),
        "is_cleared": is_cleared,
    }


def block_suggestion(world: World, surface: Surface, control: Control, query: str) -> Json:
    found: dict[str, Any] = interaction("block_suggestion", world, surface.team, surface.user)
    return (
        found
        | place(surface, world)
        | {
            "block_id": control.key[0],
            "action_id": control.key[1],
            "value": query,
        }
    )
