"""files.*: uploading in three steps, and sharing what was uploaded.

    files.getUploadURLExternal → POST of the bytes → files.completeUploadExternal

Without a channel the file is the app's own, until one of its messages shows it.
"""

import secrets
from typing import Any, cast

from sandbox.slack.errors import SlackError
from sandbox.slack.methods.registry import Call, method
from sandbox.slack.model import Channel, File, Json, Message
from sandbox.slack.shapes import file_shape
from sandbox.slack.world import new_id

LONGEST_ALT_TEXT = 1000
LOOKED_AT_SECONDS = 0.3
"""How long Slack looks at a file before blocks may show it; longer in Slack itself."""


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(call: Call) -> Json:
    name, length, alt_txt = call.args.required("filename"), call.args.number("length", 0), call.args.text("alt_txt")
    if length <= 0:
        raise SlackError("missing_argument", arg="length")
    if len(alt_txt) > LONGEST_ALT_TEXT:
        raise SlackError("alt_txt_too_large")
    file = File(new_id("F"), name, length, call.team.bot_user_id, secrets.token_urlsafe(24), alt_txt)
    call.team.files[file.id] = file
    return {"upload_url": f"{call.world.base_url}/upload/v1/{file.upload_path}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(call: Call) -> Json:
    listed = call.args.raw("files")
    if not isinstance(listed, list) or not listed:
        raise SlackError.with_messages("invalid_arguments", ["missing required field: files"])
    found = [(_uploaded(call, one), one) for one in cast("list[Any]", listed)]
    channels = [_to_share_in(call, channel_id) for channel_id in _channel_ids(call)]
    for file, one in found:
        file.title = str(one.get("title") or file.name)
        file.ready_at = call.world.clock.monotonic() + LOOKED_AT_SECONDS
    for channel in channels:
        _share(call, channel, [file for file, _one in found])
    return {"files": [file_shape(file) for file, _one in found]}


def _uploaded(call: Call, one: Any) -> File:
    file = call.team.files.get(str(one.get("id"))) if isinstance(one, dict) else None
    if file is None:
        raise SlackError("file_not_found")
    if file.data is None or file.ready_at is not None:
        raise SlackError("file_update_failed")
    return file


def _channel_ids(call: Call) -> list[str]:
    return [one for one in [call.args.text("channel_id"), *call.args.listed("channels")] if one]


def _to_share_in(call: Call, channel_id: str) -> Channel:
    """Ids alone, and only where the app is: being allowed to post in any public channel is not enough here."""
    channel = call.team.channels.get(channel_id)
    if channel is None:
        raise SlackError("channel_not_found")
    if not call.bot_is_in(channel):
        raise SlackError("not_in_channel")
    return channel


def _share(call: Call, channel: Channel, files: list[File]) -> None:
    comment, thread = call.args.text("initial_comment"), call.args.text("thread_ts") or None
    ids = tuple(file.id for file in files)
    message = Message(call.world.next_ts(), channel.id, call.team.bot_user_id, comment, [], thread_ts=thread, files=ids)
    call.world.post(channel, message)
