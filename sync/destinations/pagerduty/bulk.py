"""Look at every layer-based schedule of an account at once: a hundred rendered schedules per request.

The list endpoint renders schedules when it is asked to include their final schedule and overrides, so S schedules cost
ceil(S / 100) requests instead of S. An account that does not answer this in time is looked at one by one instead.
Answers are only compared; one is taken apart when it differs from the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from functools import partial
from typing import Any

from oncall.timeline import Interval
from sync.destinations.pagerduty.account import PAGE
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.overrides import seen
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading
from sync.destinations.pagerduty.spans import LONGEST, window_of
from sync.ports import Glimpse, Refused

PARTS = ["final_schedule", "overrides_subschedule"]


async def look_at_all(client: PagerDutyClient, window: Interval, known: Container[str] = ()) -> Mapping[str, Glimpse]:
    """What each schedule shows, by id. Raises Refused when the window is longer than one request may cover."""
    if window.end - window.start > LONGEST:
        raise Refused("The window is too long to be read for all schedules at once.")
    found: dict[str, Glimpse] = {}
    offset, more = 0, True
    asked: dict[str, Any] = {**window_of(window), "time_zone": "UTC", "include[]": PARTS, "limit": str(PAGE)}
    while more:
        answer = await client.get("/schedules", **asked, offset=str(offset))
        with reading():
            shapes = objects(an_object(answer)["schedules"])
            more = bool(shapes) and bool(answer.get("more"))
            for shape in shapes:
                found[str(shape["id"])] = _glimpse(shape, window, known)
        offset += len(shapes)
    return found


def _glimpse(shape: Json, window: Interval, known: Container[str]) -> Glimpse:
    """An answer that is the same as before is not kept."""
    name = fingerprint(shape, window)
    return Glimpse(name) if name in known else Glimpse(name, partial(seen, [shape], window))


def fingerprint(shape: Json, window: Interval) -> str:
    """Names what a schedule shows in a window: its name, who uses it, and who is on call when."""
    entries = [
        (entry["start"], entry["end"], entry["user"]["id"])
        for part in PARTS
        for entry in shape[part]["rendered_schedule_entries"]
    ]
    used = [(one["id"], one.get("summary")) for one in shape.get("escalation_policies") or ()]
    text = repr((window.start.isoformat(), window.end.isoformat(), shape["name"], used, entries))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
