"""Every table, as DESIGN.md section 1 names them."""

from storage.tables.destinations import (
    BaseSegment,
    Connection,
    Destination,
    ExternalSchedule,
    ExternalUser,
    LedgerItem,
    Observation,
    Op,
)
from storage.tables.records import AuditLine, Installation, OutboxItem, SeenEvent
from storage.tables.schedules import Member, Role, Rotation, RotationMember, Schedule, ShiftRow, Team
from storage.tables.workspaces import Person, Workspace

__all__ = [
    "AuditLine",
    "BaseSegment",
    "Connection",
    "Destination",
    "ExternalSchedule",
    "ExternalUser",
    "Installation",
    "LedgerItem",
    "Member",
    "Observation",
    "Op",
    "OutboxItem",
    "Person",
    "Role",
    "Rotation",
    "RotationMember",
    "Schedule",
    "SeenEvent",
    "ShiftRow",
    "Team",
    "Workspace",
]
