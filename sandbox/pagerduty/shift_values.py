"""What a shift-based (v3) schedule is made of: rotations of recurring events, custom shifts, and overrides of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class Strategy(StrEnum):
    ROTATING = "rotating_member_assignment_strategy"
    EVERY = "every_member_assignment_strategy"


class SourceKind(StrEnum):
    ROTATION = "schedule_rotation"
    SHIFT = "custom_shift"
    ROTATION_OVERRIDE = "schedule_rotation_override"
    SHIFT_OVERRIDE = "custom_shift_override"


@dataclass(frozen=True, slots=True)
class Event:
    """When and how people of a rotation are on call. Start and end are wall times of the zone."""

    id: str
    name: str
    start: datetime
    end: datetime
    time_zone: str
    effective_since: datetime
    effective_until: datetime | None
    recurrence: tuple[str, ...]
    strategy: Strategy
    shifts_per_member: int
    members: tuple[str | None, ...]  # None: an empty member

    def has_ended(self, now: datetime) -> bool:
        return self.effective_until is not None and self.effective_until <= now

    def is_active(self, now: datetime) -> bool:
        return self.effective_since <= now and not self.has_ended(now)

    def ended_at(self, now: datetime) -> Event:
        return replace(self, effective_until=min(self.effective_until or now, now))


@dataclass(frozen=True, slots=True)
class Rotation:
    id: str
    events: tuple[Event, ...] = ()
    removed: bool = False  # gone from the API; only the past shows it

    def event(self, event_id: str) -> Event | None:
        return next((one for one in self.events if one.id == event_id), None)


@dataclass(frozen=True, slots=True)
class CustomShift:
    id: str
    start: datetime
    end: datetime
    assignment_id: str
    user_id: str | None


@dataclass(frozen=True, slots=True)
class ShiftOverride:
    """Puts one member in another's place on a rotation or on a custom shift; the highest number wins."""

    id: str
    number: int
    rotation_id: str | None
    custom_shift_id: str | None
    start: datetime
    end: datetime
    overridden: str | None
    overriding: str | None


Item = TypeVar("Item", Rotation, CustomShift, ShiftOverride)


def found(items: Iterable[Item], item_id: str) -> Item | None:
    return next((one for one in items if one.id == item_id), None)


def exchanged(items: Iterable[Item], item: Item) -> tuple[Item, ...]:
    return tuple(item if one.id == item.id else one for one in items)


def without(items: Iterable[Item], item_id: str) -> tuple[Item, ...]:
    return tuple(one for one in items if one.id != item_id)


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """A shift-based schedule. Everything adds up: several people may be on call at once."""

    rotations: tuple[Rotation, ...] = ()
    custom_shifts: tuple[CustomShift, ...] = ()
    overrides: tuple[ShiftOverride, ...] = ()

    def user_ids(self) -> set[str]:
        members = {one for rotation in self.rotations for event in rotation.events for one in event.members}
        return {one for one in members | {shift.user_id for shift in self.custom_shifts} if one is not None}
