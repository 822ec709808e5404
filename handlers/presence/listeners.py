"""``/oncall presence``: the user group, the channel topic and the fallback person that show who is on call.

The form opens from what is stored. Beside it Slack is asked for its user groups, and the form is drawn anew if they, or
what Baton may do, are not what they were. What was saved is written at once, so after a moment the form says whether
Slack took it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from handlers.kit import background
from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice
from handlers.kit.exchange import error_code
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.presence.views import Id, form
from handlers.schedules.choosing import named_schedule
from notices.presence import troubles
from notices.presence.wanted import OnEdit
from services.kit.errors import FieldErrors
from services.presence import choices as presence
from services.presence.choices import PresenceDraft, PresenceView
from services.presence.listing import relist
from services.schedules.finding import Among

MOMENT = 2.0
"""Seconds after which the form says how it went so far; what takes longer is told to the admins."""

LOOK_SECONDS = 1.5
SAVED = ":white_check_mark: Saved. Slack shows it in a moment."
REMOVED = ":wastebasket: Removed. The group keeps its last members; Baton's part of the topic goes."


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "presence",
            "[schedule]",
            "show who is on call in a user group and a channel topic",
            open_form,
            group=Group.ADMINS,
            example="Payments",
            more="The fallback person stands in there, and in webhooks, while nobody is on call.",
        )
    )
    listeners.action(Id.ROLE, choose_role)
    listeners.options(Id.FIND_GROUP, search_groups)
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    known = await presence.get_presence(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    view_id, seen = await ask.slack.open_seen(form(known, None, metadata))
    background.start(_look_again(ask, known, metadata, view_id, seen), "listing user groups")


async def _look_again(ask: Ask, before: PresenceView, metadata: Metadata, view_id: str, seen: str) -> None:
    """What Slack says now; who has chosen another role meanwhile is left alone."""
    await relist(ask.house, ask.actor.workspace_id, ask.slack.client)
    known = await presence.get_presence(ask.house, ask.actor, before.schedule_id)
    if known != before:
        await ask.slack.replace(form(known, None, metadata), view_id, seen=seen)


async def choose_role(ask: Ask) -> None:
    known = await presence.get_presence(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    chosen = ask.slack.form.number("role_id")
    await ask.slack.replace(form(known, chosen, ask.slack.metadata), unless_changed=True)


async def search_groups(ask: Ask) -> Sequence[Choice]:
    found = await presence.search_groups(ask.house, ask.actor, ask.slack.query)
    return [Choice(one.id, one.label) for one in found]


async def submit(ask: Ask) -> None:
    known = await presence.get_presence(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    draft = _draft(ask.slack.form, known)
    await _check_channel(ask, draft, known)
    saved = await presence.save_presence(ask.house, ask.actor, draft)
    told = REMOVED if draft.is_empty else SAVED
    view = form(saved, draft.role_id, ask.slack.metadata, told)
    await ask.slack.ack(response_action="update", view=view)
    await asyncio.sleep(MOMENT)
    after = await presence.get_presence(ask.house, ask.actor, saved.schedule_id)
    if after != saved:
        await ask.slack.replace(form(after, draft.role_id, ask.slack.metadata, told))


def _draft(typed: Form, known: PresenceView) -> PresenceDraft:
    """For the role that the fields were drawn for: another one may have been chosen a moment ago."""
    return PresenceDraft(
        schedule_id=known.schedule_id,
        role_id=id_of(typed.mark("group_id")),
        group_id=typed.option("group_id") or "",
        always=typed.users("always"),
        channel_id=typed.conversation("channel_id") or "",
        fallback=typed.user("fallback") or "",
        fallback_exported=bool(typed.chosen("exported")),
        on_edit=typed.choice("on_edit", OnEdit, OnEdit.RESTORE),
    )


async def _check_channel(ask: Ask, draft: PresenceDraft, known: PresenceView) -> None:
    """Raises FieldErrors where Baton can't change the topic of a channel that is new here."""
    before = known.of(draft.role_id).chosen.channel_id
    if draft.channel_id and draft.channel_id != before and (problem := await _problem(ask, draft.channel_id)):
        raise FieldErrors({"channel_id": problem})


async def _problem(ask: Ask, channel_id: str) -> str:
    """A Slack that can't be reached just now keeps nobody from saving."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            answer = await ask.slack.client.conversations_info(channel=channel_id)
    except SlackApiError as error:
        return troubles.SENTENCES["channel_not_found"] if error_code(error) == "channel_not_found" else ""
    except (aiohttp.ClientError, SlackClientError, TimeoutError, OSError):
        return ""
    found: Any = answer.get("channel")
    if not isinstance(found, Mapping):
        return ""
    wrong = {"is_archived": bool(found.get("is_archived")), "not_in_channel": found.get("is_member") is False}
    return next((troubles.SENTENCES[code] for code, true in wrong.items() if true), "")
