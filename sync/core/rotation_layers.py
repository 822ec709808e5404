"""Rotations as layers of an external schedule: a row of equal turns, cut by daily or weekly restrictions.

A layer knows less than a rotation. What it can't say is left to overrides, so a layer need not be exact; it says what
goes without saying, also beyond the horizon::

    rotation                                     layer
    -------------------------------------------  ------------------------------------------------------------
    every N hours, days, weeks                   turns of so many seconds, counted on the clock of the external schedule
    turns counted over covered time              equal turns with the members several times in the row, if not too often
    every N months                               no layer at all
    first handoff                                a handoff whose wall time exists, with the members turned to match
    members on given dates                       one layer per stretch in which the members stay the same
    coverage window                              a daily restriction, or a weekly one for each of its days
    one stretch a week                           a weekly restriction
    backup                                       the same turns, with each one's backup in the place of the member
    a zone of its own                            one layer per stretch in which both clocks keep their distance
    a version that ends                          a layer that ends
    the rest of a leaver's turn                  not said
    somebody the other side doesn't know         a layer that ends before each of their turns, another one afterwards
    a stretch that is left unassigned            a layer that ends there, and another one afterwards

**Somebody is missing.** Every place of a layer needs a user of the other side, so the place of a member whom it doesn't
know is filled with another member; and in each stretch of that place there is no layer at all, as if it were left
unassigned. Nobody gets a turn that is not theirs. As that costs a layer for each turn left out, only the next
:data:`MOST_AROUND` are laid out, more as time goes on; behind them is nothing, so that nothing wrong shows there.

**Two clocks.** Layers are read on the clock of the external schedule, rotations on their own. While one clock is ahead
of the other by the same time, the rotation's times are shifted by that and mean the same instants. From where that
changes on, another layer has the times shifted anew. Layers are laid out that way for :data:`REACH`; the last one has
no end, and gets one when the next change has come near enough. Where a layer would cover time that the rotation does
not, in the hour that happens twice, it is cut out, as no override could say that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import gcd

from oncall.civil import first_instant, wall_time
from oncall.order import Phase, phases
from oncall.pace import Pace, Unit
from oncall.roles import pattern
from oncall.rotations import END_OF_TIME, Rotation
from oncall.timeline import Interval, Segment, Timeline, cells
from oncall.windows import EVERY_DAY, Coverage
from sync.core.layer_clocks import LONGEST_JUMP, Lead, lasting, leads
from sync.core.layer_rendering import shown
from sync.core.layers import Layer, Restriction

SHORTEST_TURN = timedelta(hours=1)
LONGEST_TURN = timedelta(days=365)
REACH = timedelta(days=400)
"""How far ahead each stretch between clock changes has its layer: further than anybody looks."""
MOST_PLACES = 100
"""How often the members may stand in the row of a layer, all together."""
MOST_AROUND = 8
"""How many layers of a rotation are laid around the turns of somebody missing, at most."""
DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)


def layers_of(
    rotations: Iterable[Rotation],
    role_id: int,
    known: Mapping[str, str],
    zone: str,
    now: datetime,
    holes: Sequence[Interval] = (),
) -> tuple[Layer, ...]:
    """The layers that say what ``rotations`` say of a role from now on, on an external schedule in ``zone``.

    ``known`` gives people's external ids. In ``holes`` nobody is to be on call; no override can say that, so the layers
    leave them out.
    """
    return tuple(
        piece
        for rotation in rotations
        if role_id in rotation.roles
        for layer in _with_whom_is_known(rotation, role_id, known, zone, now)
        for piece in _around(layer, [hole for hole in holes if pattern([rotation], role_id, hole)])
        if piece.in_effect(now)
    )


def _with_whom_is_known(
    rotation: Rotation, role_id: int, known: Mapping[str, str], zone: str, now: datetime
) -> Iterator[Layer]:
    """The layers of a rotation without the turns of those whom the other side doesn't know."""
    missed, left = list(left_out(rotation, role_id, known, now)), MOST_AROUND
    for layer in _layers(rotation, role_id, known, zone, now):
        if "" not in layer.users:
            yield layer
            continue
        for piece in _before_the_last(_filled(layer), missed, now + REACH):
            if piece.in_effect(now) and left:
                left -= 1
                yield piece


def left_out(rotation: Rotation, role_id: int, known: Mapping[str, str], now: datetime) -> Iterator[Interval]:
    """The turns ahead of members whom the other side doesn't know, each with the hours between its windows."""
    start = end = None
    for segment in pattern([rotation], role_id, Interval(now, now + REACH)).segments:
        if not known.keys() >= set(segment.users):
            start, end = start or segment.start, segment.end
        elif start is not None and end is not None:
            yield Interval(start, end)
            start = None
    if start is not None and end is not None:
        yield Interval(start, end)


def _filled(layer: Layer) -> Layer:
    """The layer with the next member in each place of somebody missing; what that says wrongly is cut out."""
    places = range(len(layer.users))
    users = (next(user for user in layer.users[place:] + layer.users if user) for place in places)
    return replace(layer, users=tuple(users))


def _before_the_last(layer: Layer, missed: Sequence[Interval], reach: datetime) -> Iterator[Layer]:
    """What is left around these turns; nothing behind the last that is known, where more may follow."""
    if layer.end is None or layer.end > reach:
        last = max((turn.start for turn in missed if turn.start > layer.start), default=layer.start)
        layer = replace(layer, end=last)
    return _around(layer, missed)


def _around(layer: Layer, holes: Sequence[Interval]) -> Iterator[Layer]:
    """The layer without these stretches, which are in order."""
    start, end = layer.start, layer.end or END_OF_TIME
    for hole in holes:
        if hole.start < end and start < hole.end:
            if start < hole.start:
                yield replace(layer, start=start, end=hole.start)
            start = max(start, hole.end)
    if start < end:
        yield replace(layer, start=start)


@dataclass(frozen=True, slots=True)
class _Row:
    """Equal turns on the rotation's clock: from ``wall`` on, ``users`` have ``length`` each, round and round."""

    wall: datetime
    length: timedelta
    users: tuple[str, ...]


def _layers(rotation: Rotation, role_id: int, known: Mapping[str, str], zone: str, now: datetime) -> Iterator[Layer]:
    clocks = leads(rotation.zone, zone, Interval(now - 2 * DAY, now + REACH))
    parts = phases(rotation.members, rotation.begin, rotation.lead, rotation.turn_at)
    ends = [*(part.start for part in parts[1:]), END_OF_TIME]
    for part, until in zip(parts, ends, strict=True):
        end = min(until, rotation.until or END_OF_TIME)
        users = _circle(rotation, part, role_id)
        row = _row(rotation, part.turn, [known.get(user, "") for user in users]) if part.start < end else None
        if row is not None and any(row.users):
            told = [_on_clock(rotation, row, lead, zone) for lead in lasting(clocks)]
            yield from _Stretches(rotation, role_id, known, zone).laid_out(told, Interval(part.start, end), clocks)


def _row(rotation: Rotation, turn: int, users: Sequence[str]) -> _Row | None:
    """The turns from ``turn`` on, where ``users`` take one each; None where no layer can say them."""
    if rotation.unit is Unit.MONTHS or not users:
        return None
    if rotation.is_steady:
        row = _Row(rotation.first_handoff + turn * rotation.period, rotation.period, tuple(users))
    else:
        row = _cycle(rotation.pace, turn, users)
    return row if row and SHORTEST_TURN <= row.length <= LONGEST_TURN else None


def _cycle(pace: Pace, turn: int, users: Sequence[str]) -> _Row | None:
    """Turns over covered time differ in length, but come again after some weeks: so much of time as all of them are
    multiples of goes to whose turn it is, who then stands in the row more than once. None where that is too often."""
    first, count = turn + 1, len(users)
    base = pace.wall(first)
    whole = (n for n in range(count, MOST_PLACES * count, count) if not (pace.wall(first + n) - base) % WEEK)
    turns = next(whole, 0)
    walls = [pace.wall(first + n) for n in range(turns + 1)]
    lengths = [after - before for before, after in pairwise(walls)]
    step = timedelta(seconds=gcd(*(int(one.total_seconds()) for one in lengths)))
    if not turns or (walls[-1] - base) // step > MOST_PLACES:
        return None
    places = (users[(n + 1) % count] for n, length in enumerate(lengths) for _ in range(length // step))
    return _Row(base, step, tuple(places))


def _on_clock(rotation: Rotation, row: _Row, lead: Lead, zone: str) -> Layer:
    """The rotation from ``lead.start`` on, as read on the clock that it is ahead of."""
    return Layer(
        name=rotation.name or "Rotation",
        start=lead.start,
        end=None,
        virtual_start=_virtual_start(row, lead.ahead, zone),
        turn_seconds=int(row.length.total_seconds()),
        users=row.users,
        restrictions=_restrictions(rotation.coverage, lead.ahead),
    )


def _virtual_start(row: _Row, ahead: timedelta, zone: str) -> datetime:
    """When the clock in ``zone`` shows the first turn, or an earlier one of the same place in the row whose wall time
    exists there: from one that clocks skip, the other side would count all later turns from the wrong wall time."""
    wall = row.wall - ahead
    while wall_time(instant := first_instant(wall, zone), zone) != wall:
        wall -= len(row.users) * row.length
    return instant


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


def _restrictions(window: Coverage | None, ahead: timedelta) -> tuple[Restriction, ...]:
    if window is None or window.always:
        return ()
    seconds = int((window.closing - window.opening).total_seconds())
    if window.days == EVERY_DAY:
        return (Restriction(_of_day(window.opening - ahead), seconds),)
    openings = sorted((day * DAY + window.opening - ahead) % WEEK for day in window.days)
    return tuple(Restriction(_of_day(opening), seconds, opening // DAY + 1) for opening in openings)


def _of_day(moment: timedelta) -> str:
    return f"{datetime(1, 1, 1, tzinfo=UTC) + moment % DAY:%H:%M:%S}"


class _Stretches:
    """The layers of one row of turns, one for each stretch in which both clocks keep their distance."""

    def __init__(self, rotation: Rotation, role_id: int, known: Mapping[str, str], zone: str) -> None:
        self._rotation, self._role_id, self._known, self._zone = rotation, role_id, known, zone

    def laid_out(self, told: Sequence[Layer], span: Interval, clocks: Sequence[Lead]) -> Iterator[Layer]:
        """``told``, each from where it takes over from the one before, inside ``span``."""
        starts = [span.start, *(self._takeover(before, after, span) for before, after in pairwise(told))]
        ends = [*starts[1:], span.end]
        pieces = [
            replace(layer, start=max(start, span.start), end=None if end == END_OF_TIME else min(end, span.end))
            for layer, start, end in zip(told, starts, ends, strict=True)
            if max(start, span.start) < min(end, span.end)
        ]
        excess = [one for lead in clocks[1:] for one in self._excess(pieces, lead.start)]
        yield from (piece for layer in pieces for piece in _around(layer, excess))

    def _takeover(self, before: Layer, after: Layer, span: Interval) -> datetime:
        """When ``after`` takes over: as clocks change, or at a handoff close by if less is wrong then."""
        change = after.start
        truth = self._truth(change)
        chosen = [change, *(at for at in truth.handoffs() if abs(at - change) <= LONGEST_JUMP)]
        if len(chosen) == 1:
            return change
        near = Interval(change - DAY, change + DAY).clip(span)
        return min(chosen, key=lambda at: self._wrong(before, after, at, truth, near)) if near else change

    def _wrong(self, before: Layer, after: Layer, at: datetime, truth: Timeline, near: Interval) -> timedelta:
        pieces = (replace(before, start=near.start, end=at), replace(after, start=at))
        said = Timeline.union(s for piece in pieces for s in shown(piece, self._zone, near).segments)
        return sum((end - start for start, end, a, b in cells(said, truth.cut(near)) if a != b), timedelta())

    def _excess(self, pieces: Sequence[Layer], change: datetime) -> list[Interval]:
        """What the layers cover around a change of clocks although the rotation does not."""
        truth = self._truth(change)
        near = Interval(change - DAY, change + DAY)
        if not any(abs(at - change) <= LONGEST_JUMP for at in truth.handoffs()):
            return []
        said = Timeline.union(s for piece in pieces for s in shown(piece, self._zone, near).segments)
        return [Interval(s.start, s.end) for s in said.subtract(_spans(truth)).segments]

    def _truth(self, change: datetime) -> Timeline:
        """What the rotation says around a change of clocks, in external ids."""
        near = Interval(change - DAY, change + DAY)
        by_rotation = pattern([self._rotation], self._role_id, near).segments
        return Timeline.of(
            Segment(s.start, s.end, tuple(self._known.get(user, user) for user in s.users)) for s in by_rotation
        )


def _spans(truth: Timeline) -> list[Interval]:
    """Where anybody is on call."""
    return [Interval(s.start, s.end) for s in truth.segments]
