"""The views that people have open: making, replacing and stacking them, with Slack's rules.

A person has one stack of at most three modals and one Home tab. A view keeps its id through updates and gets a new
hash each time; an update that carries a stale hash is refused.
"""

import json
import secrets
from typing import Any, cast

from sandbox.slack.blockkit import check_view
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import carry_over, controls_in, initial_state, state_values, with_ids
from sandbox.slack.model import Json, Team, User, View
from sandbox.slack.world import World, new_id

DEEPEST_STACK = 3
LARGEST_VIEW = 250_000


def checked_view(content: Any, expected_type: str) -> Json:
    if content is None:
        raise SlackError.with_messages("invalid_arguments", ["missing required field: view"])
    if len(json.dumps(content)) > LARGEST_VIEW:
        raise SlackError("view_too_large")
    complaints = check_view(content)
    if not complaints and content["type"] != expected_type:
        complaints = [f"view type must be {expected_type} [json-pointer:/view/type]"]
    if complaints:
        raise SlackError.with_messages("invalid_arguments", complaints)
    return cast("Json", content) | {"blocks": with_ids(content["blocks"])}


def new_hash(world: World) -> str:
    return f"{int(world.clock.now().timestamp())}.{secrets.token_hex(4)}"


def make_view(world: World, team: Team, user: User, content: Json, *, on_top_of: View | None = None) -> View:
    _refuse_duplicate(team, content)
    view_id = new_id("V")
    view = View(
        id=view_id,
        team_id=team.id,
        user_id=user.id,
        content=content,
        hash=new_hash(world),
        root_id=on_top_of.root_id if on_top_of else view_id,
        previous_id=on_top_of.id if on_top_of else None,
        typed=initial_state(content["blocks"]),
    )
    team.views[view.id] = view
    return view


def _refuse_duplicate(team: Team, content: Json, besides: View | None = None) -> None:
    external_id = content.get("external_id")
    taken = (view for view in team.views.values() if view is not besides)
    if external_id and any(view.content.get("external_id") == external_id for view in taken):
        raise SlackError("duplicate_external_id")


def open_modal(world: World, team: Team, user: User, content: Json) -> View:
    close_stack(team, user)
    view = make_view(world, team, user, content)
    team.stack(user.id).append(view)
    return view


def push_modal(world: World, team: Team, user: User, content: Json) -> View:
    stack = team.stack(user.id)
    if len(stack) >= DEEPEST_STACK:
        raise SlackError("push_limit_reached")
    view = make_view(world, team, user, content, on_top_of=stack[-1] if stack else None)
    stack.append(view)
    return view


def choose_current_conversation(view: View, channel_id: str | None) -> None:
    """Selects that ask for it start with the conversation in which the person was."""
    for control in controls_in(view.blocks):
        if channel_id and control.element.get("default_to_current_conversation"):
            many = control.kind == "multi_conversations_select"
            view.typed[control.key] = control.state([channel_id] if many else channel_id)


def replace_view(world: World, team: Team, view: View, content: Json) -> None:
    _refuse_duplicate(team, content, besides=view)
    carry_over(view.typed, content["blocks"])
    view.content = content
    view.errors = {}
    view.hash = new_hash(world)


def close_view(team: Team, view: View) -> None:
    stack = team.stack(view.user_id)
    if view in stack:
        stack.remove(view)
    team.views.pop(view.id, None)


def close_stack(team: Team, user: User) -> list[View]:
    """Close every modal, the top one first, and say which they were."""
    closed = list(reversed(team.stack(user.id)))
    for view in closed:
        close_view(team, view)
    return closed


def view_shape(view: View, world: World, team: Team) -> Json:
    content = view.content
    return {
        "id": view.id,
        "team_id": team.id,
        "type": content["type"],
        "blocks": view.blocks,
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "state": state_values(view.typed),
        "hash": view.hash,
        "title": content.get("title"),
        "clear_on_close": content.get("clear_on_close", False),
        "notify_on_close": content.get("notify_on_close", False),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": world.app.id,
        "external_id": content.get("external_id", ""),
        "app_installed_team_id": team.organisation.id if team.organisation and team.is_of_org_install else team.id,
        "bot_id": team.bot_id,
    }
