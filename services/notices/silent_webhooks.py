"""Webhooks whose makers left Slack, are guests by now, or administer nothing of theirs any more: they hear of nothing
until somebody takes them over.

The admins of the schedules that such a webhook heard of are told once, the Slack workspace's admins where there are
none; each of them can take it over. Of a maker who is still there and lost what they administered, those are the
schedules that they are still a member of. Whoever comes back makes it speak again, and leaving again is told again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from notices.deciding.items import item
from notices.deciding.topics import Method
from notices.texts import trouble
from notices.texts.shapes import post
from services.kit.house import Actor, House, Standing
from services.kit.permissions import administered, admins_of
from services.people.directory import standing
from storage.again import run_again
from storage.isolation import each
from storage.notices import NoticeKind
from storage.tables import Person, Webhook
from storage.unit import Unit


async def notice_silent(house: House, workspace_id: int) -> int:
    """Tell of every webhook whose maker is gone and of which nobody was told; returns how many those were."""
    async with house.database.read() as tx:
        hooks = [hook.id for hook in await tx.webhooks.of_workspaces([workspace_id])]
    told: set[int] = set()

    @run_again
    async def one(webhook_id: int) -> None:
        now = house.clock.now()
        async with house.database.transaction() as tx:
            hook = await tx.webhooks.get(webhook_id)
            if hook is not None and await _notice(tx, hook, now):
                told.add(webhook_id)

    await each(hooks, one, "noticing silent webhooks")
    return len(told)


async def _notice(tx: Unit, hook: Webhook, now: datetime) -> bool:
    maker = await tx.people.get(hook.workspace_id, hook.created_by)
    if maker is None or not await _is_silent(tx, hook, maker):
        if hook.maker_gone_at is not None:
            hook.maker_gone_at = None
            await tx.outbox.withhold(f"{_key(hook)}:", now)
        return False
    if hook.maker_gone_at is not None:
        return False
    hook.maker_gone_at = now
    facts = {"webhook_id": hook.id, "name": hook.name, "maker": hook.created_by, "deleted": maker.deleted}
    facts["there"] = not _is_gone(maker)
    payload = {"schedule_id": 0, **post(trouble.webhook_silent(facts))}
    key = f"{_key(hook)}:{now.isoformat()}"
    await tx.outbox.put(
        item(hook.workspace_id, NoticeKind.WEBHOOK_SILENT, key, Method.SLACK, user, payload, now)
        for user in await _heirs(tx, hook)
    )
    return True


async def may_take(tx: Unit, actor: Actor, hook: Webhook) -> bool:
    """Whether the actor administers a schedule that a webhook heard of before its maker was gone."""
    maker = await tx.people.get(hook.workspace_id, hook.created_by)
    if maker is None or not await _is_silent(tx, hook, maker):
        return False
    return bool({one.id for one in await administered(tx, actor)} & set(await _heard(tx, hook)))


async def _is_silent(tx: Unit, hook: Webhook, maker: Person) -> bool:
    """Whether a webhook hears of nothing because of who made it."""
    return _is_gone(maker) or await _lost_all(tx, hook, maker)


def _is_gone(maker: Person) -> bool:
    return standing(maker) is not Standing.PERSON


async def _lost_all(tx: Unit, hook: Webhook, maker: Person) -> bool:
    """Whether there are schedules for it to hear of, and its maker administers none of them any more."""
    if maker.is_admin or hook.hears_all:
        return False
    wanted = await _meant(tx, hook)
    return bool(wanted) and wanted.isdisjoint(await tx.schedules.administered_by(hook.workspace_id, maker.user_id))


async def _meant(tx: Unit, hook: Webhook) -> set[int]:
    """The schedules of its teams, all there are where it names none."""
    active = await tx.schedules.active(hook.workspace_id)
    return {schedule.id for schedule, team in active if not hook.team_ids or team.id in hook.team_ids}


async def _heirs(tx: Unit, hook: Webhook) -> list[str]:
    """Who is told, and can take it over."""
    admins = [user for schedule in await _heard(tx, hook) for user in await admins_of(tx, schedule)]
    known = await tx.people.named(hook.workspace_id, set(admins))
    fit = [user for user in dict.fromkeys(admins) if user not in known or not _is_gone(known[user])]
    return fit or [person.user_id for person in await tx.people.workspace_admins(hook.workspace_id)]


async def _heard(tx: Unit, hook: Webhook) -> Iterable[int]:
    """The schedules that it heard of; a former workspace admin's heard more, which workspace admins can take over."""
    meant = await _meant(tx, hook)
    if hook.hears_all:
        return meant
    made = meant.intersection(await tx.schedules.administered_by(hook.workspace_id, hook.created_by))
    if made:
        return made
    return [one for one in sorted(meant) if await tx.schedules.member(one, hook.created_by) is not None]


def _key(hook: Webhook) -> str:
    return f"{NoticeKind.WEBHOOK_SILENT}:{hook.id}"
