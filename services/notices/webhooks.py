"""Webhooks: URLs that hear of on-call switches. Admins of any schedule, and workspace admins, set them up.

A webhook hears of the schedules that its maker administers, among those of its teams; of all where the maker is an
admin of the Slack workspace. That is looked at whenever there is something to tell: who loses a schedule hears no more
of it, and whose maker is deactivated or becomes a guest falls silent until somebody takes it over. Its maker and the
workspace's admins look after it; once the maker is gone, the admins of what it heard of can take it over.

A secret is shown once, when it is made. Rotating it leaves the former one good for a day, in which every message
carries both signatures.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx

from notices.deciding.webhook_items import heard_schedules, hook_item
from notices.sending.webhook_address import address_of, shown
from oncall.names import clean, is_visible
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.kit.permissions import administered, is_some_admin, require_some_admin
from services.kit.wording import escape
from services.notices.silent_webhooks import may_take
from storage.again import run_again
from storage.notices import NoticeKind
from storage.public_addresses import Refused, Unresolved, checked
from storage.secrets import SecretUnreadable
from storage.tables import Team, Webhook
from storage.unit import Unit

CHANGE = "set up webhooks"
OVERLAP = timedelta(hours=24)
MOMENT = timedelta(seconds=10)
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
    """A webhook as it is shown; its secret is not part of it, and ``where`` is its address without the path.

    ``teams`` empty means all that ``maker`` administers, or with ``hears_all`` all there are. ``silent`` says that the
    maker administers nothing of it any more, ``only_to_take`` that the reader can take it over and nothing else.
    """

    id: int
    name: str
    where: str
    teams: tuple[str, ...]
    rotating_until: datetime | None
    maker: str = ""
    hears_all: bool = False
    silent: bool = False
    only_to_take: bool = False


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
    """Those that the actor looks after, or could take over, by age. Raises NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor, CHANGE)
        known = await tx.webhooks.of_workspaces([actor.workspace_id])
        rows = [row for row in known if _is_theirs(actor, row) or await may_take(tx, actor, row)]
        views = [await _view(house, tx, row, house.clock.now()) for row in rows]
        return [replace(one, only_to_take=not _is_theirs(actor, row)) for one, row in zip(views, rows, strict=True)]


async def get_webhook(house: House, actor: Actor, webhook_id: int) -> WebhookView:
    """Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        row = await _administered(tx, actor, webhook_id)
        return await _view(house, tx, row, house.clock.now())


async def may_change(house: House, actor: Actor) -> bool:
    """Whether the actor may see and change webhooks."""
    async with house.database.read() as tx:
        return await is_some_admin(tx, actor)


async def teams(house: House, actor: Actor) -> list[TeamName]:
    """Every team that a webhook of the actor's can be for, by name. Raises NotAllowed."""
    async with house.database.read() as tx:
        await require_some_admin(tx, actor, CHANGE)
        names = await _team_names(tx, actor)
    return sorted((TeamName(team, name) for team, name in names.items()), key=lambda team: team.name.casefold())


@run_again
async def add_webhook(house: House, actor: Actor, draft: WebhookDraft) -> NewSecret:
    """Store it and make its secret. Raises FieldErrors keyed by the draft's attributes, NotAllowed."""
    now, secret = house.clock.now(), _new_secret()
    async with house.database.read() as tx:
        await require_some_admin(tx, actor, CHANGE)
    problems = await _problems(house, draft)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await require_some_admin(tx, actor, CHANGE)
        names = await _team_names(tx, actor)
        if not set(draft.team_ids) <= set(names):
            problems["team_ids"] = "Choose teams from the list."
        known = await tx.webhooks.of_workspaces([actor.workspace_id])
        mine = (row for row in known if (row.name, row.created_by) == (_typed(draft)[0], actor.user_id))
        if any(_address(house, row) == _typed(draft)[1] for row in mine):
            problems["name"] = "You have a webhook of this name for this address already."
        if len(known) >= MOST_WEBHOOKS:
            problems["name"] = f"A workspace has at most {MOST_WEBHOOKS} webhooks; remove one first."
        if problems:
            raise FieldErrors(problems)
        row = Webhook(
            workspace_id=actor.workspace_id,
            name=_typed(draft)[0],
            url=house.secrets.seal(_typed(draft)[1]),
            team_ids=sorted(set(draft.team_ids)),
            secret=house.secrets.seal(secret),
            created_at=now,
            created_by=actor.user_id,
        )
        await tx.webhooks.add(row)
        note(tx, actor, now, "webhook.added", f"added the webhook {escape(row.name)}")
        return NewSecret(await _view(house, tx, row, now), secret)


def _typed(draft: WebhookDraft) -> tuple[str, str]:
    """Name and address as they are stored."""
    return clean(draft.name)[:150], draft.url.strip()


@run_again
async def take_webhook(house: House, actor: Actor, webhook_id: int) -> WebhookView:
    """Become the maker of a webhook: it hears of what the actor administers. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        row = await _found(tx, actor, webhook_id)
        if not _is_theirs(actor, row) and not await may_take(tx, actor, row):
            raise NotAllowed(
                f"<@{row.created_by}> looks after this webhook. They and Slack workspace admins can do that."
            )
        row.created_by, row.hears_all, row.maker_gone_at = actor.user_id, False, None
        await tx.outbox.withhold(f"{NoticeKind.WEBHOOK_SILENT}:{row.id}:", now)
        note(tx, actor, now, "webhook.taken", f"took over the webhook {escape(row.name)}")
        return await _view(house, tx, row, now)


@run_again
async def rotate_secret(house: House, actor: Actor, webhook_id: int) -> NewSecret:
    """A new secret; the former one is good for a day more. Raises NotAllowed, NotFound."""
    now, secret = house.clock.now(), _new_secret()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        row = await _administered(tx, actor, webhook_id)
        if row.former_until is not None and row.former_until - OVERLAP > now - MOMENT:
            raise Refusal("The secret was rotated a moment ago, so that it is not done again.")
        row.former_secret, row.former_until = row.secret, now + OVERLAP
        row.secret = house.secrets.seal(secret)
        note(tx, actor, now, "webhook.rotated", f"rotated the secret of the webhook {escape(row.name)}")
        return NewSecret(await _view(house, tx, row, now), secret)


@run_again
async def remove_webhook(house: House, actor: Actor, webhook_id: int) -> None:
    """Send nothing there any more. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        row = await _administered(tx, actor, webhook_id)
        row.removed_at = now
        note(tx, actor, now, "webhook.removed", f"removed the webhook {escape(row.name)}")


@run_again
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


@run_again
async def redeliver(house: House, actor: Actor, webhook_id: int, delivery_id: int) -> None:
    """Send the message of an attempt again, with the same id. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await _administered(tx, actor, webhook_id)
        attempt = next((row for row in await tx.webhooks.deliveries(webhook_id) if row.id == delivery_id), None)
        if attempt is None or not await tx.outbox.send_again(attempt.outbox_id, now):
            raise NotFound("That delivery is not kept any more, or is being sent just now.")
        tx.defer("outbox", 0)


async def _found(tx: Unit, actor: Actor, webhook_id: int) -> Webhook:
    await require_some_admin(tx, actor, CHANGE)
    row = await tx.webhooks.get(webhook_id)
    if row is None or row.workspace_id != actor.workspace_id:
        raise NotFound("That webhook was removed already.")
    return row


async def _administered(tx: Unit, actor: Actor, webhook_id: int) -> Webhook:
    row = await _found(tx, actor, webhook_id)
    if not _is_theirs(actor, row):
        raise NotAllowed(f"Only <@{row.created_by}>, who made this webhook, and Slack workspace admins can do that.")
    return row


def _is_theirs(actor: Actor, row: Webhook) -> bool:
    return actor.is_workspace_admin or row.created_by == actor.user_id


async def _team_names(tx: Unit, actor: Actor) -> dict[int, str]:
    """The teams of what the actor administers."""
    mine = {schedule.id for schedule in await administered(tx, actor)}
    found: dict[int, Team] = {
        team.id: team for schedule, team in await tx.schedules.active(actor.workspace_id) if schedule.id in mine
    }
    return {team_id: team.name for team_id, team in found.items()}


async def _problems(house: House, draft: WebhookDraft) -> dict[str, str]:
    problems: dict[str, str] = {}
    if not is_visible(draft.name):
        problems["name"] = "A webhook needs a name that can be seen."
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
        async with asyncio.timeout(LOOKUP_SECONDS):
            await checked(url.host, url.port or PORTS[url.scheme], allow_private=house.offers.private_webhooks)
    except TimeoutError:
        return ""  # a slow name server is no fault of the address, which is looked at again before every call
    except Refused as error:
        return f"{error} Only public addresses can be called."
    except Unresolved as error:
        return str(error)
    return ""


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _address(house: House, row: Webhook) -> str:
    """Where it goes; nothing where no configured key opens it."""
    try:
        return address_of(house.secrets, row)
    except SecretUnreadable:
        return ""


async def _view(house: House, tx: Unit, row: Webhook, now: datetime) -> WebhookView:
    active = await tx.schedules.active(row.workspace_id)
    names = {team.id: team.name for _, team in active}
    team_names = tuple(names.get(team, "a team without schedules") for team in row.team_ids)
    rotating = row.former_until if row.former_until and row.former_until > now else None
    heard = (await heard_schedules(tx, [row]))[row.id]
    mine = {schedule.id for schedule, team in active if not row.team_ids or team.id in row.team_ids}
    silent = heard is not None and not heard & mine
    address = _address(house, row)
    where = shown(address) if address else "an address that no configured key opens"
    return WebhookView(row.id, row.name, where, team_names, rotating, row.created_by, row.hears_all, silent)
