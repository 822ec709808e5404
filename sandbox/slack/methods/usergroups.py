"""usergroups.*: the handles that mention several people at once. `users.update` replaces the whole list.

A workspace on the free plan has none, and one whose owners keep user groups to admins lets no app change them.
"""

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Json, UserGroup
from sandbox.slack.shapes import group_shape
from sandbox.slack.world import new_id

MOST_USERS = 1000


def _require_paid(call: Call) -> None:
    if not call.team.is_paid:
        raise SlackError("paid_teams_only")


def _require_permission(call: Call) -> None:
    if not call.team.is_paid:
        raise SlackError("plan_upgrade_required")
    if not call.team.groups_are_everybodys:
        raise SlackError("permission_denied")


def _group(call: Call) -> UserGroup:
    group = call.team.groups.get(call.args.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _answer(call: Call, group: UserGroup) -> Json:
    return {"usergroup": group_shape(group, call.team, with_users=True)}


def _touch(call: Call, group: UserGroup) -> None:
    group.updated = int(call.world.clock.now().timestamp())


@method("usergroups.list", "usergroups:read")
def list_groups(call: Call) -> Json:
    _require_paid(call)
    with_users = call.args.flag("include_users")
    with_disabled = call.args.flag("include_disabled")
    groups = [group for group in call.team.groups.values() if group.enabled or with_disabled]
    return {"usergroups": [group_shape(group, call.team, with_users=with_users) for group in groups]}


@method("usergroups.create", "usergroups:write")
def create(call: Call) -> Json:
    _require_permission(call)
    name = call.args.required("name")
    handle = call.args.text("handle") or name.lower().replace(" ", "-")
    if any(group.name == name for group in call.team.groups.values()):
        raise SlackError("name_already_exists")
    if any(group.handle == handle for group in call.team.groups.values()):
        raise SlackError("handle_already_exists")
    group = UserGroup(new_id("S"), handle, name, call.args.text("description"))
    call.team.groups[group.id] = group
    _touch(call, group)
    return _answer(call, group)


@method("usergroups.users.list", "usergroups:read")
def list_members(call: Call) -> Json:
    group = _group(call)
    if not group.enabled and not call.args.flag("include_disabled"):
        raise SlackError("no_such_subteam")
    return {"users": list(group.users)}


@method("usergroups.users.update", "usergroups:write")
def replace_members(call: Call) -> Json:
    _require_permission(call)
    group = _group(call)
    wanted = call.args.listed("users")
    if not wanted:
        raise SlackError("no_users_provided")
    people = [call.team.users.get(user_id) for user_id in wanted]
    if any(person is None or person.is_bot or person.deleted for person in people):
        raise SlackError("invalid_users")
    if any(person is not None and person.is_ultra_restricted for person in people):
        raise SlackError("single_channel_guests_cannot_be_added")
    if any(person is not None and (person.is_restricted or person.home_team) for person in people):
        raise SlackError("failed_for_some_users")
    if len(set(wanted)) > MOST_USERS:
        raise SlackError("subteam_max_users_exceeded")
    group.users = list(dict.fromkeys(wanted))
    _touch(call, group)
    return _answer(call, group)


def _switch(call: Call, *, on: bool) -> Json:
    _require_permission(call)
    group = _group(call)
    group.enabled = on
    _touch(call, group)
    return _answer(call, group)


@method("usergroups.enable", "usergroups:write")
def enable(call: Call) -> Json:
    return _switch(call, on=True)


@method("usergroups.disable", "usergroups:write")
def disable(call: Call) -> Json:
    return _switch(call, on=False)
