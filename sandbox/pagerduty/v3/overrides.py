"""Overrides of shift-based schedules: each puts one member in another's place on one rotation or custom shift."""

from __future__ import annotations

from dataclasses import replace

from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Response
from sandbox.pagerduty.shift_values import ShiftOverride, ShiftPlan, exchanged, found, without
from sandbox.pagerduty.switches import Batch, RunningOverride
from sandbox.pagerduty.v3 import reading, shapes
from sandbox.pagerduty.v3.common import keep, missing, range_asked, seen_plan, shift_based, shown_zone
from sandbox.pagerduty.v3.custom_shifts import check_order, started
from sandbox.pagerduty.v3.rendering import planned_on
from sandbox.pagerduty.values import Schedule


def list_overrides(call: Call) -> Response:
    schedule, window = shift_based(call), range_asked(call)
    touching = [one for one in seen_plan(call, schedule).overrides if window.touches(one.start, one.end)]
    if not call.request.flag("overflow"):
        cut = ((one, window.clipped(one.start, one.end)) for one in touching)
        touching = [replace(one, start=span.start, end=span.end) for one, span in cut]
    touching.sort(key=lambda one: (one.start, one.id))
    zone = shown_zone(call, schedule)
    return call.paged(
        "overrides", touching, call.page(), lambda one: shapes.override(call.account, schedule.id, one, zone)
    )


def create_overrides(call: Call) -> Response:
    schedule = shift_based(call)
    made, errors = [], {}
    for fields in reading.items(call, "overrides"):
        override = _read(fields, schedule.shifts.latest)
        errors |= fields.errors
        if not fields.errors:
            made.append(replace(override, number=call.account.next_override_number()))
    if errors and (call.world.switches.v3_batch is Batch.ALL_OR_NOTHING or not made):
        raise reading.refused(call, errors)
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, overrides=(*plan.overrides, *made)))
    zone = shown_zone(call, schedule)
    return Response(201, {"overrides": [shapes.override(call.account, schedule.id, one, zone) for one in made]})


def _read(fields: reading.Fields, plan: ShiftPlan) -> ShiftOverride:
    rotation_id, shift_id = fields.body.get("rotation_id"), fields.body.get("custom_shift_id")
    _check_origin(fields, plan, rotation_id, shift_id)
    start, end = started(fields, fields.instant("start_time")), fields.instant("end_time")
    check_order(fields, start, end)
    overridden, overriding = fields.member("overridden_member"), fields.member("overriding_member")
    override_id = fields.call.world.ids.shift()
    override = ShiftOverride(override_id, 0, rotation_id, shift_id, start, end, overridden, overriding)
    if not fields.errors:
        _check_scheduled(fields, plan, override)
    return override


def _check_origin(fields: reading.Fields, plan: ShiftPlan, rotation_id: str | None, shift_id: str | None) -> None:
    if (rotation_id is None) == (shift_id is None):
        fields.complain("rotation_id", "exactly one of rotation_id and custom_shift_id must be given")
        return
    rotation = found(plan.rotations, rotation_id) if rotation_id else None
    if rotation_id and (rotation is None or rotation.removed):
        fields.complain("rotation_id", "Rotation not found")
    if shift_id and found(plan.custom_shifts, shift_id) is None:
        fields.complain("custom_shift_id", "Custom shift not found")


def _check_scheduled(fields: reading.Fields, plan: ShiftPlan, override: ShiftOverride) -> None:
    if fields.call.world.switches.v3_overridden_must_be_scheduled and not planned_on(plan, override):
        fields.complain("overridden_member", "is not scheduled in this time")


def _one(call: Call, schedule: Schedule) -> ShiftOverride:
    override = found(schedule.shifts.latest.overrides, call.params["override_id"])
    if override is None:
        raise missing()
    return override


def _shown(call: Call, schedule: Schedule, override: ShiftOverride) -> Response:
    zone = shown_zone(call, schedule)
    return Response(200, {"override": shapes.override(call.account, schedule.id, override, zone)})


def get_override(call: Call) -> Response:
    schedule = shift_based(call)
    return _shown(call, schedule, _one(call, schedule))


def update_override(call: Call) -> Response:
    """A running one may only change its end, a past one nothing."""
    schedule = shift_based(call)
    override = _one(call, schedule)
    fields = reading.one(call, "override")
    if override.end <= call.now:
        fields.complain("base", "Override has already ended")
    changed = _changed(fields, override)
    fields.check()
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, overrides=exchanged(plan.overrides, changed)))
    return _shown(call, schedule, changed)


def _changed(fields: reading.Fields, override: ShiftOverride) -> ShiftOverride:
    for key in ("start_time", "overriding_member"):
        if override.start <= fields.call.now and fields.has(key):
            fields.complain(key, "cannot be changed once the override has started")
    start = started(fields, fields.instant("start_time")) if fields.has("start_time") else override.start
    end = fields.instant("end_time") if fields.has("end_time") else override.end
    check_order(fields, start, end)
    given = fields.has("overriding_member")
    overriding = fields.member("overriding_member") if given else override.overriding
    return replace(override, start=start, end=end, overriding=overriding)


def delete_override(call: Call) -> Response:
    schedule = shift_based(call)
    override, plan = _one(call, schedule), schedule.shifts.latest
    if override.end <= call.now:
        raise ApiError(400, 2001, "Invalid Request", {"override.base": ["Override has already ended"]})
    truncates = call.world.switches.v3_running_override is RunningOverride.TRUNCATE
    if override.start < call.now and truncates:
        kept = exchanged(plan.overrides, replace(override, end=call.now))
    else:
        kept = without(plan.overrides, override.id)
    keep(call, schedule, replace(plan, overrides=kept))
    return Response(204)


BASE = "/v3/schedules/{id}/overrides"
ROUTES = (
    Route("GET", BASE, "schedules", list_overrides),
    Route("POST", BASE, "schedules", create_overrides),
    Route("GET", BASE + "/{override_id}", "schedules", get_override),
    Route("PUT", BASE + "/{override_id}", "schedules", update_override),
    Route("DELETE", BASE + "/{override_id}", "schedules", delete_override),
)
