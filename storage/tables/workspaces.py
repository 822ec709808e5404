"""Slack installations and the people in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import AT_ONCE, Base, where_true


class Workspace(Base):
    """One Slack installation: a team, or an Enterprise organisation (``team_id`` empty).

    ``creators`` says who may make schedules: ``everybody`` of the workspace, Slack workspace ``admins``, or those who
    are ``listed``. ``look_at`` is when it is looked through next for who has left.
    """

    __tablename__ = "workspace"
    __table_args__ = (UniqueConstraint("enterprise_id", "team_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(String(32), default="")
    team_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(255), default="")
    people_seen_at: Mapped[datetime | None]
    creators: Mapped[str] = mapped_column(String(16), default="everybody")
    listed_creators: Mapped[list[Any]] = mapped_column(default=list)
    look_at: Mapped[datetime] = mapped_column(default=AT_ONCE, index=True)
    created_at: Mapped[datetime]


class Person(Base):
    """A Slack user as last seen; the cache that modals and messages are built from.

    ``is_guest`` is a guest of one channel or of several, ``is_stranger`` somebody of another company or workspace.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index(None, "workspace_id", "email"),
        Index("ix_person_gone", "workspace_id", "user_id", **where_true("deleted")),
    )

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    real_name: Mapped[str] = mapped_column(String(255), default="")
    email: Mapped[str] = mapped_column(String(320), default="")
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_bot: Mapped[bool] = mapped_column(default=False)
    is_guest: Mapped[bool] = mapped_column(default=False)
    is_stranger: Mapped[bool] = mapped_column(default=False)
    deleted: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]
