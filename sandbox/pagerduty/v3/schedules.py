"""Shift-based schedules: list, make, look at, change, delete."""

from __future__ import annotations

from sandbox.pagerduty import shapes
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Response
from sandbox.pagerduty.shift_values import ShiftPlan
from sandbox.pagerduty.v2.schedules import audit_records_of
from sandbox.pagerduty.v3 import reading
from sandbox.pagerduty.v3.common import seen_plan, shift_based, shown_zone
from sandbox.pagerduty.v3.shapes import ShiftView
from sandbox.pagerduty.v3.shapes import schedule as schedule_shape
from sandbox.pagerduty.values import Schedule, ScheduleKind

REJECTED = ("rotations", "escalation_policies")


def list_schedules(call: Call) -> Response:
    """References only, with the name as summary."""
    page = call.page(default=100, highest=1000)
    teams = set(call.request.params("team_ids"))
    based = [one for one in call.account.schedules.values() if one.kind is ScheduleKind.SHIFTS]
    found = [one for one in call.matching(based, "name") if not teams or teams & set(one.team_ids)]
    found.sort(key=lambda one: (one.name.casefold(), one.id))
    return call.paged("schedules", found, page, lambda one: shapes.schedule_reference(call.account, one))


def create_schedule(call: Call) -> Response:
    fields = _accepted(call)
    name, description = fields.text("name", 255), fields.text("description", 1024, required=False)
    zone = reading.zone_name(fields)
    teams = _team_ids(fields)
    fields.check()
    schedule = call.account.keep_schedule(name, zone, description, ShiftPlan())
    schedule.team_ids = teams
    call.audited(schedule, "create")
    return _shown(call, schedule, 201)


def _accepted(call: Call) -> reading.Fields:
    fields = reading.one(call, "schedule")
    for key in REJECTED:
        if key in fields.body:
            fields.complain(key, "is not accepted here")
    fields.check()
    return fields


def _team_ids(fields: reading.Fields) -> tuple[str, ...]:
    found = tuple(str(one.get("id")) for one in fields.body.get("teams") or () if isinstance(one, dict))
    if any(one not in fields.call.account.teams for one in found):
        fields.complain("teams", "Team not found")
    return found


def _shown(call: Call, schedule: Schedule, status: int) -> Response:
    view = ShiftView(schedule.shifts.latest, shown_zone(call, schedule))
    return Response(status, {"schedule": schedule_shape(call.account, schedule, view)})


def get_schedule(call: Call) -> Response:
    """The final schedule comes only if it is included and a range is given."""
    schedule = shift_based(call)
    window = call.window(call.zone("UTC"))
    included = "final_schedule" in call.request.params("include")
    view = ShiftView(
        seen_plan(call, schedule),
        shown_zone(call, schedule),
        window if included else None,
        call.request.flag("overflow"),
        call.world.switches.v3_gaps_shown,
    )
    return Response(200, {"schedule": schedule_shape(call.account, schedule, view)})


def update_schedule(call: Call) -> Response:
    """Described as partial, yet the time zone has to be there; that refusal is a list, unlike the others."""
    schedule = shift_based(call)
    fields = _accepted(call)
    if not fields.has("time_zone") and call.world.switches.v3_put_needs_time_zone:
        raise ApiError(400, 2001, "Invalid Input Provided", ["Time zone cannot be empty."])
    name = fields.text("name", 255) if "name" in fields.body else schedule.name
    zone = reading.zone_name(fields) if fields.has("time_zone") else schedule.time_zone
    description = (
        fields.text("description", 1024, required=False) if fields.has("description") else schedule.description
    )
    fields.check()
    schedule.name, schedule.time_zone, schedule.description = name, zone, description
    call.audited(schedule, "update")
    return _shown(call, schedule, 200)


def delete_schedule(call: Call) -> Response:
    schedule = shift_based(call)
    if call.account.policies_using(schedule.id):
        in_use = "Schedule can't be deleted if it's being used by escalation policies"
        raise reading.refused(call, {"schedule.base": [in_use]})
    del call.account.schedules[schedule.id]
    return Response(204)


def list_audit_records(call: Call) -> Response:
    return audit_records_of(call, shift_based(call))


ROUTES = (
    Route("GET", "/v3/schedules", "schedules", list_schedules),
    Route("POST", "/v3/schedules", "schedules", create_schedule),
    Route("GET", "/v3/schedules/{id}", "schedules", get_schedule),
    Route("PUT", "/v3/schedules/{id}", "schedules", update_schedule),
    Route("DELETE", "/v3/schedules/{id}", "schedules", delete_schedule),
    Route("GET", "/v3/schedules/{id}/audit/records", "audit_records", list_audit_records),
)
