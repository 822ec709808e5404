"""Rotations as layers of an external schedule: a row of equal turns, cut by daily or weekly restrictions.

A layer knows less than a rotation. What it can't say is left to overrides, so a layer need not be exact; it says what
goes without saying, also beyond the horizon::

    rotation                                     layer
    -------------------------------------------  ------------------------------------------------------------
    every N hours, days, weeks                   turns of so many seconds, counted on the clock of the schedule's zone
    first handoff                                a handoff whose wall time exists, with the members turned to match
    members on given dates                       one layer per stretch in which the members stay the same
    coverage window                              a daily restriction, or a weekly one for each of its days
    backup                                       the same turns, with each one's backup in the place of the member
    a version that ends                          a layer that ends
    the rest of a leaver's turn                  not said
    somebody the other side doesn't know         no layer at all
    a stretch that is left unassigned            a layer that ends there, and another one afterwards

**A changed rotation** is other layers. A layer that still says what is wanted stays, whatever its start has become (the
other side moves a start that has passed to the time of each write); its end is adjusted. A layer that is no longer
wanted ends now. What is new is put on top. Layers are never removed and keep their order, since the last one shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from oncall.civil import wall_time
from oncall.order import Phase, phases
from oncall.roles import pattern
from oncall.rotations import END_OF_TIME, Rotation
from oncall.timeline import Interval, Segment, Timeline
from oncall.windows import EVERY_DAY, Daily

SHORTEST_TURN = timedelta(hours=1)
LONGEST_TURN = timedelta(days=365)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Restriction:
    """A layer covers only ``seconds`` from ``opens`` (HH:MM:SS) on, each day or on one weekday (Monday is 1)."""

    opens: str
    seconds: int
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Turns of equal length from ``virtual_start`` on, in effect in ``[start, end)``; ``id`` is empty for a new one.

    ``shows`` is what the layer says by itself inside the window of a look.
    """

    name: str
    start: datetime
    end: datetime | None
    virtual_start: datetime
    turn_seconds: int
    users: tuple[str, ...]
    restrictions: tuple[Restriction, ...] = ()
    id: str = ""
    shows: Timeline = field(default_factory=Timeline, compare=False)

    def says_the_same(self, other: Layer) -> bool:
        """Whether the two have the same turns, whenever they are in effect."""
        mine, theirs = (
            (one.virtual_start, one.turn_seconds, one.users, sorted(one.restrictions)) for one in (self, other)
        )
        return mine == theirs

    def in_effect(self, now: datetime) -> bool:
        """Now or later."""
        return self.end is None or self.end > max(now, self.start)


def layers_of(
    rotations: Iterable[Rotation],
    role_id: int,
    known: Mapping[str, str],
    now: datetime,
    holes: Sequence[Interval] = (),
) -> tuple[Layer, ...]:
    """The layers that say what ``rotations`` say of a role from now on; ``known`` gives people's external ids.

    In ``holes`` nobody is to be on call; no override can say that, so the layers leave them out.
    """
    return tuple(
        piece
        for rotation in rotations
        if role_id in rotation.roles
        for layer in _layers(rotation, role_id, known)
        for piece in _around(layer, [hole for hole in holes if pattern([rotation], role_id, hole)])
        if piece.in_effect(now)
    )


def _around(layer: Layer, holes: Sequence[Interval]) -> Iterator[Layer]:
    """The layer without these stretches, which are in order."""
    start, end = layer.start, layer.end or END_OF_TIME
    for hole in holes:
        if hole.start < end and start < hole.end:
            if start < hole.start:
                yield replace(layer, start=start, end=hole.start)
            start = hole.end
    if start < end:
        yield replace(layer, start=start)


def _layers(rotation: Rotation, role_id: int, known: Mapping[str, str]) -> Iterator[Layer]:
    windows = _restrictions(rotation.coverage)
    if windows is None or not SHORTEST_TURN <= rotation.period <= LONGEST_TURN:
        return
    parts = phases(rotation.members, rotation.begin, rotation.lead, rotation.turn_at)
    ends = [*(part.start for part in parts[1:]), END_OF_TIME]
    for part, until in zip(parts, ends, strict=True):
        end = min(until, rotation.until or END_OF_TIME)
        users = _circle(rotation, part, role_id)
        if users and part.start < end and all(user in known for user in users):
            turn = _plain_turn(rotation, part.turn, len(users))
            yield Layer(
                name=rotation.name or "Rotation",
                start=part.start,
                end=None if end == END_OF_TIME else end,
                virtual_start=rotation.handoff(turn),
                turn_seconds=int(rotation.period.total_seconds()),
                users=tuple(known[user] for user in users),
                restrictions=windows,
            )


def _circle(rotation: Rotation, phase: Phase, role_id: int) -> tuple[str, ...]:
    """Who takes the turns from ``phase.turn`` on, in order; for the second role, their backups."""
    places = phase.places[phase.lead :] + phase.places[: phase.lead]
    users = tuple(rotation.members[place].user for place in places)
    if rotation.role_id == role_id or rotation.backup is None:
        return users
    return _backups(users, rotation.backup.offset)


def _backups(users: tuple[str, ...], offset: int) -> tuple[str, ...]:
    found: list[str] = []
    for place in range(len(users)):
        line = tuple(dict.fromkeys(users[place:] + users[:place]))
        if len(line) < 2:
            return ()
        found.append(line[1:][(offset % len(line) or 1) - 1])
    return tuple(found)


def _plain_turn(rotation: Rotation, turn: int, count: int) -> int:
    """A turn before or at ``turn`` with the same person whose handoff exists on the clock and is told by it.

    From a handoff that the clocks skip, the other side would count all later turns from the wrong wall time.
    """
    while wall_time(rotation.handoff(turn), rotation.zone) != rotation.first_handoff + turn * rotation.period:
        turn -= count
    return turn


def _restrictions(window: Daily | None) -> tuple[Restriction, ...] | None:
    """None where no day is covered at all."""
    if window is None:
        return ()
    opens, length = window.opens.strftime("%H:%M:%S"), window.closing - window.opening
    if window.days == EVERY_DAY:
        return () if length >= DAY else (Restriction(opens, int(length.total_seconds())),)
    return tuple(Restriction(opens, int(length.total_seconds()), day + 1) for day in sorted(window.days)) or None


def arranged(
    existing: Sequence[Layer], wanted: Sequence[Layer], owned: Collection[str], now: datetime
) -> tuple[Layer, ...]:
    """``existing`` with our layers changed into ``wanted``, lowest first; equal to ``existing`` when all is well.

    Ours is what the ledger of layers names, and whatever says exactly what we want: a write whose reply was lost.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    waiting = list(wanted)
    result: list[Layer] = []
    for layer in existing:
        match = next((one for one in waiting if layer.in_effect(now) and _fits(layer, one, now)), None)
        if match is not None:
            waiting.remove(match)
            result.append(replace(layer, end=match.end))
        elif layer.in_effect(now) and (layer.id in owned or any(layer.says_the_same(one) for one in wanted)):
            result.append(replace(layer, end=max(moment, layer.start)))
        else:
            result.append(layer)
    return (*result, *(replace(one, start=max(one.start, moment)) for one in waiting))


def _fits(layer: Layer, wanted: Layer, now: datetime) -> bool:
    """Both started: it doesn't matter when. Otherwise they have to start together."""
    started = layer.start <= now and wanted.start <= now
    return layer.says_the_same(wanted) and (started or layer.start == wanted.start)


def said(
    rotations: Iterable[Rotation],
    role_id: int,
    known: Mapping[str, str],
    window: Interval,
    holes: Sequence[Interval] = (),
) -> Timeline:
    """Who is on call by those rotations that can be layers, in external ids; nobody in ``holes``."""
    layered = [r for r in rotations if role_id in r.roles and any(_layers(r, role_id, known))]
    if not layered:
        return Timeline()
    segments = pattern(layered, role_id, window).subtract(holes).segments
    return Timeline.of(Segment(s.start, s.end, (known[s.users[0]],)) for s in segments if s.users[0] in known)
