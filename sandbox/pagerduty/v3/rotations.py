"""Rotations and their events.

A rotation is made empty; its events say everything. At most five events, whose occurrences must not overlap. A future
event may be changed at will, an active one only in when it stops, a past one not at all. Deleting an active one stops
it now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Response
from sandbox.pagerduty.rendering import Span
from sandbox.pagerduty.shift_values import Event, Rotation, exchanged, found
from sandbox.pagerduty.v3 import reading, shapes
from sandbox.pagerduty.v3.common import keep, missing, seen_plan, shift_based, shown_zone
from sandbox.pagerduty.v3.occurrences import occurrences
from sandbox.pagerduty.values import Schedule

MOST_EVENTS = 5
OVERLAP_HORIZON = timedelta(days=120)


def _rotation(call: Call, schedule: Schedule) -> Rotation:
    rotation = found(schedule.shifts.latest.rotations, call.params["rotation_id"])
    if rotation is None or rotation.removed:
        raise missing()
    return rotation


def _event(call: Call, rotation: Rotation) -> Event:
    event = rotation.event(call.params["event_id"])
    if event is None:
        raise missing()
    return event


def _keep_rotation(call: Call, schedule: Schedule, rotation: Rotation) -> None:
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, rotations=exchanged(plan.rotations, rotation)))


def _shown(call: Call, schedule: Schedule, rotation: Rotation, status: int) -> Response:
    zone = shown_zone(call, schedule)
    return Response(status, {"rotation": shapes.rotation(call.account, schedule.id, rotation, zone)})


def _shown_event(call: Call, schedule: Schedule, event: Event, status: int) -> Response:
    zone, rotation_id = shown_zone(call, schedule), call.params["rotation_id"]
    return Response(status, {"event": shapes.event(call.account, schedule.id, rotation_id, event, zone)})


def list_rotations(call: Call) -> Response:
    schedule = shift_based(call)
    kept = [one for one in seen_plan(call, schedule).rotations if not one.removed]
    zone = shown_zone(call, schedule)
    return call.paged("rotations", kept, call.page(), lambda one: shapes.rotation(call.account, schedule.id, one, zone))


def create_rotation(call: Call) -> Response:
    schedule = shift_based(call)
    if call.request.content and call.request.json():
        raise reading.refused(call, {"rotation": ["The request body must be empty"]})
    rotation = Rotation(call.world.ids.shift())
    plan = schedule.shifts.latest
    keep(call, schedule, replace(plan, rotations=(*plan.rotations, rotation)))
    return _shown(call, schedule, rotation, 201)


def get_rotation(call: Call) -> Response:
    schedule = shift_based(call)
    return _shown(call, schedule, _rotation(call, schedule), 200)


def delete_rotation(call: Call) -> Response:
    """What has been stays visible in the past; what runs stops now; what was to come is gone."""
    schedule = shift_based(call)
    rotation = _rotation(call, schedule)
    kept = tuple(one.ended_at(call.now) for one in rotation.events if one.effective_since < call.now)
    _keep_rotation(call, schedule, Rotation(rotation.id, kept, removed=True))
    return Response(204)


def list_events(call: Call) -> Response:
    schedule = shift_based(call)
    rotation, zone = _rotation(call, schedule), shown_zone(call, schedule)
    return call.paged(
        "events",
        rotation.events,
        call.page(),
        lambda one: shapes.event(call.account, schedule.id, rotation.id, one, zone),
    )


def create_event(call: Call) -> Response:
    schedule = shift_based(call)
    rotation = _rotation(call, schedule)
    if len(rotation.events) >= MOST_EVENTS:
        raise reading.refused(call, {"rotation.events": [f"A rotation can have at most {MOST_EVENTS} events"]})
    fields = reading.one(call, "event")
    event = reading.read_event(fields, call.world.ids.shift())
    _check(fields, rotation, event)
    _keep_rotation(call, schedule, replace(rotation, events=(*rotation.events, event)))
    return _shown_event(call, schedule, event, 201)


def _check(fields: reading.Fields, rotation: Rotation, event: Event) -> None:
    fields.check()
    if event.effective_until is not None and event.effective_until <= event.effective_since:
        fields.complain("effective_until", "must be after effective_since")
    if any(_overlap(event, other) for other in rotation.events if other.id != event.id):
        fields.complain("base", "Events within a rotation cannot overlap")
    fields.check()


def _overlap(one: Event, other: Event) -> bool:
    """Whether any occurrences meet in the months after both have begun to count."""
    begin = max(one.effective_since, other.effective_since)
    window = Span(begin, begin + OVERLAP_HORIZON)
    spans = [Span(shift.start, shift.end) for shift in occurrences(one, window)]
    others = [Span(shift.start, shift.end) for shift in occurrences(other, window)]
    return any(mine.touches(its.start, its.end) for mine in spans for its in others)


def get_event(call: Call) -> Response:
    schedule = shift_based(call)
    return _shown_event(call, schedule, _event(call, _rotation(call, schedule)), 200)


def update_event(call: Call) -> Response:
    schedule = shift_based(call)
    rotation = _rotation(call, schedule)
    event, fields = _event(call, rotation), reading.one(call, "event")
    _check_editable(fields, event)
    changed = reading.read_event(fields, event.id, event)
    _check(fields, rotation, changed)
    others = tuple(changed if one.id == event.id else one for one in rotation.events)
    _keep_rotation(call, schedule, replace(rotation, events=others))
    return _shown_event(call, schedule, changed, 200)


def _check_editable(fields: reading.Fields, event: Event) -> None:
    now = fields.call.now
    if event.has_ended(now):
        fields.complain("base", "Past events cannot be modified")
    if event.is_active(now):
        for key in set(fields.body) - {"effective_until"}:
            fields.complain(key, "cannot be changed while the event is active")
    fields.check()


def delete_event(call: Call) -> Response:
    schedule = shift_based(call)
    rotation = _rotation(call, schedule)
    event = _event(call, rotation)
    if event.has_ended(call.now):
        raise ApiError(400, 2001, "Invalid Request", {"event.base": ["Past events cannot be modified"]})
    if event.effective_since < call.now:
        kept = tuple(one.ended_at(call.now) if one.id == event.id else one for one in rotation.events)
    else:
        kept = tuple(one for one in rotation.events if one.id != event.id)
    _keep_rotation(call, schedule, replace(rotation, events=kept))
    return Response(204)


BASE = "/v3/schedules/{id}/rotations"
EVENTS = BASE + "/{rotation_id}/events"
ROUTES = (
    Route("GET", BASE, "schedules", list_rotations),
    Route("POST", BASE, "schedules", create_rotation),
    Route("GET", BASE + "/{rotation_id}", "schedules", get_rotation),
    Route("DELETE", BASE + "/{rotation_id}", "schedules", delete_rotation),
    Route("GET", EVENTS, "schedules", list_events),
    Route("POST", EVENTS, "schedules", create_event),
    Route("GET", EVENTS + "/{event_id}", "schedules", get_event),
    Route("PUT", EVENTS + "/{event_id}", "schedules", update_event),
    Route("DELETE", EVENTS + "/{event_id}", "schedules", delete_event),
)
