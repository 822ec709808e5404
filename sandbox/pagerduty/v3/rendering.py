"""Who is on call on a shift-based schedule.

Every occurrence of every event and every custom shift gives assignments, one per member. They add up; nothing covers
anything. An override takes the place of one member on one rotation or custom shift for a while, the last created first:

    rotation   A A A A A A          custom shift   D D
    override       B B              (source schedule_rotation_override, in place of A)
    final      A A B B A A  +  D D
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.pagerduty.rendering import Entry, Span, topmost
from sandbox.pagerduty.shift_values import Event, ShiftOverride, ShiftPlan, SourceKind, Strategy
from sandbox.pagerduty.v3.occurrences import Occurrence, occurrences


@dataclass(frozen=True, slots=True)
class Source:
    kind: SourceKind
    rotation_id: str | None = None
    shift_id: str | None = None
    override_id: str | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    start: datetime
    end: datetime
    user_id: str | None
    source: Source


def final_assignments(plan: ShiftPlan, window: Span, overflow: bool = False, gaps: bool = True) -> list[Assignment]:
    """What the final schedule shows, sorted; times at which nobody is on call as empty members if wanted."""
    planned = [*_of_rotations(plan, window), *_of_custom_shifts(plan)]
    pieces = [piece for one in planned for piece in _overridden(one, plan.overrides)]
    shown = [one for one in pieces if window.touches(one.start, one.end)]
    if not overflow:
        shown = [replace(one, start=max(one.start, window.start), end=min(one.end, window.end)) for one in shown]
    if gaps:
        shown += _gaps(shown, window)
    return sorted(shown, key=lambda one: (one.start, one.end, one.user_id or ""))


def planned_on(plan: ShiftPlan, wanted: ShiftOverride) -> list[Assignment]:
    """What an override would take the place of: assignments of its source before any override."""
    window = Span(wanted.start, wanted.end)
    planned = [*_of_rotations(plan, window), *_of_custom_shifts(plan)]
    return [one for one in planned if _replaces(wanted, one)]


def _of_rotations(plan: ShiftPlan, window: Span) -> Iterator[Assignment]:
    for rotation in plan.rotations:
        source = Source(SourceKind.ROTATION, rotation_id=rotation.id)
        for event in rotation.events:
            for occurrence in occurrences(event, window):
                for user_id in _members(event, occurrence):
                    yield Assignment(occurrence.start, occurrence.end, user_id, source)


def _members(event: Event, occurrence: Occurrence) -> Sequence[str | None]:
    if event.strategy is Strategy.EVERY:
        return event.members
    turn = occurrence.number // event.shifts_per_member
    return (event.members[turn % len(event.members)],)


def _of_custom_shifts(plan: ShiftPlan) -> Iterator[Assignment]:
    for shift in plan.custom_shifts:
        if shift.start < shift.end:
            yield Assignment(shift.start, shift.end, shift.user_id, Source(SourceKind.SHIFT, shift_id=shift.id))


def _replaces(override: ShiftOverride, planned: Assignment) -> bool:
    source = planned.source
    same = (override.rotation_id, override.custom_shift_id) == (source.rotation_id, source.shift_id)
    touching = Span(override.start, override.end).touches(planned.start, planned.end)
    return same and touching and override.overridden == planned.user_id


def _overridden(planned: Assignment, overrides: Iterable[ShiftOverride]) -> list[Assignment]:
    """The assignment in pieces, each with whoever is really on call in it."""
    replacing = [one for one in overrides if _replaces(one, planned)]
    if not replacing:
        return [planned]
    by_number = {one.number: one for one in replacing}
    claims = [Entry(planned.start, planned.end, "", (0, 0))]
    claims += [
        Entry(max(one.start, planned.start), min(one.end, planned.end), "", (1, one.number)) for one in replacing
    ]
    return [_piece(planned, claim, by_number.get(claim.rank[1])) for claim in topmost(claims)]


def _piece(planned: Assignment, claim: Entry, override: ShiftOverride | None) -> Assignment:
    if override is None:
        return replace(planned, start=claim.start, end=claim.end)
    on_rotation = planned.source.kind is SourceKind.ROTATION
    kind = SourceKind.ROTATION_OVERRIDE if on_rotation else SourceKind.SHIFT_OVERRIDE
    source = replace(planned.source, kind=kind, override_id=override.id)
    return Assignment(claim.start, claim.end, override.overriding, source)


def covered(assignments: Iterable[Assignment], window: Span) -> list[Entry]:
    """The times at which anybody at all is on call, joined."""
    claims = [
        Entry(max(one.start, window.start), min(one.end, window.end), "")
        for one in assignments
        if one.user_id is not None
    ]
    joined: list[Entry] = []
    for claim in sorted(claims, key=lambda one: one.start):
        if joined and claim.start <= joined[-1].end:
            joined[-1] = replace(joined[-1], end=max(joined[-1].end, claim.end))
        else:
            joined.append(claim)
    return joined


def _gaps(shown: list[Assignment], window: Span) -> list[Assignment]:
    """Times for which the schedule has no assignment, not even an empty one."""
    every = covered((replace(one, user_id="") for one in shown), window)
    edges = [window.start, *(moment for one in every for moment in (one.start, one.end)), window.end]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [Assignment(start, end, None, Source(SourceKind.ROTATION)) for start, end in pairs if start < end]


def entries(assignments: Iterable[Assignment]) -> list[Entry]:
    """The same as plain entries of people."""
    return [Entry(one.start, one.end, one.user_id) for one in assignments if one.user_id is not None]
