"""Layers as the API takes them: reading, checking, and what an update does to those that exist.

A layer can never be removed, only ended. Its `end` stays unless it is given, explicitly as null to unset it. A start in
the past is rewritten to the time of the update; what the layer was until then stays visible as an earlier era of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pagerduty.http import Json, invalid
from sandbox.pagerduty.ids import Ids
from sandbox.pagerduty.switches import OmittedLayers
from sandbox.pagerduty.values import Layer, Restriction, RestrictionKind
from sandbox.pagerduty.zones import instant_in

SHORTEST_TURN = 3_600
LONGEST_TURN = 31_536_000
LONGEST_DAILY = 86_399
LONGEST_WEEKLY = 604_799


def read_layers(bodies: Any, zone: ZoneInfo, ids: Ids, user_ids: Collection[str]) -> list[Layer]:
    """New layers from the API's form, each with an id of its own unless the body names one."""
    if not isinstance(bodies, list):
        raise invalid("Schedule layers must be an array")
    return [_read_layer(body, place, zone, ids, user_ids) for place, body in enumerate(bodies, 1)]


def _read_layer(body: Any, place: int, zone: ZoneInfo, ids: Ids, user_ids: Collection[str]) -> Layer:
    if not isinstance(body, dict):
        raise invalid("Schedule layer must be an object")
    virtual_start = instant_in(body.get("rotation_virtual_start"), zone, "Rotation virtual start")
    if virtual_start.second:
        raise invalid("Rotation virtual start must be on a full minute")
    end = body.get("end")
    return Layer(
        id=body.get("id") or ids.entity(),
        name=body.get("name") or f"Layer {place}",
        start=instant_in(body.get("start"), zone, "Start"),
        end=None if end is None else instant_in(end, zone, "End"),
        virtual_start=virtual_start,
        turn_seconds=_turn_seconds(body.get("rotation_turn_length_seconds")),
        user_ids=_user_ids(body.get("users"), user_ids),
        restrictions=tuple(read_restriction(one) for one in body.get("restrictions") or ()),
    )


def _turn_seconds(value: Any) -> int:
    if not isinstance(value, int) or not SHORTEST_TURN <= value <= LONGEST_TURN:
        raise invalid(f"Rotation turn length must be between {SHORTEST_TURN} and {LONGEST_TURN} seconds")
    return value


def _user_ids(value: Any, known: Collection[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise invalid("Users can't be blank")
    found = tuple(_user_id(one) for one in value)
    unknown = [one for one in found if one not in known]
    if unknown:
        raise invalid(f"User {unknown[0]} not found")
    return found


def _user_id(value: Any) -> str:
    """The id in `{"user": {"id": …}}`, `{"id": …}` or a plain id."""
    while isinstance(value, dict):
        value = value.get("user", value.get("id"))
    return str(value)


def read_restriction(body: Any) -> Restriction:
    if not isinstance(body, dict) or body.get("type") not in list(RestrictionKind):
        raise invalid("Restriction type must be daily_restriction or weekly_restriction")
    kind = RestrictionKind(body["type"])
    weekday = body.get("start_day_of_week")
    _check_weekday(kind, weekday)
    longest = LONGEST_DAILY if kind is RestrictionKind.DAILY else LONGEST_WEEKLY
    duration = body.get("duration_seconds")
    if not isinstance(duration, int) or not 0 < duration <= longest:
        raise invalid(f"Restriction duration must be between 1 and {longest} seconds")
    return Restriction(kind, _time_of_day(body.get("start_time_of_day")), duration, weekday)


def _check_weekday(kind: RestrictionKind, weekday: Any) -> None:
    if kind is RestrictionKind.DAILY and weekday is not None:
        raise invalid("start_day_of_week must not be set for a daily restriction")
    if kind is RestrictionKind.WEEKLY and weekday not in range(1, 8):
        raise invalid("start_day_of_week must be between 1 and 7 for a weekly restriction")


def _time_of_day(value: Any) -> time:
    try:
        return time.fromisoformat(value).replace(tzinfo=None)
    except (TypeError, ValueError) as error:
        raise invalid("start_time_of_day must be HH:MM:SS") from error


def started_by(layers: Iterable[Layer], now: datetime, rewrite: bool) -> tuple[Layer, ...]:
    """New layers as they are kept: a start in the past becomes the time of the request."""
    moment = now.replace(microsecond=0)
    return tuple(replace(one, start=moment) if rewrite and one.start < moment else one for one in layers)


def updated(
    existing: tuple[Layer, ...], given: list[Layer], bodies: list[Json], now: datetime, omitted: OmittedLayers
) -> tuple[Layer, ...]:
    """Existing layers after an update that gives `given`, already started. Those left out stay, below the others."""
    moment = now.replace(microsecond=0)
    known = {layer.id: layer for layer in existing}
    if unknown := [one["id"] for one in bodies if one.get("id") and one["id"] not in known]:
        raise invalid(f"Schedule layer {unknown[0]} not found")
    changed = tuple(_followed(known.get(new.id), new, body, moment) for new, body in zip(given, bodies, strict=True))
    left_out = [layer for layer in existing if layer.id not in {one.id for one in changed}]
    if omitted is OmittedLayers.END:
        left_out = [replace(one, end=min(one.end or moment, moment)) for one in left_out]
    return (*left_out, *changed)


def _followed(old: Layer | None, new: Layer, body: Json, now: datetime) -> Layer:
    if old is None:
        return new
    end = new.end if "end" in body else old.end
    era_end = min(old.end or now, now, new.start)
    if era_end <= old.start:
        return replace(new, end=end, earlier=old.earlier)
    return replace(new, end=end, earlier=(*old.earlier, replace(old, end=era_end, earlier=())))
