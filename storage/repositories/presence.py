"""What shows who is on call in Slack, and the user groups and topics that are kept in step with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inserting import insert_new
from storage.order import Place, missing
from storage.plain import Plain
from storage.repositories.duties import batched
from storage.tables import Destination, Presence, PresenceTarget, Role, Schedule, SlackGrant, UserGroup

GROUP, TOPIC = "group", "topic"
_OF_SCHEDULES = Plain(select(Presence).where(Presence.schedule_id.in_(bindparam("wanted", expanding=True))))

Where = tuple[str, str]
"""The kind of a target and its id in Slack."""


class Presences:
    """Presence of roles, and its targets."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._schedules: set[int] = set()
        self._places: set[tuple[int, str, str]] = set()
        self._now: datetime | None = None
        self.has_due = False

    async def get(self, role_id: int) -> Presence | None:
        return await self._session.get(Presence, role_id)

    async def of_schedules(self, schedule_ids: Iterable[int]) -> dict[int, Presence]:
        """By role, of these schedules, to be looked at only."""
        found: dict[int, Presence] = {}
        for some in batched(schedule_ids):
            rows = await _OF_SCHEDULES.rows(self._session, {"wanted": some})
            found |= {row.role_id: row for [row] in rows}
        return found

    async def fallbacks(self, schedule_ids: Iterable[int]) -> dict[int, str]:
        """Who stands in while nobody is on call, by role of these schedules."""
        return {role: row.fallback for role, row in (await self.of_schedules(schedule_ids)).items() if row.fallback}

    async def exported_fallbacks(self, schedule_id: int) -> dict[int, str]:
        """Who stands in in PagerDuty as well, by role of a schedule."""
        rows = (await self.of_schedules([schedule_id])).values()
        return {row.role_id: row.fallback for row in rows if row.fallback and row.fallback_exported}

    async def save(self, row: Presence) -> None:
        await self._session.merge(row)

    async def remove(self, role_id: int) -> None:
        await self._session.execute(delete(Presence).where(Presence.role_id == role_id))

    async def using(self, workspace_id: int, kind: str, place: str) -> list[tuple[Presence, Role, Schedule]]:
        """The roles that show at a target, by schedule and place in it; archived schedules and roles that were removed
        show nowhere."""
        column = Presence.group_id if kind == GROUP else Presence.channel_id
        rows = await self._session.execute(
            select(Presence, Role, Schedule)
            .join(Role, Role.id == Presence.role_id)
            .join(Schedule, Schedule.id == Presence.schedule_id)
            .where(
                column == place,
                Schedule.workspace_id == workspace_id,
                Schedule.archived_at.is_(None),
                Role.removed_at.is_(None),
            )
            .order_by(Schedule.name_key, Schedule.id, Role.position)
        )
        return [(presence, role, schedule) for presence, role, schedule in rows]

    def mark(self, schedule_ids: Iterable[int], now: datetime) -> None:
        """Who is on call in these schedules, or how they are called, has changed: their targets become due when the
        transaction ends."""
        self._schedules.update(schedule_ids)
        self._now = now

    def mark_places(self, workspace_id: int, places: Iterable[Where], now: datetime) -> None:
        """The same of these targets, which are made where there are none yet; what was told of them is told anew."""
        self._places |= {(workspace_id, kind, place) for kind, place in places if place}
        self._now = now

    async def finish(self) -> None:
        """Make due what was marked; called once, when nothing else is left to lock. All rows are locked at once."""
        places = await self._marked_places()
        changed = await self._targets_of(self._schedules) if self._schedules else []
        await self._lock({*places, *changed})
        if self._now is not None:
            await self._make_due(places, self._now, {"told": [], "attempts": 0})
            await self._make_due(set(changed) - set(places), self._now, {})

    async def _marked_places(self) -> list[int]:
        """The targets that were marked; those that there are not yet are made."""
        if not self._places:
            return []
        fresh = {"to_check": False, "serial": 0, "attempts": 0, "trouble": "", "told": []}
        new = [{"workspace_id": one, "kind": kind, "place": place, **fresh} for one, kind, place in self._places]
        await insert_new(self._session, PresenceTarget, new)
        fitting = or_(*(_at(*place) for place in sorted(self._places)))
        return list(await self._session.scalars(select(PresenceTarget.id).where(fitting)))

    async def _targets_of(self, schedule_ids: Iterable[int]) -> list[int]:
        shown = or_(
            and_(PresenceTarget.kind == GROUP, PresenceTarget.place == Presence.group_id),
            and_(PresenceTarget.kind == TOPIC, PresenceTarget.place == Presence.channel_id),
        )
        found: list[int] = []
        for some in batched(schedule_ids):
            query = (
                select(PresenceTarget.id)
                .join(Presence, shown)
                .join(Schedule, Schedule.id == Presence.schedule_id)
                .where(Presence.schedule_id.in_(some), Schedule.workspace_id == PresenceTarget.workspace_id)
            )
            found += await self._session.scalars(query)
        return found

    async def _lock(self, ids: Iterable[int]) -> None:
        wanted = missing(self._session, Place.PRESENCE, ids)
        if wanted:
            rows = select(PresenceTarget.id).where(PresenceTarget.id.in_(wanted)).order_by(PresenceTarget.id)
            await self._session.execute(rows.with_for_update(key_share=True))

    async def _make_due(self, ids: Iterable[int], now: datetime, values: dict[str, Any]) -> None:
        wanted = sorted(ids)
        if wanted:
            again = update(PresenceTarget).where(PresenceTarget.id.in_(wanted))
            await self._session.execute(again.values(due_at=now, serial=PresenceTarget.serial + 1, **values))
            self.has_due = True

    async def waits(self, schedule_ids: Iterable[int], paused_by: Iterable[str]) -> bool:
        """Whether one of these schedules has a destination that is paused for one of these reasons."""
        query = select(Destination.id).where(
            Destination.schedule_id.in_(sorted(set(schedule_ids))),
            Destination.removed_at.is_(None),
            Destination.paused.is_(True),
            Destination.paused_by.in_(sorted(paused_by)),
        )
        return await self._session.scalar(query.limit(1)) is not None

    async def check(self, now: datetime, again: datetime, limit: int) -> int:
        """Have targets looked at in Slack though nothing has changed, those that were longest ago first, and once more
        at ``again``; says how many that are."""
        query = select(PresenceTarget.id).where(PresenceTarget.due_at.is_(None), PresenceTarget.check_at <= now)
        chosen = sorted(await self._session.scalars(query.order_by(PresenceTarget.check_at).limit(limit)))
        await self._lock(chosen)
        await self._make_due(chosen, now, {"to_check": True, "check_at": again})
        return len(chosen)

    async def due_workspaces(self, now: datetime) -> list[int]:
        query = select(PresenceTarget.workspace_id).where(*_free(now))
        return sorted(set(await self._session.scalars(query)))

    async def claim(self, workspace_id: int, now: datetime, until: datetime) -> PresenceTarget | None:
        """The target of a workspace that has been due for longest, taken until then; None when there is none."""
        query = select(PresenceTarget).where(PresenceTarget.workspace_id == workspace_id, *_free(now))
        query = query.order_by(PresenceTarget.due_at, PresenceTarget.id).limit(1)
        row = await self._session.scalar(query.with_for_update(skip_locked=True, key_share=True))
        if row is not None:
            row.taken_until = until
        return row

    async def held(self, target_id: int, until: datetime) -> PresenceTarget | None:
        """The target, if it is still taken until then by whoever asks; locked."""
        query = select(PresenceTarget).where(PresenceTarget.id == target_id, PresenceTarget.taken_until == until)
        return await self._session.scalar(query.with_for_update(key_share=True))

    async def release_all(self) -> None:
        """Nobody is at any target: for a process that knows that it is the only one."""
        await self._session.execute(
            update(PresenceTarget).where(PresenceTarget.taken_until.is_not(None)).values(taken_until=None)
        )

    async def rest(self, workspace_id: int, until: datetime) -> None:
        """Slack wants to be left alone for a while: nothing of this workspace is due before."""
        query = select(PresenceTarget.id).where(
            PresenceTarget.workspace_id == workspace_id, PresenceTarget.due_at < until
        )
        ids = list(await self._session.scalars(query.order_by(PresenceTarget.id).with_for_update(key_share=True)))
        await self._session.execute(update(PresenceTarget).where(PresenceTarget.id.in_(ids)).values(due_at=until))

    async def next_due(self, without: Sequence[int]) -> datetime | None:
        """When something is to be done next in other workspaces than these."""
        elsewhere = (PresenceTarget.due_at.is_not(None), PresenceTarget.workspace_id.not_in(without))
        free = select(PresenceTarget.due_at).where(*elsewhere, PresenceTarget.taken_until.is_(None))
        first = await self._session.scalar(free.order_by(PresenceTarget.due_at).limit(1))
        taken = select(PresenceTarget.due_at, PresenceTarget.taken_until).where(
            *elsewhere, PresenceTarget.taken_until.is_not(None)
        )
        found = [max(due, until) for due, until in await self._session.execute(taken) if due and until]
        return min([*found, *([first] if first else [])], default=None)

    async def drop(self, target: PresenceTarget) -> None:
        await self._session.delete(target)

    async def targets(self, workspace_id: int) -> dict[Where, PresenceTarget]:
        rows = await self._session.scalars(select(PresenceTarget).where(PresenceTarget.workspace_id == workspace_id))
        return {(row.kind, row.place): row for row in rows}

    async def ailing(self) -> list[PresenceTarget]:
        """What can't be kept in step now, in every workspace."""
        query = select(PresenceTarget).where(PresenceTarget.trouble != "").order_by(PresenceTarget.id)
        return list(await self._session.scalars(query))

    async def groups(self, workspace_id: int) -> dict[str, UserGroup]:
        """The user groups of a workspace as last listed, by handle."""
        query = select(UserGroup).where(UserGroup.workspace_id == workspace_id).order_by(UserGroup.handle)
        return {row.group_id: row for row in await self._session.scalars(query)}

    async def keep_groups(self, workspace_id: int, groups: Sequence[UserGroup]) -> None:
        """These are all that there are; one that hasn't changed is not written."""
        known = await self.groups(workspace_id)
        for row in groups:
            before = known.pop(row.group_id, None)
            if before is None or any(getattr(before, name) != getattr(row, name) for name in _SHOWN):
                await self._session.merge(row)
        if known:
            gone = UserGroup.group_id.in_(sorted(known))
            await self._session.execute(delete(UserGroup).where(UserGroup.workspace_id == workspace_id, gone))

    async def grant(self, workspace_id: int) -> SlackGrant | None:
        return await self._session.get(SlackGrant, workspace_id)

    async def keep_grant(self, row: SlackGrant) -> None:
        await self._session.merge(row)


_SHOWN = ("team_id", "handle", "name", "enabled")


def _at(workspace_id: int, kind: str, place: str) -> ColumnElement[bool]:
    return and_(PresenceTarget.workspace_id == workspace_id, PresenceTarget.kind == kind, PresenceTarget.place == place)


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    untaken = or_(PresenceTarget.taken_until.is_(None), PresenceTarget.taken_until <= now)
    return (PresenceTarget.due_at <= now, untaken)
