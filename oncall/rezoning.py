"""When the rules of a zone change under a schedule: what moves, so that everything keeps its time on the clock.

A rotation is wall-clock times, its shifts are instants. When a country leaves its clocks alone in autumn, 09:00 there
is another instant than the one that was laid out; what the rotation made moves with the clock, in one step::

    laid out by the old rules       |===== 09:00-17:00 =====|
    09:00-17:00 by the new rules  |===== 09:00-17:00 =====|

A schedule therefore keeps the :class:`Offsets` that it was laid out with: they tell which time on the clock an instant
stood for. Only the instants at which old and new rules differ move:

=========================================  ==================================================================
what                                       by new rules
=========================================  ==================================================================
dates from and until which a rotation or   the same time on the clock, or turns would be counted from another
one of its members holds                   handoff
a shift that a rotation made               both ends keep their time on the clock; what has begun has begun
where a person's shift adjoins             that end stays: there is neither a gap nor an overlap
a shift that a person decided about        stays; admins are told (:attr:`Relaid.staying`)
=========================================  ==================================================================

Where a role is filled in several zones, a shift goes by the zone whose rotation begins or ends something there.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

from oncall.civil import DAY, SECOND, first_instant, last_instant
from oncall.order import Stint
from oncall.roles import slots
from oncall.rotations import Rotation
from oncall.shifts import Shift, ShiftChange, ShiftSource, ShiftState
from oncall.timeline import Interval
from zonedata import remembered

YEARS_BACK, YEARS_AHEAD = 1, 4


MADE = (ShiftSource.ROTATION, ShiftSource.OPTIMISER)
"""What is laid out by the clock, and nobody decided about."""
NO_ROLES: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Offsets:
    """The UTC offsets of a zone in ``[since, until)``: from each of ``steps`` on, that offset holds."""

    zone: str
    since: datetime
    until: datetime
    steps: tuple[tuple[datetime, timedelta], ...]

    def at(self, instant: datetime) -> timedelta | None:
        """The offset at an instant; None outside of what is known."""
        if not self.since <= instant < self.until:
            return None
        return self.steps[bisect_right(self.steps, instant, key=_first) - 1][1]

    def moved(self, instant: datetime, *, ends: bool = False) -> datetime:
        """When clocks show by the rules of today what they showed at ``instant`` by these."""
        offset, today = self.at(instant), instant.astimezone(ZoneInfo(self.zone)).utcoffset()
        if offset is None or offset == today:
            return instant
        wall = (instant + offset).replace(tzinfo=None)
        return last_instant(wall, self.zone) if ends else first_instant(wall, self.zone)


@dataclass(frozen=True, slots=True)
class Relaid:
    """What new rules do to shifts: pairs of ``moved`` before and after, and those ``staying`` where they were.

    A shift is moved to None where nothing is left of it.
    """

    moved: tuple[tuple[Shift, Shift | None], ...] = ()
    staying: tuple[Shift, ...] = ()

    @property
    def change(self) -> ShiftChange:
        removed = tuple(before for before, after in self.moved if after is None)
        return ShiftChange(removed=removed, resized=tuple(after for _, after in self.moved if after is not None))


def _first(step: tuple[datetime, timedelta]) -> datetime:
    return step[0]


def current(zone: str, now: datetime) -> Offsets:
    """The offsets by the rules of today, over the years that schedules reach back and ahead."""
    return by_today(zone, _new_year(now.year - YEARS_BACK), _new_year(now.year + YEARS_AHEAD))


def _new_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


@remembered(maxsize=4096)
def by_today(zone: str, since: datetime, until: datetime) -> Offsets:
    """The offsets in ``[since, until)`` by the rules in use."""
    return read_rules(ZoneInfo(zone), zone, since, until)


def read_rules(rules: tzinfo, zone: str, since: datetime, until: datetime) -> Offsets:
    """The offsets in ``[since, until)`` by these rules, found by looking at every day."""
    steps = [(since, _offset(since, rules))]
    day = since
    while day < until:
        following = min(day + DAY, until)
        if _offset(following, rules) != steps[-1][1]:
            at = _change(day, following, rules)
            if at < until:
                steps.append((at, _offset(at, rules)))
        day = following
    return Offsets(zone, since, until, tuple(steps))


def _change(before: datetime, after: datetime, rules: tzinfo) -> datetime:
    """The first second in ``(before, after]`` with another offset than ``before``, by halving."""
    old = _offset(before, rules)
    while after - before > SECOND:
        middle = before + (after - before) // (2 * SECOND) * SECOND
        if _offset(middle, rules) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(instant: datetime, rules: tzinfo) -> timedelta:
    return instant.astimezone(rules).utcoffset() or timedelta()


def differs(laid: Offsets) -> bool:
    """Whether the rules of today are others than those that something was laid out with."""
    return by_today(laid.zone, laid.since, laid.until) != laid


def rezoned(versions: Sequence[Rotation], laid: Mapping[str, Offsets]) -> tuple[Rotation, ...]:
    """The versions of a rotation with their dates at the same times on the clock; those that met go on meeting."""
    after = [_rezoned(version, laid[version.zone]) if version.zone in laid else version for version in versions]
    for place, (one, following) in enumerate(pairwise(versions)):
        if one.until is not None and one.until == following.since:
            after[place] = replace(after[place], until=after[place + 1].since)
    return tuple(after)


def _rezoned(rotation: Rotation, laid: Offsets) -> Rotation:
    def moved(instant: datetime | None) -> datetime | None:
        return None if instant is None else laid.moved(instant)

    circle = tuple(Stint(stint.user, moved(stint.since), moved(stint.until)) for stint in rotation.members)
    return replace(rotation, since=moved(rotation.since), until=moved(rotation.until), members=circle)


def relay(
    rotations: Sequence[Rotation],
    shifts: Iterable[Shift],
    laid: Mapping[str, Offsets],
    home: str,
    now: datetime,
    fair: Mapping[int, str] = NO_ROLES,
) -> Relaid:
    """What becomes of a schedule's shifts that end after ``now``.

    ``rotations`` are the schedule's, rezoned; ``laid`` has what each zone was laid out with; ``home`` is the zone of
    what no rotation made; ``fair`` that of the roles that are filled fairly.
    """
    ahead = sorted((shift for shift in shifts if shift.end > now), key=lambda shift: (shift.start, shift.end))
    moved: list[tuple[Shift, Shift | None]] = []
    staying: list[Shift] = []
    for role in sorted({shift.role_id for shift in ahead}):
        mine = [shift for shift in ahead if shift.role_id == role]
        filling = [rotation for rotation in rotations if role in rotation.roles and role not in fair]
        part = _Role(role, filling, mine, laid, fair.get(role, home), now).relaid()
        moved += part.moved
        staying += part.staying
    return Relaid(tuple(moved), tuple(staying))


@dataclass(frozen=True, slots=True)
class _Role:
    """One role of a schedule while its zone rules change."""

    id: int
    rotations: Sequence[Rotation]
    shifts: Sequence[Shift]
    laid: Mapping[str, Offsets]
    home: str
    now: datetime

    def relaid(self) -> Relaid:
        made = [shift for shift in self.shifts if shift.source in MADE]
        decided = [shift for shift in self.shifts if shift.source not in MADE]
        after = self._made(made, decided)
        before = {shift.id: shift for shift in made}
        changed = [(before[one], shift) for one, shift in after.items() if shift != before[one]]
        return Relaid(tuple(changed), tuple(shift for shift in decided if self._stays(shift)))

    def _made(self, made: Sequence[Shift], decided: Sequence[Shift]) -> dict[int | None, Shift | None]:
        """What a rotation made, by id, at its time on the clock; each state apart, for they may lie on each other."""
        after: dict[int | None, Shift | None] = {}
        for state in ShiftState:
            placed = [self._placed(shift, decided) for shift in made if shift.state is state]
            after |= dict(_apart(placed, decided))
        return after

    def _placed(self, shift: Shift, decided: Sequence[Shift]) -> tuple[Shift, datetime, datetime]:
        laid = self._zone_of(shift)
        if laid is None:
            return shift, shift.start, shift.end
        starts, ends = {one.start for one in decided}, {one.end for one in decided}
        goes_on = any(other.start == shift.end for other in self.shifts)
        start, end = shift.start, shift.end
        if start > self.now and start not in ends:
            start = max(laid.moved(start), self.now)
        if end not in starts:
            end = max(laid.moved(end, ends=not goes_on), self.now)
        return shift, start, end

    def _zone_of(self, shift: Shift) -> Offsets | None:
        zones = list(dict.fromkeys(rotation.zone for rotation in self.rotations)) or [self.home]
        if len(zones) == 1:
            return self.laid.get(zones[0])
        fits = {zone: self._fits(shift, zone) for zone in zones if zone in self.laid}
        best = max(fits, key=lambda zone: fits[zone], default="")
        return self.laid[best] if fits.get(best) else None

    def _fits(self, shift: Shift, zone: str) -> int:
        """How many ends of the shift would be where a rotation of the zone begins or ends something."""
        laid, mine = self.laid[zone], [rotation for rotation in self.rotations if rotation.zone == zone]
        start, end = laid.moved(shift.start), laid.moved(shift.end)
        around = list(slots(mine, self.id, Interval(start - DAY, end + DAY)))
        return any(slot.start == start for slot in around) + any(slot.end == end for slot in around)

    def _stays(self, shift: Shift) -> bool:
        """Whether a shift that a person decided about shows other times on the clock from now on."""
        zones = {rotation.zone for rotation in self.rotations}
        laid = self.laid.get(zones.pop() if len(zones) == 1 else self.home)
        instants = [instant for instant in (shift.start, shift.end) if instant > self.now]
        return bool(laid and shift.user and any(laid.moved(instant) != instant for instant in instants))


def _apart(
    placed: Sequence[tuple[Shift, datetime, datetime]], decided: Sequence[Shift]
) -> Iterator[tuple[int | None, Shift | None]]:
    """Shifts at their new bounds, cut where they would run into each other or into what a person decided."""
    rows = sorted(placed, key=lambda row: (row[1], row[2]))
    for place, (shift, start, end) in enumerate(rows):
        if (start, end) == (shift.start, shift.end):
            yield shift.id, shift
            continue
        following = [begin for other, begin, _ in rows[place + 1 :] if other.start >= shift.start]
        later = [other.start for other in decided if other.start >= shift.end]
        earlier = [other.end for other in decided if other.end <= shift.start]
        standing = [other.end for other, _, until in rows[:place] if (other.end == until) and until <= shift.start]
        starts, ends = max([start, *earlier, *standing]), min([end, *later, *following])
        cut = replace(shift, start=starts, end=ends, revision=shift.revision + 1)
        yield shift.id, cut if starts < ends else None
