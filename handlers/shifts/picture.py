"""*Show picture*: draws the calendar of ``/oncall shifts`` and posts it where it was asked for.

    drawn, by a process of its own → uploaded → posted, as soon as Slack has looked at the file

All of that takes seconds, so it is done beside everything else, and once for several presses. Everybody there sees the
post, which the button says before. Where Baton can't post, the person gets the picture by direct message and is told
why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError, SlackRequestError

from handlers.kit import background
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, button, confirm, context, cut, plain
from handlers.kit.errors import answer
from handlers.kit.exchange import error_code
from handlers.kit.listeners import Listeners
from handlers.kit.refused_posts import why_refused
from handlers.shifts.shown import PICTURE, Shown
from services.kit.errors import Refusal
from services.kit.wording import escape
from services.shifts import picture as pictures
from services.shifts.picture import MOST_ALT_TEXT, Drawn

log = structlog.get_logger()

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries while Slack looks at the file."""
MOST_UPLOAD_TEXT = 1000
UPLOAD_REFUSED = {
    "missing_scope": "Baton may not upload pictures yet: it lacks the permission `files:write`. Whoever runs Baton can "
    "install it again to grant it.",
    "file_uploads_disabled": "This workspace allows no uploads, so there is no picture.",
    "file_uploads_except_images_disabled": "This workspace allows no uploads by apps, so there is no picture.",
    "file_upload_size_restricted": "This workspace allows only smaller files, so there is no picture.",
    "storage_limit_reached": "This workspace has no room for more files, so there is no picture.",
    "ratelimited": "Slack is taking no more pictures just now. Try again in a minute.",
}
NOT_TAKEN = "Slack did not take the picture. Try again in a minute."
NOT_READY = "Slack is still looking at the picture. Try again in a minute."


def register(listeners: Listeners) -> None:
    def wanted(ask: Ask) -> Awaitable[None]:
        return _drawn_and_posted(ask, Shown.parse(str(ask.slack.action.get("block_id") or "")))

    register_picture(listeners, PICTURE, wanted)


def register_picture(listeners: Listeners, action_id: str, posted: Callable[[Ask], Awaitable[None]]) -> None:
    """A button that begins to draw and post; a second press while it is drawn is the same one."""
    under_way: set[tuple[int, str, str, str]] = set()

    async def show_picture(ask: Ask) -> None:
        pressed = ask.slack.action
        asked = (str(pressed.get("block_id") or ""), str(pressed.get("value") or ""))
        key = (ask.actor.workspace_id, ask.slack.channel_id, *asked)
        if key in under_way:
            return
        under_way.add(key)

        async def work() -> None:
            try:
                await posted(ask)
            except Exception as error:
                await answer(ask.slack, error)
            finally:
                under_way.discard(key)

        background.start(work(), "a picture")

    listeners.action(action_id, show_picture)


def picture_button(action_id: str = PICTURE, value: str = "") -> Block:
    asked = confirm("Post the picture?", "Everybody in this conversation will see it.", "Post it", "Not now")
    return button(action_id, "Show picture", value, confirm=asked | {"style": "primary"})


async def _drawn_and_posted(ask: Ask, shown: Shown) -> None:
    await post_drawn(ask, await pictures.drawn(ask.house, ask.actor, shown.schedule_id, since=shown.since))


async def post_drawn(ask: Ask, drawn: Drawn) -> None:
    """Post a picture where it was asked for, or to the person where that can't be."""
    text, blocks = picture_message(drawn, await _uploaded(ask, drawn), ask.actor.user_id)
    try:
        await _post(ask, ask.slack.channel_id or ask.actor.user_id, text, blocks)
    except SlackApiError as error:
        log.info("a picture goes to the person", refusal=error_code(error))
        await _post(ask, ask.actor.user_id, text, blocks)
        why = why_refused(error_code(error))
        await ask.slack.say(f":warning: Baton can't post here: {why}.\nThe picture is in your direct messages.")


async def _uploaded(ask: Ask, drawn: Drawn) -> str:
    """The file's id. Raises Refusal."""
    words = drawn.alt_text if len(drawn.alt_text) <= MOST_UPLOAD_TEXT else drawn.title
    try:
        done = await ask.slack.client.files_upload_v2(
            content=drawn.png, filename=drawn.filename, title=drawn.title, alt_txt=cut(words, MOST_UPLOAD_TEXT)
        )
    except SlackApiError as error:
        raise Refusal(UPLOAD_REFUSED.get(error_code(error), NOT_TAKEN)) from error
    except SlackRequestError as error:
        log.warning("an upload failed", reason=str(error))
        raise Refusal(NOT_TAKEN) from error
    file: Any = done.get("file")
    return str(file["id"])


def picture_message(drawn: Drawn, file_id: str, asked_by: str) -> tuple[str, list[Block]]:
    """The picture, which says the same in words to whoever can't see it."""
    shown: Block = {
        "type": "image",
        "slack_file": {"id": file_id},
        "alt_text": cut(drawn.alt_text, MOST_ALT_TEXT),
        "title": plain(drawn.title, 200),
    }
    return escape(drawn.title), [shown, context(f"Asked for by <@{asked_by}>")]


async def _post(ask: Ask, channel: str, text: str, blocks: list[Block]) -> None:
    """As soon as Slack has looked at the file: until then it takes no block that shows it, and says so."""
    for pause in PAUSES:
        try:
            await ask.slack.post(channel, text, blocks)
        except SlackApiError as error:
            if not _is_too_early(error):
                raise
        else:
            return
        await asyncio.sleep(pause)
    raise Refusal(NOT_READY)


def _is_too_early(error: SlackApiError) -> bool:
    data: Any = error.response.data if hasattr(error.response, "data") else error.response
    told = data.get("response_metadata") if isinstance(data, Mapping) else None
    messages = told.get("messages") if isinstance(told, Mapping) else None
    return error_code(error) == "invalid_blocks" and "invalid slack file" in str(messages)
