"""What the shift-based endpoints share: the schedule's plan, its zone and windows, and writing a new plan."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sandbox.pagerduty.calls import Call
from sandbox.pagerduty.http import ApiError
from sandbox.pagerduty.rendering import Span
from sandbox.pagerduty.shift_values import ShiftPlan
from sandbox.pagerduty.v3.reading import refused
from sandbox.pagerduty.values import Schedule, ScheduleKind


def shift_based(call: Call) -> Schedule:
    return call.schedule(ScheduleKind.SHIFTS)


def seen_plan(call: Call, schedule: Schedule) -> ShiftPlan:
    """The plan as a reader sees it, who may trail behind."""
    return schedule.shifts.seen(call.world.clock.now(), call.world.switches.read_lag_seconds)


def keep(call: Call, schedule: Schedule, plan: ShiftPlan) -> None:
    schedule.shifts.record(call.world.clock.now(), plan)
    call.audited(schedule, "update")


def shown_zone(call: Call, schedule: Schedule) -> ZoneInfo:
    return call.asked_zone("UTC" if call.world.switches.v3_times_in_utc else schedule.time_zone)


def range_asked(call: Call) -> Span:
    """The range that a list needs; what is missing is told per field."""
    absent = [name for name in ("since", "until") if not call.request.param(name)]
    if absent:
        raise refused(call, {name: ["is required"] for name in absent})
    return call.required_window(call.zone("UTC"))


def missing() -> ApiError:
    return ApiError(404, 2100, "Not Found")
