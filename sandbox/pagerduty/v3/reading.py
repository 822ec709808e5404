"""Reading the bodies of shift-based requests. What is wrong is collected per field, as this API reports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sandbox.pagerduty.calls import Call
from sandbox.pagerduty.http import ApiError, Json
from sandbox.pagerduty.shift_values import Event, Strategy
from sandbox.pagerduty.v3.occurrences import recurrence_rule
from sandbox.pagerduty.zones import UTC_NAMES, parsed_instant, zone_named

MOST_MEMBERS = 20
FARTHEST_SINCE = timedelta(days=366)


@dataclass(slots=True)
class Fields:
    """One object of a body under a name, and the complaints about it so far."""

    call: Call
    name: str
    body: Json
    errors: dict[str, list[str]] = field(default_factory=dict)

    def complain(self, key: str, message: str) -> None:
        self.errors.setdefault(f"{self.name}.{key}", []).append(message)

    def has(self, key: str) -> bool:
        return self.body.get(key) is not None

    def text(self, key: str, longest: int, required: bool = True) -> str:
        value = self.body.get(key)
        if value is None and not required:
            return ""
        if not isinstance(value, str) or (required and not value.strip()):
            self.complain(key, "can't be blank")
            return ""
        if len(value) > longest:
            self.complain(key, f"is too long (maximum is {longest} characters)")
        return value

    def instant(self, key: str) -> datetime:
        moment = parsed_instant(self.body.get(key), zone_named("UTC"))
        if moment is None:
            self.complain(key, "is not a valid date")
            return self.call.now
        return moment

    def member(self, key: str) -> str | None:
        return self.member_in(key, self.body.get(key))

    def member_in(self, key: str, value: Any) -> str | None:
        """The user of a member object; None for an empty member."""
        if not isinstance(value, dict) or value.get("type") not in ("user_member", "empty_member"):
            self.complain(key, "must be a user_member or an empty_member")
            return None
        if value["type"] == "empty_member":
            return None
        user_id = str(value.get("user_id"))
        if user_id not in self.call.assignable_ids():
            self.complain(key, "User not found")
        return user_id

    def check(self) -> None:
        if self.errors:
            raise refused(self.call, self.errors)


def refused(call: Call, errors: dict[str, list[str]]) -> ApiError:
    """A refusal with complaints per field, or as the plain list that has been seen too."""
    if call.world.switches.v3_errors_as_list:
        return ApiError(400, 2001, "Invalid Request", [message for messages in errors.values() for message in messages])
    return ApiError(400, 2001, "Invalid Request", errors)


def items(call: Call, name: str) -> list[Fields]:
    """The objects of a batch under its envelope."""
    values = call.request.wrapped(name)
    if not isinstance(values, list) or not values or not all(isinstance(one, dict) for one in values):
        raise refused(call, {name: ["must be a list of objects"]})
    return [Fields(call, f"{name}.{place}", value) for place, value in enumerate(values)]


def one(call: Call, name: str) -> Fields:
    return Fields(call, name, call.request.entity(name))


def zone_name(fields: Fields) -> str:
    """The zone as it is kept. Writing `UTC` is refused and `Etc/UTC` taken, though both read back as `UTC`."""
    name = fields.body.get("time_zone")
    quirk = fields.call.world.switches.v3_refuses_plain_utc
    if not isinstance(name, str) or ("/" not in name and (name != "UTC" or quirk)):
        fields.complain("time_zone", "is not a valid time zone")
        return "UTC"
    try:
        fields.call.zone(name)
    except ApiError:
        fields.complain("time_zone", "is not a valid time zone")
    return "UTC" if name in UTC_NAMES else name


def read_event(fields: Fields, event_id: str, base: Event | None = None) -> Event:
    """A new event, or `base` with what the body changes."""
    start, zone = _zoned(fields, "start_time", base.start if base else None, base.time_zone if base else "UTC")
    end, _ = _zoned(fields, "end_time", base.end if base else None, zone)
    if end <= start:
        fields.complain("end_time", "must be after start_time")
    strategy, per_member, members = _strategy(fields, base)
    return Event(
        id=event_id,
        name=fields.text("name", 255) if base is None or fields.has("name") else base.name,
        start=start,
        end=end,
        time_zone=zone,
        effective_since=_since(fields, base),
        effective_until=_until(fields, base),
        recurrence=_recurrence(fields, base, start, zone),
        strategy=strategy,
        shifts_per_member=per_member,
        members=members,
    )


def _zoned(fields: Fields, key: str, kept: datetime | None, kept_zone: str) -> tuple[datetime, str]:
    """A wall time and its zone from `{date_time, time_zone}`."""
    value = fields.body.get(key)
    if value is None and kept is not None:
        return kept, kept_zone
    inner = Fields(fields.call, f"{fields.name}.{key}", value if isinstance(value, dict) else {}, fields.errors)
    name = str(inner.body.get("time_zone"))
    try:
        zone = fields.call.zone(name)
    except ApiError:
        inner.complain("time_zone", "is not a valid time zone")
        name, zone = "UTC", zone_named("UTC")
    text = inner.body.get("date_time")
    if fields.call.world.switches.event_times_ignore_offset and isinstance(text, str):
        text = text[:19]
    moment = parsed_instant(text, zone)
    if moment is None:
        inner.complain("date_time", "is not a valid date")
        moment = fields.call.now
    return moment.astimezone(zone).replace(tzinfo=None), name


def _since(fields: Fields, base: Event | None) -> datetime:
    """When the event starts to count: not in the past, and at most a year ahead."""
    if base is not None and not fields.has("effective_since"):
        return base.effective_since
    moment = fields.instant("effective_since")
    if moment > fields.call.now + FARTHEST_SINCE:
        fields.complain("effective_since", "Date cannot be more than 12 months in the future")
    return max(moment, fields.call.now)


def _until(fields: Fields, base: Event | None) -> datetime | None:
    if base is not None and "effective_until" not in fields.body:
        return base.effective_until
    return fields.instant("effective_until") if fields.has("effective_until") else None


def _recurrence(fields: Fields, base: Event | None, start: datetime, zone: str) -> tuple[str, ...]:
    if base is not None and not fields.has("recurrence"):
        return base.recurrence
    lines = fields.body.get("recurrence")
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        fields.complain("recurrence", "must be a list of rules")
        return ()
    try:
        recurrence_rule(tuple(lines), start, zone_named(zone))
    except (ValueError, TypeError):
        fields.complain("recurrence", "must have exactly one RRULE and otherwise only EXDATE and RDATE")
    return tuple(lines)


def _strategy(fields: Fields, base: Event | None) -> tuple[Strategy, int, tuple[str | None, ...]]:
    value = fields.body.get("assignment_strategy")
    if value is None and base is not None:
        return base.strategy, base.shifts_per_member, base.members
    body = value if isinstance(value, dict) else {}
    if body.get("type") not in list(Strategy):
        fields.complain("assignment_strategy.type", "is not a known strategy")
        return Strategy.EVERY, 1, ()
    strategy = Strategy(body["type"])
    return strategy, _per_member(fields, strategy, body), _event_members(fields, body)


def _per_member(fields: Fields, strategy: Strategy, body: Json) -> int:
    value = body.get("shifts_per_member")
    if strategy is Strategy.EVERY:
        return 1
    if not isinstance(value, int) or value < 1:
        fields.complain("assignment_strategy.shifts_per_member", "must be at least 1")
        return 1
    return value


def _event_members(fields: Fields, body: Json) -> tuple[str | None, ...]:
    members = body.get("members")
    if not isinstance(members, list) or not 1 <= len(members) <= MOST_MEMBERS:
        fields.complain("assignment_strategy.members", f"must be 1 to {MOST_MEMBERS} members")
        return ()
    return tuple(fields.member_in("assignment_strategy.members", one) for one in members)
