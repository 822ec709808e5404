"""Layers of an external schedule, and what becomes of those that are there when others are wanted.

What a rotation is as layers is told by :mod:`sync.core.rotation_layers`.

**A changed rotation** is other layers. A layer that still says what is wanted stays, whatever its start has become (the
other side moves a start that has passed to the time of each write); its end is adjusted. A layer that is no longer
wanted ends now. What is new is put on top. Layers can't be removed, only ended, so one of ours that was never in effect
is used for something new; all others keep their order, since the last one shows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from oncall.timeline import Timeline

EMPTY = "Empty"
"""What the layer is called that a schedule is made with, as PagerDuty has none without."""


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

    @property
    def blank(self) -> bool:
        """Whether it ended before it began."""
        return self.end is not None and self.end <= self.start

    def in_effect(self, now: datetime) -> bool:
        """Now or later."""
        return self.end is None or self.end > max(now, self.start)


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
    blank = [layer for layer in result if layer.blank and (layer.id in owned or layer.name == EMPTY)][: len(waiting)]
    ids = [*(layer.id for layer in blank), *[""] * (len(waiting) - len(blank))]
    new = (replace(one, start=max(one.start, moment), id=used) for one, used in zip(waiting, ids, strict=True))
    return (*(layer for layer in result if layer not in blank), *new)


def _fits(layer: Layer, wanted: Layer, now: datetime) -> bool:
    """Both started: it doesn't matter when. Otherwise they have to start together."""
    started = layer.start <= now and wanted.start <= now
    return layer.says_the_same(wanted) and (started or layer.start == wanted.start)
