"""The recurring events of a shift-based schedule, out of PagerDuty's form.

They only say what rotations could be made of them, so one that can't be read doesn't spoil the look at who is on call:
it is an event without rules, which no rotation says.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sync.core.rotations_from_events import Event
from sync.destinations.pagerduty.reading import Json, an_object, instant, objects
from sync.destinations.pagerduty.zones import iana

TOGETHER = "every_member_assignment_strategy"
ROTATING = "rotating_member_assignment_strategy"


def events_in(schedule: Json) -> tuple[Event, ...]:
    """Every event of every rotation, in their order; those that are over as well."""
    try:
        shapes = [event for one in objects(schedule.get("rotations") or []) for event in objects(one["events"])]
    except (KeyError, TypeError):
        return ()
    return tuple(_readable(shape) for shape in shapes)


def _readable(shape: Json) -> Event:
    try:
        return _event(shape)
    except (AttributeError, KeyError, TypeError, ValueError, OSError):
        epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
        wall = epoch.replace(tzinfo=None)
        return Event(str(shape.get("name") or ""), wall, wall, "UTC", epoch, None, (), ("",))


def _event(shape: Json) -> Event:
    strategy = an_object(shape["assignment_strategy"])
    if strategy["type"] not in (TOGETHER, ROTATING):
        raise ValueError("an unknown strategy")
    zone = iana(str(an_object(shape["start_time"])["time_zone"]))
    until = shape.get("effective_until")
    return Event(
        name=str(shape.get("name") or ""),
        start=_wall(shape["start_time"], zone),
        end=_wall(shape["end_time"], zone),
        zone=zone,
        since=instant(shape["effective_since"]),
        until=instant(until) if until else None,
        rules=tuple(str(line) for line in shape["recurrence"]),
        members=tuple(_member(one) for one in objects(strategy["members"])),
        each=max(1, int(strategy.get("shifts_per_member") or 1)),
        together=strategy["type"] == TOGETHER,
    )


def _wall(shape: Json, zone: str) -> datetime:
    return instant(an_object(shape)["date_time"]).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _member(shape: Json) -> str | None:
    return str(shape["user_id"]) if shape["type"] == "user_member" else None
