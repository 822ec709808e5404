"""chat.*: posting, changing and removing messages."""

from typing import Any, cast

from sandbox.slack.blockkit import check_blocks
from sandbox.slack.errors import SlackError
from sandbox.slack.inputs import with_ids
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Channel, ChannelKind, Json, Message, Team, User
from sandbox.slack.shapes import message_shape

LONGEST_TEXT = 40_000
MISSING_FALLBACK = "missing text fallback"


def checked_blocks(blocks: Any) -> list[Json]:
    """The blocks of a message, or `invalid_blocks` with what the checker says."""
    if blocks is None:
        return []
    if complaints := check_blocks(blocks, "message"):
        raise SlackError.with_messages("invalid_blocks", complaints)
    return with_ids(cast("list[Json]", blocks))


def checked_content(text: str, blocks: Any, attachments: Any = None) -> tuple[str, list[Json], tuple[str, ...]]:
    good = checked_blocks(blocks)
    if not text and not good and not attachments:
        raise SlackError("no_text")
    if len(text) > LONGEST_TEXT:
        raise SlackError("msg_too_long")
    return text, good, (MISSING_FALLBACK,) if good and not text else ()


def check_pictures(team: Team, blocks: list[Json], now: float) -> None:
    """A picture in a block is a file that this app has uploaded, and that Slack has finished looking at."""
    complaints = []
    for number, block in enumerate(blocks):
        file_id = (block.get("slack_file") or {}).get("id") if block.get("type") == "image" else None
        file = team.files.get(file_id) if file_id else None
        if file_id and (file is None or file.ready_at is None or now < file.ready_at):
            complaints.append(f"invalid slack file [json-pointer:/blocks/{number}/slack_file]")
    if complaints:
        raise SlackError.with_messages("invalid_blocks", complaints)


def _channel_to_post_in(call: Call) -> Channel:
    """A channel, or a person: a message to a user's id opens the direct message."""
    person = call.team.users.get(call.args.required("channel"))
    if person is not None:
        return _direct(call, person)
    channel = call.channel_by_id_or_name()
    if channel.is_archived:
        raise SlackError("is_archived")
    if not call.bot_is_in(channel) and not call.has_scope("chat:write.public"):
        raise SlackError("not_in_channel")
    return channel


def _direct(call: Call, person: User) -> Channel:
    """A deactivated person still has a direct channel: Slack takes a message that nobody will read."""
    if person.is_bot:
        raise SlackError("channel_not_found")
    return call.world.direct_channel(call.team, person)


def _new_message(call: Call, channel: Channel, only_for: str | None = None) -> Message:
    text, blocks, warnings = checked_content(
        call.args.text("text"), call.args.raw("blocks"), call.args.raw("attachments")
    )
    check_pictures(call.team, blocks, call.world.clock.monotonic())
    return Message(
        ts=call.world.next_ts(),
        channel=channel.id,
        user=call.team.bot_user_id,
        text=text,
        blocks=blocks,
        only_for=only_for,
        thread_ts=call.args.text("thread_ts") or None,
        metadata=call.args.raw("metadata"),
        warnings=warnings,
    )


@method("chat.postMessage", "chat:write")
def post_message(call: Call) -> Json:
    channel = _channel_to_post_in(call)
    message = call.world.post(channel, _new_message(call, channel))
    call.tell_of_mention(call.team, channel, message)
    return {"channel": channel.id, "ts": message.ts, "message": message_shape(message, call.team)}


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(call: Call) -> Json:
    channel = _channel_to_post_in(call)
    reader = call.team.users.get(call.args.required("user"))
    if reader is None or reader.id not in channel.members:
        raise SlackError("user_not_in_channel")
    message = call.world.post(channel, _new_message(call, channel, only_for=reader.id))
    return {"message_ts": message.ts}


def _own_message(call: Call, refusal: str) -> tuple[Channel, Message]:
    channel = call.channel()
    message = channel.message(call.args.required("ts"))
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if message.user != call.team.bot_user_id:
        raise SlackError(refusal)
    if channel.is_archived:
        raise SlackError("is_archived" if refusal.startswith("cant_update") else refusal)
    return channel, message


@method("chat.update", "chat:write")
def update(call: Call) -> Json:
    """Text without blocks removes the blocks that were there."""
    channel, message = _own_message(call, "cant_update_message")
    text, blocks, warnings = checked_content(call.args.text("text"), call.args.raw("blocks"))
    check_pictures(call.team, blocks, call.world.clock.monotonic())
    message.text, message.blocks, message.warnings = text, blocks, warnings
    message.metadata = call.args.raw("metadata") or message.metadata
    message.edited_at = call.world.next_ts()
    return {"channel": channel.id, "ts": message.ts, "text": text, "message": message_shape(message, call.team)}


@method("chat.delete", "chat:write")
def delete(call: Call) -> Json:
    channel, message = _own_message(call, "cant_delete_message")
    channel.messages.remove(message)
    return {"channel": channel.id, "ts": message.ts}


@method("chat.getPermalink")
def get_permalink(call: Call) -> Json:
    channel = call.channel()
    message = channel.message(call.args.required("message_ts"))
    if message is None or (channel.kind == ChannelKind.DIRECT and not call.bot_is_in(channel)):
        raise SlackError("message_not_found")
    address = f"https://{call.team.domain}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": address}
