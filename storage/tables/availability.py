"""When people can't, would rather not, or would like to be on call: by hand, by calendar, by public holiday."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Base

WORKSPACE_FK = "workspace.id"


class WishRow(Base):
    """A wish that was entered by hand. ``leaning`` is a :class:`oncall.availability.Leaning`.

    ``starts_at`` and ``ends_at`` are its first time. With ``repeats_until`` it comes again each week at the same wall
    time of ``time_zone``, the last time before that instant. ``why`` is for the person and admins alone.
    """

    __tablename__ = "wish"
    __table_args__ = (Index(None, "workspace_id", "user_id", "ends_at"), Index(None, "ends_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(32))
    leaning: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64))
    repeats_until: Mapped[datetime | None]
    why: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[str] = mapped_column(String(32))
    entered_at: Mapped[datetime]


class AwayCalendar(Base):
    """A calendar that Baton reads for one person. ``kind`` is ``ics`` or ``caldav``.

    ``address`` is sealed, since whoever has the address of a feed can read it; so is ``password``, which feeds have
    none of. ``user_name`` is a CalDAV account's, or the e-mail address that the person has in a feed, where it is not
    the one that they have in Slack. ``host`` is what is shown of the address. ``etag`` and ``modified`` are what the
    server said of the text that was read last, ``digest`` is of that text and of the day on which it was read.
    ``trouble`` is why it can't be read now, empty while it can; ``told`` says that its owner knows.
    """

    __tablename__ = "away_calendar"
    __table_args__ = (Index(None, "workspace_id", "user_id"), Index(None, "due_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"))
    user_id: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(255), default="")
    host: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(Text)
    user_name: Mapped[str] = mapped_column(String(255), default="")
    password: Mapped[str] = mapped_column(Text, default="")
    etag: Mapped[str] = mapped_column(String(255), default="")
    modified: Mapped[str] = mapped_column(String(64), default="")
    digest: Mapped[str] = mapped_column(String(64), default="")
    read_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(Text, default="")
    told: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]


class CalendarWish(Base):
    """What a calendar says: when and how, never what for."""

    __tablename__ = "calendar_wish"
    __table_args__ = (
        ForeignKeyConstraint(
            ["calendar_id"], ["away_calendar.id"], name="fk_calendar_wish_calendar_id", ondelete="CASCADE"
        ),
        Index(None, "calendar_id", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int]
    leaning: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class HolidayRegion(Base):
    """Whose public holidays a person has, by codes of ISO 3166; ``rather_not`` makes each of them a wish."""

    __tablename__ = "holiday_region"

    workspace_id: Mapped[int] = mapped_column(ForeignKey(WORKSPACE_FK, ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    country: Mapped[str] = mapped_column(String(8))
    subdivision: Mapped[str] = mapped_column(String(64), default="")
    rather_not: Mapped[bool] = mapped_column(default=False)
    chosen_at: Mapped[datetime]
