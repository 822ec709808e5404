"""Where who is on call shows in Slack: user groups and channel topics, and the fallback person of a role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import AT_ONCE, Base, where, where_true

WORKSPACE_FK = "workspace.id"


class Presence(Base):
    """What shows who is on call for one role. Empty ids are nothing chosen.

    ``always`` are people who stay in the group whoever is on call. ``fallback`` stands in while nobody is on call, in
    PagerDuty as well with ``fallback_exported``. ``on_edit`` is a :class:`notices.presence.wanted.OnEdit`.
    """

    __tablename__ = "presence"
    __table_args__ = (
        Index(None, "schedule_id"),
        Index(None, "group_id"),
        Index(None, "channel_id"),
        Index("ix_presence_exported", "role_id", **where_true("fallback_exported")),
    )

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id", ondelete="CASCADE"))
    group_id: Mapped[str] = mapped_column(String(32), default="")
    always: Mapped[list[Any]] = mapped_column(default=list)
    channel_id: Mapped[str] = mapped_column(String(32), default="")
    fallback: Mapped[str] = mapped_column(String(32), default="")
    fallback_exported: Mapped[bool] = mapped_column(default=False)
    on_edit: Mapped[str] = mapped_column(String(16))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(32))


class PresenceTarget(Base):
    """A user group or a channel topic that Baton keeps; several roles may share one. ``place`` is its id in Slack.

    ``written`` is what was last written, null before the first time: ``{users}`` of a group, ``{part, entries}`` of a
    topic. It is to be looked after once ``due_at`` has come, null while nothing changes; with ``to_check`` it is
    looked at in Slack though nothing has changed, which is done at ``check_at``. ``serial`` grows whenever it becomes
    due. Whoever is at it has it until ``taken_until``. ``trouble`` is why it can't be written, ``told`` are those
    that admins know of.
    """

    __tablename__ = "presence_target"
    __table_args__ = (
        UniqueConstraint("workspace_id", "kind", "place"),
        Index(None, "due_at"),
        Index(None, "check_at", **where("due_at IS NULL")),
        Index(None, "taken_until", **where("taken_until IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(8))
    place: Mapped[str] = mapped_column(String(32))
    written: Mapped[dict[str, Any] | None]
    due_at: Mapped[datetime | None]
    to_check: Mapped[bool] = mapped_column(default=False)
    check_at: Mapped[datetime] = mapped_column(default=AT_ONCE)
    serial: Mapped[int] = mapped_column(default=0)
    taken_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    trouble: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[list[Any]] = mapped_column(default=list)


class UserGroup(Base):
    """A user group of the workspace as last listed; what the modal offers."""

    __tablename__ = "user_group"

    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    team_id: Mapped[str] = mapped_column(String(32), default="")
    handle: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    enabled: Mapped[bool] = mapped_column(default=True)


class SlackGrant(Base):
    """What the bot's token was allowed when Slack last said so: scopes with commas between them; ``trouble`` is why
    user groups could not be listed then."""

    __tablename__ = "slack_grant"

    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"), primary_key=True)
    scopes: Mapped[str] = mapped_column(Text)
    trouble: Mapped[str] = mapped_column(String(64), default="")
    seen_at: Mapped[datetime]
