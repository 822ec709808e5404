"""What a calendar picture shows. Plain values, which travel to the drawing process as JSON.

Places along the days are numbers: 0 is the beginning of the first column, 1.5 the middle of the second one. Nothing
here knows zones or clocks; a day on which clocks change is a column like any other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a bar means."""

    ON_CALL = "on call"
    PROPOSED = "proposed"
    GAP = "gap"
    OPEN = "open"
    """Nothing is planned yet."""


@dataclass(frozen=True, slots=True)
class Column:
    """One day: ``weekday`` and ``number`` head it; ``month`` is that of the first column and where a month begins."""

    weekday: str
    number: str
    month: str = ""
    is_weekend: bool = False
    is_today: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a row, in the colour of the role at this place in the legend; ``lane`` counts from the row's top."""

    start: float
    end: float
    role: int
    kind: Kind = Kind.ON_CALL
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A person, or what nobody has of a role, which may be a gap; as high as its ``lanes`` make it."""

    label: str
    bars: tuple[Bar, ...]
    lanes: int = 1
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A role in the legend, and the letters that stand on its bars."""

    letters: str
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """People in rows, days in columns, roles by colour; ``now`` is a place, ``notes`` stand below."""

    title: str
    subtitle: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    keys: tuple[Key, ...]
    now: float | None = None
    notes: tuple[str, ...] = ()

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Picture:
        """What :meth:`dump` wrote."""
        found: dict[str, Any] = json.loads(text)
        return cls(
            found["title"],
            found["subtitle"],
            tuple(Column(**column) for column in found["columns"]),
            tuple(_row(row) for row in found["rows"]),
            tuple(Key(**key) for key in found["keys"]),
            found["now"],
            tuple(found["notes"]),
        )


def _row(found: dict[str, Any]) -> Row:
    bars = tuple(Bar(**{**bar, "kind": Kind(bar["kind"])}) for bar in found["bars"])
    return Row(found["label"], bars, found["lanes"], found["is_gap"])
