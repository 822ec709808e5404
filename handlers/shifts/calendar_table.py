"""The table of ``/oncall shifts``: a row for each day, a column for each role. Pure.

Days and times are the schedule's; where the reader's clock shows another time, that stands behind in brackets. Slack
takes 10,000 characters in all cells, so of a schedule that changes hands all the time fewer days are on a page.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from handlers.kit.blocks import Block, cut
from oncall.calendar import Day, Piece, joined
from oncall.systems import Paged
from services.kit.wording import escape, span, when
from services.shifts.calendar import CalendarView
from services.shifts.picture import within

MOST_CHARACTERS, MOST_WORDS = 9000, 3400
MOST_LINES, MOST_PAGED = 8, 2
A_MENTION = 20
"""Characters that a mention is counted as."""
_MENTION = re.compile(r"<@(\w+)>")
_BOLD: Block = {"style": {"bold": True}}


def day_name(day: date) -> str:
    return f"{day:%a %-d %b}"


def clock(instant: datetime, zone: str, reader: str) -> str:
    """A time of day in the schedule's zone, and the reader's in brackets where their clock shows another one."""
    there, here = instant.astimezone(ZoneInfo(zone)), instant.astimezone(ZoneInfo(reader))
    if there.utcoffset() == here.utcoffset():
        return f"{there:%H:%M}"
    return f"{there:%H:%M} ({here:%H:%M})" if there.date() == here.date() else f"{there:%H:%M} ({here:%a %H:%M})"


def words(view: CalendarView) -> str:
    """The same as plain text, for screen readers and where Slack takes no tables: gaps first."""
    schedule, lines = view.schedule, [_title(view)]
    stretches = [(role.role.name, one) for role in view.roles for one in joined(p for day in role.days for p in day)]
    for role, one in stretches:
        if one.is_gap:
            fallback = f", fallback <@{one.fallback}>" if one.fallback else ""
            lines.append(f"{escape(role)}: nobody {span(one.start, one.end)}{fallback}")
    for role, one in stretches:
        if one.turns:
            said = " and ".join(f"<@{turn.user}>{' (proposed)' if turn.proposed else ''}" for turn in one.turns)
            lines.append(f"{escape(role)}: {said} {span(one.start, one.end)}")
        elif not one.planned:
            lines.append(f"{escape(role)}: not planned from {when(one.start)} on")
    return within(lines, MOST_WORDS, f"`/oncall shifts {escape(schedule.name)}` as a list has all of it")


def _title(view: CalendarView) -> str:
    days = f", {day_name(view.days[0].date)} – {day_name(view.days[-1].date)}" if view.days else ""
    return f"Who is on call in {escape(view.schedule.name)}{days}"


def fitting(view: CalendarView, reader: str) -> CalendarView:
    """As many of the days as one message takes, at least one."""
    written = sum(map(_length, _header(view)))
    for number, row in enumerate(_rows(view, reader)):
        written += sum(map(_length, row))
        if number and written > MOST_CHARACTERS:
            return view.first(number)
    return view


def table(view: CalendarView, reader: str) -> Block:
    """``view`` fits (:func:`fitting`); ``reader`` is the zone of who looks."""
    wrapped = [{"is_wrapped": True} for _role in view.roles]
    rows = [_header(view), *_rows(view, reader)]
    return {"type": "table", "column_settings": [{"is_wrapped": False}, *wrapped], "rows": rows}


def _header(view: CalendarView) -> list[Block]:
    return [_raw("Day"), *(_raw(one.role.name) for one in view.roles)]


def _rows(view: CalendarView, reader: str) -> Iterator[list[Block]]:
    zone = view.schedule.time_zone
    for number, day in enumerate(view.days):
        cells = (_cell(role.days[number], day, zone, reader) for role in view.roles)
        yield [_day_cell(day, is_today=day.date == view.today), *cells]


def _day_cell(day: Day, *, is_today: bool) -> Block:
    changes = "" if day.is_usual else " (clocks change)"
    if not is_today:
        return _raw(f"{day_name(day.date)}{changes}")
    return _rich([[{"type": "text", "text": f"Today, {day_name(day.date)}{changes}"} | _BOLD]])


def _cell(pieces: Sequence[Piece], day: Day, zone: str, reader: str) -> Block:
    """A line for each piece; one that reaches to the end of the day needs no time. The list has all of very many."""
    shown = pieces if len(pieces) <= MOST_LINES else pieces[: MOST_LINES - 1]
    lines = [list(_piece(piece, day, zone, reader)) for piece in shown]
    more = [[_text(f"and {len(pieces) - len(shown)} more: see the list")]] if len(shown) < len(pieces) else []
    return _rich(lines + more)


def _piece(piece: Piece, day: Day, zone: str, reader: str) -> Iterator[Block]:
    yield from _people(piece)
    if piece.end < day.span.end:
        yield _text(f" until {clock(piece.end, zone, reader)}")


def _people(piece: Piece) -> Iterator[Block]:
    for number, turn in enumerate(piece.turns):
        yield from [_text(", ")] if number else []
        yield {"type": "user", "user_id": turn.user}
        yield from [_text(" (proposed)") | {"style": {"italic": True}}] if turn.proposed else []
    if piece.turns:
        return
    if piece.is_gap:
        yield {"type": "emoji", "name": "warning"}
        yield _text(" nobody") | _BOLD
    else:
        yield _text("nobody yet")
    if piece.fallback and piece.is_gap:
        yield _text(", fallback ")
        yield {"type": "user", "user_id": piece.fallback}
    if piece.paged:
        yield from _paged(piece.paged)


def _paged(there: Paged) -> Iterator[Block]:
    words = there.people
    yield _text(f" ({there.told} ")
    for number, word in enumerate(words[:MOST_PAGED]):
        yield from [_text(" and ")] if number else []
        yield _word(word)
    yield _text(f" and {len(words) - MOST_PAGED} more)" if len(words) > MOST_PAGED else ")")


def _word(word: str) -> Block:
    """A mention or an escaped name, as rich text has it."""
    mention = _MENTION.fullmatch(word)
    return {"type": "user", "user_id": mention[1]} if mention else _text(cut(html.unescape(word), 40))


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _raw(text: str) -> Block:
    return {"type": "raw_text", "text": cut(text, 100)}


def _rich(lines: Sequence[Sequence[Block]]) -> Block:
    sections = [{"type": "rich_text_section", "elements": list(line)} for line in lines]
    return {"type": "rich_text", "elements": sections}


def _length(shape: object) -> int:
    """Characters of all text in a cell."""
    if isinstance(shape, list):
        return sum(map(_length, shape))
    if not isinstance(shape, dict):
        return 0
    if shape.get("type") in ("user", "emoji"):
        return A_MENTION
    own = shape["text"] if isinstance(shape.get("text"), str) else ""
    return len(own) + _length(shape.get("elements"))
