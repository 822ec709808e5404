"""Roles that are filled fairly: how, what was dealt, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base
from storage.tables.schedules import SCHEDULE_FK


class FairState(Base):
    """A schedule with roles that are, or once were, filled fairly. It is looked at again at ``due_at``.

    ``revision`` grows with every change of how they are filled: by it an admin's form knows that it is out of date.
    ``told`` are the shifts (``id.revision``) that admins were told of since their person can't be on call then.
    """

    __tablename__ = "fair_state"
    __table_args__ = (Index(None, "due_at"),)

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime]
    told: Mapped[list[Any]] = mapped_column(default=list)


class FairVersion(Base):
    """How a role is filled in ``[since, until)``; null is open. ``says`` is what
    :meth:`oncall.fairness.arrangement.Arrangement.facts` wrote."""

    __tablename__ = "fair_version"
    __table_args__ = (Index(None, "schedule_id"), Index(None, "role_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    says: Mapped[dict[str, Any]]


class FairDeal(Base):
    """One assignment of shifts that begin in ``[since, until)``, as it was announced; it is never worked out again.

    ``cause`` is what led to it, ``made_by`` a Slack user or ``baton``. ``quality`` is green, orange or red, ``solver``
    is who answered, ``proven`` whether nothing better exists. ``compromises`` are sentences for people, as facts.
    """

    __tablename__ = "fair_deal"
    __table_args__ = (Index(None, "schedule_id", "made_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str] = mapped_column(String(16))
    since: Mapped[datetime]
    until: Mapped[datetime]
    quality: Mapped[str] = mapped_column(String(8))
    solver: Mapped[str] = mapped_column(String(16))
    proven: Mapped[bool]
    compromises: Mapped[list[Any]]


class FairChoice(Base):
    """Who was chosen for one shift by a deal, and why; ``user_id`` null is a shift that stayed open.

    ``kind`` is the shift type. ``why`` are facts for the words of **Why?**. Of one stretch of a role the newest choice
    counts.
    """

    __tablename__ = "fair_choice"
    __table_args__ = (Index(None, "schedule_id", "ends_at"), Index(None, "deal_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    deal_id: Mapped[int] = mapped_column(ForeignKey("fair_deal.id", ondelete="CASCADE"))
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[str | None] = mapped_column(String(32))
    why: Mapped[dict[str, Any]]
