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
    OwnedLayer,
    PendingChange,
    RequestBudget,
)
from storage.tables.notices import ChannelSettings, Preference, Told, Webhook, WebhookDelivery
from storage.tables.records import AuditLine, Heartbeat, Installation, OutboxItem, SeenEvent
from storage.tables.schedules import (
    CoverRequest,
    Member,
    Role,
    Rotation,
    RotationMember,
    RotationVersion,
    Schedule,
    ShiftRow,
    Team,
)
from storage.tables.workspaces import Person, Workspace

__all__ = [
    "AuditLine",
    "BaseSegment",
    "ChannelSettings",
    "Connection",
    "CoverRequest",
    "Destination",
    "ExternalSchedule",
    "ExternalUser",
    "Heartbeat",
    "Installation",
    "LedgerItem",
    "Member",
    "Observation",
    "Op",
    "OutboxItem",
    "OwnedLayer",
    "PendingChange",
    "Person",
    "Preference",
    "RequestBudget",
    "Role",
    "Rotation",
    "RotationMember",
    "RotationVersion",
    "Schedule",
    "SeenEvent",
    "ShiftRow",
    "Team",
    "Told",
    "Webhook",
    "WebhookDelivery",
    "Workspace",
]
