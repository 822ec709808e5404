"""Preferences, channel settings, and webhooks with their deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.repositories.told import ToldSwitches
from storage.tables import ChannelSettings, Preference, Webhook, WebhookDelivery

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

    async def any(self) -> bool:
        """Whether there is one anywhere."""
        return await self._session.scalar(select(Webhook.id).where(Webhook.removed_at.is_(None)).limit(1)) is not None

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
