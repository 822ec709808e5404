"""Preferences, channel settings, and webhooks with their deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.plain import Plain, rows_of
from storage.repositories.duties import batched
from storage.repositories.told import ToldSwitches
from storage.swift import swift
from storage.tables import ChannelSettings, Preference, Webhook, WebhookDelivery

KEPT_DELIVERIES = 20
_CHOICES = swift(
    select(Preference.user_id, Preference.topic, Preference.method, Preference.wanted).where(
        Preference.workspace_id == bindparam("workspace_id"), Preference.user_id.in_(bindparam("users", expanding=True))
    )
)
_SETTINGS = Plain(select(ChannelSettings).where(ChannelSettings.schedule_id.in_(bindparam("wanted", expanding=True))))
_ANY = swift(select(Webhook.id).where(Webhook.removed_at.is_(None)).limit(literal_column("1")))


class Preferences:
    """What people and channels want to hear."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_people(self, workspace_id: int, user_ids: Iterable[str]) -> dict[tuple[str, str, str], bool]:
        """What these people chose, by (user, topic, method)."""
        found = dict[tuple[str, str, str], bool]()
        for some in batched(user_ids):
            rows = await rows_of(self._session, _CHOICES, {"workspace_id": workspace_id, "users": some})
            found |= {(user, topic, method): wanted for user, topic, method, wanted in rows}
        return found

    async def save(self, workspace_id: int, user_id: str, choices: Mapping[tuple[str, str], bool]) -> None:
        """Keep a person's choices by (topic, method)."""
        for (topic, method), wanted in choices.items():
            await self._session.merge(
                Preference(workspace_id=workspace_id, user_id=user_id, topic=topic, method=method, wanted=wanted)
            )

    async def of_schedules(self, schedule_ids: Iterable[int]) -> dict[int, ChannelSettings]:
        """What was chosen for their channels, by schedule, to be looked at only."""
        found: dict[int, ChannelSettings] = {}
        for some in batched(schedule_ids):
            rows = await _SETTINGS.rows(self._session, {"wanted": some})
            found |= {row.schedule_id: row for [row] in rows}
        return found

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
        return bool(await rows_of(self._session, _ANY, {}))

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
