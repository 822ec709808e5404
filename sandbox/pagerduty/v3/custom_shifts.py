"""Custom shifts: one person, a start and an end, beside whatever else is on the schedule.

| the shift | PUT | DELETE |
|---|---|---|
| has not started | anything | 204, gone |
| is running | only its end | 204, ends now |
| has ended | 400 | 400 |
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Response
from sandbox.pagerduty.shift_values import CustomShift, exchanged, found, without
from sandbox.pagerduty.switches import Batch, PastStart
from sandbox.pagerduty.v3 import reading, shapes
from sandbox.pagerduty.v3.common import keep, missing, range_asked, seen_plan, shift_based, shown_zone
from sandbox.pagerduty.values import Schedule


def list_custom_shifts(call: Call) -> Response:
    schedule, window = shift_based(call), range_asked(call)
    touching = [one for one in seen_plan(call, schedule).custom_shifts if window.touches(one.start, one.end)]
    if not call.request.flag("overflow"):
        cut = ((one, window.clipped(one.start, one.end)) for one in touching)
        touching = [replace(one, start=span.start, end=span.end) for one, span in cut]
    touching.sort(key=lambda one: (one.start, one.id))
    zone = shown_zone(call, schedule)
    page = call.page()
    return call.paged(
        "custom_shifts", touching, page, lambda one: shapes.custom_shift(call.account, schedule.id, one, zone)
    )


def create_custom_shifts(call: Call) -> Response:
    schedule = shift_based(call)
    made, errors = [], {}
    for fields in reading.items(call, "custom_shifts"):
        shift = _read(fields)
        errors |= fields.errors
        if not fields.errors:
            made.append(shift)
    if errors and (call.world.switches.v3_batch is Batch.ALL_OR_NOTHING or not made):
        raise reading.refused(call, errors)
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, custom_shifts=(*plan.custom_shifts, *made)))
    zone = shown_zone(call, schedule)
    return Response(201, {"custom_shifts": [shapes.custom_shift(call.account, schedule.id, one, zone) for one in made]})


def _read(fields: reading.Fields) -> CustomShift:
    start, end = started(fields, fields.instant("start_time")), fields.instant("end_time")
    check_order(fields, start, end)
    ids = fields.call.world.ids
    return CustomShift(ids.shift(), start, end, ids.shift(), _assigned(fields))


def started(fields: reading.Fields, start: datetime) -> datetime:
    """A start in the past is taken, moved to now, or refused."""
    now, rule = fields.call.now, fields.call.world.switches.v3_past_shift_start
    if rule is PastStart.REFUSE and start < now:
        fields.complain("start_time", "must not be in the past")
    return max(start, now) if rule is PastStart.CLAMP else start


def check_order(fields: reading.Fields, start: datetime, end: datetime) -> None:
    if end <= start:
        fields.complain("end_time", "must be after start_time")


def _assigned(fields: reading.Fields) -> str | None:
    assignments = fields.body.get("assignments")
    if not isinstance(assignments, list) or len(assignments) != 1 or not isinstance(assignments[0], dict):
        fields.complain("assignments", "must be exactly one")
        return None
    user_id = fields.member_in("assignments", assignments[0].get("member"))
    if user_id is None and not fields.errors:
        fields.complain("assignments", "must be a user_member")
    return user_id


def get_custom_shift(call: Call) -> Response:
    schedule = shift_based(call)
    return _shown(call, schedule, _one(call, schedule))


def _one(call: Call, schedule: Schedule) -> CustomShift:
    shift = found(schedule.shifts.latest.custom_shifts, call.params["shift_id"])
    if shift is None:
        raise missing()
    return shift


def _shown(call: Call, schedule: Schedule, shift: CustomShift) -> Response:
    zone = shown_zone(call, schedule)
    return Response(200, {"custom_shift": shapes.custom_shift(call.account, schedule.id, shift, zone)})


def update_custom_shift(call: Call) -> Response:
    schedule = shift_based(call)
    shift = _one(call, schedule)
    fields = reading.one(call, "custom_shift")
    if shift.end <= call.now:
        fields.complain("base", "Shift has already ended")
    changed = _changed(fields, shift)
    fields.check()
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, custom_shifts=exchanged(plan.custom_shifts, changed)))
    return _shown(call, schedule, changed)


def _changed(fields: reading.Fields, shift: CustomShift) -> CustomShift:
    running = shift.start <= fields.call.now
    for key in ("start_time", "assignments"):
        if running and fields.has(key):
            fields.complain(key, "cannot be changed once the shift has started")
    start = started(fields, fields.instant("start_time")) if fields.has("start_time") else shift.start
    end = fields.instant("end_time") if fields.has("end_time") else shift.end
    check_order(fields, start, end)
    if running and end < fields.call.now:
        fields.complain("end_time", "must not be in the past")
    user_id = _assigned(fields) if fields.has("assignments") else shift.user_id
    return replace(shift, start=start, end=end, user_id=user_id)


def delete_custom_shift(call: Call) -> Response:
    schedule = shift_based(call)
    shift, plan = _one(call, schedule), schedule.shifts.latest
    if shift.end <= call.now:
        raise ApiError(400, 2001, "Invalid Request", {"custom_shift.base": ["Shift has already ended"]})
    if shift.start < call.now:
        kept = exchanged(plan.custom_shifts, replace(shift, end=call.now))
    else:
        kept = without(plan.custom_shifts, shift.id)
    keep(call, schedule, replace(plan, custom_shifts=kept))
    return Response(204)


BASE = "/v3/schedules/{id}/custom_shifts"
ROUTES = (
    Route("GET", BASE, "schedules", list_custom_shifts),
    Route("POST", BASE, "schedules", create_custom_shifts),
    Route("GET", BASE + "/{shift_id}", "schedules", get_custom_shift),
    Route("PUT", BASE + "/{shift_id}", "schedules", update_custom_shift),
    Route("DELETE", BASE + "/{shift_id}", "schedules", delete_custom_shift),
)
