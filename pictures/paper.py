"""What every picture is put on: a sheet, letters and boxes, by matplotlib. Only the drawing process imports this.

Slack shows pictures at a quarter to a half of their width, so letters are large. A sheet has a ground of its own and so
looks the same in light and dark mode. Units are pixels, from the top left.
"""

from __future__ import annotations

import io
from bisect import bisect_right

from matplotlib import font_manager, rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

WIDTH, EDGE, DPI = 1400, 28, 100
LONGEST = 100
"""Characters of any text that are looked at; there is room for fewer."""
LARGE, USUAL, SMALL = 40, 29, 25
PAPER, INK, FAINT, LINE = "#ffffff", "#1d1c1d", "#5c5b5d", "#d4d2d6"
FONTS = ("Noto Sans CJK JP", "Noto Sans CJK SC", "WenQuanYi Zen Hei", "Noto Sans Arabic", "Noto Sans Devanagari")
"""Where the system has them, for letters that the library's own font lacks."""


class Sheet:
    """A sheet as wide as all are, and as high as :meth:`cut_to` says."""

    def __init__(self) -> None:
        there = set(font_manager.get_font_names())
        rcParams["font.family"] = ["DejaVu Sans", *(name for name in FONTS if name in there)]
        rcParams["hatch.linewidth"] = 1.4
        self._widths: dict[tuple[str, int, bool], float] = {}
        self._figure = Figure((WIDTH / DPI, 10), dpi=DPI, facecolor=PAPER)
        self._canvas = FigureCanvasAgg(self._figure)
        self.axes = self._figure.add_axes((0, 0, 1, 1))
        self.axes.set_xlim(0, WIDTH)
        self.axes.axis("off")

    def cut_to(self, height: float) -> None:
        self._figure.set_size_inches(WIDTH / DPI, height / DPI)
        self.axes.set_ylim(height, 0)

    def png(self) -> bytes:
        written = io.BytesIO()
        self._canvas.print_png(written)
        return written.getvalue()

    def width(self, text: str, size: int = USUAL, *, bold: bool = False) -> float:
        key = (text[:LONGEST], size, bold)
        if key not in self._widths:
            renderer = self._canvas.get_renderer()
            found = renderer.get_text_width_height_descent(text[:LONGEST], _font(size, bold=bold), ismath=False)
            self._widths[key] = found[0]
        return self._widths[key]

    def fitting(self, text: str, size: int, most: float, *, bold: bool = False) -> str:
        """The text, or as much of it as there is room for, with an ellipsis."""
        if len(text) <= LONGEST and self.width(text, size, bold=bold) <= most:
            return text
        cuts = [text[:number].rstrip() + "…" for number in range(min(len(text), LONGEST) + 1)]
        return cuts[max(bisect_right(cuts, most, key=lambda cut: self.width(cut, size, bold=bold)) - 1, 0)]

    def text(
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

    def box(self, x: float, y: float, width: float, height: float, **style: object) -> None:
        self.axes.add_patch(Rectangle((x, y), width, height, **{"linewidth": 0, **style}))  # pyright: ignore[reportArgumentType]


def _font(size: int, *, bold: bool = False) -> FontProperties:
    """``size`` in pixels."""
    return FontProperties(family=rcParams["font.family"], size=size * 72 / DPI, weight="bold" if bold else "normal")
