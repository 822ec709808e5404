"""Teams, schedules, their roles and members, rotations and shifts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base

SCHEDULE_FK = "schedule.id"


class Team(Base):
    """A named group that owns schedules; ``public_id`` is what webhooks call it."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("workspace_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(255))


class Schedule(Base):
    """What a team is on call for. ``confirm_mode`` is a :class:`ConfirmMode`; an archived one keeps its history."""

    __tablename__ = "schedule"
    __table_args__ = (Index(None, "workspace_id", "name_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    public_id: Mapped[str] = mapped_column(String(36), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(255))
    time_zone: Mapped[str] = mapped_column(String(64))
    horizon_days: Mapped[int] = mapped_column(default=30)
    confirm_mode: Mapped[str] = mapped_column(String(16))
    channel_id: Mapped[str | None] = mapped_column(String(32))
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(32))


class Role(Base):
    """An assignee slot of a schedule; ``position`` orders Primary before Secondary."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("schedule_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(75))


class Member(Base):
    """A Slack user on a schedule. ``access`` is an Access; ``position`` keeps the order people were listed in."""

    __tablename__ = "member"

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    access: Mapped[str] = mapped_column(String(16))
    assignable: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


class Rotation(Base):
    """One version of a recurring pattern that fills ``role_id`` from ``effective_from`` on.

    ``first_handoff`` is a wall-clock time in ``time_zone`` (ISO 8601 without offset); ``covers_from`` and
    ``covers_to`` are ``HH:MM`` in the same zone, or null for around the clock; ``days`` lists ISO weekdays, ``1`` is
    Monday. Versions of one rotation share a ``lineage``.
    """

    __tablename__ = "rotation"
    __table_args__ = (Index(None, "schedule_id", "role_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    lineage: Mapped[str] = mapped_column(String(36))
    name: Mapped[str] = mapped_column(String(255))
    time_zone: Mapped[str] = mapped_column(String(64))
    first_handoff: Mapped[str] = mapped_column(String(32))
    every: Mapped[int]
    unit: Mapped[str] = mapped_column(String(8))
    covers_from: Mapped[str | None] = mapped_column(String(5))
    covers_to: Mapped[str | None] = mapped_column(String(5))
    days: Mapped[str] = mapped_column(String(16), default="1234567")
    backup_role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    backup_offset: Mapped[int] = mapped_column(default=1)
    effective_from: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class RotationMember(Base):
    """Who a rotation hands over to, in order."""

    __tablename__ = "rotation_member"

    rotation_id: Mapped[int] = mapped_column(ForeignKey("rotation.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32))


class ShiftRow(Base):
    """One member, one role, ``[starts_at, ends_at)`` in UTC; ``user_id`` null is deliberately unassigned."""

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index(None, "role_id", "starts_at"),
        Index(None, "schedule_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    user_id: Mapped[str | None] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
