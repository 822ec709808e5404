"""octoDNS's side of the merge benchmark: a desired and an existing zone, and the plan between them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from octodns.provider.plan import Plan
from octodns.record import Record
from octodns.zone import Zone


class _Target:
    """As much of a provider as comparing zones asks for."""

    id = "target"
    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False

    @staticmethod
    def supports(_record: Any) -> bool:
        return True


def zones(records: int, changed_each: int) -> tuple[Zone, Zone]:
    """The desired zone and the one that exists, each read from text of its own; every so many records differ."""
    return _zone(records, changed_each), _zone(records, 0)


def _zone(records: int, changed_each: int) -> Zone:
    zone = Zone("bench.test.", [])
    for name, data in json.loads(_text(records, changed_each)):
        zone.add_record(Record.new(zone, name, data))
    return zone


@cache
def _text(records: int, changed_each: int) -> str:
    changed = [changed_each and number % changed_each == 0 for number in range(records)]
    return json.dumps(
        [
            (f"r{number}", {"type": "A", "ttl": 300, "value": "192.0.2.9" if other else "192.0.2.1"})
            for number, other in enumerate(changed)
        ]
    )


def plan_zones(both: tuple[Zone, Zone]) -> int:
    """How many records octoDNS would change."""
    desired, existing = both
    changes = existing.changes(desired, _Target())
    return len(Plan(existing, desired, changes, exists=True).changes)
