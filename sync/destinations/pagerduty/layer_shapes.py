"""Layers in PagerDuty's form, both ways."""

from __future__ import annotations

from oncall.timeline import Timeline
from sync.core.layers import Layer, Restriction
from sync.destinations.pagerduty.reading import Json, instant, objects, person_of, written


def as_it_is(shape: Json) -> Json:
    """The parts of a schedule that a write has to repeat."""
    return {
        "type": "schedule",
        "name": shape["name"],
        "time_zone": shape["time_zone"],
        "description": shape.get("description") or "",
        "teams": [{"id": team["id"], "type": "team_reference"} for team in shape.get("teams") or ()],
    }


def read_layer(shape: Json, shows: Timeline) -> Layer:
    return Layer(
        name=str(shape.get("name") or ""),
        start=instant(shape["start"]),
        end=instant(shape["end"]) if shape.get("end") else None,
        virtual_start=instant(shape["rotation_virtual_start"]),
        turn_seconds=int(shape["rotation_turn_length_seconds"]),
        users=tuple(person_of(one) for one in objects(shape["users"])),
        restrictions=tuple(_restriction(one) for one in objects(shape.get("restrictions") or [])),
        id=str(shape["id"]),
        shows=shows,
    )


def _restriction(shape: Json) -> Restriction:
    weekday = shape.get("start_day_of_week")
    return Restriction(
        str(shape["start_time_of_day"]), int(shape["duration_seconds"]), int(weekday) if weekday else None
    )


def asked(layer: Layer) -> Json:
    """A layer as PagerDuty takes it; an open end has to be said."""
    shape: Json = {
        "name": layer.name,
        "start": written(layer.start),
        "end": written(layer.end) if layer.end else None,
        "rotation_virtual_start": written(layer.virtual_start),
        "rotation_turn_length_seconds": layer.turn_seconds,
        "users": [{"user": {"id": user, "type": "user_reference"}} for user in layer.users],
        "restrictions": [_asked_restriction(one) for one in layer.restrictions],
    }
    return {"id": layer.id, **shape} if layer.id else shape


def _asked_restriction(one: Restriction) -> Json:
    shape: Json = {"start_time_of_day": one.opens, "duration_seconds": one.seconds}
    if one.weekday is None:
        return {"type": "daily_restriction", **shape}
    return {"type": "weekly_restriction", "start_day_of_week": one.weekday, **shape}
