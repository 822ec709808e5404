"""What is kept about what happened: notices to send, the audit trail, installations, events already handled."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base


class OutboxItem(Base):
    """A notice to one target by one method, written in the transaction of the change that it tells of.

    ``state``: pending → sending (until ``deadline``) → sent, or dead when it can't be delivered. ``key`` is unique, so
    the same thing is never told twice. ``receipt`` says where it arrived: Slack's ``channel/ts``.
    """

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("key"), Index(None, "state", "method", "due_at"), Index(None, "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(255).with_variant(String(255, collation="C"), "postgresql"))
    kind: Mapped[str] = mapped_column(String(48))
    method: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(255))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    deadline: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    receipt: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class AuditLine(Base):
    """Who or what changed which shift or destination, when, and why."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "schedule_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    schedule_id: Mapped[int | None]
    destination_id: Mapped[int | None]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(48))
    summary: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any]]


class Installation(Base):
    """One OAuth installation of the app; ``data`` is ciphertext.

    ``renew_at`` is when to renew its token next, None for one that never expires. Whoever renews it puts that off
    first, so that nobody else does so at the same time.
    """

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("enterprise_id", "team_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(String(32))
    team_id: Mapped[str] = mapped_column(String(32), index=True)
    user_id: Mapped[str] = mapped_column(String(32))
    data: Mapped[str] = mapped_column(Text)
    installed_at: Mapped[datetime]
    renew_at: Mapped[datetime | None] = mapped_column(index=True)


class SeenEvent(Base):
    """An event that was handled once already; Slack repeats deliveries."""

    __tablename__ = "seen_event"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Carried(Base):
    """What one request of Slack leaves for another, whichever process gets that one.

    ``data`` is ciphertext, empty as long as there is nothing but that the request came.
    """

    __tablename__ = "carried"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    data: Mapped[str] = mapped_column(Text, default="")


class Heartbeat(Base):
    """One row, written to find out whether the database takes writes."""

    __tablename__ = "heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    beat_at: Mapped[datetime]


class CopyMark(Base):
    """One row that tells a database from an older copy of itself; see :mod:`storage.copies`.

    ``database`` is its name, ``writes`` how often it wrote to the outside, ``place`` where the server says it is kept.
    """

    __tablename__ = "copy_mark"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    database: Mapped[str] = mapped_column(String(36))
    writes: Mapped[int] = mapped_column(default=0)
    place: Mapped[str] = mapped_column(String(128), default="")
