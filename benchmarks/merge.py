"""Merge and plan: ten thousand shifts against what an external schedule shows, a tenth of them changed.

The peer is octoDNS, which plans changes of DNS records from a desired and an existing zone: a plan of ten thousand
records of which as many were changed. It compares two sides by name; Baton compares five over time.

Both are given what was read before, in the form in which they keep it, and only what they make of it is measured: zones
of records there; here timelines, items and the instants at which shifts begin or end. For every repeat each side is
read from text of its own, as rows and the external system's answers are: no instant, name or person of one side is the
same object as another side's, and none was compared or hashed before. The figures are CPU time. Growth is that from
half as many; it can be more than linear, because the more was read, the less of it is in the processor's cache.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks.measure import Report, Target, compete_anew
from oncall.timeline import Interval, Segment, Timeline
from sync.core.merge import merge
from sync.core.model import Mode, Owner, Phase, Plan, RemoteItem, Sides
from sync.core.plan import plan
from sync.core.policy import decide

SHIFTS, CHANGED_EACH = 10_000, 10
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHIFT = timedelta(minutes=50)
PEOPLE = ("P1", "P2", "P3", "P4", "P5")
LEAST_OF_OCTODNS, MOST_GROWTH = 3.0, 2.1


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything exported as it was, then a tenth of the shifts changed here."""

    sides: Sides
    items: list[RemoteItem]
    boundaries: list[datetime]


def rows(shifts: int, *, changed: bool) -> str:
    """Who has the shifts, as text; every tenth belongs to somebody else once it was changed."""
    users = ["P9" if changed and n % CHANGED_EACH == 0 else PEOPLE[n % len(PEOPLE)] for n in range(shifts)]
    starts = [(START + SHIFT * number).isoformat() for number in range(shifts + 1)]
    return json.dumps([*zip(starts, starts[1:], users, strict=False)])


def read(text: str) -> list[tuple[datetime, datetime, str]]:
    return [(datetime.fromisoformat(a), datetime.fromisoformat(b), user) for a, b, user in json.loads(text)]


def timeline(text: str) -> Timeline:
    return Timeline(tuple(Segment(start, end, (user,)) for start, end, user in read(text)))


class Texts:
    """What a situation of so many shifts is read from."""

    def __init__(self, shifts: int = SHIFTS) -> None:
        self._before, self._after = rows(shifts, changed=False), rows(shifts, changed=True)
        self._window = Interval(START, START + SHIFT * shifts)

    def read(self) -> Situation:
        before = self._before
        sides = Sides(
            window=self._window,
            base=timeline(before),
            local=timeline(self._after),
            remote=timeline(before),
            pinned=timeline(before),
            own=timeline(before),
        )
        items = [RemoteItem(f"Q{n}", u, a, b, Owner.MINE, layer=n) for n, (a, b, u) in enumerate(read(before))]
        return Situation(sides, items, [at for a, b, _ in read(self._after) for at in (a, b)])


def merge_and_plan(found: Situation) -> Plan:
    window = found.sides.window
    merged = merge(found.sides)
    decisions = decide(Mode.AUTHORITATIVE, merged.cells, horizon_end=window.end)
    return plan(decisions, found.items, window, found.boundaries, merged.agreed)


def run() -> Report:
    from benchmarks.zones import plan_zones, zones

    texts, half = Texts(), Texts(SHIFTS // 2)
    made, changes = merge_and_plan(texts.read()), plan_zones(zones(SHIFTS, CHANGED_EACH))
    replaced = SHIFTS // CHANGED_EACH
    counts = (sum(op.phase is Phase.CREATE for op in made.ops), sum(op.phase is Phase.DELETE for op in made.ops))
    if (*counts, changes) != (replaced, replaced, replaced):
        raise AssertionError(f"the two sides found {counts} and {changes} changes, not {replaced}")
    samples = compete_anew(
        {
            "Baton: merge and plan 10,000 shifts": (texts.read, merge_and_plan),
            "octoDNS: plan 10,000 records": (lambda: zones(SHIFTS, CHANGED_EACH), plan_zones),
            "Baton: 5,000 shifts": (half.read, merge_and_plan),
            "octoDNS: 5,000 records": (lambda: zones(SHIFTS // 2, CHANGED_EACH), plan_zones),
        }
    )
    report = Report("merge", f"Merge and plan {SHIFTS:,} shifts, {replaced:,} changed, read anew", samples)
    octodns, growth = report.ratio(samples[1]), 1 / report.ratio(samples[2])
    targets = (
        Target(f"octoDNS takes {octodns:.2f} times as long (at least {LEAST_OF_OCTODNS})", octodns >= LEAST_OF_OCTODNS),
        Target(f"twice the shifts take {growth:.2f} times as long (at most {MOST_GROWTH})", growth <= MOST_GROWTH),
    )
    return Report(report.name, report.title, samples, targets)
