"""Proposed rotations held against what PagerDuty shows: where they would put other people on call, and where two of
them would fill one role at the same time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.roles import overlaps
from oncall.rotations import Rotation, coverage
from oncall.timeline import Interval, Segment, Timeline, Users
from services.rotations.drafting import LOOK_AHEAD, RotationDraft
from sync.core.model import Strategy
from sync.ports import RemoteUser, Seen

CHECKED = timedelta(weeks=8)


@dataclass(frozen=True, slots=True)
class Differing:
    """In ``[start, end)`` PagerDuty has ``there`` and ``strangers`` on call, the proposed rotations ``here``.

    ``strangers`` are names of people who are nobody in Slack, the others are Slack users.
    """

    start: datetime
    end: datetime
    there: tuple[str, ...]
    strangers: tuple[str, ...]
    here: tuple[str, ...]


def overridden(seen: Seen) -> list[Interval]:
    """When an override shows, so that what is on call there is not what recurs."""
    if seen.strategy is Strategy.SHIFTS:
        return [Interval(line.start, line.end) for line in seen.lines if line.item]
    return [Interval(segment.start, segment.end) for segment in seen.pinned.segments]


def differing(
    drafts: Sequence[RotationDraft],
    roster: Timeline,
    exceptions: Iterable[Interval],
    people: Sequence[RemoteUser],
    chosen: Mapping[str, str],
    now: datetime,
) -> tuple[Differing, ...]:
    """Where these rotations differ from ``roster`` (external ids) in the next eight weeks, outside ``exceptions``."""
    window = Interval(now, now + CHECKED)
    external = {user: one for one, user in chosen.items()}
    laid_out = [segment for draft in drafts for segment in coverage(_rotation(draft), window).segments]
    here = Timeline.union(one._replace(users=tuple(external.get(user, user) for user in one.users)) for one in laid_out)
    holes = Timeline.union(_hole(one) for one in exceptions)
    gaps = [Interval(one.start, one.end) for one in holes.segments]
    names = {person.id: person.name for person in people}
    found = roster.cut(window).subtract(gaps).diff(here.subtract(gaps))
    return tuple(
        Differing(
            one.start,
            one.end,
            _known(one.before, chosen),
            tuple(names.get(user, user) for user in one.before if user not in chosen),
            _known(one.after, chosen),
        )
        for one in found
    )


def meeting(drafts: Sequence[RotationDraft], now: datetime) -> tuple[str, ...]:
    """For each of these the name of an earlier one that fills its role at the same time, empty where none does."""
    rotations = [_rotation(draft) for draft in drafts]
    within = Interval(now, now + LOOK_AHEAD)
    return tuple(
        next((other.name for other in rotations[:place] if overlaps((other, one), within)), "")
        for place, one in enumerate(rotations)
    )


def _rotation(draft: RotationDraft) -> Rotation:
    return replace(draft.rotation(), since=draft.since, until=draft.until)


def _hole(one: Interval) -> Segment:
    return Segment(one.start, one.end, ("-",))


def _known(users: Users, chosen: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(chosen[user] for user in users if user in chosen)
