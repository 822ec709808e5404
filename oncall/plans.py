"""What is planned for a rotation, and edits that leave it alone.

A plan is a step at a date: somebody joins or leaves, the pace changes, other hours hold. It is read off the stored
versions and the stints in them as the difference between the state before it and the state after it::

    versions   |------ weekly: ann, bob ------|---- every 2 weeks: ann, bob ----
    stints                        dan |---------------------------------------
    steps                             ▲ dan joins  ▲ every 2 weeks

An edit is such a difference as well: between what somebody saw and what they made of it. It is applied to the state at
its own date and then below every step after that, so each step still does what it was planned to do, to whatever the
rotation is by then: a planned member joins on their date, also in a rotation that was renamed, got other hours or
lost somebody. A step that has nothing left to do is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.changes import changed, same_anchor
from oncall.civil import first_instant
from oncall.rotations import Backup, Rotation, ended, members

SETTINGS = ("role_id", "zone", "first_handoff", "every", "unit", "counts", "coverage", "backup")
"""What a step or an edit may change beside the members; the name has no date."""


@dataclass(frozen=True, slots=True)
class Step:
    """At ``at`` (UTC) the rotation goes from ``before`` to ``after``, both with plain members."""

    at: datetime
    before: Rotation
    after: Rotation

    @property
    def joining(self) -> tuple[str, ...]:
        return _missing(self.after, self.before)

    @property
    def leaving(self) -> tuple[str, ...]:
        return _missing(self.before, self.after)

    @property
    def settings(self) -> frozenset[str]:
        """Which of the settings change."""
        return frozenset(name for name in SETTINGS if getattr(self.before, name) != getattr(self.after, name))


def state_at(versions: Sequence[Rotation], at: datetime) -> Rotation:
    """The rotation as it is at ``at``, or will be when it begins: those who belong by then, without any date."""
    at = max(at, versions[0].begin)
    version = [one for one in versions if one is versions[0] or one.begin <= at][-1]
    belonging = dict.fromkeys(stint.user for stint in version.members if stint.covers(at))
    name = versions[-1].name
    return replace(version, name=name, members=members(*belonging), since=None, until=None, lead=0)


def steps(versions: Sequence[Rotation], after: datetime) -> tuple[Step, ...]:
    """What is planned after ``after``, soonest first; that the rotation ends is not among it."""
    after = max(after, versions[0].begin)
    found: list[Step] = []
    state = state_at(versions, after)
    for at in sorted(mark for version in versions for mark in _marks(version) if mark > after):
        following = state_at(versions, at)
        if following != state:
            found.append(Step(at, state, following))
        state = following
    return tuple(found)


def edited(versions: Sequence[Rotation], seen: Rotation, wanted: Rotation, since: datetime) -> tuple[Rotation, ...]:
    """The versions once somebody who saw ``seen`` has made ``wanted`` of it from ``since`` on.

    Only what is different between the two changes. A new first handoff takes effect when it comes.
    """
    state = applied(state_at(versions, since), seen, wanted)
    start = since
    if not same_anchor(seen, wanted):
        start = max(since, first_instant(state.first_handoff, state.zone))
        state = applied(state_at(versions, start), seen, wanted)
    later = steps(versions, start)
    found = _from(versions, state, since if versions[0].begin >= since else start)
    named = [replace(version, name=wanted.name) for version in _ending(_stepped(found, state, later), versions, start)]
    return tuple(named)


def unplanned(versions: Sequence[Rotation], at: datetime, now: datetime) -> tuple[Rotation, ...]:
    """The versions without the step at ``at``; what is planned later stays. Unchanged when there is none."""
    ahead = steps(versions, now)
    step = next((step for step in ahead if step.at == at), None)
    if step is None:
        return tuple(versions)
    later = [one for one in ahead if one.at > at]
    found = _stepped(_from(versions, step.before, at), step.before, later)
    return tuple(_ending(found, versions, at))


def ending(versions: Sequence[Rotation], until: datetime) -> tuple[Rotation, ...]:
    """The versions of the rotation that ends at ``until``, sooner or later than it did; later plans are forgotten."""
    kept = [version for version in versions if version.begin < until] or [versions[0]]
    return (*kept[:-1], replace(kept[-1], until=until))


def going_on(versions: Sequence[Rotation]) -> tuple[Rotation, ...]:
    """The versions of the rotation without the end that was set for it."""
    return (*versions[:-1], replace(versions[-1], until=None))


def left(versions: Sequence[Rotation], user: str, now: datetime) -> tuple[Rotation, ...]:
    """The versions without ``user`` from ``now`` on, also where they were planned to join; empty if nobody is left."""
    planned, state = steps(versions, now), state_at(versions, now)
    staying = {other for one in (state, *(step.after for step in planned)) for other in _users(one)} - {user}
    if not staying:
        return ()
    later = [
        Step(step.at, _without(step.before, user, len(staying)), _without(step.after, user, len(staying)))
        for step in planned
    ]
    state = _without(state, user, len(staying))
    return tuple(_ending(_stepped(_from(versions, state, now), state, later), versions, now))


def applied(state: Rotation, before: Rotation, after: Rotation) -> Rotation:
    """``state`` with whatever is different between ``before`` and ``after``; the rest stays as it is."""
    changes = {name: getattr(after, name) for name in SETTINGS if getattr(before, name) != getattr(after, name)}
    users = merged_order(_users(state), _users(before), _users(after))
    return replace(state, **changes, members=members(*users))


def merged_order(users: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[str]:
    """``users`` with what happened from ``before`` to ``after``: who left, who came, and who stands where.

    Whoever is not in the order that counts stands behind the one they followed in theirs.
    """
    gone = set(before) - set(after)
    present = (set(users) | (set(after) - set(before))) - gone
    both = set(before) & set(after)
    moved = [u for u in before if u in both] != [u for u in after if u in both]
    first, second = (after, users) if moved else (users, after)
    order = [user for user in first if user in present]
    for index, user in enumerate(second):
        if user in present and user not in order:
            ahead = next((other for other in reversed(second[:index]) if other in order), None)
            order.insert(0 if ahead is None else order.index(ahead) + 1, user)
    return order


def _from(versions: Sequence[Rotation], state: Rotation, start: datetime) -> tuple[Rotation, ...]:
    """``state`` from ``start`` on, with nothing planned; a rotation that has not begun by then is replaced."""
    kept = [version for version in versions if version.begin < start]
    if not kept:
        return (replace(state, id=versions[0].id, since=None, until=None, lead=0),)
    return changed(kept, state, start)


def _stepped(versions: tuple[Rotation, ...], state: Rotation, later: Iterable[Step]) -> tuple[Rotation, ...]:
    """The versions with these steps done one after the other to ``state``; none overtakes a first handoff."""
    earliest = versions[0].begin
    for step in later:
        following = applied(state, step.before, step.after)
        earliest = max(earliest, step.at)
        if not same_anchor(state, following):
            earliest = max(earliest, first_instant(following.first_handoff, following.zone))
        if following != state:
            versions = _from(versions, following, earliest)
        state = following
    return versions


def _ending(found: Sequence[Rotation], versions: Sequence[Rotation], start: datetime) -> list[Rotation]:
    """An end that was planned stays."""
    until = versions[-1].until
    return list(found) if until is None or until <= start else [ended(version, until) for version in found]


def _marks(version: Rotation) -> set[datetime]:
    """When something may be different in or from this version."""
    dates = {mark for stint in version.members for mark in (stint.since, stint.until) if mark is not None}
    inside = {mark for mark in dates if version.begin < mark and (version.until is None or mark < version.until)}
    return inside | {version.begin}


def _without(state: Rotation, user: str, people: int) -> Rotation:
    """The same for the others. Nobody backs themselves up, so the last one has no backup."""
    backup = state.backup
    if backup is not None and people == 1:
        backup = None
    elif backup is not None and backup.offset % people == 0:
        backup = Backup(backup.role_id, 1)
    return replace(state, members=tuple(stint for stint in state.members if stint.user != user), backup=backup)


def _users(rotation: Rotation) -> list[str]:
    return [stint.user for stint in rotation.members]


def _missing(here: Rotation, there: Rotation) -> tuple[str, ...]:
    others = set(_users(there))
    return tuple(user for user in _users(here) if user not in others)
