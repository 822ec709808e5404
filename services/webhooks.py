"""Webhooks: URLs that hear of on-call switches. Admins of any schedule, and workspace admins, set them up.

A secret is shown once, when it is made. Rotating it leaves the former one good for a day, in which every message
carries both signatures.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from notices.addresses import Refused, Unresolved, checked
from notices.webhook_items import hook_item
from services.audit import note
from services.errors import FieldErrors, NotFound
from services.house import Actor, House
from services.permissions import is_some_admin, require_some_admin
from services.wording import escape
from storage.tables import Team, Webhook
from storage.unit import Unit

OVERLAP = timedelta(hours=24)
MOST_WEBHOOKS = 40
LONGEST_URL = 2000
SECRET_BYTES = 32
LOOKUP_SECONDS = 1.5
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class WebhookDraft:
    """What a person typed; ``team_ids`` empty means all teams."""

    name: str
    url: str
    team_ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook as it is shown; its secret is not part of it. ``teams`` empty means all."""

    id: int
    name: str
    url: str
    teams: tuple[str, ...]
    rotating_until: datetime | None


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret, the one time it is shown."""

    webhook: WebhookView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One attempt: ``status`` is the receiver's, None when there was no answer."""

    id: int
    at: datetime
    status: int | None
    error: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class TeamName:
    """A team to choose."""

    id: int
    name: str


async def list_webhooks(house: House, actor: Actor) -> list[WebhookView]:
    """Every webhook of the workspace, by age. Raises NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor)
        rows = await tx.webhooks.of_workspaces([actor.workspace_id])
        names = await _team_names(tx, actor)
    return [_view(row, names, house.clock.now()) for row in rows]


async def get_webhook(house: House, actor: Actor, webhook_id: int) -> WebhookView:
    """Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        row = await _administered(tx, actor, webhook_id)
        return _view(row, await _team_names(tx, actor), house.clock.now())


async def may_change(house: House, actor: Actor) -> bool:
    """Whether the actor may see and change webhooks."""
    async with house.database.read() as tx:
        return await is_some_admin(tx, actor)


async def teams(house: House, actor: Actor) -> list[TeamName]:
    """Every team that a webhook can be for, by name."""
    async with house.database.read() as tx:
        names = await _team_names(tx, actor)
    return sorted((TeamName(team, name) for team, name in names.items()), key=lambda team: team.name.casefold())


async def add_webhook(house: House, actor: Actor, draft: WebhookDraft) -> NewSecret:
    """Store it and make its secret. Raises FieldErrors keyed by the draft's attributes, NotAllowed."""
    now, secret = house.clock.now(), _new_secret()
    async with house.database.read() as tx:
        await require_some_admin(tx, actor)
    problems = await _problems(house, draft)
    async with house.database.transaction() as tx:
        await require_some_admin(tx, actor)
        names = await _team_names(tx, actor)
        if not set(draft.team_ids) <= set(names):
            problems["team_ids"] = "Choose teams from the list."
        if len(await tx.webhooks.of_workspaces([actor.workspace_id])) >= MOST_WEBHOOKS:
            problems["name"] = f"A workspace has at most {MOST_WEBHOOKS} webhooks; remove one first."
        if problems:
            raise FieldErrors(problems)
        row = Webhook(
            workspace_id=actor.workspace_id,
            name=" ".join(draft.name.split())[:150],
            url=draft.url.strip(),
            team_ids=sorted(set(draft.team_ids)),
            secret=house.secrets.seal(secret),
            created_at=now,
            created_by=actor.user_id,
        )
        await tx.webhooks.add(row)
        note(tx, actor, now, "webhook.added", f"added the webhook {escape(row.name)}")
        return NewSecret(_view(row, names, now), secret)


async def rotate_secret(house: House, actor: Actor, webhook_id: int) -> NewSecret:
    """A new secret; the former one is good for a day more. Raises NotAllowed, NotFound."""
    now, secret = house.clock.now(), _new_secret()
    async with house.database.transaction() as tx:
        row = await _administered(tx, actor, webhook_id)
        row.former_secret, row.former_until = row.secret, now + OVERLAP
        row.secret = house.secrets.seal(secret)
        note(tx, actor, now, "webhook.rotated", f"rotated the secret of the webhook {escape(row.name)}")
        return NewSecret(_view(row, await _team_names(tx, actor), now), secret)


async def remove_webhook(house: House, actor: Actor, webhook_id: int) -> None:
    """Send nothing there any more. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await _administered(tx, actor, webhook_id)
        row.removed_at = now
        note(tx, actor, now, "webhook.removed", f"removed the webhook {escape(row.name)}")


async def send_test(house: House, actor: Actor, webhook_id: int) -> None:
    """Send an ``oncall_change`` without any transition. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await _administered(tx, actor, webhook_id)
        shown = {"event_type": "oncall_change", "transitions": {}}
        await tx.outbox.put([hook_item(row, f"test:{secrets.token_hex(8)}", shown, now)])


async def list_deliveries(house: House, actor: Actor, webhook_id: int) -> list[DeliveryView]:
    """The last attempts, newest first. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        await _administered(tx, actor, webhook_id)
        rows = await tx.webhooks.deliveries(webhook_id)
    return [DeliveryView(row.id, row.at, row.status, row.error, row.took_ms) for row in rows]


async def redeliver(house: House, actor: Actor, webhook_id: int, delivery_id: int) -> None:
    """Send the message of an attempt again, with the same id. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await _administered(tx, actor, webhook_id)
        attempt = next((row for row in await tx.webhooks.deliveries(webhook_id) if row.id == delivery_id), None)
        if attempt is None or not await tx.outbox.send_again(attempt.outbox_id, now):
            raise NotFound("That delivery is not kept any more, or is being sent just now.")
    house.jobs.defer("outbox", 0)


async def _administered(tx: Unit, actor: Actor, webhook_id: int) -> Webhook:
    await require_some_admin(tx, actor)
    row = await tx.webhooks.get(webhook_id)
    if row is None or row.workspace_id != actor.workspace_id:
        raise NotFound("That webhook was removed already.")
    return row


async def _team_names(tx: Unit, actor: Actor) -> dict[int, str]:
    found: dict[int, Team] = {team.id: team for _, team in await tx.schedules.active(actor.workspace_id)}
    return {team_id: team.name for team_id, team in found.items()}


async def _problems(house: House, draft: WebhookDraft) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not draft.name.strip():
        problems["name"] = "A webhook needs a name."
    problem = await _url_problem(house, draft.url.strip())
    return {**problems, "url": problem} if problem else problems


async def _url_problem(house: House, text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return "This is no address that can be called."
    if url.scheme not in PORTS or not url.host or len(text) > LONGEST_URL:
        return "Type a whole address, for example https://example.com/hooks/oncall."
    if url.userinfo:
        return "An address with a user or password in it is not accepted; messages are signed instead."
    try:
        looked_at = checked(url.host, url.port or PORTS[url.scheme], allow_private=house.offers.private_webhooks)
        await asyncio.wait_for(looked_at, LOOKUP_SECONDS)
    except TimeoutError:
        return ""  # a slow name server is no fault of the address, which is looked at again before every call
    except Refused as error:
        return f"{error} Only public addresses can be called."
    except Unresolved as error:
        return str(error)
    return ""


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _view(row: Webhook, names: dict[int, str], now: datetime) -> WebhookView:
    shown = tuple(names.get(team, "a team without schedules") for team in row.team_ids)
    rotating = row.former_until if row.former_until and row.former_until > now else None
    return WebhookView(row.id, row.name, row.url, shown, rotating)
