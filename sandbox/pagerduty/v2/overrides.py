"""Overrides of layer-based schedules. All are kept, also those on top of each other; the last created is in effect."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pagerduty import shapes
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.faults import Fault
from sandbox.pagerduty.http import ApiError, Json, Response, invalid
from sandbox.pagerduty.rendering import Span
from sandbox.pagerduty.switches import PastStart
from sandbox.pagerduty.values import Override, Schedule
from sandbox.pagerduty.zones import instant_in


def list_overrides(call: Call) -> Response:
    schedule = call.schedule()
    zone = call.zone(schedule.time_zone)
    window = call.required_window(zone)
    plan = schedule.layered.seen(call.world.clock.now(), call.world.switches.read_lag_seconds)
    found = [one for one in plan.overrides if window.touches(one.start, one.end)]
    if call.request.flag("editable"):
        return Response(200, {"overrides": [{"id": one.id} for one in found if one.start > call.now]})
    if call.world.switches.shuffle_overrides:
        call.world.shuffles.shuffle(found)
    shown = found if call.request.flag("overflow") else [_cut(one, window) for one in found]
    return Response(200, {"overrides": [shapes.override(call.account, one, zone) for one in shown]})


def _cut(override: Override, window: Span) -> Override:
    return replace(override, start=max(override.start, window.start), end=min(override.end, window.end))


def create_overrides(call: Call) -> Response:
    """A batch, item by item in order; each succeeds or fails alone."""
    schedule = call.schedule()
    body = call.request.json()
    if "overrides" not in body:
        return _create_single(call, schedule, call.request.entity("override"))
    items = body["overrides"]
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise invalid("overrides must be an array of overrides")
    results = [_created_item(call, schedule, item, place) for place, item in enumerate(items)]
    wrapped = {"overrides": results} if call.world.switches.override_batch_envelope else results
    return Response(201, wrapped)


def _create_single(call: Call, schedule: Schedule, item: Json) -> Response:
    """The old form with one override, which fails as a whole."""
    result = _created_item(call, schedule, item, 0)
    if result["status"] != 201:
        raise invalid(*result["errors"])
    return Response(201, {"override": result["override"]})


def _created_item(call: Call, schedule: Schedule, item: Json, place: int) -> Json:
    try:
        zone = call.zone(item.get("time_zone") or schedule.time_zone)
        wanted = _read(call, item, zone)
        if call.fault and call.fault.kind is Fault.ITEM_REFUSED and place in call.fault.items:
            raise invalid("Override could not be saved")
        _check(call, wanted)
    except ApiError as error:
        return {"status": 400, "errors": error.errors, "override": item}
    override = replace(wanted, id=call.world.ids.override(), number=call.account.next_override_number())
    schedule.record(call.world.clock.now(), schedule.plan.with_override(override))
    call.audited(schedule, "update", override.id)
    return {"status": 201, "override": shapes.override(call.account, override, zone)}


def _read(call: Call, item: Json, zone: ZoneInfo) -> Override:
    start = _start(call, instant_in(item.get("start"), zone, "Start"))
    return Override("", 0, start, instant_in(item.get("end"), zone, "End"), _user_id(item.get("user")))


def _user_id(user: Any) -> str:
    return str(user.get("id")) if isinstance(user, dict) else ""


def _start(call: Call, start: datetime) -> datetime:
    return max(start, call.now) if call.world.switches.past_override_start is PastStart.CLAMP else start


def _check(call: Call, wanted: Override) -> None:
    errors: list[str] = []
    if wanted.end <= wanted.start:
        errors.append("Override must end after its start")
    if wanted.user_id not in call.assignable_ids():
        errors.append("User not found")
    if wanted.start < call.now and call.world.switches.past_override_start is PastStart.REFUSE:
        errors.append("Override must not start in the past")
    if errors:
        raise invalid(*errors)


def delete_override(call: Call) -> Response:
    """A future one vanishes (204), a running one ends now (200), a past one stays."""
    schedule = call.schedule()
    override = schedule.plan.override(call.params["override_id"])
    if override is None:
        raise ApiError(404, 4004, "Override Not Found")
    switches, at = call.world.switches, call.world.clock.now()
    if override.end <= call.now:
        raise ApiError(switches.delete_past_status, switches.delete_past_code, "You cannot remove a past override")
    call.audited(schedule, "update", override.id)
    if override.start >= call.now:
        schedule.record(at, schedule.plan.without_override(override.id))
        return Response(204)
    ended = replace(override, end=call.now)
    schedule.record(at, schedule.plan.with_override_replaced(ended))
    return Response(200, {"override": shapes.override(call.account, ended, call.zone(schedule.time_zone))})


ROUTES = (
    Route("GET", "/schedules/{id}/overrides", "schedules", list_overrides),
    Route("POST", "/schedules/{id}/overrides", "schedules", create_overrides),
    Route("DELETE", "/schedules/{id}/overrides/{override_id}", "schedules", delete_override),
)
