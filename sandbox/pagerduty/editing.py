"""Overrides as people make them on PagerDuty's web page, on schedules of either kind.

A layer-based schedule has overrides. On a shift-based one the same wish becomes overrides of what is planned then, and
custom shifts where nothing is; it is shown, and taken away again, piece by piece.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.rendering import Entry
from sandbox.pagerduty.shift_values import found, without
from sandbox.pagerduty.v3.upgrade import with_override
from sandbox.pagerduty.values import Schedule, ScheduleKind


def put_over(
    account: Account, schedule: Schedule, user_id: str, start: datetime, end: datetime, author_id: str = ""
) -> None:
    """Puts somebody on call in place of whoever else is. ``author_id`` is who does it, for the change log."""
    if schedule.kind is ScheduleKind.LAYERS:
        account.create_override(schedule.id, user_id, start, end, author_id=author_id)
        return
    plan = schedule.shifts.latest
    schedule.shifts.record(account.clock.now(), with_override(account, plan, Entry(start, end, user_id)))


def take_away(account: Account, schedule: Schedule, item_id: str) -> None:
    """An override or a custom shift: what is over stays, what runs ends now, what is to come vanishes. Raises KeyError
    when there is none of that name."""
    if schedule.kind is ScheduleKind.LAYERS:
        account.delete_override(schedule.id, item_id)
        return
    plan, now = schedule.shifts.latest, account.clock.now().replace(microsecond=0)
    override, shift = found(plan.overrides, item_id), found(plan.custom_shifts, item_id)
    one = override or shift
    if one is None:
        raise KeyError(item_id)
    if one.end <= now:
        return
    if override:
        kept = without(plan.overrides, item_id)
        plan = replace(plan, overrides=(*kept, replace(override, end=now)) if override.start < now else kept)
    elif shift:
        others = without(plan.custom_shifts, item_id)
        plan = replace(plan, custom_shifts=(*others, replace(shift, end=now)) if shift.start < now else others)
    schedule.shifts.record(account.clock.now(), plan)
