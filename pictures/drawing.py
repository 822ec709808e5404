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

Slack shows pictures at a quarter to a half of this width, so letters are large. It has a ground of its own and so looks
the same in light and dark mode. Roles differ by colour, hatching and letters: by any one of them, for whoever can't
tell colours. Units are pixels, from the top left.
"""

from __future__ import annotations

import io
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from matplotlib import font_manager, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from pictures.values import Bar, Kind, Picture, Row

WIDTH, EDGE, DPI = 1400, 28, 100
NAMES_MOST, NAMES_LEAST = 340, 130
TITLE, SUBTITLE, MONTHS, WEEKDAYS, NUMBERS = 50, 42, 40, 34, 46
"""Heights of the lines above the rows."""
LANE, PAD, LEGEND = 46, 6, 50
LONGEST = 100
"""Characters of any text that are looked at; there is room for fewer."""
LARGE, USUAL, SMALL = 40, 29, 25
FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Devanagari")
"""Where the system has them, for letters that the library's own font lacks."""

PAPER, INK, FAINT, LINE, WEEKEND, TODAY = "#ffffff", "#1d1c1d", "#5c5b5d", "#d4d2d6", "#f0eff2", "#fff0b8"
NOW, RED, GREY = "#9a6700", "#c8102e", "#e4e2e6"
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
        there = set(font_manager.get_font_names())
        rcParams["font.family"] = ["DejaVu Sans", *(name for name in FONTS if name in there)]
        rcParams["hatch.linewidth"] = 1.4
        self.picture = picture
        self.widths: dict[tuple[str, int, bool], float] = {}
        self.top = EDGE + TITLE + SUBTITLE + MONTHS + WEEKDAYS + NUMBERS
        self.bottom = self.top + sum(_height(row) for row in picture.rows)
        self.figure = Figure((WIDTH / DPI, 10), dpi=DPI, facecolor=PAPER)
        self.canvas = FigureCanvasAgg(self.figure)
        self.left = EDGE + min(max([NAMES_LEAST, *map(self._name_width, picture.rows)]), NAMES_MOST)
        self.column = (WIDTH - EDGE - self.left) / max(len(picture.columns), 1)
        self.legend = list(self._legend_lines())
        self.height = self.bottom + 24 + LEGEND * (len(self.legend) + len(picture.notes)) + EDGE / 2
        self.figure.set_size_inches(WIDTH / DPI, self.height / DPI)
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.set_ylim(self.height, 0)
        self.axes.axis("off")

    def png(self) -> bytes:
        self._heads()
        self._grid()
        at = self.top
        for row in self.picture.rows:
            self._row(row, at)
            at += _height(row)
        self._below()
        written = io.BytesIO()
        self.canvas.print_png(written)
        return written.getvalue()

    def _name_width(self, row: Row) -> float:
        return self._width(row.label, USUAL, bold=row.is_gap) + 20

    def _width(self, text: str, size: int, *, bold: bool = False) -> float:
        key = (text[:LONGEST], size, bold)
        if key not in self.widths:
            renderer = self.canvas.get_renderer()
            found = renderer.get_text_width_height_descent(text[:LONGEST], _font(size, bold=bold), ismath=False)
            self.widths[key] = found[0]
        return self.widths[key]

    def _fitting(self, text: str, size: int, most: float, *, bold: bool = False) -> str:
        """The text, or as much of it as there is room for, with an ellipsis."""
        if len(text) <= LONGEST and self._width(text, size, bold=bold) <= most:
            return text
        cuts = [text[:number].rstrip() + "…" for number in range(min(len(text), LONGEST) + 1)]
        return cuts[max(bisect_right(cuts, most, key=lambda cut: self._width(cut, size, bold=bold)) - 1, 0)]

    def _text(
        self,
        x: float,
        y: float,
        text: str,
        size: int = USUAL,
        *,
        bold: bool = False,
        color: str = INK,
        at: str = "left",
    ) -> None:
        """``y`` is the middle of the line. Dollars in names are no formulas."""
        self.axes.text(
            x, y, text, fontproperties=_font(size, bold=bold), color=color, ha=at, va="center", parse_math=False
        )

    def _box(self, x: float, y: float, width: float, height: float, **style: object) -> None:
        self.axes.add_patch(Rectangle((x, y), width, height, **{"linewidth": 0, **style}))  # pyright: ignore[reportArgumentType]

    def _heads(self) -> None:
        picture, y = self.picture, EDGE + TITLE / 2
        wide = WIDTH - 2 * EDGE
        self._text(EDGE, y, self._fitting(picture.title, LARGE, wide, bold=True), LARGE, bold=True)
        y += TITLE / 2 + SUBTITLE / 2
        self._text(EDGE, y, self._fitting(picture.subtitle, SMALL, wide), SMALL, color=FAINT)
        months = y + SUBTITLE / 2 + MONTHS / 2
        begin = [number for number, column in enumerate(picture.columns) if column.month]
        for number, following in pairwise([*begin, len(picture.columns)]):
            name = self._month(picture.columns[number].month, (following - number) * self.column - 8)
            self._text(self.left + number * self.column + 4, months, name, USUAL, bold=True)

    def _month(self, name: str, room: float) -> str:
        """A month as there is room for it: "November 2026", "November", "Nov" or nothing."""
        forms = (name, name.split()[0], name[:3])
        return next((one for one in forms if self._fitting(one, USUAL, room, bold=True) == one), "")

    def _grid(self) -> None:
        """Days with their heads: weekends and today have a ground of their own, weeks and months a line."""
        head = self.top - WEEKDAYS - NUMBERS
        for number, column in enumerate(self.picture.columns):
            x = self.left + number * self.column
            ground = TODAY if column.is_today else WEEKEND if column.is_weekend else PAPER
            self._box(x, head, self.column, self.bottom - head, facecolor=ground, zorder=0)
            middle, ink = x + self.column / 2, INK if column.is_today else FAINT
            self._text(middle, head + WEEKDAYS / 2, column.weekday, SMALL, bold=column.is_today, color=ink, at="center")
            size = USUAL if self.column >= 41 else SMALL
            self._text(middle, head + WEEKDAYS + NUMBERS / 2, column.number, size, bold=column.is_today, at="center")
            is_new = column.weekday == "M" or bool(column.month)
            self._box(
                x, head, 2.5 if is_new else 1, self.bottom - head, facecolor="#b5b2b8" if is_new else LINE, zorder=1
            )

    def _row(self, row: Row, at: float) -> None:
        height = _height(row)
        self._box(EDGE, at, WIDTH - 2 * EDGE, 1, facecolor=LINE, zorder=1)
        room, bold = self.left - EDGE - 12, row.is_gap
        size = USUAL if self._width(row.label, USUAL, bold=bold) <= room else SMALL
        label = self._fitting(row.label, size, room, bold=bold)
        self._text(EDGE, at + height / 2, label, size, bold=bold, color=RED if bold else INK)
        for bar in row.bars:
            self._bar(bar, at + PAD / 2 + bar.lane * LANE)

    def _bar(self, bar: Bar, at: float) -> None:
        x, width = self.left + bar.start * self.column, max((bar.end - bar.start) * self.column, 3)
        y, height = at + 4, LANE - 8
        color, style = _style(bar)
        self._box(x, y, width, height, zorder=2, **style)
        letters = self.picture.keys[bar.role].letters
        needed = self._width(letters, SMALL, bold=True) + 8
        if bar.kind is Kind.OPEN or width < needed:
            return
        for middle in _places(x, width, 7 * self.column):
            self._box(middle - needed / 2, y + 3, needed, height - 6, zorder=3, facecolor=style["facecolor"])
            self._text(middle, at + LANE / 2, letters, SMALL, bold=True, color=color, at="center")

    def _below(self) -> None:
        """The moment that the picture shows, the legend, and what else there is to say."""
        self._box(EDGE, self.bottom, WIDTH - 2 * EDGE, 2, facecolor="#b5b2b8", zorder=1)
        if self.picture.now is not None:
            x, head = self.left + self.picture.now * self.column, self.top - 4
            self._box(x - 1.5, head, 3, self.bottom - head, facecolor=NOW, zorder=4)
        y = self.bottom + 24 + LEGEND / 2
        for line in self.legend:
            for x, bar, letters, name in line:
                color, style = _style(bar)
                self._box(x, y - 17, 54, 34, zorder=2, **style)
                if letters:
                    needed = self._width(letters, SMALL, bold=True) + 8
                    self._box(x + 27 - needed / 2, y - 14, needed, 28, zorder=3, facecolor=style["facecolor"])
                    self._text(x + 27, y, letters, SMALL, bold=True, color=color, at="center")
                self._text(x + 66, y, name, USUAL)
            y += LEGEND
        for note in self.picture.notes:
            self._text(EDGE, y, self._fitting(note, SMALL, WIDTH - 2 * EDGE), SMALL, color=FAINT)
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
            name = self._fitting(words, USUAL, 420)
            wide = 66 + self._width(name, USUAL) + 44
            if line and x + wide > WIDTH - EDGE:
                yield line
                line, x = [], float(EDGE)
            line.append((x, bar, letters, name))
            x += wide
        yield line


def _font(size: int, *, bold: bool = False) -> FontProperties:
    """``size`` in pixels."""
    return FontProperties(family=rcParams["font.family"], size=size * 72 / DPI, weight="bold" if bold else "normal")


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
