"""octoDNS's side of the merge benchmark: a desired and an existing zone, and the plan between them."""

from __future__ import annotations

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
    """The desired zone and the one that exists; every so many records differ."""
    desired, existing = Zone("bench.test.", []), Zone("bench.test.", [])
    for number in range(records):
        changed = number % changed_each == 0
        _add(existing, number, "192.0.2.1")
        _add(desired, number, "192.0.2.9" if changed else "192.0.2.1")
    return desired, existing


def _add(zone: Zone, number: int, value: str) -> None:
    zone.add_record(Record.new(zone, f"r{number}", {"type": "A", "ttl": 300, "value": value}))


def plan_zone(desired: Zone, existing: Zone) -> int:
    """How many records octoDNS would change."""
    changes = existing.changes(desired, _Target())
    return len(Plan(existing, desired, changes, exists=True).changes)
