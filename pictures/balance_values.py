"""What a picture of a balance shows. Plain values, which travel to the drawing process as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

KIND = "balance"


class Tone(StrEnum):
    """How somebody stands; each has a colour and a word."""

    GOOD = "good"
    SLIGHT = "slight"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Share:
    """One person: what they did and have ahead, what they should have, the same in ``words``, and how that is."""

    label: str
    done: float
    ahead: float
    target: float
    words: str
    tone: Tone
    standing: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Everybody by one measure."""

    name: str
    rows: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class BalancePicture:
    """Panels below each other, each on a scale of its own; ``notes`` stand below."""

    title: str
    subtitle: str
    panels: tuple[Panel, ...]
    notes: tuple[str, ...] = ()

    def dump(self) -> str:
        return json.dumps({"kind": KIND, **asdict(self)})

    @staticmethod
    def is_in(text: str) -> bool:
        """Whether that is what :meth:`dump` wrote."""
        return json.loads(text).get("kind") == KIND

    @classmethod
    def load(cls, text: str) -> BalancePicture:
        """What :meth:`dump` wrote."""
        found: dict[str, Any] = json.loads(text)
        panels = tuple(Panel(one["name"], tuple(map(_share, one["rows"]))) for one in found["panels"])
        return cls(found["title"], found["subtitle"], panels, tuple(found["notes"]))


def _share(found: dict[str, Any]) -> Share:
    return Share(**{**found, "tone": Tone(found["tone"])})
