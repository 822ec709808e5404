"""Who wants to hear what, webhooks and what became of their deliveries, and what was told of who is on call."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import AT_ONCE, Base

SCHEDULE_FK = "schedule.id"
WORKSPACE_FK = "workspace.id"


class Preference(Base):
    """Whether a person wants to hear of a topic by a method; without a row the default holds."""

    __tablename__ = "preference"

    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    topic: Mapped[str] = mapped_column(String(32), primary_key=True)
    method: Mapped[str] = mapped_column(String(16), primary_key=True)
    wanted: Mapped[bool]


class ChannelSettings(Base):
    """What a schedule's channel is told, and the schedule's reminders; without a row the defaults hold.

    ``topics`` maps a topic to whether the channel is told of it. ``digest_day`` is an ISO weekday, null for no digest;
    ``digest_hour`` is an hour of the day in the schedule's zone. A digest due before ``changed_at`` is not sent.
    """

    __tablename__ = "channel_settings"

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    topics: Mapped[dict[str, Any]]
    quiet_gaps: Mapped[bool]
    reminder_hours: Mapped[int]
    digest_day: Mapped[int | None]
    digest_hour: Mapped[int]
    changed_at: Mapped[datetime]


class Webhook(Base):
    """A URL that is told of on-call switches. Secrets are ciphertext; the former one signs too, until it runs out.

    ``team_ids`` empty means every team of the workspace. Of these it hears of the schedules that ``created_by``
    administers; with ``hears_all``, which is from before that was so, of every one. ``maker_gone_at`` is
    when admins were told that ``created_by`` is gone. A removed webhook keeps its row for its deliveries' sake.
    """

    __tablename__ = "webhook"
    __table_args__ = (Index(None, "workspace_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(150))
    url: Mapped[str] = mapped_column(Text)
    team_ids: Mapped[list[Any]]
    hears_all: Mapped[bool] = mapped_column(default=False)
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(32))
    maker_gone_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """One attempt to deliver: ``status`` is the receiver's HTTP status, null when there was no answer."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index(None, "webhook_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    webhook_id: Mapped[int] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    outbox_id: Mapped[int]
    at: Mapped[datetime]
    took_ms: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")


class Told(Base):
    """What was last told of one schedule: who is on call per role (``users``: role id → list), as of ``told_at``.

    ``serial`` counts what was told, so that every switch has a key of its own. Nothing is to be told before
    ``look_at``; whoever changes shifts brings that forward in the same transaction.
    """

    __tablename__ = "told"
    __table_args__ = (Index(None, "look_at"),)

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    users: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]
    serial: Mapped[int] = mapped_column(default=0)
    look_at: Mapped[datetime] = mapped_column(default=AT_ONCE)


class WatchLook(Base):
    """One row: until when every schedule that was not due had nothing to tell."""

    __tablename__ = "watch_look"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_at: Mapped[datetime]
