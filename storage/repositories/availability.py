"""Wishes about being on call, the calendars that bring some of them, and regions of public holidays."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from oncall.availability import LONGEST_REPEATED, Wish
from oncall.timeline import Interval
from storage.swift import swift
from storage.tables import AwayCalendar, CalendarWish, HolidayRegion, Person, WishRow

_THEIRS = (bindparam("workspace_id"), bindparam("users", expanding=True))


def _is_theirs(kind: type[WishRow | AwayCalendar | HolidayRegion]) -> ColumnElement[bool]:
    workspace, users = _THEIRS
    return and_(kind.workspace_id == workspace, kind.user_id.in_(users))


_KNOWN = swift(select(*(select(1).where(_is_theirs(kind)).exists() for kind in (WishRow, AwayCalendar, HolidayRegion))))
"""Asked with each change of a shift, so built once."""


class Availability:
    """What is known of people's time; what is entered by hand is added and removed, what a calendar says replaced."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: WishRow) -> WishRow:
        self._session.add(row)
        await self._session.flush()
        return row

    async def get(self, wish_id: int) -> WishRow | None:
        return await self._session.get(WishRow, wish_id)

    async def count(self, workspace_id: int, user_id: str) -> int:
        """How many times are kept for somebody."""
        query = select(func.count()).where(WishRow.workspace_id == workspace_id, WishRow.user_id == user_id)
        return await self._session.scalar(query) or 0

    async def remove(self, wish_id: int) -> None:
        await self._session.execute(delete(WishRow).where(WishRow.id == wish_id))

    async def known(self, workspace_id: int, users: Collection[str]) -> tuple[bool, bool, bool]:
        """Whether anything was entered by hand for one of these people, has a calendar, or has public holidays."""
        await self._session.flush()
        wanted = {"workspace_id": workspace_id, "users": list(users)}
        row = (await (await self._session.connection()).execute(_KNOWN, wanted)).one()
        by_hand, calendars, holidays = (bool(one) for one in row)
        return by_hand, calendars, holidays

    async def entered(self, workspace_id: int, users: Collection[str], window: Interval) -> list[WishRow]:
        """What was entered by hand and touches ``window``; of what repeats, all that may, earliest first."""
        reaches = or_(WishRow.ends_at > window.start, WishRow.repeats_until > window.start - LONGEST_REPEATED)
        query = select(WishRow).where(
            WishRow.workspace_id == workspace_id,
            WishRow.user_id.in_(users),
            WishRow.starts_at < window.end,
            reaches,
        )
        return list(await self._session.scalars(query.order_by(WishRow.starts_at, WishRow.id)))

    async def from_calendars(
        self, workspace_id: int, users: Collection[str], window: Interval
    ) -> list[tuple[AwayCalendar, CalendarWish]]:
        """What calendars say of these people in ``window``, earliest first."""
        query = (
            select(AwayCalendar, CalendarWish)
            .join(CalendarWish, CalendarWish.calendar_id == AwayCalendar.id)
            .where(
                AwayCalendar.workspace_id == workspace_id,
                AwayCalendar.user_id.in_(users),
                CalendarWish.starts_at < window.end,
                CalendarWish.ends_at > window.start,
            )
        )
        found = await self._session.execute(query.order_by(CalendarWish.starts_at, CalendarWish.id))
        return [(calendar, wish) for calendar, wish in found]

    async def calendar(self, calendar_id: int) -> AwayCalendar | None:
        return await self._session.get(AwayCalendar, calendar_id)

    async def calendars(self, workspace_id: int, user_id: str) -> list[AwayCalendar]:
        """One person's, in the order in which they were added."""
        query = select(AwayCalendar).where(AwayCalendar.workspace_id == workspace_id, AwayCalendar.user_id == user_id)
        return list(await self._session.scalars(query.order_by(AwayCalendar.id)))

    async def claim_due(self, now: datetime, again: datetime, limit: int) -> list[AwayCalendar]:
        """Those that are to be read now, the longest due first, of people who are in Slack; due ``again`` then, so that
        nobody else reads them meanwhile."""
        gone = select(Person.user_id).where(
            Person.workspace_id == AwayCalendar.workspace_id,
            Person.user_id == AwayCalendar.user_id,
            Person.deleted.is_(True),
        )
        due = select(AwayCalendar.id).where(AwayCalendar.due_at <= now, ~gone.exists())
        due = due.order_by(AwayCalendar.due_at, AwayCalendar.id).limit(limit).with_for_update(skip_locked=True)
        ids = list(await self._session.scalars(due))
        await self._session.execute(update(AwayCalendar).where(AwayCalendar.id.in_(ids)).values(due_at=again))
        found = await self._session.scalars(select(AwayCalendar).where(AwayCalendar.id.in_(ids)))
        return sorted(found, key=lambda row: ids.index(row.id))

    async def add_calendar(self, row: AwayCalendar) -> AwayCalendar:
        self._session.add(row)
        await self._session.flush()
        return row

    async def remove_calendar(self, calendar_id: int) -> None:
        await self._session.execute(delete(CalendarWish).where(CalendarWish.calendar_id == calendar_id))
        await self._session.execute(delete(AwayCalendar).where(AwayCalendar.id == calendar_id))

    async def replace_of_calendar(self, calendar_id: int, wishes: Iterable[Wish]) -> None:
        """What the calendar says now, in place of what it said."""
        await self._session.execute(delete(CalendarWish).where(CalendarWish.calendar_id == calendar_id))
        self._session.add_all(
            CalendarWish(calendar_id=calendar_id, leaning=wish.leaning, starts_at=wish.start, ends_at=wish.end)
            for wish in wishes
        )
        await self._session.flush()

    async def regions(self, workspace_id: int, users: Sequence[str]) -> Mapping[str, HolidayRegion]:
        """Whose public holidays these people have, by user; who chose none is left out."""
        query = select(HolidayRegion).where(
            HolidayRegion.workspace_id == workspace_id, HolidayRegion.user_id.in_(users)
        )
        return {row.user_id: row for row in await self._session.scalars(query)}

    async def set_region(self, row: HolidayRegion) -> None:
        await self._session.merge(row)

    async def remove_region(self, workspace_id: int, user_id: str) -> None:
        await self._session.execute(
            delete(HolidayRegion).where(HolidayRegion.workspace_id == workspace_id, HolidayRegion.user_id == user_id)
        )

    async def forget_gone(self) -> None:
        """Drop the calendars of people who have left Slack, with what opens them."""
        theirs = and_(Person.workspace_id == AwayCalendar.workspace_id, Person.user_id == AwayCalendar.user_id)
        gone = select(AwayCalendar.id).join(Person, theirs).where(Person.deleted.is_(True))
        for calendar_id in list(await self._session.scalars(gone)):
            await self.remove_calendar(calendar_id)

    async def forget_before(self, instant: datetime) -> None:
        """Drop what was entered by hand and has been over since then."""
        over = and_(WishRow.ends_at < instant, or_(WishRow.repeats_until.is_(None), WishRow.repeats_until < instant))
        await self._session.execute(delete(WishRow).where(over))
