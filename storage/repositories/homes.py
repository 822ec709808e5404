"""Home tabs: who has opened theirs, what has changed since, and which are to be drawn again.

A transaction that changes something writes :class:`HomeChange`, which waits for nobody. Whoever looks after Home tabs
turns these into ``due_at`` of the tabs concerned, in one transaction, so that nothing is forgotten whoever is killed.
A tab that is being drawn is *claimed*: it is due again after :data:`CLAIM`, which differs from everything that a change
can make of it meanwhile; so whoever settles it sees whether something came in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, and_, delete, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from storage.columns import Base
from storage.swift import swift
from storage.tables import HomeChange, HomeView, Member, Schedule
from storage.touched import Touched, touched

LOOKED_AT = timedelta(days=7)
"""Who has not opened their Home tab for longer sees it as it was; opening draws it anew."""
AT_MOST_EVERY = timedelta(minutes=1)
CLAIM = timedelta(seconds=90)
CHANGES_AT_ONCE = 1000

Who = tuple[int, str]
"""A workspace, and a person in it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A tab that somebody draws until ``until``; ``digest`` names what Slack has, ``drawn_at`` is when it got that."""

    workspace_id: int
    user_id: str
    page: int
    digest: str
    drawn_at: datetime | None
    until: datetime

    @property
    def who(self) -> Who:
        return (self.workspace_id, self.user_id)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of drawing a tab: the view's name and the schedules it tells of. It changes by itself at ``next_at``.

    ``republished_at`` is when Slack was given it without being asked; None where it was asked, or had it before.
    """

    tab: Claimed
    digest: str
    shown: Sequence[int]
    next_at: datetime | None
    republished_at: datetime | None = None


_CHANGED = swift(insert(cast(Table, HomeChange.__table__)))


class Homes:
    """Home tabs, and the changes that they have yet to show."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def note_changes(self, schedule_ids: Iterable[int]) -> None:
        """Keep what this transaction touched; ``schedule_ids`` are those whose shifts it changed."""
        await self._session.flush()
        found = touched(self._session) | {Touched(schedule_id=one) for one in schedule_ids}
        if found:
            rows = [
                {"workspace_id": one.workspace_id, "schedule_id": one.schedule_id, "user_id": one.user_id}
                for one in found
            ]
            await (await self._session.connection()).execute(_CHANGED, rows)

    async def anything(self, now: datetime) -> bool:
        """Whether something has changed that nobody has looked at, or a tab is due."""
        changed = select(HomeChange.id).limit(1)
        due = select(HomeView.user_id).where(HomeView.due_at <= now).limit(1)
        return await self._session.scalar(changed) is not None or await self._session.scalar(due) is not None

    async def spread_changes(self, now: datetime) -> int:
        """Have the tabs that may show what changed drawn again; returns how many changes were taken away."""
        query = select(HomeChange).order_by(HomeChange.id).limit(CHANGES_AT_ONCE)
        changes = list(await self._session.scalars(query.with_for_update(skip_locked=True)))
        if not changes:
            return 0
        for row in await self._concerned(changes, now):
            due = max(now, row.drawn_at + AT_MOST_EVERY) if row.drawn_at else now
            row.due_at = min(row.due_at, due) if row.due_at else due
        await self._session.flush()
        await self._session.execute(delete(HomeChange).where(HomeChange.id.in_([change.id for change in changes])))
        return len(changes)

    async def _concerned(self, changes: Iterable[HomeChange], now: datetime) -> list[HomeView]:
        schedules = {change.schedule_id for change in changes if change.schedule_id is not None}
        people = {(change.workspace_id, change.user_id) for change in changes if change.user_id}
        everybody = {change.workspace_id for change in changes if change.schedule_id is None and not change.user_id}
        known = select(Schedule.workspace_id).where(Schedule.id.in_(sorted(schedules))).distinct()
        wanted = {workspace for workspace, _user in people} | everybody | set(await self._session.scalars(known))
        members = select(Member.user_id).where(Member.schedule_id.in_(sorted(schedules))).distinct()
        theirs = set(await self._session.scalars(members))
        rows = select(HomeView).where(
            HomeView.workspace_id.in_(sorted(one for one in wanted if one is not None)),
            HomeView.opened_at > now - LOOKED_AT,
        )
        rows = rows.order_by(HomeView.workspace_id, HomeView.user_id).with_for_update()
        return [
            row
            for row in await self._session.scalars(rows)
            if row.workspace_id in everybody
            or (row.workspace_id, row.user_id) in people
            or row.user_id in theirs
            or schedules.intersection(row.shown)
        ]

    async def due(self, now: datetime) -> list[Who]:
        """The tabs to be drawn again, those that have waited longest first."""
        query = select(HomeView.workspace_id, HomeView.user_id).where(HomeView.due_at <= now)
        rows = await self._session.execute(query.order_by(HomeView.due_at, HomeView.user_id))
        return [(workspace, user) for workspace, user in rows]

    async def open(self, workspace_id: int, user_id: str, page: int, now: datetime) -> Claimed:
        """Somebody opened their tab, or turned its page: it is drawn by the caller now, or else in a while."""
        until = now + CLAIM
        values = {"opened_at": now, "page": page, "due_at": until}
        new = {"workspace_id": workspace_id, "user_id": user_id, "digest": "", "shown": [], **values}
        connection = await self._session.connection()
        begin = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement = begin(_table(HomeView)).values(**new)
        keys = ["workspace_id", "user_id"]
        await connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
        [row] = await self._held([(workspace_id, user_id)])
        return Claimed(workspace_id, user_id, page, row.digest, row.drawn_at, until)

    async def claim(self, workspace_id: int, users: Collection[str], now: datetime) -> list[Claimed]:
        """Those of these tabs that are due still, to be drawn by the caller; who has stopped looking is left alone."""
        mine = and_(HomeView.workspace_id == workspace_id, HomeView.user_id.in_(sorted(users)))
        query = select(HomeView).where(mine, HomeView.due_at <= now).order_by(HomeView.user_id)
        found: list[Claimed] = []
        for row in await self._session.scalars(query.with_for_update(skip_locked=True)):
            if row.opened_at <= now - LOOKED_AT:
                row.due_at = None
                continue
            found.append(Claimed(workspace_id, row.user_id, row.page, row.digest, row.drawn_at, now + CLAIM))
            row.due_at, row.drawn_at = now + CLAIM, now
        return found

    async def settle(self, found: Iterable[Drawn]) -> None:
        """Keep how these tabs were drawn. What a change, or who opened it, made of one meanwhile stays due."""
        drawn = {one.tab.who: one for one in found}
        for row in await self._held(drawn):
            one = drawn[(row.workspace_id, row.user_id)]
            row.digest, row.shown = one.digest, list(one.shown)
            row.drawn_at = one.republished_at or one.tab.drawn_at
            if row.due_at == one.tab.until:
                row.due_at = one.next_at

    async def put_off(self, who: Collection[Who], until: datetime, *, whatever_changes: bool = False) -> None:
        """Draw these tabs later; ``whatever_changes`` meanwhile, or sooner where something does."""
        for row in await self._held(who):
            row.due_at = until
            if whatever_changes:
                row.drawn_at = until - AT_MOST_EVERY

    async def forget(self, workspace_id: int, users: Collection[str] | None = None) -> None:
        """Nobody is there any more to look at these tabs; None is the whole workspace."""
        gone = HomeView.workspace_id == workspace_id
        some = and_(gone, HomeView.user_id.in_(sorted(users))) if users is not None else gone
        await self._session.execute(delete(HomeView).where(some))

    async def forget_before(self, instant: datetime) -> None:
        """Who has not opened their tab since then."""
        await self._session.execute(delete(HomeView).where(HomeView.opened_at < instant))

    async def _held(self, who: Collection[Who]) -> list[HomeView]:
        if not who:
            return []
        wanted = tuple_(HomeView.workspace_id, HomeView.user_id).in_(sorted(who))
        query = select(HomeView).where(wanted).order_by(HomeView.workspace_id, HomeView.user_id)
        return list(await self._session.scalars(query.with_for_update()))


def _table(kind: type[Base]) -> Table:
    return cast(Table, kind.__table__)
