"""Two releases of zone data side by side: 2025b, before some clocks stopped changing, and 2026f, after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zonedata
from zonedata import Origin, ZoneData

OLD, NEW = "2025b", "2026f"


def folder_of(version: str) -> Path:
    return Path(__file__).parent / "zonefiles" / version


@contextmanager
def zone_rules(version: str) -> Iterator[None]:
    """Everything in this process works with this release; zones that changed in neither come from elsewhere."""
    before = zonedata.in_use()
    switch_to(version)
    try:
        yield
    finally:
        zonedata.use(before)


def switch_to(version: str) -> None:
    """As an update of the data under a running process does it; only inside :func:`zone_rules`."""
    zonedata.use(ZoneData(Origin.CHOSEN, (str(folder_of(version)),), version))
