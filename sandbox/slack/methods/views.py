"""views.*: opening, stacking and updating modals, and publishing the Home tab."""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Json, Trigger, View
from sandbox.slack.views_open import (
    checked_view,
    choose_current_conversation,
    make_view,
    open_modal,
    push_modal,
    replace_view,
    view_shape,
)


def _answer(call: Call, view: View) -> Json:
    return {"view": view_shape(view, call.world, call.team)}


def _spend_trigger(call: Call) -> Trigger:
    pointer = call.args.text("trigger_id") or call.args.text("interactivity_pointer")
    if not pointer:
        raise SlackError.with_messages("invalid_arguments", ["missing required field: trigger_id"])
    return call.world.spend_trigger(pointer, call.team)


@method("views.open")
def open_view(call: Call) -> Json:
    content = checked_view(call.args.raw("view"), "modal")
    trigger = _spend_trigger(call)
    user = call.team.users[trigger.user_id]
    stacked = trigger.view_id in call.team.views and call.team.views[trigger.view_id].is_modal
    opener = push_modal if stacked else open_modal
    view = opener(call.world, call.team, user, content)
    choose_current_conversation(view, trigger.channel_id)
    return _answer(call, view)


@method("views.push")
def push_view(call: Call) -> Json:
    content = checked_view(call.args.raw("view"), "modal")
    trigger = _spend_trigger(call)
    user = call.team.users[trigger.user_id]
    if not call.team.stack(user.id):
        raise SlackError("not_found")
    return _answer(call, push_modal(call.world, call.team, user, content))


def _named_view(call: Call) -> View:
    view_id, external_id = call.args.text("view_id"), call.args.text("external_id")
    if not view_id and not external_id:
        raise SlackError.with_messages("invalid_arguments", ["missing required field: view_id"])
    for view in call.team.views.values():
        if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
            return view
    raise SlackError("not_found")


def _check_hash(call: Call, view: View) -> None:
    if (given := call.args.text("hash")) and given != view.hash:
        raise SlackError("hash_conflict")


@method("views.update")
def update_view(call: Call) -> Json:
    view = _named_view(call)
    content = checked_view(call.args.raw("view"), view.content["type"])
    _check_hash(call, view)
    replace_view(call.world, call.team, view, content)
    return _answer(call, view)


@method("views.publish")
def publish_view(call: Call) -> Json:
    content = checked_view(call.args.raw("view"), "home")
    user = call.team.users.get(call.args.required("user_id"))
    if user is None or user.is_bot:
        raise SlackError("user_not_found")
    home = call.team.homes.get(user.id)
    if home is None:
        home = call.team.homes[user.id] = make_view(call.world, call.team, user, content)
    else:
        _check_hash(call, home)
        replace_view(call.world, call.team, home, content)
    return _answer(call, home)
