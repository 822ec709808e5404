"""Changing a rotation from a date on, and saying beforehand who gains and loses what.

A change never rewrites what was. It comes in one of two ways:

=====================================  ====================================================================
what is different                      what happens at the date
=====================================  ====================================================================
only who belongs                       the circle stays; people leave it or join it (:mod:`oncall.order`)
order, handoffs, windows, backup, …    the old version ends and a new one begins
=====================================  ====================================================================

A new version goes on where the old one was: whoever has the turn keeps it, and where a new turn begins, it goes to
the next in line. Only a different first handoff starts afresh: the old version holds until then, and the first
member takes the first turn. :func:`changed` itself forgets what was planned for later dates; :mod:`oncall.plans` does
it again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncall.civil import first_instant
from oncall.order import Place, Stint
from oncall.proposals import fill, is_replaceable
from oncall.rotations import Rotation, ended, turns
from oncall.shifts import Shift, timeline
from oncall.timeline import Interval, Segment, Timeline

MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does to one person in one role."""

    role_id: int
    user: str
    gained: tuple[Interval, ...]
    lost: tuple[Interval, ...]


def changed(versions: Sequence[Rotation], new: Rotation, since: datetime) -> tuple[Rotation, ...]:
    """The versions of a rotation once ``new`` holds from ``since`` on; all versions keep the rotation's id."""
    start = _effective_from(versions[-1], new, since)
    kept = [ended(version, start) for version in versions if version.begin < start]
    if not kept:
        return (replace(new, id=versions[0].id, since=None, until=None, lead=0),)
    old = kept[-1]
    grown = _circle(old, new, start) if old.until == start and _same_pattern(old, new) else None
    if grown is not None:
        circle, lead = grown
        return (*kept[:-1], replace(old, members=circle, lead=lead, name=new.name, until=None))
    successor = replace(new, id=old.id, since=start, until=None, lead=0)
    return (*kept, replace(successor, lead=_lead(old, successor, start)))


def preview(
    before: Sequence[Rotation], after: Sequence[Rotation], existing: Sequence[Shift], within: Interval
) -> tuple[Effect, ...]:
    """Who gains and loses what in ``within`` when a schedule's rotations ``before`` become ``after``.

    ``existing`` are the schedule's shifts: what is confirmed stays, so nobody gains or loses it.
    """
    taken = [shift for shift in existing if not is_replaceable(shift)]
    old, new = fill(before, taken, within), fill(after, taken, within)
    found: list[Effect] = []
    for role in sorted({shift.role_id for shift in (*old, *new)}):
        lines = [timeline((s for s in shifts if s.role_id == role), state=None).cut(within) for shifts in (old, new)]
        found.extend(effects(role, *lines))
    return tuple(found)


def effects(role_id: int, before: Timeline, after: Timeline) -> Iterator[Effect]:
    """Who gains and loses what in a role that goes from one timeline to another."""
    changes = before.diff(after)
    for user in sorted({user for change in changes for user in (*change.before, *change.after)}):
        gained = [c for c in changes if user in c.after and user not in c.before]
        lost = [c for c in changes if user in c.before and user not in c.after]
        yield Effect(role_id, user, *(_joined(Interval(c.start, c.end) for c in part) for part in (gained, lost)))


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    joined = Timeline.of(Segment(interval.start, interval.end, ("",)) for interval in intervals)
    return tuple(Interval(segment.start, segment.end) for segment in joined.segments)


def _effective_from(old: Rotation, new: Rotation, since: datetime) -> datetime:
    return since if same_anchor(old, new) else max(since, first_instant(new.first_handoff, new.zone))


def same_anchor(old: Rotation, new: Rotation) -> bool:
    """Whether turns of both are counted from the same first handoff."""
    return (old.first_handoff, old.zone) == (new.first_handoff, new.zone)


def _same_pattern(old: Rotation, new: Rotation) -> bool:
    same_turns = same_anchor(old, new) and (old.every, old.unit, old.counts) == (new.every, new.unit, new.counts)
    return same_turns and (old.role_id, old.coverage, old.backup) == (new.role_id, new.coverage, new.backup)


def _circle(old: Rotation, new: Rotation, at: datetime) -> tuple[tuple[Stint, ...], Place] | None:
    """The old circle with people leaving and joining at ``at``, and where its lead is now.

    None when nobody stays, or those who stay are in another order. Whoever joins stands right behind the one they
    follow in the new order: when ``ann, bob, cat`` become ``ann, dan, cat``, dan takes the turns that were bob's.
    """
    listed = {stint.user: stint for stint in new.members}
    staying = [place for place, stint in enumerate(old.members) if stint.covers(at) and stint.user in listed]
    joining = _joining(new.members, [old.members[place].user for place in staying], at)
    if joining is None:
        return None
    circle: list[tuple[Place, Stint]] = []
    for place, stint in enumerate(old.members):
        if place in staying:
            circle.append((place, replace(stint, until=listed[stint.user].until)))
            circle += ((place, joiner) for joiner in joining[stint.user])
        elif stint.since is None or stint.since < at:
            circle.append((place, replace(stint, until=at if stint.until is None else min(stint.until, at))))
    lead = next((index for index, (place, _) in enumerate(circle) if place >= old.lead), 0)
    return tuple(stint for _, stint in circle), lead


def _joining(members: Sequence[Stint], staying: Sequence[str], at: datetime) -> dict[str, list[Stint]] | None:
    """Who joins behind each of those who stay, or None when those are not in the order of ``members``."""
    if not staying:
        return None
    first = next(index for index, stint in enumerate(members) if stint.user == staying[0])
    joining: dict[str, list[Stint]] = {}
    behind = staying[0]
    for stint in (*members[first:], *members[:first]):
        if stint.user in staying:
            behind = stint.user
            joining[behind] = []
        else:
            joining[behind].append(replace(stint, since=at if stint.since is None else max(stint.since, at)))
    return joining if list(joining) == list(staying) else None


def _lead(old: Rotation, new: Rotation, at: datetime) -> Place:
    """Whose turn it is when ``new`` begins: whoever has it by then, or the next in line where a turn begins."""
    if not same_anchor(old, new):
        return 0
    running = next(turns(replace(old, until=None), Interval(at, at + MOMENT)), None)
    if running is None:
        return 0
    places = {stint.user: place for place, stint in enumerate(new.members)}
    hands_over = new.turn_at(at)[1] == at and old.turn_at(at)[1] != at
    if hands_over and running.user in places:
        return (places[running.user] + 1) % len(new.members)
    return next((places[user] for user in running.line if user in places), 0)
