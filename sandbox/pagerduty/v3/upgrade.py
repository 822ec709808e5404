"""Turns a layer-based schedule into a shift-based one, as PagerDuty's upgrade does: the id stays, the shape flips.

Each layer becomes a rotation whose events repeat its turns: without restrictions one event per turn length, otherwise
one event per restriction that repeats daily or weekly and keeps each member for as many windows as a turn has. An
override becomes overrides of all rotations beneath it (the first one gets the person, others an empty member, so that
still one person is on call) and a custom shift where nothing is beneath.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.ids import Ids
from sandbox.pagerduty.rendering import DAY, Entry, Span, override_entry, topmost
from sandbox.pagerduty.shift_values import CustomShift, Event, Rotation, ShiftOverride, ShiftPlan, Strategy
from sandbox.pagerduty.v3.rendering import Assignment, covered, final_assignments
from sandbox.pagerduty.values import Layer, LayerPlan, Restriction, RestrictionKind, Schedule, ScheduleKind
from sandbox.pagerduty.zones import zone_named

DAY_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WEEK = timedelta(days=7)


def upgrade(account: Account, schedule: Schedule) -> None:
    """Flip a schedule; its layers and overrides live on as rotations, overrides and custom shifts."""
    if schedule.kind is ScheduleKind.SHIFTS:
        raise ValueError("already shift-based")
    zone = zone_named(schedule.time_zone)
    rotations = tuple(_rotation(layer, zone, account.ids) for layer in schedule.plan.layers)
    plan = _with_overrides(account, ShiftPlan(rotations), schedule.plan)
    schedule.kind = ScheduleKind.SHIFTS
    schedule.shifts.record(account.clock.now(), plan)


def _rotation(layer: Layer, zone: ZoneInfo, ids: Ids) -> Rotation:
    eras = [one for one in (*layer.earlier, layer) if one.end is None or one.end > one.start]
    return Rotation(ids.shift(), tuple(event for era in eras for event in _events(era, zone, ids)))


def _events(layer: Layer, zone: ZoneInfo, ids: Ids) -> Iterator[Event]:
    base = layer.virtual_start.astimezone(zone).replace(tzinfo=None)
    turn = timedelta(seconds=layer.turn_seconds)
    if not layer.restrictions:
        yield _event(layer, zone, ids, Span(base, base + turn), _every(turn), 1)
    for restriction in layer.restrictions:
        start = _first_window(restriction, base)
        window = Span(start, start + timedelta(seconds=restriction.duration_seconds))
        period = DAY if restriction.kind is RestrictionKind.DAILY else WEEK
        yield _event(layer, zone, ids, window, _rule(restriction), max(1, turn // period))


def _event(layer: Layer, zone: ZoneInfo, ids: Ids, wall: Span, rule: str, per_member: int) -> Event:
    return Event(
        id=ids.shift(),
        name=layer.name,
        start=wall.start,
        end=wall.end,
        time_zone=zone.key,
        effective_since=layer.start,
        effective_until=layer.end,
        recurrence=(rule,),
        strategy=Strategy.ROTATING,
        shifts_per_member=per_member,
        members=layer.user_ids,
    )


def _every(turn: timedelta) -> str:
    units = (("WEEKLY", WEEK), ("DAILY", DAY), ("HOURLY", timedelta(hours=1)), ("SECONDLY", timedelta(seconds=1)))
    name, unit = next((name, unit) for name, unit in units if not turn % unit)
    return f"RRULE:FREQ={name};INTERVAL={turn // unit}"


def _rule(restriction: Restriction) -> str:
    if restriction.weekday is None:
        return "RRULE:FREQ=DAILY"
    return f"RRULE:FREQ=WEEKLY;BYDAY={DAY_CODES[restriction.weekday - 1]}"


def _first_window(restriction: Restriction, base: datetime) -> datetime:
    """The first time the restriction opens at or after the layer's virtual start, so that turns line up."""
    start = datetime.combine(base.date(), restriction.start)
    while start < base or (restriction.weekday is not None and start.isoweekday() != restriction.weekday):
        start += DAY
    return start


def _with_overrides(account: Account, plan: ShiftPlan, old: LayerPlan) -> ShiftPlan:
    users = {one.number: one.user_id for one in old.overrides}
    for claim in topmost([override_entry(one) for one in old.overrides]):
        plan = with_override(account, plan, replace(claim, user_id=users[claim.rank[1]]))
    return plan


def with_override(account: Account, plan: ShiftPlan, claim: Entry) -> ShiftPlan:
    """Puts whom the claim names in place of everybody planned then; a custom shift where nobody is."""
    window = Span(claim.start, claim.end)
    planned = final_assignments(replace(plan, custom_shifts=(), overrides=()), window, gaps=False)
    beneath = [one for one in planned if one.user_id is not None]
    taken: list[Assignment] = []
    made: list[ShiftOverride] = []
    for one in beneath:
        alone = not any(Span(other.start, other.end).touches(one.start, one.end) for other in taken)
        made.append(_override(account, one, claim.user_id if alone else None))
        taken.append(one)
    shifts = [_custom_shift(account, span, claim.user_id) for span in _uncovered(beneath, window)]
    overrides = (*plan.overrides, *made)
    return replace(plan, overrides=overrides, custom_shifts=(*plan.custom_shifts, *shifts))


def _override(account: Account, beneath: Assignment, user_id: str | None) -> ShiftOverride:
    return ShiftOverride(
        account.ids.shift(),
        account.next_override_number(),
        beneath.source.rotation_id,
        None,
        beneath.start,
        beneath.end,
        beneath.user_id,
        user_id,
    )


def _custom_shift(account: Account, span: Span, user_id: str) -> CustomShift:
    return CustomShift(account.ids.shift(), span.start, span.end, account.ids.shift(), user_id)


def _uncovered(beneath: list[Assignment], window: Span) -> Iterator[Span]:
    at = window.start
    for span in covered(beneath, window):
        if span.start > at:
            yield Span(at, span.start)
        at = span.end
    if at < window.end:
        yield Span(at, window.end)
