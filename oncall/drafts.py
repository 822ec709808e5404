"""A rotation as somebody fills it in, and what is wrong with it, field by field.

A :class:`Draft` may have anything missing or impossible; :func:`validate` names one problem for each field that has
one, in words for the person at the form. A draft without problems becomes a rotation with :meth:`Draft.rotation`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from oncall.names import clean, is_visible
from oncall.pace import Counts
from oncall.rotations import Backup, Rotation, Unit, members
from oncall.windows import EVERY_DAY, Coverage, Daily, Weekly
from zonedata import remembered

MOST_HANDOFF_UNITS = {Unit.HOURS: 24 * 365, Unit.DAYS: 365, Unit.WEEKS: 52, Unit.MONTHS: 12}


class Field(StrEnum):
    """What a person fills in."""

    NAME = "name"
    ROLE = "role"
    MEMBERS = "members"
    EVERY = "every"
    UNIT = "unit"
    FIRST_HANDOFF = "first_handoff"
    ZONE = "zone"
    OPENS = "opens"
    CLOSES = "closes"
    DAYS = "days"
    OPENS_ON = "opens_on"
    CLOSES_ON = "closes_on"
    COUNTS = "counts"
    BACKUP = "backup"
    BACKUP_ROLE = "backup_role"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person chose; None is what was left empty. ``members`` are users in their order.

    ``opens`` and ``closes`` both None is around the clock, the same time twice is whole days. With ``opens_on`` and
    ``closes_on`` (Monday is 0) it is one stretch a week instead, and ``days`` mean nothing. ``backup`` is how many
    places behind whoever has the turn the backup stands, None for no backup.
    """

    name: str = ""
    role: int | None = None
    members: tuple[str, ...] = ()
    every: int | None = 1
    unit: str = Unit.WEEKS
    first_handoff: datetime | None = None
    zone: str = ""
    opens: time | None = None
    closes: time | None = None
    days: frozenset[int] = EVERY_DAY
    opens_on: int | None = None
    closes_on: int | None = None
    counts: str = Counts.CALENDAR
    backup: int | None = None
    backup_role: int | None = None

    @classmethod
    def of(cls, rotation: Rotation, members: Iterable[str], **more: Any) -> Self:
        """What somebody would have filled in to get ``rotation`` with these members; ``more`` goes to a subclass."""
        coverage, backup = rotation.coverage, rotation.backup
        return cls(
            name=rotation.name,
            role=rotation.role_id,
            members=tuple(members),
            every=rotation.every,
            unit=rotation.unit,
            first_handoff=rotation.first_handoff,
            zone=rotation.zone,
            opens=coverage.opens if coverage else None,
            closes=coverage.closes if coverage else None,
            days=coverage.days if isinstance(coverage, Daily) else EVERY_DAY,
            opens_on=coverage.opens_on if isinstance(coverage, Weekly) else None,
            closes_on=coverage.closes_on if isinstance(coverage, Weekly) else None,
            counts=rotation.counts,
            backup=backup.offset if backup else None,
            backup_role=backup.role_id if backup else None,
            **more,
        )

    @property
    def has_windows(self) -> bool:
        return self.opens is not None or self.closes is not None

    @property
    def is_stretch(self) -> bool:
        """Whether one stretch a week is covered."""
        return self.opens_on is not None or self.closes_on is not None

    def rotation(self) -> Rotation:
        """The rotation; raises :class:`InvalidDraft` when there are problems."""
        problems = validate(self)
        if problems or self.role is None or self.first_handoff is None or self.every is None:
            raise InvalidDraft(problems)
        return Rotation(
            role_id=self.role,
            zone=self.zone,
            first_handoff=self.first_handoff,
            members=members(*self.members),
            every=self.every,
            unit=Unit(self.unit),
            coverage=self.coverage,
            backup=self._backup(),
            name=clean(self.name),
            counts=Counts(self.counts),
        )

    @property
    def coverage(self) -> Coverage | None:
        """Its windows, None around the clock."""
        if self.opens is None or self.closes is None:
            return None
        if self.opens_on is not None and self.closes_on is not None:
            return Weekly(self.opens_on, self.opens, self.closes_on, self.closes)
        return Daily(self.opens, self.closes, self.days)

    def _backup(self) -> Backup | None:
        if self.backup is None or self.backup_role is None:
            return None
        return Backup(self.backup_role, self.backup)


class InvalidDraft(ValueError):
    """Somebody asked for a rotation of a draft that has ``problems``."""

    def __init__(self, problems: dict[Field, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = problems


def validate(draft: Draft) -> dict[Field, str]:
    """One problem for each field that has one; empty when the draft can become a rotation."""
    problems = ((field, check(draft)) for field, check in CHECKS.items())
    return {field: text for field, text in problems if text is not None}


def _name(draft: Draft) -> str | None:
    return None if is_visible(draft.name) else "Give the rotation a name that can be seen."


def _role(draft: Draft) -> str | None:
    return "Choose the role that it fills." if draft.role is None else None


def _members(draft: Draft) -> str | None:
    if not draft.members:
        return "Choose at least one member."
    twice = len(set(draft.members)) < len(draft.members)
    return "Nobody can be in the order twice." if twice else None


def _every(draft: Draft) -> str | None:
    most = MOST_HANDOFF_UNITS[Unit(draft.unit)] if _unit(draft) is None else None
    if draft.every is None or draft.every < 1:
        return "Use a whole number from 1."
    if most is not None and draft.every > most:
        return f"A turn can last a year at most: use a number up to {most}."
    return None


def _unit(draft: Draft) -> str | None:
    return None if draft.unit in set(Unit) else "Choose hours, days, weeks or months."


def _first_handoff(draft: Draft) -> str | None:
    if draft.first_handoff is None:
        return "Say when the first turn begins."
    return None if draft.first_handoff.tzinfo is None else "Give the first handoff as local time, without an offset."


def _zone(draft: Draft) -> str | None:
    return None if is_zone(draft.zone) else f"There is no time zone “{draft.zone}”; use a name such as Europe/Berlin."


def _opens(draft: Draft) -> str | None:
    return "Say when coverage begins." if draft.has_windows and draft.opens is None else None


def _closes(draft: Draft) -> str | None:
    if draft.has_windows and draft.closes is None:
        return "Say when coverage ends."
    if draft.is_stretch and (draft.opens_on, draft.opens) == (draft.closes_on, draft.closes):
        return "From and To are the same; choose Around the clock to cover the whole week."
    if not draft.is_stretch and draft.opens == draft.closes and draft.opens is not None and draft.days == EVERY_DAY:
        return "From and To are the same on every day; choose Around the clock, or fewer days."
    return None


def _days(draft: Draft) -> str | None:
    if not draft.has_windows or draft.is_stretch or (draft.days and draft.days <= EVERY_DAY):
        return None
    return "Choose at least one weekday."


def _opens_on(draft: Draft) -> str | None:
    return _weekday(draft.opens_on, "begins") if draft.is_stretch else None


def _closes_on(draft: Draft) -> str | None:
    return _weekday(draft.closes_on, "ends") if draft.is_stretch else None


def _weekday(day: int | None, what: str) -> str | None:
    return None if day in EVERY_DAY else f"Choose the weekday on which coverage {what}."


def _counts(draft: Draft) -> str | None:
    return None if draft.counts in set(Counts) else "Choose covered time or calendar time."


def _backup(draft: Draft) -> str | None:
    if draft.backup is None:
        return None
    people = len(set(draft.members))
    if people == 1:
        return "One member cannot be their own backup; add another or choose None."
    if draft.backup < 1 or (people and draft.backup % people == 0):
        return f"{draft.backup} places behind of {people} is the same person."
    return None


def _backup_role(draft: Draft) -> str | None:
    if draft.backup is None:
        return None
    if draft.backup_role is None:
        return "Choose the role that the backup fills."
    return "The backup must fill another role." if draft.backup_role == draft.role else None


@remembered(maxsize=1024)
def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


CHECKS: dict[Field, Callable[[Draft], str | None]] = {
    Field.NAME: _name,
    Field.ROLE: _role,
    Field.MEMBERS: _members,
    Field.EVERY: _every,
    Field.UNIT: _unit,
    Field.FIRST_HANDOFF: _first_handoff,
    Field.ZONE: _zone,
    Field.OPENS: _opens,
    Field.CLOSES: _closes,
    Field.DAYS: _days,
    Field.OPENS_ON: _opens_on,
    Field.CLOSES_ON: _closes_on,
    Field.COUNTS: _counts,
    Field.BACKUP: _backup,
    Field.BACKUP_ROLE: _backup_role,
}
