"""Teams, schedules, their roles and members, rotations, shifts and requests for cover."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base, where

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
    """What a team is on call for. ``confirm_mode`` is a :class:`ConfirmMode`; an archived one keeps its history.

    ``assign_from`` is set for a schedule that was linked: what came in with it stands until Baton assigns that time
    itself, which it does from then on. ``zone_rules`` has the rules that its rotations and shifts were laid out with
    (:mod:`services.schedules.zone_rules`); null in a schedule from before they were kept.

    ``extended_until`` is when the first turn begins that was beyond the horizon when the schedule was extended last,
    under release ``extended_with`` of the zone rules; ``extending_fails`` says why that can't be done, while it can't.
    """

    __tablename__ = "schedule"
    __table_args__ = (
        Index(None, "workspace_id", "name_key"),
        Index("ix_schedule_extended_until", "horizon_days", "extended_until", **where("archived_at IS NULL")),
        Index("ix_schedule_extended_with", "extended_with", **where("archived_at IS NULL")),
    )

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
    assign_from: Mapped[datetime | None]
    zone_rules: Mapped[dict[str, Any] | None] = mapped_column(default=dict)
    extended_until: Mapped[datetime | None]
    extended_with: Mapped[str] = mapped_column(String(32), default="")
    extending_fails: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(32))


class Role(Base):
    """An assignee slot of a schedule; ``position`` orders Primary before Secondary. A removed one keeps its past."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("schedule_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(75))
    removed_at: Mapped[datetime | None]


class Member(Base):
    """A Slack user on a schedule. ``access`` is an Access; ``position`` keeps the order people were listed in.

    ``gone_at`` is when the admins were told that the user is deactivated in Slack.
    """

    __tablename__ = "member"

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    access: Mapped[str] = mapped_column(String(16))
    assignable: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    gone_at: Mapped[datetime | None]


class Rotation(Base):
    """A recurring pattern; what it says is in its versions. ``revision`` grows with every change of it."""

    __tablename__ = "rotation"
    __table_args__ = (Index(None, "schedule_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class RotationVersion(Base):
    """What a rotation says in ``[since, until)``; null is open. Versions of one rotation follow each other.

    ``first_handoff`` is a wall-clock time in ``time_zone`` (ISO 8601 without offset); ``covers_from`` and
    ``covers_to`` are ``HH:MM`` in the same zone, or null for around the clock; ``days`` lists ISO weekdays, ``1`` is
    Monday. Where ``covers_until_day`` is set, one stretch a week is covered, from the one day in ``days`` to that one.
    ``counts`` is what time turns are counted over, a :class:`oncall.pace.Counts`. ``lead`` is the place among the
    members whose turn is the first.
    """

    __tablename__ = "rotation_version"
    __table_args__ = (UniqueConstraint("rotation_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rotation_id: Mapped[int] = mapped_column(ForeignKey("rotation.id", ondelete="CASCADE"))
    position: Mapped[int]
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    time_zone: Mapped[str] = mapped_column(String(64))
    first_handoff: Mapped[str] = mapped_column(String(32))
    every: Mapped[int]
    unit: Mapped[str] = mapped_column(String(8))
    covers_from: Mapped[str | None] = mapped_column(String(5))
    covers_to: Mapped[str | None] = mapped_column(String(5))
    days: Mapped[str] = mapped_column(String(16), default="1234567")
    covers_until_day: Mapped[int | None]
    counts: Mapped[str] = mapped_column(String(16), default="calendar", server_default="calendar")
    backup_role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    backup_offset: Mapped[int] = mapped_column(default=1)
    lead: Mapped[int] = mapped_column(default=0)
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]


class RotationMember(Base):
    """One place in the circle of a version: who stands there, from when and until when (null is open)."""

    __tablename__ = "rotation_member"

    version_id: Mapped[int] = mapped_column(ForeignKey("rotation_version.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32))
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]


class ShiftRow(Base):
    """One member, one role, ``[starts_at, ends_at)`` in UTC; ``user_id`` null is deliberately unassigned.

    Ids are never used again: whoever still looks at a shift that is gone must not mean another one by it.
    ``changed_at`` is null until it is changed for the first time.
    """

    __tablename__ = "shift"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="ends_after_start"),
        Index(None, "role_id", "starts_at"),
        Index(None, "schedule_id", "ends_at"),
        Index(None, "starts_at"),
        Index(None, "ends_at"),
        {"sqlite_autoincrement": True},
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
    changed_at: Mapped[datetime | None]


class CoverRequest(Base):
    """Somebody asks for cover in ``[starts_at, ends_at)``. ``state``: open → taken, withdrawn or void.

    ``everybody`` says that everybody who could take it is asked; until then one after the other is
    (:mod:`oncall.covering`), the next one at ``moves_at``. ``step`` counts the steps that were told.
    """

    __tablename__ = "cover_request"
    __table_args__ = (Index(None, "schedule_id", "state"), Index(None, "moves_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    taker: Mapped[str | None] = mapped_column(String(32))
    everybody: Mapped[bool] = mapped_column(default=True, server_default=true())
    moves_at: Mapped[datetime | None]
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class CoverAsked(Base):
    """Somebody who was asked to cover, as the ``number``-th; ``answer`` is an :class:`oncall.covering.Answer`."""

    __tablename__ = "cover_asked"

    request_id: Mapped[int] = mapped_column(ForeignKey("cover_request.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[int]
    answer: Mapped[str] = mapped_column(String(8), default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]


class SwapRequest(Base):
    """Two shifts whose people would change places, once everybody concerned has agreed.

    ``sides`` are the two as they were seen: ``{shift, revision, role_id, role, user, start, end}``. ``agreed`` are
    those who said yes. ``placed`` are the shifts that the swap made, as ``[id, revision]``: what an undo takes back.
    ``state``: open → accepted, declined, withdrawn or lapsed; accepted → undone.
    """

    __tablename__ = "swap_request"
    __table_args__ = (Index(None, "schedule_id", "state"), Index(None, "state"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    asked_by: Mapped[str] = mapped_column(String(32))
    sides: Mapped[list[Any]]
    agreed: Mapped[list[Any]]
    placed: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(String(32), default="")
