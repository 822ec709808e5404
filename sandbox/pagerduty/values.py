"""What an account holds, as values. A change makes a new plan; a schedule keeps its recent plans for stale reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from sandbox.pagerduty.history import History
from sandbox.pagerduty.shift_values import ShiftPlan


class Region(StrEnum):
    US = "us"
    EU = "eu"


class ScheduleKind(StrEnum):
    LAYERS = "schedule"
    SHIFTS = "schedule_v3"


class RestrictionKind(StrEnum):
    DAILY = "daily_restriction"
    WEEKLY = "weekly_restriction"


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    email: str
    time_zone: str
    role: str = "user"
    job_title: str | None = None
    description: str | None = None
    deactivated: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    token: str
    user_id: str | None = None  # None: an account key, which acts as nobody
    read_only: bool = False
    revoked: bool = False
    scopes: frozenset[str] | None = None  # None: everything


@dataclass(frozen=True, slots=True)
class Team:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    id: str
    name: str
    levels: tuple[tuple[str, ...], ...]  # ids of schedules and users, level by level


@dataclass(frozen=True, slots=True)
class Restriction:
    kind: RestrictionKind
    start: time
    duration_seconds: int
    weekday: int | None = None  # ISO, Monday is 1


@dataclass(frozen=True, slots=True)
class Layer:
    id: str
    name: str
    start: datetime
    end: datetime | None
    virtual_start: datetime
    turn_seconds: int
    user_ids: tuple[str, ...]
    restrictions: tuple[Restriction, ...] = ()
    earlier: tuple[Layer, ...] = ()  # what this layer was before it was edited; only the past shows it


@dataclass(frozen=True, slots=True)
class Override:
    id: str
    number: int  # counts creations; the highest wins
    start: datetime
    end: datetime
    user_id: str
    made_by: str = "api"


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """A layer-based schedule: layers lowest first, overrides in order of creation."""

    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()

    def override(self, override_id: str) -> Override | None:
        return next((one for one in self.overrides if one.id == override_id), None)

    def with_override(self, override: Override) -> LayerPlan:
        return replace(self, overrides=(*self.overrides, override))

    def without_override(self, override_id: str) -> LayerPlan:
        return replace(self, overrides=tuple(one for one in self.overrides if one.id != override_id))

    def with_override_replaced(self, override: Override) -> LayerPlan:
        kept = (override if one.id == override.id else one for one in self.overrides)
        return replace(self, overrides=tuple(kept))

    def user_ids(self) -> set[str]:
        return {user_id for layer in self.layers for user_id in layer.user_ids}


@dataclass(slots=True)
class AuditRecord:
    id: str
    at: datetime
    action: str
    actor_id: str | None
    token_end: str
    request_id: str
    item_id: str = ""


@dataclass(slots=True)
class Schedule:
    """One schedule of either kind. An upgrade turns its kind and leaves the other plan behind."""

    id: str
    name: str
    time_zone: str
    description: str
    kind: ScheduleKind
    layered: History[LayerPlan]
    shifts: History[ShiftPlan]
    team_ids: tuple[str, ...] = ()
    audit: list[AuditRecord] = field(default_factory=list)

    @property
    def plan(self) -> LayerPlan:
        return self.layered.latest

    def record(self, at: datetime, plan: LayerPlan) -> None:
        self.layered.record(at, plan)

    def user_ids(self) -> set[str]:
        """Everybody who takes part."""
        return self.shifts.latest.user_ids() if self.kind is ScheduleKind.SHIFTS else self.plan.user_ids()
