"""Calendar feeds: the links that people subscribe to, and what says whether a feed has changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base

SCHEDULE_FK = "schedule.id"


class Feed(Base):
    """A link to a calendar: of ``user_id``'s own shifts, or of a schedule's, or of one of its roles.

    It is found by ``digest``, the SHA-256 of its secret in hexadecimal; ``secret`` is the same, sealed, to be shown
    again. ``scope`` names what it is of, so that nothing has two links. ``renewed_at`` is when it took the place of
    another one.
    """

    __tablename__ = "feed"
    __table_args__ = (UniqueConstraint("workspace_id", "scope"), UniqueConstraint("digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str] = mapped_column(String(32), default="")
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(32))
    renewed_at: Mapped[datetime | None]


class ShiftMark(Base):
    """``serial`` grows with every transaction that changes shifts of the schedule; no row is a schedule without any
    change since there are marks."""

    __tablename__ = "shift_mark"

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    serial: Mapped[int] = mapped_column(default=1)


class ShiftHolder(Base):
    """Somebody has, or once had, a shift in a schedule; kept for ever."""

    __tablename__ = "shift_holder"
    __table_args__ = (Index(None, "user_id"),)

    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class CancelledShift(Base):
    """A confirmed shift that was taken away, as it was then; ``id`` was its own."""

    __tablename__ = "cancelled_shift"
    __table_args__ = (Index(None, "schedule_id"), Index(None, "cancelled_at"))

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    schedule_id: Mapped[int] = mapped_column(ForeignKey(SCHEDULE_FK, ondelete="CASCADE"))
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(32))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revision: Mapped[int]
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime]
