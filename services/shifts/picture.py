"""What the picture of a calendar says: which row, which column, which colour; and the same in words.

People are rows, in the order of their first turn; whoever has two roles at once gets a row of two lanes. Time that
nobody has stands above them, in a row for each role. A place within a day is the part of the day that is over by then,
so a day of 23 hours is as wide as any other, and a shift that crosses midnight goes on in the next column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from oncall.calendar import Day, Piece, joined
from pictures.child import CannotDraw
from pictures.values import Bar, Column, Key, Kind, Picture, Row
from services.kit.errors import Refusal
from services.kit.house import Actor, House
from services.kit.wording import counted
from services.people import directory as people
from services.shifts.calendar import CalendarView, calendar_of

MOST_ROWS = 60
MOST_ALT_TEXT = 2000
SATURDAY = 5
WITHOUT_NAME = "somebody who left"
"""Who is not in the directory any more."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as a PNG; ``alt_text`` says the same in words."""

    png: bytes
    title: str
    filename: str
    alt_text: str


async def drawn(house: House, actor: Actor, schedule_id: int, *, since: date | None = None) -> Drawn:
    """The four weeks from ``since`` on, from today on without it. Anyone may look. Raises NotFound, and Refusal where
    there is no picture."""
    view = await calendar_of(house, actor, schedule_id, since=since)
    known = await people.named(house, actor.workspace_id, people_of(view))
    names = {user: person.name for user, person in known.items()}
    try:
        png = await house.pictures.draw(picture_of(view, names))
    except CannotDraw as error:
        raise Refusal(str(error)) from error
    first, last = view.days[0].date, view.days[-1].date
    title = f"{view.schedule.name}, {first:%-d %b} – {last:%-d %b %Y}"
    return Drawn(png, title, f"on-call-{first.isoformat()}.png", alt_text(view, names))


def picture_of(view: CalendarView, names: Mapping[str, str]) -> Picture:
    """``names`` are how people are called, by Slack's user id."""
    rows = _rows(view, names)
    return Picture(
        title=f"{view.schedule.name}: who is on call",
        subtitle=f"Days of {view.schedule.time_zone}, as of {_moment(view.now, view.schedule.time_zone)}",
        columns=tuple(_column(number, day, view) for number, day in enumerate(view.days)),
        rows=tuple(rows[:MOST_ROWS]),
        keys=_keys([role.role.name for role in view.roles]),
        now=_place(view.days, view.now),
        notes=tuple(_notes(view, names, len(rows) - MOST_ROWS)),
    )


def _notes(view: CalendarView, names: Mapping[str, str], hidden: int) -> Iterator[str]:
    for user, roles in _standing_in(view).items():
        yield f"While nobody is on call: {names.get(user, WITHOUT_NAME)} ({', '.join(roles)})."
    if hidden > 0:
        yield f"{counted(hidden, 'more row')} not shown; /oncall shifts has everybody."
    if changes := [f"{day.date:%a %-d %b}" for day in view.days if not day.is_usual]:
        yield f"Clocks change: {', '.join(changes)}."


def people_of(view: CalendarView) -> list[str]:
    """Whoever has a turn on these days, in the order of their first one; then who stands in while nobody has."""
    pieces = sorted((piece for role in view.roles for day in role.days for piece in day), key=lambda one: one.start)
    return list(dict.fromkeys([*(turn.user for piece in pieces for turn in piece.turns), *_standing_in(view)]))


def _standing_in(view: CalendarView) -> dict[str, list[str]]:
    """Fallback people of gaps, each with the roles that they stand in for."""
    found: dict[str, list[str]] = {}
    for role in view.roles:
        there = {piece.fallback for day in role.days for piece in day if piece.is_gap and piece.fallback}
        for user in sorted(there):
            found.setdefault(user, []).append(role.role.name)
    return found


def _column(number: int, day: Day, view: CalendarView) -> Column:
    begins = number == 0 or day.date.day == 1
    return Column(
        weekday=f"{day.date:%a}"[0],
        number=str(day.date.day),
        month=f"{day.date:%B %Y}" if begins else "",
        is_weekend=day.date.weekday() >= SATURDAY,
        is_today=day.date == view.today,
    )


def _rows(view: CalendarView, names: Mapping[str, str]) -> list[Row]:
    """Time that nobody has, role by role, then people."""
    nobody: list[Row] = []
    bars: dict[str, list[Bar]] = {}
    for number, role in enumerate(view.roles):
        pieces = list(joined(piece for day in role.days for piece in day))
        nobody += _nobody(
            role.role.name, [_bar(view.days, one, number, _empty(one)) for one in pieces if not one.turns]
        )
        for piece in pieces:
            for turn in piece.turns:
                kind = Kind.PROPOSED if turn.proposed else Kind.ON_CALL
                _append(bars.setdefault(turn.user, []), _bar(view.days, piece, number, kind))
    everybody = sorted(bars, key=lambda user: (min(bar.start for bar in bars[user]), names.get(user, ""), user))
    return nobody + [_row(names.get(user, WITHOUT_NAME), bars[user]) for user in everybody]


def _empty(piece: Piece) -> Kind:
    return Kind.GAP if piece.is_gap else Kind.OPEN


def _nobody(role: str, bars: Sequence[Bar]) -> list[Row]:
    if not bars:
        return []
    is_gap = any(bar.kind is Kind.GAP for bar in bars)
    return [Row(f"{'Nobody' if is_gap else 'Nobody yet'}: {role}", tuple(bars), is_gap=is_gap)]


def _bar(days: Sequence[Day], piece: Piece, role: int, kind: Kind) -> Bar:
    start, end = _place(days, piece.start), _place(days, piece.end)
    return Bar(start or 0.0, float(len(days)) if end is None else end, role, kind)


def _append(bars: list[Bar], bar: Bar) -> None:
    """One bar for what goes on without a break, whoever else joins or leaves."""
    last = bars[-1] if bars else None
    if last and (last.role, last.kind, last.end) == (bar.role, bar.kind, bar.start):
        bars[-1] = replace(last, end=bar.end)
    else:
        bars.append(bar)


def _row(label: str, bars: Iterable[Bar]) -> Row:
    """Bars that overlap are put below each other."""
    free_from: list[float] = []
    placed: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.start, bar.role)):
        lane = next((n for n, end in enumerate(free_from) if end <= bar.start), len(free_from))
        free_from[lane : lane + 1] = [bar.end]
        placed.append(replace(bar, lane=lane))
    return Row(label, tuple(placed), max(1, len(free_from)))


def _place(days: Sequence[Day], instant: datetime) -> float | None:
    """Where an instant is along the days; None before and after them."""
    for number, day in enumerate(days):
        if day.span.contains(instant):
            return number + day.share(instant)
    return None


def _keys(roles: Sequence[str]) -> tuple[Key, ...]:
    """Letters for each role: its first one, more of them where others begin alike, else a number."""
    initials = [name.strip()[:1].upper() for name in roles]
    pairs = [name.strip()[:2].capitalize() for name in roles]

    def letters(number: int) -> str:
        found = initials[number] if initials.count(initials[number]) == 1 else pairs[number]
        is_own = initials.count(initials[number]) == 1 or pairs.count(pairs[number]) == 1
        return found if found.isalnum() and is_own else str(number + 1)

    return tuple(Key(letters(number), name) for number, name in enumerate(roles))


def alt_text(view: CalendarView, names: Mapping[str, str]) -> str:
    """The picture in words, for whoever can't see it: gaps first. What is too long for Slack ends with a whole line."""
    zone = view.schedule.time_zone
    first, last = view.days[0].date, view.days[-1].date
    lines = [f"Who is on call in {view.schedule.name}, {first:%-d %b} – {last:%-d %b %Y}, times of {zone}."]
    stretches = [
        (role.role.name, piece) for role in view.roles for piece in joined(p for day in role.days for p in day)
    ]
    lines += [
        f"Nobody: {role} {_span(piece, zone)}{_instead(piece, names)}." for role, piece in stretches if piece.is_gap
    ]
    lines += [f"{role}: {_who(piece, names)} {_span(piece, zone)}." for role, piece in stretches if piece.turns]
    lines += [
        f"{role}: not planned from {_moment(piece.start, zone)} on."
        for role, piece in stretches
        if not piece.turns and not piece.planned
    ]
    return within(lines, MOST_ALT_TEXT)


def within(lines: Sequence[str], most: int, everything: str = "/oncall shifts has all of it") -> str:
    """Whole lines, how many were left out, and what has ``everything``; at most ``most`` characters."""
    whole = "\n".join(lines)
    if len(whole) <= most:
        return whole
    shown = list(lines)
    while shown:
        shown.pop()
        text = "\n".join([*shown, f"And {counted(len(lines) - len(shown), 'more line')}: {everything}."])
        if len(text) <= most:
            return text
    return whole[:most]


def _instead(piece: Piece, names: Mapping[str, str]) -> str:
    return f", fallback {names.get(piece.fallback, WITHOUT_NAME)}" if piece.fallback else ""


def _who(piece: Piece, names: Mapping[str, str]) -> str:
    said = (names.get(turn.user, WITHOUT_NAME) + (" (proposed)" if turn.proposed else "") for turn in piece.turns)
    return " and ".join(said)


def _span(piece: Piece, zone: str) -> str:
    return f"{_moment(piece.start, zone)} – {_moment(piece.end, zone)}"


def _moment(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%a %-d %b %H:%M}"
