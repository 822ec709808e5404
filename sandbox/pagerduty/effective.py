"""Who is in effect on call on a schedule of either kind."""

from __future__ import annotations

from sandbox.pagerduty.rendering import Entry, Rules, Span, render
from sandbox.pagerduty.v3.rendering import entries, final_assignments
from sandbox.pagerduty.values import Schedule, ScheduleKind
from sandbox.pagerduty.zones import zone_named


def effective_entries(schedule: Schedule, window: Span, rules: Rules, overflow: bool = False) -> list[Entry]:
    """The final schedule as the latest writes make it."""
    if schedule.kind is ScheduleKind.SHIFTS:
        return entries(final_assignments(schedule.shifts.latest, window, overflow, gaps=False))
    return render(schedule.plan, zone_named(schedule.time_zone), window, rules, overflow).final
