"""Puts a picture on paper with matplotlib. Only the drawing process imports this.

    title
    subtitle
              November              December
              M  T  W  T  F  S  S   M …
              30 1  2  3  4  5  6   7 …
    Nobody    ▒▒▒
    Ann       ██████████P█████
    Bob               ██S██████████████
    P Primary   S Secondary   ▒ nobody on call

Roles differ by colour, hatching and letters: by any one of them, for whoever can't
tell colours.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import pairwise

from pictures.paper import EDGE, FAINT, INK, LARGE, LINE, PAPER, SMALL, USUAL, WIDTH, Sheet
from pictures.values import Bar, Kind, Picture, Row

NAMES_MOST, NAMES_LEAST = 340, 130
TITLE, SUBTITLE, MONTHS, WEEKDAYS, NUMBERS = 50, 42, 40, 34, 46
"""Heights of the lines above the rows."""
LANE, PAD, LEGEND = 46, 6, 50
WEEKEND, TODAY, NOW, RED, GREY = "#f0eff2", "#fff0b8", "#9a6700", "#c8102e", "#e4e2e6"
ROLES = (("#0b5fa5", ""), ("#f0a500", "//"), ("#00805f", ".."), ("#c06aa5", "xx"), ("#6fc3ef", "--"))
"""Colour and hatching by place in the legend: colours that people tell apart who see few of them."""
DARK = ("#0b5fa5", "#00805f", RED)


def draw(picture: Picture) -> bytes:
    """A PNG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that no font has are drawn as boxes
        return _Sheet(picture).png()


class _Sheet:
    """One picture with its measures."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.paper = Sheet()
        self.top = EDGE + TITLE + SUBTITLE + MONTHS + WEEKDAYS + NUMBERS
        self.bottom = self.top + sum(_height(row) for row in picture.rows)
        self.left = EDGE + min(max([NAMES_LEAST, *map(self._name_width, picture.rows)]), NAMES_MOST)
        self.column = (WIDTH - EDGE - self.left) / max(len(picture.columns), 1)
        self.legend = list(self._legend_lines())
        self.paper.cut_to(self.bottom + 24 + LEGEND * (len(self.legend) + len(picture.notes)) + EDGE / 2)

    def png(self) -> bytes:
        self._heads()
        self._grid()
        at = self.top
        for row in self.picture.rows:
            self._row(row, at)
            at += _height(row)
        self._below()
        return self.paper.png()

    def _name_width(self, row: Row) -> float:
        return self.paper.width(row.label, USUAL, bold=row.is_gap) + 20

    def _heads(self) -> None:
        picture, y = self.picture, EDGE + TITLE / 2
        wide = WIDTH - 2 * EDGE
        self.paper.text(EDGE, y, self.paper.fitting(picture.title, LARGE, wide, bold=True), LARGE, bold=True)
        y += TITLE / 2 + SUBTITLE / 2
        self.paper.text(EDGE, y, self.paper.fitting(picture.subtitle, SMALL, wide), SMALL, color=FAINT)
        months = y + SUBTITLE / 2 + MONTHS / 2
        begin = [number for number, column in enumerate(picture.columns) if column.month]
        for number, following in pairwise([*begin, len(picture.columns)]):
            name = self._month(picture.columns[number].month, (following - number) * self.column - 8)
            self.paper.text(self.left + number * self.column + 4, months, name, USUAL, bold=True)

    def _month(self, name: str, room: float) -> str:
        """A month as there is room for it: "November 2026", "November", "Nov" or nothing."""
        forms = (name, name.split()[0], name[:3])
        return next((one for one in forms if self.paper.fitting(one, USUAL, room, bold=True) == one), "")

    def _grid(self) -> None:
        """Days with their heads: weekends and today have a ground of their own, weeks and months a line."""
        head = self.top - WEEKDAYS - NUMBERS
        for number, column in enumerate(self.picture.columns):
            x = self.left + number * self.column
            ground = TODAY if column.is_today else WEEKEND if column.is_weekend else PAPER
            self.paper.box(x, head, self.column, self.bottom - head, facecolor=ground, zorder=0)
            middle, ink = x + self.column / 2, INK if column.is_today else FAINT
            self.paper.text(
                middle, head + WEEKDAYS / 2, column.weekday, SMALL, bold=column.is_today, color=ink, at="center"
            )
            size = USUAL if self.column >= 41 else SMALL
            self.paper.text(
                middle, head + WEEKDAYS + NUMBERS / 2, column.number, size, bold=column.is_today, at="center"
            )
            is_new = column.weekday == "M" or bool(column.month)
            self.paper.box(
                x, head, 2.5 if is_new else 1, self.bottom - head, facecolor="#b5b2b8" if is_new else LINE, zorder=1
            )

    def _row(self, row: Row, at: float) -> None:
        height = _height(row)
        self.paper.box(EDGE, at, WIDTH - 2 * EDGE, 1, facecolor=LINE, zorder=1)
        room, bold = self.left - EDGE - 12, row.is_gap
        size = USUAL if self.paper.width(row.label, USUAL, bold=bold) <= room else SMALL
        label = self.paper.fitting(row.label, size, room, bold=bold)
        self.paper.text(EDGE, at + height / 2, label, size, bold=bold, color=RED if bold else INK)
        for bar in row.bars:
            self._bar(bar, at + PAD / 2 + bar.lane * LANE)

    def _bar(self, bar: Bar, at: float) -> None:
        x, width = self.left + bar.start * self.column, max((bar.end - bar.start) * self.column, 3)
        y, height = at + 4, LANE - 8
        color, style = _style(bar)
        self.paper.box(x, y, width, height, zorder=2, **style)
        letters = self.picture.keys[bar.role].letters
        needed = self.paper.width(letters, SMALL, bold=True) + 8
        if bar.kind is Kind.OPEN or width < needed:
            return
        for middle in _places(x, width, 7 * self.column):
            self.paper.box(middle - needed / 2, y + 3, needed, height - 6, zorder=3, facecolor=style["facecolor"])
            self.paper.text(middle, at + LANE / 2, letters, SMALL, bold=True, color=color, at="center")

    def _below(self) -> None:
        """The moment that the picture shows, the legend, and what else there is to say."""
        self.paper.box(EDGE, self.bottom, WIDTH - 2 * EDGE, 2, facecolor="#b5b2b8", zorder=1)
        if self.picture.now is not None:
            x, head = self.left + self.picture.now * self.column, self.top - 4
            self.paper.box(x - 1.5, head, 3, self.bottom - head, facecolor=NOW, zorder=4)
        y = self.bottom + 24 + LEGEND / 2
        for line in self.legend:
            for x, bar, letters, name in line:
                color, style = _style(bar)
                self.paper.box(x, y - 17, 54, 34, zorder=2, **style)
                if letters:
                    needed = self.paper.width(letters, SMALL, bold=True) + 8
                    self.paper.box(x + 27 - needed / 2, y - 14, needed, 28, zorder=3, facecolor=style["facecolor"])
                    self.paper.text(x + 27, y, letters, SMALL, bold=True, color=color, at="center")
                self.paper.text(x + 66, y, name, USUAL)
            y += LEGEND
        for note in self.picture.notes:
            self.paper.text(EDGE, y, self.paper.fitting(note, SMALL, WIDTH - 2 * EDGE), SMALL, color=FAINT)
            y += LEGEND

    def _legend_lines(self) -> Iterator[list[tuple[float, Bar, str, str]]]:
        """Lines of swatches with their places, letters and names."""
        shown = {bar.kind for row in self.picture.rows for bar in row.bars}
        entries = [(Bar(0, 1, n), key.letters, key.name) for n, key in enumerate(self.picture.keys)]
        meant = {Kind.PROPOSED: "proposed", Kind.GAP: "nobody on call", Kind.OPEN: "not planned yet"}
        entries += [(Bar(0, 1, 0, kind), "", words) for kind, words in meant.items() if kind in shown]
        line: list[tuple[float, Bar, str, str]] = []
        x = float(EDGE)
        for bar, letters, words in entries:
            name = self.paper.fitting(words, USUAL, 420)
            wide = 66 + self.paper.width(name, USUAL) + 44
            if line and x + wide > WIDTH - EDGE:
                yield line
                line, x = [], float(EDGE)
            line.append((x, bar, letters, name))
            x += wide
        yield line


def _height(row: Row) -> float:
    return row.lanes * LANE + PAD


def _places(x: float, width: float, apart: float) -> list[float]:
    """Where letters stand on a bar: in its middle, on a long one several times."""
    count = max(1, round(width / apart))
    return [x + (number + 0.5) * width / count for number in range(count)]


def _style(bar: Bar) -> tuple[str, dict[str, object]]:
    """The colour of letters, and how the bar looks."""
    own, hatch = ROLES[bar.role % len(ROLES)]
    if bar.kind is Kind.GAP:
        return "#ffffff", {"facecolor": RED, "edgecolor": "#ffb3bd", "hatch": "\\\\"}
    if bar.kind is Kind.OPEN:
        return FAINT, {"facecolor": GREY, "edgecolor": "#c9c6cc", "hatch": "/"}
    if bar.kind is Kind.PROPOSED:
        return INK, {"facecolor": PAPER, "edgecolor": own, "linewidth": 3, "linestyle": (0, (3, 1.5))}
    ink = "#ffffff" if own in DARK else INK
    return ink, {"facecolor": own, "edgecolor": "#ffffff66" if own in DARK else "#00000044", "hatch": hatch}
