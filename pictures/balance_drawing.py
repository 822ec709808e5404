"""Puts a picture of a balance on paper with matplotlib. Only the drawing process imports this.

    title
    subtitle
    All shifts
    Ann       ██████▒▒▒|            3 + 2 of 4.8   balanced
    Bob       ██▒|▒▒▒▒▒▒▒▒          1 + 6 of 4.8   far off
    █ done   ▒ ahead   | target

How somebody stands is said by colour and by a word.
"""

from __future__ import annotations

import warnings

from pictures.balance_values import BalancePicture, Panel, Share, Tone
from pictures.paper import EDGE, FAINT, INK, LARGE, LINE, SMALL, USUAL, WIDTH, Sheet

NAMES, NUMBERS, STANDINGS = 310, 330, 290
WORDS = NUMBERS + STANDINGS
"""Widths to the left and to the right of the bars: a year of hours has to fit."""
HEAD, SUBTITLE, PANEL, LANE, LEGEND = 56, 48, 66, 46, 56
TONES = {Tone.GOOD: "#00805f", Tone.SLIGHT: "#f0a500", Tone.FAR: "#c8102e"}
LIGHT = {Tone.GOOD: "#b8e0d2", Tone.SLIGHT: "#fde3a7", Tone.FAR: "#f5b8c1"}


def draw(picture: BalancePicture) -> bytes:
    """A PNG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that no font has are drawn as boxes
        return _Sheet(picture).png()


class _Sheet:
    """One picture with its measures."""

    def __init__(self, picture: BalancePicture) -> None:
        self.picture = picture
        rows = sum(len(panel.rows) for panel in picture.panels)
        lines = LEGEND * (1 + len(picture.notes))
        self.paper = Sheet()
        self.paper.cut_to(2 * EDGE + HEAD + SUBTITLE + PANEL * len(picture.panels) + LANE * rows + lines)

    def png(self) -> bytes:
        at = float(EDGE)
        self._text(EDGE, at + HEAD / 2, self.picture.title, WIDTH - 2 * EDGE, LARGE, bold=True)
        at += HEAD
        self._text(EDGE, at + SUBTITLE / 2, self.picture.subtitle, WIDTH - 2 * EDGE, SMALL, color=FAINT)
        at += SUBTITLE
        for panel in self.picture.panels:
            at = self._panel(panel, at)
        self._below(at)
        return self.paper.png()

    def _panel(self, panel: Panel, at: float) -> float:
        """Draws it and returns where it ends."""
        self._text(EDGE, at + PANEL / 2 + 6, panel.name, WIDTH - 2 * EDGE, USUAL, bold=True)
        at += PANEL
        most = max([1e-9, *(max(row.done + row.ahead, row.target) for row in panel.rows)])
        for row in panel.rows:
            self._row(row, at, (WIDTH - 2 * EDGE - NAMES - WORDS) / most)
            at += LANE
        return at

    def _row(self, row: Share, at: float, scale: float) -> None:
        left, middle = EDGE + NAMES, at + LANE / 2
        self.paper.box(EDGE, at, WIDTH - 2 * EDGE, 1, facecolor=LINE, zorder=0)
        self._text(EDGE, middle, row.label, NAMES - 16)
        self.paper.box(left, at + 8, row.done * scale, LANE - 16, facecolor=TONES[row.tone], zorder=2)
        ahead = {"facecolor": LIGHT[row.tone], "edgecolor": TONES[row.tone], "hatch": "//", "zorder": 2}
        self.paper.box(left + row.done * scale, at + 8, row.ahead * scale, LANE - 16, **ahead)
        self.paper.box(left + row.target * scale - 2, at + 2, 4, LANE - 4, facecolor=INK, zorder=3)
        words = WIDTH - EDGE - WORDS + 20
        self._text(words, middle, row.words, NUMBERS - 20, SMALL)
        self._text(words + NUMBERS, middle, row.standing, STANDINGS - 20, SMALL, color=FAINT)

    def _below(self, at: float) -> None:
        middle = at + LEGEND / 2 + 8
        tone = Tone.GOOD
        meant = (
            ("done", {"facecolor": TONES[tone]}),
            ("ahead", {"facecolor": LIGHT[tone], "edgecolor": TONES[tone], "hatch": "//"}),
            ("target", {"facecolor": INK}),
        )
        x = float(EDGE)
        for name, style in meant:
            width = 4 if name == "target" else 54
            self.paper.box(x, middle - 16, width, 32, **style)
            self._text(x + width + 12, middle, name, 200)
            x += width + 170
        for number, note in enumerate(self.picture.notes, 1):
            self._text(EDGE, middle + number * LEGEND, note, WIDTH - 2 * EDGE, SMALL, color=FAINT)

    def _text(
        self, x: float, y: float, text: str, room: float, size: int = USUAL, *, bold: bool = False, color: str = INK
    ) -> None:
        """As much as there is room for, with an ellipsis."""
        self.paper.text(x, y, self.paper.fitting(text, size, room, bold=bold), size, bold=bold, color=color)
