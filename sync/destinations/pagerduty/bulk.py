"""Look at every layer-based schedule of an account at once: a hundred rendered schedules per request.

The list endpoint renders schedules when it is asked to include their final schedule and overrides, so S schedules cost
ceil(S / 100) requests instead of S. An account that does not answer this in time is looked at one by one instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from oncall.timeline import Interval
from sync.destinations.pagerduty.account import PAGE
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.overrides import LONGEST, seen, window_of
from sync.destinations.pagerduty.reading import an_object, objects, reading
from sync.ports import Refused, Seen

INCLUDES = ["final_schedule", "overrides_subschedule"]


async def look_at_all(client: PagerDutyClient, window: Interval) -> Mapping[str, Seen]:
    """What each schedule shows, by id. Raises Refused when the window is longer than one request may cover."""
    if window.end - window.start > LONGEST:
        raise Refused("The window is too long to be read for all schedules at once.")
    found: dict[str, Seen] = {}
    offset, more = 0, True
    asked: dict[str, Any] = {**window_of(window), "time_zone": "UTC", "include[]": INCLUDES, "limit": str(PAGE)}
    while more:
        answer = await client.get("/schedules", **asked, offset=str(offset))
        with reading():
            shapes = objects(an_object(answer)["schedules"])
            more = bool(shapes) and bool(answer.get("more"))
        for shape in shapes:
            one = seen([shape], window)
            found[one.schedule.id] = one
        offset += len(shapes)
    return found
