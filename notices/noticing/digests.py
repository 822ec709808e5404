"""When a weekly digest is due: on a weekday at an hour of the schedule's zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oncall.civil import first_instant

LATEST = timedelta(hours=24)
"""How late a digest is still sent; a later one would tell of a week that is partly over."""

WEEK = timedelta(days=7)


def last_due(now: datetime, zone: str, day: int, hour: int) -> datetime:
    """The latest instant up to ``now`` at which a digest was due; ``day`` is an ISO weekday."""
    local = now.astimezone(ZoneInfo(zone))
    date = local.date() - timedelta(days=(local.isoweekday() - day) % 7)
    due = first_instant(datetime.combine(date, time(hour)), zone)
    return due if due <= now else first_instant(datetime.combine(date - WEEK, time(hour)), zone)


def next_due(now: datetime, zone: str, day: int, hour: int) -> datetime:
    """The first instant after ``now`` at which a digest is due."""
    last = last_due(now, zone, day, hour).astimezone(ZoneInfo(zone)).date()
    return first_instant(datetime.combine(last + WEEK, time(hour)), zone)
