"""Why Slack does not take a message in a conversation, in words that go on after "Baton can't post here:"."""

from __future__ import annotations

from handlers.kit.command_text import COMMAND

WHY = {
    "channel_not_found": f"it isn't in this conversation. Type `/invite @Baton` there, or use `{COMMAND} who`",
    "not_in_channel": "it isn't in this channel. Type `/invite @Baton` there",
    "is_archived": "the channel is archived",
    "missing_scope": "it lacks a permission. Whoever runs Baton can install it again to grant it",
    "ratelimited": "Slack is taking no more messages just now. Try again in a minute",
    "cannot_reply_to_message": "Slack allows no thread under this message",
    "thread_locked": "the thread is locked",
}
RESTRICTED = "only some people may post here"


def why_refused(code: str) -> str:
    """``code`` is Slack's word for it, empty where a gateway answered."""
    return RESTRICTED if code.startswith("restricted_action") else WHY.get(code, f"Slack answers “{code or 'nothing'}”")
