"""``/oncall sync``: PagerDuty schedules that Baton makes for a schedule's rotations.

All of it talks to PagerDuty while a person waits, and Slack waits three seconds at most. So the outcome is the answer
if it is there soon enough; otherwise the modal says what is going on, and then what came of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from handlers.destinations import first_export
from handlers.kit.asker import Ask
from handlers.kit.exchange import with_notice
from handlers.kit.forms import filled_in_again
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.slow_work import given_time
from handlers.pagerduty.update_views import (
    Account,
    Id,
    Way,
    change_form,
    merge_form,
    outcome_view,
    set_up_form,
    standing_view,
    stop_form,
    waiting_view,
)
from handlers.schedules.choosing import named_schedule
from oncall.systems import PAGERDUTY
from services.connections import credentials as connections
from services.connections import requests as access
from services.connections import wishes as access_wishes
from services.connections.drafts import Region
from services.connections.requests import Asked
from services.destinations.configuring import DestinationView
from services.kit.errors import FieldErrors, Refusal
from services.kit.wording import escape
from services.pagerduty import adding_people as pagerduty_adding
from services.pagerduty import stopping as pagerduty_stop
from services.pagerduty import updates as pagerduty_sync
from services.pagerduty.changing import change_sync
from services.pagerduty.stopping import Ending
from services.pagerduty.updates import KINDS, SyncDraft, SyncView
from services.schedules.finding import Among

RETURNED = "Look at this again, please. An API key has to be typed again."
GLANCE = 1.0
"""Seconds for asking which kinds an account offers, before the form is shown without knowing."""


def register(listeners: Listeners) -> None:
    listeners.word(
        Word("sync", "[schedule]", "start, change or stop PagerDuty updates", open_sync, group=Group.SETTING_UP)
    )
    listeners.action(Id.START, start)
    listeners.action(Id.WAY, choose_way)
    listeners.action(Id.CONNECTION, choose_way)
    listeners.action(Id.CHANGE, open_change)
    listeners.action(Id.STOP, open_stop)
    listeners.view(Id.SET_UP, set_up)
    listeners.view(Id.MERGE, merge)
    listeners.view(Id.CHANGED, change)
    listeners.view(Id.STOPPED, stop)


async def open_sync(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    sync = await pagerduty_sync.sync_of(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    shown = standing_view(sync, metadata) if sync.made else await _set_up_form(ask, sync, metadata)
    await ask.slack.open(shown)


async def start(ask: Ask) -> None:
    """From a list of destinations."""
    sync = await _sync(ask)
    metadata = Metadata(schedule_id=sync.schedule_id, reply_to=ask.slack.reply_to)
    shown = standing_view(sync, metadata) if sync.made else await _set_up_form(ask, sync, metadata)
    await ask.slack.push(shown)


async def choose_way(ask: Ask) -> None:
    """Draw the form anew; what was typed into fields that stay is kept."""
    sync, metadata, typed = await _sync(ask), ask.slack.metadata, ask.slack.form
    if typed.option("way") == Way.MERGE:
        await ask.slack.replace(merge_form(sync, metadata))
    else:
        await ask.slack.replace(await _set_up_form(ask, sync, metadata, typed.number("connection_id")))


async def _set_up_form(ask: Ask, sync: SyncView, metadata: Metadata, chosen: int | None = None) -> dict[str, Any]:
    known = [one for one in await connections.list_connections(ask.house, ask.actor, PAGERDUTY) if one.ok]
    connection = chosen or next((one.id for one in known), None)
    kinds, author = await asyncio.gather(_kinds(ask, connection), _author(ask, connection))
    account = Account(known, connection, kinds, can_ask=await _others(ask), author=author)
    return set_up_form(sync, account, metadata)


async def _author(ask: Ask, connection_id: int | None) -> str:
    """The preset of in whose name people are added; none where PagerDuty doesn't say so soon."""
    if connection_id is None:
        return ""
    try:
        async with asyncio.timeout(GLANCE):
            return await pagerduty_adding.author_of(ask.house, ask.actor, connection_id)
    except (TimeoutError, Refusal):
        return ""


async def _kinds(ask: Ask, connection_id: int | None) -> Sequence[str]:
    if connection_id is None:
        return tuple(KINDS)
    try:
        async with asyncio.timeout(GLANCE):
            return await pagerduty_sync.kinds_of(ask.house, ask.actor, connection_id)
    except (TimeoutError, Refusal):
        return tuple(KINDS)


async def set_up(ask: Ask) -> None:
    typed = ask.slack.form
    draft = SyncDraft(
        schedule_id=ask.slack.metadata.schedule_id or 0,
        name=typed.text("name"),
        connection_id=typed.number("connection_id"),
        subdomain=typed.text("subdomain"),
        key=typed.text("key"),
        region=typed.choice("region", Region, Region.US),
        kind=typed.option("kind") or "",
        author=typed.text("author") if typed.has("author") else None,
        role=typed.option("role") or "",
    )
    if draft.connection_id is None and not draft.key.strip() and await _others(ask):
        await _ask(ask, access_wishes.ask_sync(ask.house, ask.actor, replace(draft, author=None), draft.subdomain))
        return
    await _patiently(ask, _started(pagerduty_sync.start_sync(ask.house, ask.actor, draft)))


async def _others(ask: Ask) -> bool:
    return await connections.others_exist(ask.house, ask.actor, PAGERDUTY)


async def _ask(ask: Ask, asking: Coroutine[Any, Any, Asked]) -> None:
    await ask.slack.ack(response_action="update", view=outcome_view(access.sent(await asking)))


async def merge(ask: Ask) -> None:
    schedule, other = ask.slack.metadata.schedule_id or 0, ask.slack.form.number("other")
    if await pagerduty_sync.must_ask_to_merge(ask.house, ask.actor, other):
        await _ask(ask, access_wishes.ask_merge(ask.house, ask.actor, schedule, other))
        return
    merged: list[DestinationView] = []

    async def work() -> str:
        merged.extend(await pagerduty_sync.merge_sync(ask.house, ask.actor, schedule, other))
        return ":hourglass_flowing_sand: Reading what PagerDuty has, to show what this would write…"

    if await _patiently(ask, work()):
        await first_export.ask_first(ask, merged, "Merged", ask.slack.say)


async def open_change(ask: Ask) -> None:
    sync = await _sync(ask)
    known = await connections.list_connections(ask.house, ask.actor, PAGERDUTY)
    connection = next((one for one in known if one.id == sync.made[0].connection_id), None) if sync.made else None
    await ask.slack.push(change_form(sync, connection, ask.slack.metadata))


async def change(ask: Ask) -> None:
    typed = ask.slack.form
    draft = SyncDraft(
        ask.slack.metadata.schedule_id or 0,
        typed.text("name"),
        key=typed.text("key"),
        author=typed.text("author") if typed.has("author") else None,
        role=typed.option("role") or "",
    )
    if await _patiently(ask, _changed(change_sync(ask.house, ask.actor, draft))):
        await _redraw(ask, "Saved. PagerDuty is brought up to date.")


async def open_stop(ask: Ask) -> None:
    schedule = ask.slack.metadata.schedule_id or 0
    await ask.slack.push(stop_form(await pagerduty_stop.stopping(ask.house, ask.actor, schedule), ask.slack.metadata))


async def stop(ask: Ask) -> None:
    schedule, ending = ask.slack.metadata.schedule_id or 0, ask.slack.form.choice("ending", Ending, Ending.LEAVE)
    if await _patiently(ask, _stopped(pagerduty_stop.stop_sync(ask.house, ask.actor, schedule, ending))):
        await _below(ask, outcome_view(":white_check_mark: Baton no longer updates PagerDuty for this schedule."))


async def _patiently(ask: Ask, work: Coroutine[Any, Any, str]) -> bool:
    """Do it and tell what came of it; whether it was done. Errors find their fields, also when they come late: then
    the form comes back as it was filled in."""
    task = await given_time(ask, work, waiting_view())
    if not ask.slack.acked:
        await ask.slack.ack(response_action="update", view=outcome_view(await task))
        return True
    try:
        shown, well = outcome_view(await task), True
    except FieldErrors as error:
        shown, well = with_notice(filled_in_again(ask.slack.view, error.fields, "key"), RETURNED), False
    except Refusal as error:
        shown, well = with_notice(filled_in_again(ask.slack.view, {}, "key"), str(error)), False
    await ask.slack.replace(shown)
    return well


async def _started(work: Coroutine[Any, Any, Sequence[DestinationView]]) -> str:
    made = await work
    names = " and ".join(f"*{escape(one.external_name)}*" for one in made)
    return f":white_check_mark: PagerDuty shows this schedule as {names}. The first update is on its way."


async def _changed(work: Coroutine[Any, Any, Sequence[DestinationView]]) -> str:
    await work
    return ":white_check_mark: Saved. PagerDuty is brought up to date."


async def _stopped(work: Coroutine[Any, Any, Sequence[str]]) -> str:
    return "\n".join([":white_check_mark: PagerDuty updates are stopped.", *await work])


async def _redraw(ask: Ask, notice: str) -> None:
    """How it stands now, in the modal below."""
    sync = await _sync(ask)
    await _below(ask, standing_view(sync, Metadata(schedule_id=sync.schedule_id, reply_to=ask.slack.reply_to), notice))


async def _below(ask: Ask, view: dict[str, Any]) -> None:
    if ask.slack.root_view_id != ask.slack.view.get("id"):
        await ask.slack.replace(view, ask.slack.root_view_id)


async def _sync(ask: Ask) -> SyncView:
    return await pagerduty_sync.sync_of(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
