"""Layer-based schedules: list, make, look at, change, try out, delete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.pagerduty import shapes
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.history import History
from sandbox.pagerduty.http import ApiError, Json, Response, invalid
from sandbox.pagerduty.layers import read_layers, started_by, updated
from sandbox.pagerduty.rendering import Span, render
from sandbox.pagerduty.shift_values import ShiftPlan
from sandbox.pagerduty.values import Layer, LayerPlan, Schedule, ScheduleKind
from sandbox.pagerduty.zones import query_instant, written

QUARTER = timedelta(days=90)


def list_schedules(call: Call) -> Response:
    """Layer-based ones only, by name; rendered parts only where they are included."""
    zone = call.asked_zone(call.account.time_zone)
    window = call.window(zone)
    page = call.page()
    teams = set(call.request.params("team_ids"))
    layered = [one for one in call.account.schedules.values() if one.kind is ScheduleKind.LAYERS]
    found = [one for one in call.matching(layered, "name") if not teams or teams & set(one.team_ids)]
    found.sort(key=lambda one: (one.name.casefold(), one.id))
    parts = [part for part in call.request.params("include") if part in shapes.RENDERED_PARTS]
    return call.paged("schedules", found, page, lambda one: _shape(call, one, zone, window, parts))


def get_schedule(call: Call) -> Response:
    schedule = call.schedule()
    zone = call.asked_zone(schedule.time_zone)
    return Response(200, {"schedule": _shape(call, schedule, zone, call.window(zone), shapes.RENDERED_PARTS)})


def _shape(call: Call, schedule: Schedule, zone: ZoneInfo, window: Span | None, parts: Sequence[str]) -> Json:
    plan = schedule.layered.seen(call.world.clock.now(), call.world.switches.read_lag_seconds)
    view = shapes.View(plan, zone, window, call.rules, call.request.flag("overflow"))
    shape = shapes.schedule(call.account, schedule, view, parts)
    if user_id := call.request.param("include_next_oncall_for_user"):
        shape["next_oncall_for_user"] = _next_oncall(call, schedule, plan, user_id, zone)
    return shape


def _next_oncall(call: Call, schedule: Schedule, plan: LayerPlan, user_id: str, zone: ZoneInfo) -> Json | None:
    ahead = Span(call.now, call.now + QUARTER)
    final = render(plan, call.zone(schedule.time_zone), ahead, call.rules, overflow=True).final
    entry = next((one for one in final if one.user_id == user_id), None)
    if entry is None:
        return None
    reference = shapes.user_reference(call.account, user_id)
    return {"start": written(entry.start, zone), "end": written(entry.end, zone), "user": reference}


def create_schedule(call: Call) -> Response:
    body = call.request.entity("schedule")
    name = _name(call, body)
    plan = LayerPlan(_new_layers(call, body))
    schedule = call.account.keep_schedule(name, str(body["time_zone"]), str(body.get("description") or ""), plan)
    schedule.team_ids = _team_ids(call, body)
    call.audited(schedule, "create")
    return _whole(call, schedule, 201)


def _whole(call: Call, schedule: Schedule, status: int) -> Response:
    """A schedule as its writer sees it: without any lag."""
    zone = call.asked_zone(schedule.time_zone)
    view = shapes.View(schedule.plan, zone, call.window(zone), call.rules, call.request.flag("overflow"))
    return Response(status, {"schedule": shapes.schedule(call.account, schedule, view)})


def _name(call: Call, body: Json) -> str:
    call.zone(body.get("time_zone"))
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("Name can't be blank")
    return name


def _new_layers(call: Call, body: Json) -> tuple[Layer, ...]:
    zone = call.zone(body.get("time_zone"))
    bodies = [{**one, "id": None} if isinstance(one, dict) else one for one in body.get("schedule_layers") or []]
    given = read_layers(bodies, zone, call.world.ids, call.assignable_ids())
    if not given:
        raise invalid("Schedule must have at least one layer")
    return started_by(given, call.now, call.world.switches.rewrite_past_layer_start)


def _team_ids(call: Call, body: Json) -> tuple[str, ...]:
    found = tuple(str(one.get("id")) for one in body.get("teams") or () if isinstance(one, dict))
    if any(one not in call.account.teams for one in found):
        raise invalid("Team not found")
    return found


def update_schedule(call: Call) -> Response:
    schedule = call.schedule()
    body = call.request.entity("schedule")
    name, zone = _name(call, body), call.zone(body.get("time_zone"))
    bodies = body.get("schedule_layers") or []
    given = read_layers(bodies, zone, call.world.ids, call.assignable_ids())
    started = list(started_by(given, call.now, call.world.switches.rewrite_past_layer_start))
    layers = updated(schedule.plan.layers, started, bodies, call.now, call.world.switches.omitted_layers)
    schedule.name, schedule.time_zone = name, str(body["time_zone"])
    schedule.description = str(body.get("description") or "")
    if "teams" in body:
        schedule.team_ids = _team_ids(call, body)
    schedule.record(call.world.clock.now(), replace(schedule.plan, layers=layers))
    call.audited(schedule, "update")
    return _whole(call, schedule, 200)


def preview_schedule(call: Call) -> Response:
    """What a schedule would look like; nothing is kept. Times before now are shown too, so starts are not rewritten."""
    body = call.request.entity("schedule")
    zone = call.zone(body.get("time_zone"))
    layers = read_layers(body.get("schedule_layers") or [], zone, call.world.ids, call.assignable_ids())
    name = str(body.get("name") or "Preview")
    preview = Schedule(
        call.world.ids.entity(),
        name,
        str(body["time_zone"]),
        str(body.get("description") or ""),
        ScheduleKind.LAYERS,
        History(call.now, LayerPlan(tuple(layers))),
        History(call.now, ShiftPlan()),
    )
    return _whole(call, preview, 200)


def delete_schedule(call: Call) -> Response:
    schedule = call.schedule()
    if call.account.policies_using(schedule.id):
        raise invalid("Schedule can't be deleted if it's being used by escalation policies")
    if call.world.switches.open_incidents:
        raise invalid(
            "Schedule can't be deleted if it's being used by an escalation policy snapshot with open incidents"
        )
    del call.account.schedules[schedule.id]
    return Response(204)


def list_schedule_users(call: Call) -> Response:
    """Those on call in the range, or everybody on the schedule without one; this view never lags."""
    schedule = call.schedule()
    zone = call.zone(schedule.time_zone)
    window = call.window(zone)
    if window is None:
        ids = schedule.plan.user_ids()
    else:
        ids = {one.user_id for one in render(schedule.plan, zone, window, call.rules).final}
    found = [user for user in call.account.users.values() if user.id in ids and not user.deactivated]
    return Response(200, {"users": [shapes.user(call.account, one) for one in found]})


def list_audit_records(call: Call) -> Response:
    return audit_records_of(call, call.schedule())


def audit_records_of(call: Call, schedule: Schedule) -> Response:
    """Of a schedule of either kind."""
    if not call.world.switches.audit_available:
        raise ApiError(402, 2014, "Account does not have the abilities to perform the action")
    until = _audit_bound(call, "until") or call.now
    since = _audit_bound(call, "since") or until - timedelta(days=1)
    if until - since > timedelta(days=31):
        raise ApiError(400, 2005, "Invalid Query Date Range")
    records = [one for one in schedule.audit if since <= one.at <= until]
    shown = [shapes.audit_record(call.account, schedule, one) for one in records]
    return Response(200, {"records": shown, "limit": 100, "next_cursor": None, "response_metadata": {"messages": []}})


def _audit_bound(call: Call, name: str) -> datetime | None:
    text = call.request.param(name)
    return query_instant(text, call.zone("UTC")) if text else None


ROUTES = (
    Route("GET", "/schedules", "schedules", list_schedules),
    Route("POST", "/schedules", "schedules", create_schedule),
    Route("POST", "/schedules/preview", "schedules", preview_schedule),
    Route("GET", "/schedules/{id}", "schedules", get_schedule),
    Route("PUT", "/schedules/{id}", "schedules", update_schedule),
    Route("DELETE", "/schedules/{id}", "schedules", delete_schedule),
    Route("GET", "/schedules/{id}/users", "schedules", list_schedule_users),
    Route("GET", "/schedules/{id}/audit/records", "audit_records", list_audit_records),
)
