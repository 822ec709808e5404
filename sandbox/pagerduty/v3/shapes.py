"""How shift-based things look in replies. Times come in UTC unless another zone is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.pagerduty import shapes
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.http import Json
from sandbox.pagerduty.rendering import Span, coverage, instant_of
from sandbox.pagerduty.shift_values import CustomShift, Event, Rotation, ShiftOverride, ShiftPlan, Strategy
from sandbox.pagerduty.v3.rendering import Assignment, covered, final_assignments
from sandbox.pagerduty.values import Schedule
from sandbox.pagerduty.zones import UTC_NAMES, written, zone_named


@dataclass(frozen=True, slots=True)
class ShiftView:
    """How a shift-based schedule is looked at; a window only if the final schedule is included."""

    plan: ShiftPlan
    zone: ZoneInfo
    window: Span | None = None
    overflow: bool = False
    gaps: bool = True


def _addressed(account: Account, schedule_id: str, path: str) -> Json:
    base = f"v3/schedules/{schedule_id}{path}"
    return {"self": f"{account.api_host}/{base}", "html_url": f"{account.web_host}/schedules/{schedule_id}"}


def member(user_id: str | None) -> Json:
    return {"type": "user_member", "user_id": user_id} if user_id is not None else {"type": "empty_member"}


def shown_zone(name: str) -> str:
    return "UTC" if name in UTC_NAMES else name


def schedule(account: Account, one: Schedule, view: ShiftView) -> Json:
    reference = shapes.schedule_reference(account, one)
    summary = shapes.schedule_summary(account, one)
    shape = {
        **reference,
        "type": "schedule_v3",
        "name": one.name,
        "time_zone": shown_zone(one.time_zone),
        "description": one.description,
        "rotations": [rotation(account, one.id, part, view.zone) for part in view.plan.rotations if not part.removed],
    }
    shape |= {key: summary[key] for key in ("teams", "escalation_policies", "http_cal_url", "web_cal_url")}
    shape["users"] = [shapes.user_reference(account, user_id) for user_id in sorted(view.plan.user_ids())]
    if view.window is not None:
        shape["final_schedule"] = _final(view, view.window)
    return shape


def _final(view: ShiftView, window: Span) -> Json:
    found = final_assignments(view.plan, window, view.overflow, view.gaps)
    return {
        "type": "final_schedule",
        "rendered_coverage_percentage": coverage(covered(found, window), window),
        "computed_shift_assignments": [_assignment(one, view.zone) for one in found],
    }


def _assignment(one: Assignment, zone: ZoneInfo) -> Json:
    ids = {
        "rotation_id": one.source.rotation_id,
        "shift_id": one.source.shift_id,
        "override_id": one.source.override_id,
    }
    return {
        "type": "computed_shift_assignment",
        "start_time": written(one.start, zone),
        "end_time": written(one.end, zone),
        "member": member(one.user_id),
        "source": {"type": one.source.kind.value, **{name: value for name, value in ids.items() if value is not None}},
    }


def custom_shift(account: Account, schedule_id: str, one: CustomShift, zone: ZoneInfo) -> Json:
    assignment = {"id": one.assignment_id, "type": "shift_assignment", "member": member(one.user_id)}
    return {
        "id": one.id,
        "type": "custom_shift",
        "start_time": written(one.start, zone),
        "end_time": written(one.end, zone),
        "assignments": [assignment],
        **_addressed(account, schedule_id, f"/custom_shifts/{one.id}"),
    }


def override(account: Account, schedule_id: str, one: ShiftOverride, zone: ZoneInfo) -> Json:
    origin = {"rotation_id": one.rotation_id} if one.rotation_id else {"custom_shift_id": one.custom_shift_id}
    return {
        "id": one.id,
        "type": "override_shift",
        **origin,
        "start_time": written(one.start, zone),
        "end_time": written(one.end, zone),
        "overridden_member": member(one.overridden),
        "overriding_member": member(one.overriding),
        **_addressed(account, schedule_id, f"/overrides/{one.id}"),
    }


def rotation(account: Account, schedule_id: str, one: Rotation, zone: ZoneInfo) -> Json:
    return {
        "id": one.id,
        "type": "schedule_rotation",
        "events": [event(account, schedule_id, one.id, part, zone) for part in one.events],
        **_addressed(account, schedule_id, f"/rotations/{one.id}"),
    }


def event(account: Account, schedule_id: str, rotation_id: str, one: Event, zone: ZoneInfo) -> Json:
    until = one.effective_until
    strategy: Json = {"type": one.strategy.value, "members": [member(user_id) for user_id in one.members]}
    if one.strategy is Strategy.ROTATING:
        strategy["shifts_per_member"] = one.shifts_per_member
    return {
        "id": one.id,
        "type": "schedule_event",
        "name": one.name,
        "start_time": _zoned(one, one.start),
        "end_time": _zoned(one, one.end),
        "effective_since": written(one.effective_since, zone),
        "effective_until": written(until, zone) if until else None,
        "recurrence": list(one.recurrence),
        "assignment_strategy": strategy,
        **_addressed(account, schedule_id, f"/rotations/{rotation_id}/events/{one.id}"),
    }


def _zoned(one: Event, wall: datetime) -> Json:
    instant = instant_of(wall, zone_named(one.time_zone))
    return {"date_time": written(instant, zone_named("UTC")), "time_zone": shown_zone(one.time_zone)}
