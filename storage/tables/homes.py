"""Who looks at Baton's Home tab in Slack, and what has changed that it may show."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base


class HomeView(Base):
    """One person's Home tab: when they opened it last, on which page, and what was published.

    ``digest`` names the view that Slack has; ``shown`` are the ids of the schedules that it tells of. It is drawn
    again at ``due_at``: when something that it shows changes by itself (a handoff), or sooner where somebody changed
    it; null is never. ``drawn_at`` is when that was begun the last time: a minute later at the earliest it is again.
    """

    __tablename__ = "home_view"
    __table_args__ = (Index(None, "due_at"), Index(None, "opened_at"))

    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    opened_at: Mapped[datetime]
    page: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    shown: Mapped[list[Any]] = mapped_column(default=list)
    drawn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]


class HomeChange(Base):
    """Something changed that Home tabs may show: of a schedule, of a person, or of a whole workspace.

    Written in the transaction of the change, and taken away by whoever has marked the Home tabs concerned. It refers to
    no other table, so that writing it waits for nobody.
    """

    __tablename__ = "home_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int | None]
    schedule_id: Mapped[int | None]
    user_id: Mapped[str] = mapped_column(String(32), default="")
