"""A part of a shift: what somebody typed into *Starts* and *Ends* when they mean less than the whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from oncall.shifts import Shift
from oncall.timeline import Interval
from services.kit.errors import FieldErrors


@dataclass(frozen=True, slots=True)
class Part:
    """``[start, end)`` in UTC; None is where the shift starts (or now, if that is later) and where it ends."""

    start: datetime | None = None
    end: datetime | None = None

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None


WHOLE = Part()


def stretch_of(shift: Shift, part: Part, now: datetime) -> Interval:
    """The stretch that is meant, inside what is left of the shift. Raises FieldErrors(start, end)."""
    left = Interval(max(shift.start, now), shift.end)
    start, end = part.start or left.start, part.end or left.end
    problems: dict[str, str] = {}
    if start >= left.end or (part.start is not None and start < shift.start):
        problems["start"] = "Choose a time within the shift."
    if end > left.end or end <= max(start, left.start):
        problems["end"] = "Choose a time within the shift, after the start and in the future."
    if problems:
        raise FieldErrors(problems)
    return Interval(max(start, left.start), end)


def cut_to(shift: Shift, stretch: Interval) -> Shift:
    """The same shift, only there."""
    return replace(shift, start=stretch.start, end=stretch.end)
