"""Preferences, channel settings, webhooks with their deliveries, and what was told last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.inserting import insert_new
from storage.order import Place, missing
from storage.tables import ChannelSettings, Preference, Role, Schedule, Told, WatchLook, Webhook, WebhookDelivery
from storage.tables.notices import AT_ONCE

KEPT_DELIVERIES = 20
IDS_AT_ONCE = 500


class Preferences:
    """What people and channels want to hear."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_people(self, workspace_id: int, user_ids: Iterable[str]) -> dict[tuple[str, str, str], bool]:
        """What these people chose, by (user, topic, method)."""
        users, found = sorted(set(user_ids)), dict[tuple[str, str, str], bool]()
        for first in range(0, len(users), IDS_AT_ONCE):
            asked = Preference.user_id.in_(users[first : first + IDS_AT_ONCE])
            rows = await self._session.scalars(select(Preference).where(Preference.workspace_id == workspace_id, asked))
            found |= {(row.user_id, row.topic, row.method): row.wanted for row in rows}
        return found

    async def save(self, workspace_id: int, user_id: str, choices: Mapping[tuple[str, str], bool]) -> None:
        """Keep a person's choices by (topic, method)."""
        for (topic, method), wanted in choices.items():
            await self._session.merge(
                Preference(workspace_id=workspace_id, user_id=user_id, topic=topic, method=method, wanted=wanted)
            )

    async def of_schedules(self, schedule_ids: Iterable[int]) -> dict[int, ChannelSettings]:
        wanted = sorted(set(schedule_ids))
        rows = await self._session.scalars(select(ChannelSettings).where(ChannelSettings.schedule_id.in_(wanted)))
        return {row.schedule_id: row for row in rows}

    async def save_schedule(self, settings: ChannelSettings) -> None:
        """Keep them, and have the schedule looked at: a reminder or a digest may be due at once."""
        await self._session.merge(settings)
        await ToldSwitches(self._session).bring_forward([settings.schedule_id])


class Webhooks:
    """Webhooks of a workspace, and the last deliveries of each."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, webhook: Webhook) -> Webhook:
        self._session.add(webhook)
        await self._session.flush()
        return webhook

    async def get(self, webhook_id: int) -> Webhook | None:
        """The webhook, unless it was removed."""
        found = await self._session.get(Webhook, webhook_id)
        return found if found is not None and found.removed_at is None else None

    async def of_workspaces(self, workspace_ids: Iterable[int]) -> list[Webhook]:
        query = select(Webhook).where(
            Webhook.workspace_id.in_(sorted(set(workspace_ids))), Webhook.removed_at.is_(None)
        )
        return list(await self._session.scalars(query.order_by(Webhook.id)))

    async def deliveries(self, webhook_id: int) -> list[WebhookDelivery]:
        """The newest first."""
        query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
        return list(await self._session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(KEPT_DELIVERIES)))

    async def keep_delivery(self, delivery: WebhookDelivery) -> None:
        """Add an attempt and forget those that are no longer shown."""
        self._session.add(delivery)
        await self._session.flush()
        shown = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == delivery.webhook_id)
        shown = shown.order_by(WebhookDelivery.id.desc()).limit(KEPT_DELIVERIES)
        await self._session.execute(
            delete(WebhookDelivery).where(
                WebhookDelivery.webhook_id == delivery.webhook_id, WebhookDelivery.id.not_in(shown)
            )
        )


class ToldSwitches:
    """What was last told of who is on call, and when each schedule has something to tell next."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def claim(self, now: datetime, only: int | None = None) -> dict[int, Told]:
        """What was told per schedule that is due, held against other processes until the transaction ends.

        ``only`` one of them, or all. Archived ones are left out. A schedule that is new is taken to have had nobody on
        call when it was made.
        """
        await self._welcome()
        query = (
            select(Told)
            .join(Schedule, Schedule.id == Told.schedule_id)
            .where(Told.look_at <= now, Schedule.archived_at.is_(None))
            .order_by(Told.schedule_id)
            .with_for_update(of=Told, key_share=True)
        )
        if only is not None:
            query = query.where(Told.schedule_id == only)
        looked = await self._session.get(WatchLook, 1)
        found: dict[int, Told] = {}
        for row in await self._session.scalars(query):
            if row.look_at == AT_ONCE and looked is not None:  # changed since: it was not due by itself until then
                row.told_at = max(row.told_at, looked.looked_at)
            found[row.schedule_id] = row
        return found

    async def due(self, now: datetime) -> list[int]:
        """The schedules that are due."""
        return list(await self._session.scalars(select(Told.schedule_id).where(Told.look_at <= now)))

    async def put_off(self, schedule_ids: Iterable[int], until: datetime) -> None:
        """Have these schedules left alone for a while."""
        wanted = Told.schedule_id.in_(sorted(set(schedule_ids)))
        await self._session.execute(update(Told).where(wanted).values(look_at=until))

    async def begin(self, schedule_id: int, users: Mapping[int, Sequence[str | None]], at: datetime) -> None:
        """A schedule that is new here and whose roles (by id) had these people on call before: no news."""
        known = {str(role): sorted(user for user in people if user) for role, people in users.items()}
        await self._insert({"schedule_id": schedule_id, "users": known, "told_at": at})

    async def bring_forward(self, schedule_ids: Iterable[int]) -> None:
        """Have these schedules looked at once more, as soon as this transaction is committed."""
        wanted = missing(self._session, Place.TOLD, schedule_ids)
        if wanted:
            rows = select(Told.schedule_id).where(Told.schedule_id.in_(wanted)).order_by(Told.schedule_id)
            await self._session.execute(rows.with_for_update(key_share=True))
        again = Told.schedule_id.in_(sorted(set(schedule_ids)))
        await self._session.execute(update(Told).where(again).values(look_at=AT_ONCE))

    async def bring_forward_roles(self, role_ids: Iterable[int]) -> list[int]:
        """The same for the schedules of these roles; returns those."""
        query = select(Role.schedule_id).where(Role.id.in_(sorted(set(role_ids)))).distinct()
        found = list(await self._session.scalars(query))
        await self.bring_forward(found)
        return found

    async def looked(self, rows: Iterable[Told], next_looks: Mapping[int, datetime], at: datetime) -> datetime | None:
        """Nothing that happened up to ``at`` is left to tell; returns when somebody has something to tell next."""
        for row in rows:
            row.told_at = at
            row.look_at = next_looks[row.schedule_id]
        await self._session.merge(WatchLook(id=1, looked_at=at))
        await self._session.flush()
        return await self._session.scalar(
            select(func.min(Told.look_at))
            .join(Schedule, Schedule.id == Told.schedule_id)
            .where(Schedule.archived_at.is_(None))
        )

    async def _welcome(self) -> None:
        known = select(Told.schedule_id)
        query = select(Schedule.id, Schedule.created_at).where(
            Schedule.id.not_in(known), Schedule.archived_at.is_(None)
        )
        query = query.order_by(Schedule.id)
        new = (await self._session.execute(query)).all()
        await self._insert(*({"schedule_id": schedule, "users": {}, "told_at": at} for schedule, at in new))

    async def _insert(self, *rows: dict[str, Any]) -> None:
        await insert_new(self._session, Told, [{**row, "serial": 0, "look_at": AT_ONCE} for row in rows])
