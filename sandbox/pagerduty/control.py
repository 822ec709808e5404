"""The control API: what tests and the demo do to the sandbox, as people, as the clock, or as bad luck.

| method and path under /control | does |
|---|---|
| GET state, POST reset | everything at a glance; a freshly seeded or empty world |
| POST accounts; POST accounts/{subdomain}/keys, users, schedules, shift_schedules, escalation_policies | seed |
| DELETE accounts/{subdomain}/keys/{token}, users/{id} | revoke a key, deactivate a user |
| GET schedules/{id}/final, overrides | what is true, without any lag |
| POST schedules/{id}/overrides, DELETE schedules/{id}/overrides/{override_id} | edits by a person |
| PUT schedules/{id}/layers, DELETE schedules/{id} | edits by a person |
| POST schedules/{id}/upgrade | a layer-based schedule becomes a shift-based one |
| GET, POST schedules/{id}/custom_shifts, DELETE schedules/{id}/custom_shifts/{shift_id} | edits by a person |
| GET, POST, DELETE faults; GET, PATCH switches; GET, POST clock; GET, DELETE log | the world's knobs |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.http import ApiError, Json, Request, Response, path_values
from sandbox.pagerduty.shift_values import CustomShift
from sandbox.pagerduty.v3.upgrade import upgrade
from sandbox.pagerduty.values import Override, Schedule, User
from sandbox.pagerduty.world import LogEntry, World
from sandbox.pagerduty.zones import parsed_instant, zone_named

CONTROL_PREFIX = "/control"


@dataclass(frozen=True, slots=True)
class Order:
    """One request to the control API."""

    world: World
    request: Request
    params: dict[str, str]

    @property
    def body(self) -> Json:
        return self.request.json() if self.request.content else {}

    def account(self) -> Account:
        return self.world.accounts[self.params["subdomain"]]

    def schedule(self) -> tuple[Account, Schedule]:
        return self.world.schedule(self.params["id"])

    def instant(self, name: str) -> datetime:
        text = self.request.param(name) or self.body.get(name)
        moment = parsed_instant(text, zone_named("UTC"))
        if moment is None:
            raise KeyError(name)
        return moment


Doing = Callable[[Order], Any]


def handle_control(world: World, request: Request) -> Response:
    path = request.path.removeprefix(CONTROL_PREFIX)
    for method, pattern, doing in ORDERS:
        params = path_values(pattern, path) if method == request.method else None
        if params is not None:
            return _done(doing, Order(world, request, params))
    return Response(404, {"error": "no such control"})


def _done(doing: Doing, order: Order) -> Response:
    try:
        return Response(200, doing(order))
    except ApiError as error:
        return error.response()
    except (KeyError, ValueError, TypeError) as error:
        return Response(400, {"error": f"{type(error).__name__}: {error}"})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _user(user: User) -> Json:
    return {"id": user.id, "name": user.name, "email": user.email, "deactivated": user.deactivated}


def _override(account: Account, one: Override) -> Json:
    user = account.users.get(one.user_id)
    shape = {"id": one.id, "start": _iso(one.start), "end": _iso(one.end), "user_id": one.user_id}
    return {**shape, "user": user.name if user else None, "made_by": one.made_by, "number": one.number}


def _schedule(one: Schedule) -> Json:
    return {"id": one.id, "name": one.name, "time_zone": one.time_zone, "kind": one.kind.value}


def _account(account: Account) -> Json:
    return {
        "subdomain": account.subdomain,
        "region": account.region.value,
        "keys": [{"token": one.token, "user_id": one.user_id, "revoked": one.revoked} for one in account.keys.values()],
        "users": [_user(one) for one in account.users.values()],
        "schedules": [_schedule(one) for one in account.schedules.values()],
        "escalation_policies": [{"id": one.id, "name": one.name} for one in account.policies.values()],
    }


def show_state(order: Order) -> Json:
    return {
        "now": _iso(order.world.clock.now()),
        "accounts": [_account(one) for one in order.world.accounts.values()],
    }


def reset(order: Order) -> Json:
    """Start again with the seeded world, or with nothing at all."""
    fresh = World.seeded(order.world.clock) if order.body.get("seeded", True) else World(order.world.clock)
    order.world.__dict__.update(fresh.__dict__ | {"changes": order.world.changes})
    return show_state(order)


def add_account(order: Order) -> Json:
    return _account(order.world.add_account(**order.body))


def add_key(order: Order) -> Json:
    return {"key": order.account().add_key(**order.body)}


def revoke_key(order: Order) -> Json:
    order.account().revoke_key(order.params["token"])
    return {}


def add_user(order: Order) -> Json:
    return _user(order.account().add_user(**order.body))


def deactivate_user(order: Order) -> Json:
    account = order.account()
    account.deactivate_user(order.world.find_user(account, order.params["user"]).id)
    return {}


def add_schedule(order: Order) -> Json:
    return _schedule(order.account().add_schedule(**order.body))


def add_shift_schedule(order: Order) -> Json:
    return _schedule(order.account().add_shift_schedule(**order.body))


def add_policy(order: Order) -> Json:
    policy = order.account().add_escalation_policy(order.body["name"], order.body["schedule_ids"])
    return {"id": policy.id, "name": policy.name}


def remove_schedule(order: Order) -> Json:
    account, schedule = order.schedule()
    account.remove_schedule(schedule.id)
    return {}


def show_overrides(order: Order) -> Json:
    account, schedule = order.schedule()
    found = account.overrides(schedule.id, order.instant("since"), order.instant("until"))
    return {"overrides": [_override(account, one) for one in found]}


def add_override(order: Order) -> Json:
    account, schedule = order.schedule()
    user, by = order.world.find_user(account, order.body["user"]), order.body.get("by")
    author = order.world.find_user(account, by).id if by else ""
    span = (order.instant("start"), order.instant("end"))
    return _override(account, account.create_override(schedule.id, user.id, *span, author_id=author))


def remove_override(order: Order) -> Json:
    account, schedule = order.schedule()
    account.delete_override(schedule.id, order.params["override_id"])
    return {}


def set_layers(order: Order) -> Json:
    account, schedule = order.schedule()
    account.set_layers(schedule.id, order.body["layers"])
    return _schedule(schedule)


def upgrade_schedule(order: Order) -> Json:
    account, schedule = order.schedule()
    upgrade(account, schedule)
    return _schedule(schedule)


def show_custom_shifts(order: Order) -> Json:
    account, schedule = order.schedule()
    kept = sorted(schedule.shifts.latest.custom_shifts, key=lambda one: (one.start, one.id))
    return {"custom_shifts": [_custom_shift(account, one) for one in kept]}


def _custom_shift(account: Account, one: CustomShift) -> Json:
    user = _name(account, one.user_id) if one.user_id else None
    return {"id": one.id, "start": _iso(one.start), "end": _iso(one.end), "user_id": one.user_id, "user": user}


def add_custom_shift(order: Order) -> Json:
    account, schedule = order.schedule()
    user = order.world.find_user(account, order.body["user"])
    shift = account.create_custom_shift(schedule.id, user.id, order.instant("start"), order.instant("end"))
    return {"id": shift.id}


def remove_custom_shift(order: Order) -> Json:
    account, schedule = order.schedule()
    account.delete_custom_shift(schedule.id, order.params["shift_id"])
    return {}


def show_final(order: Order) -> Json:
    account, schedule = order.schedule()
    found = account.final_schedule(schedule.id, order.instant("since"), order.instant("until"))
    entries = [
        {"start": _iso(one.start), "end": _iso(one.end), "user_id": one.user_id, "user": _name(account, one.user_id)}
        for one in found
    ]
    return {"entries": entries}


def _name(account: Account, user_id: str) -> str | None:
    return account.users[user_id].name if user_id in account.users else None


def show_faults(order: Order) -> Json:
    return {"waiting": sum(rule.times for rule in order.world.faults.rules)}


def add_fault(order: Order) -> Json:
    order.world.faults.next(**order.body)
    return show_faults(order)


def clear_faults(order: Order) -> Json:
    order.world.faults.clear()
    return show_faults(order)


def show_switches(order: Order) -> Json:
    return order.world.switches.as_dict()


def change_switches(order: Order) -> Json:
    order.world.switches.change(**order.body)
    return show_switches(order)


def show_clock(order: Order) -> Json:
    return {"now": _iso(order.world.clock.now())}


def move_clock(order: Order) -> Json:
    """`now` sets it, `advance` moves it by seconds, `stop` holds it."""
    clock = order.world.clock
    if "now" in order.body:
        clock.set(order.instant("now"))
    if "advance" in order.body:
        clock.advance(float(order.body["advance"]))
    if order.body.get("stop"):
        clock.stop()
    return show_clock(order)


def show_log(order: Order) -> Json:
    found = order.world.requests(order.request.param("method"), order.request.param("path_contains"))
    return {"requests": [_logged(one) for one in found]}


def _logged(one: LogEntry) -> Json:
    return {
        "method": one.method,
        "path": one.path,
        "query": [list(pair) for pair in one.query],
        "status": one.status,
        "at": _iso(one.at),
        "account": one.account,
        "body": one.body,
        "fault": one.fault,
    }


def clear_log(order: Order) -> Json:
    order.world.log.clear()
    return {}


ORDERS: tuple[tuple[str, str, Doing], ...] = (
    ("GET", "/state", show_state),
    ("POST", "/reset", reset),
    ("POST", "/accounts", add_account),
    ("POST", "/accounts/{subdomain}/keys", add_key),
    ("DELETE", "/accounts/{subdomain}/keys/{token}", revoke_key),
    ("POST", "/accounts/{subdomain}/users", add_user),
    ("DELETE", "/accounts/{subdomain}/users/{user}", deactivate_user),
    ("POST", "/accounts/{subdomain}/schedules", add_schedule),
    ("POST", "/accounts/{subdomain}/shift_schedules", add_shift_schedule),
    ("POST", "/accounts/{subdomain}/escalation_policies", add_policy),
    ("DELETE", "/schedules/{id}", remove_schedule),
    ("GET", "/schedules/{id}/overrides", show_overrides),
    ("POST", "/schedules/{id}/overrides", add_override),
    ("DELETE", "/schedules/{id}/overrides/{override_id}", remove_override),
    ("PUT", "/schedules/{id}/layers", set_layers),
    ("POST", "/schedules/{id}/upgrade", upgrade_schedule),
    ("GET", "/schedules/{id}/custom_shifts", show_custom_shifts),
    ("POST", "/schedules/{id}/custom_shifts", add_custom_shift),
    ("DELETE", "/schedules/{id}/custom_shifts/{shift_id}", remove_custom_shift),
    ("GET", "/schedules/{id}/final", show_final),
    ("GET", "/faults", show_faults),
    ("POST", "/faults", add_fault),
    ("DELETE", "/faults", clear_faults),
    ("GET", "/switches", show_switches),
    ("PATCH", "/switches", change_switches),
    ("GET", "/clock", show_clock),
    ("POST", "/clock", move_clock),
    ("GET", "/log", show_log),
    ("DELETE", "/log", clear_log),
)
