"""The PagerDuty account as JSON for the page: each schedule as rows of a timeline, faults, and what was asked of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.browser.faults import faults_shown
from sandbox.pagerduty import PagerDutySandbox
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.effective import effective_entries
from sandbox.pagerduty.http import Json
from sandbox.pagerduty.rendering import Entry, Rules, Span, instant_of, render
from sandbox.pagerduty.shift_values import ShiftPlan
from sandbox.pagerduty.v3.rendering import final_assignments
from sandbox.pagerduty.values import LayerPlan, Schedule, ScheduleKind
from sandbox.pagerduty.world import LogEntry, World
from sandbox.pagerduty.zones import zone_named

SHOWN_DAYS = 14
SHOWN_REQUESTS = 12


@dataclass(frozen=True, slots=True)
class PagerDutySeen:
    pagerduty: PagerDutySandbox

    @property
    def world(self) -> World:
        return self.pagerduty.world

    def as_json(self, week: int) -> Json:
        """``week`` counts weeks from the present one."""
        account = self.world.account
        return {
            "now": _iso(self.world.clock.now().replace(second=0, microsecond=0)),
            "subdomain": account.subdomain,
            "users": [
                {"id": one.id, "name": one.name, "email": one.email}
                for one in account.users.values()
                if not one.deactivated
            ],
            "schedules": [self._schedule(account, one, week) for one in account.schedules.values()],
            "faults": faults_shown(self.world),
            "requests": [_request(one) for one in self.world.log[-SHOWN_REQUESTS:]],
        }

    def _schedule(self, account: Account, schedule: Schedule, week: int) -> Json:
        zone = zone_named(schedule.time_zone)
        days = _days(self.world.clock.now(), zone, week)
        window = Span(days[0], days[-1])
        rows = _shift_rows if schedule.kind is ScheduleKind.SHIFTS else _layer_rows
        final = effective_entries(schedule, window, Rules())
        return {
            "id": schedule.id,
            "name": schedule.name,
            "zone": zone.key,
            "shift_based": schedule.kind is ScheduleKind.SHIFTS,
            "policies": [one.name for one in account.policies_using(schedule.id)],
            "days": [_day(day, zone) for day in days[:-1]],
            "start": _iso(window.start),
            "end": _iso(window.end),
            "rows": [*rows(account, schedule, window), _row("Final schedule", "final", _bars(account, final, window))],
            "now_on_call": self._on_call(account, schedule),
        }

    def _on_call(self, account: Account, schedule: Schedule) -> list[str]:
        now = self.world.clock.now()
        entries = effective_entries(schedule, Span(now, now + timedelta(seconds=1)), Rules())
        return [_name(account, one.user_id) for one in entries]


def _days(now: datetime, zone: ZoneInfo, week: int) -> list[datetime]:
    """The midnights between the days shown, in the schedule's zone; the first is that of the day."""
    today = now.astimezone(zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) + timedelta(weeks=week)
    return [instant_of(today + timedelta(days=day), zone) for day in range(SHOWN_DAYS + 1)]


def _day(start: datetime, zone: ZoneInfo) -> Json:
    there = start.astimezone(zone)
    return {"start": _iso(start), "weekday": f"{there:%a}"[:2], "day": str(there.day)}


def _layer_rows(account: Account, schedule: Schedule, window: Span) -> list[Json]:
    plan: LayerPlan = schedule.plan
    rendered = render(plan, zone_named(schedule.time_zone), window, Rules())
    rows = [_row(one.name, "layer", _bars(account, rendered.layers[one.id], window)) for one in plan.layers]
    made = [one for one in plan.overrides if window.touches(one.start, one.end)]
    bars = [_bar(_name(account, one.user_id), one.start, one.end, window, one.id, one.made_by) for one in made]
    return [*rows, _row("Overrides", "overrides", bars)]


def _shift_rows(account: Account, schedule: Schedule, window: Span) -> list[Json]:
    plan = schedule.shifts.latest
    rows: list[Json] = []
    for place, rotation in enumerate((one for one in plan.rotations if not one.removed), 1):
        found = final_assignments(ShiftPlan((rotation,)), window, gaps=False)
        bars = [_bar(_name(account, one.user_id), one.start, one.end, window) for one in found if one.user_id]
        name = rotation.events[-1].name if rotation.events else ""
        rows.append(_row(name or f"Rotation {place}", "layer", bars))
    shifts = [
        _bar(_name(account, one.user_id or ""), one.start, one.end, window, one.id)
        for one in plan.custom_shifts
        if window.touches(one.start, one.end)
    ]
    overrides = [
        _bar(_name(account, one.overriding or ""), one.start, one.end, window, one.id)
        for one in plan.overrides
        if window.touches(one.start, one.end)
    ]
    return [*rows, _row("Custom shifts", "overrides", shifts), _row("Overrides", "overrides", overrides)]


def _row(name: str, kind: str, bars: list[Json]) -> Json:
    return {"name": name, "kind": kind, "bars": bars}


def _bars(account: Account, entries: Iterable[Entry], window: Span) -> list[Json]:
    return [_bar(_name(account, one.user_id), one.start, one.end, window) for one in entries]


def _bar(name: str, start: datetime, end: datetime, window: Span, item: str = "", made_by: str = "") -> Json:
    """`left` and `width` are parts of the window."""
    left, right = max(start, window.start), min(end, window.end)
    return {
        "who": name,
        "start": _iso(start),
        "end": _iso(end),
        "left": (left - window.start).total_seconds() / window.seconds,
        "width": max((right - left).total_seconds(), 0) / window.seconds,
        "id": item,
        "made_by": made_by,
    }


def _name(account: Account, user_id: str) -> str:
    user = account.users.get(user_id)
    return user.name if user else "nobody"


def _request(one: LogEntry) -> Json:
    path = one.path + ("?…" if one.query else "")
    return {"method": one.method, "path": path, "status": one.status, "at": _iso(one.at), "fault": one.fault or ""}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
