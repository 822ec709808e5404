"""Look at every layer-based schedule of an account at once: a hundred rendered schedules per request.

The list endpoint renders schedules when it is asked to include their final schedule and overrides, so S schedules cost
ceil(S / 100) requests instead of S. Of what lies beyond the ten thousandth, those that matter are asked for by name
(:mod:`sync.destinations.pagerduty.listing`). What was read before something went wrong is used; an account that does
not answer this in time is looked at one by one instead. Answers are only compared; one is taken apart when it differs
from the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from functools import partial

import structlog

from oncall.timeline import Interval
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.listing import Listing
from sync.destinations.pagerduty.overrides import seen
from sync.destinations.pagerduty.reading import Json, reading
from sync.destinations.pagerduty.spans import LONGEST, window_of
from sync.ports import Glimpse, Refused, RemoteError

log = structlog.get_logger()

PARTS = ["final_schedule", "overrides_subschedule"]


async def look_at_all(
    client: PagerDutyClient, window: Interval, known: Container[str] = (), wanted: Mapping[str, str] | None = None
) -> Mapping[str, Glimpse]:
    """What each schedule shows, by id; ``wanted`` are the names of those that matter, by id. Raises Refused when the
    window is longer than one request may cover."""
    if window.end - window.start > LONGEST:
        raise Refused("The window is too long to be read for all schedules at once.")
    asked: dict[str, str | list[str]] = {**window_of(window), "time_zone": "UTC", "include[]": PARTS}
    found: dict[str, Glimpse] = {}
    try:
        async for shape in Listing(client, "/schedules", "schedules", asked).these(wanted or {}):
            with reading():
                found[str(shape["id"])] = _glimpse(shape, window, known)
    except RemoteError as error:
        if not found:
            raise
        log.info("a bulk look ended early", found=len(found), said=str(error))
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
