"""People of an account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sandbox.pagerduty import shapes
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Json, Response, invalid
from sandbox.pagerduty.values import User

ROLES = (
    "admin",
    "limited_user",
    "observer",
    "owner",
    "read_only_user",
    "restricted_access",
    "read_only_limited_user",
    "user",
)


def list_users(call: Call) -> Response:
    active = [user for user in call.account.users.values() if not user.deactivated]
    found = sorted(call.matching(active, "name", "email"), key=lambda user: (user.name.casefold(), user.id))
    return call.paged("users", found, call.page(), lambda one: shapes.user(call.account, one))


def get_user(call: Call) -> Response:
    return _shown(call, call.user(call.params["id"]), 200)


def get_me(call: Call) -> Response:
    if call.key.user_id is None:
        raise ApiError(400, 2001, "Invalid Input Provided", ["An account key acts as no user"])
    return _shown(call, call.user(call.key.user_id), 200)


def _shown(call: Call, user: User, status: int) -> Response:
    return Response(status, {"user": shapes.user(call.account, user)})


def create_user(call: Call) -> Response:
    _check_author(call)
    body = call.request.entity("user")
    if not call.world.switches.may_add_users:
        raise ApiError(402, 2014, "Account does not have the abilities to perform the action")
    if call.world.switches.out_of_licenses:
        raise invalid("License is not available")
    _check_email(call, body.get("email"), None)
    name = _text(body.get("name"), "Name")
    zone = str(body.get("time_zone") or call.account.time_zone)
    call.zone(zone)
    made = call.account.add_user(name, str(body["email"]), zone, _role(body))
    kept = replace(made, job_title=body.get("job_title"), description=body.get("description"))
    call.account.users[made.id] = kept
    return _shown(call, kept, 201)


def _check_author(call: Call) -> None:
    """An account key acts as nobody, so it has to say in whose name it writes."""
    author = call.request.headers.get("from")
    if author is None and call.key.user_id is not None:
        return
    if author is None or call.account.user_by_email(author) is None:
        raise ApiError(400, 2001, "Invalid Input Provided", ["From header must be the e-mail address of a valid user"])


def _check_email(call: Call, email: Any, own_id: str | None) -> None:
    if not isinstance(email, str) or "@" not in email:
        raise invalid("Email is invalid")
    taken = [one for one in call.account.users.values() if one.email.casefold() == email.casefold()]
    keeps = call.world.switches.deactivated_keep_address
    if any(one.id != own_id and (keeps or not one.deactivated) for one in taken):
        raise invalid("Email has already been taken")


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise invalid(f"{name} can't be blank")
    return value


def _role(body: Json) -> str:
    role = body.get("role") or "user"
    if role not in ROLES:
        raise invalid("Role is invalid")
    return str(role)


def update_user(call: Call) -> Response:
    user = call.user(call.params["id"])
    body = call.request.entity("user")
    changes = {name: body[name] for name in ("name", "email", "time_zone", "job_title", "description") if name in body}
    if "email" in changes:
        _check_email(call, changes["email"], user.id)
    if "time_zone" in changes:
        call.zone(changes["time_zone"])
    role = _role(body) if "role" in body else user.role
    call.account.users[user.id] = changed = replace(user, role=role, **changes)
    return _shown(call, changed, 200)


def delete_user(call: Call) -> Response:
    """Refused as long as the user is anywhere on call."""
    user = call.user(call.params["id"])
    scheduled = any(user.id in one.user_ids() for one in call.account.schedules.values())
    if scheduled or call.account.policies_using(user.id):
        raise invalid("User can't be deleted while on a schedule or an escalation policy")
    del call.account.users[user.id]
    return Response(204)


ROUTES = (
    Route("GET", "/users", "users", list_users),
    Route("POST", "/users", "users", create_user),
    Route("GET", "/users/me", "users", get_me),
    Route("GET", "/users/{id}", "users", get_user),
    Route("PUT", "/users/{id}", "users", update_user),
    Route("DELETE", "/users/{id}", "users", delete_user),
)
