"""Merge and plan: ten thousand shifts against what an external schedule shows, a tenth of them changed.

The peer is octoDNS, which plans changes of DNS records from a desired and an existing zone: a plan of ten thousand
records of which as many were changed. It compares two sides by name; Baton compares three over time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from benchmarks.measure import Report, Target, compete
from oncall.timeline import Interval, Segment, Timeline
from sync.core.merge import merge
from sync.core.model import Mode, Owner, Phase, Plan, RemoteItem, Sides
from sync.core.plan import plan
from sync.core.policy import decide

SHIFTS, CHANGED_EACH = 10_000, 10
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHIFT = timedelta(minutes=50)
WINDOW = Interval(START, START + SHIFT * SHIFTS)
PEOPLE = ("P1", "P2", "P3", "P4", "P5")
TARGET_SECONDS = 0.050


def people(*, changed: bool) -> list[str]:
    """Who has the shifts; every tenth belongs to somebody else once it was changed."""
    return [
        "P9" if changed and number % CHANGED_EACH == 0 else PEOPLE[number % len(PEOPLE)] for number in range(SHIFTS)
    ]


def timeline(users: list[str]) -> Timeline:
    return Timeline(tuple(Segment(START + SHIFT * n, START + SHIFT * (n + 1), (u,)) for n, u in enumerate(users)))


def situation() -> tuple[Sides, list[RemoteItem], list[datetime]]:
    """Everything exported as it was, then a tenth of the shifts changed here."""
    before, after = timeline(people(changed=False)), timeline(people(changed=True))
    sides = Sides(window=WINDOW, base=before, local=after, remote=before, pinned=before, own=before)
    items = [
        RemoteItem(f"Q{number}", segment.users[0], segment.start, segment.end, Owner.MINE, layer=number)
        for number, segment in enumerate(before.segments)
    ]
    return sides, items, [START + SHIFT * number for number in range(SHIFTS + 1)]


def merge_and_plan(sides: Sides, items: list[RemoteItem], boundaries: list[datetime]) -> Plan:
    decisions = decide(Mode.AUTHORITATIVE, merge(sides), horizon_end=WINDOW.end)
    return plan(decisions, items, WINDOW, boundaries)


def run() -> Report:
    from benchmarks.zones import plan_zone, zones

    sides, items, boundaries = situation()
    desired, existing = zones(SHIFTS, CHANGED_EACH)
    made, changes = merge_and_plan(sides, items, boundaries), plan_zone(desired, existing)
    replaced = SHIFTS // CHANGED_EACH
    counts = (sum(op.phase is Phase.CREATE for op in made.ops), sum(op.phase is Phase.DELETE for op in made.ops))
    if (*counts, changes) != (replaced, replaced, replaced):
        raise AssertionError(f"the two sides found {counts} and {changes} changes, not {replaced}")
    samples = compete(
        {
            "Baton: merge and plan 10,000 shifts": lambda: merge_and_plan(sides, items, boundaries),
            "octoDNS: plan 10,000 records": lambda: plan_zone(desired, existing),
        },
        seconds=0.0,
    )
    target = Target(f"at most {TARGET_SECONDS * 1e3:.0f} ms", samples[0].median <= TARGET_SECONDS)
    return Report("merge", f"Merge and plan {SHIFTS:,} shifts, {replaced:,} changed", samples, (target,))
