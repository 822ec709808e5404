"""Who is in effect on call on a schedule of either kind."""

from __future__ import annotations

from sandbox.pagerduty.rendering import Entry, Rules, Span, render
from sandbox.pagerduty.values import Schedule
from sandbox.pagerduty.zones import zone_named


def effective_entries(schedule: Schedule, window: Span, rules: Rules, overflow: bool = False) -> list[Entry]:
    """The final schedule as the latest writes make it."""
    return render(schedule.plan, zone_named(schedule.time_zone), window, rules, overflow).final
