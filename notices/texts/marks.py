"""Slack's marks in our own text: times that every reader sees in their zone, mentions, names made harmless."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Button:
    """One button of a message."""

    action_id: str
    label: str
    value: str
    style: str = ""
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody is told, in Slack's mrkdwn: one sentence, the details, and what can be done about it."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    footer: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What a message is about: the schedule, and how people are called, by Slack id or by external id."""

    schedule_id: int
    schedule: str
    team: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    links: tuple[tuple[str, str], ...] = ()
    """Where the schedule can be looked at: (URL, name)."""
    channel_id: str = ""
    mentions: bool = False
    """Whether people are mentioned: in a post that is rewritten that pings nobody."""

    @property
    def title(self) -> str:
        return f"*{escape(self.schedule)}*"

    def name(self, user: str | None) -> str:
        """A person's name, which pings nobody."""
        if self.mentions and user:
            return mention(user)
        return escape(self.names.get(user, user)) if user else "nobody"

    def everyone(self, users: Iterable[str]) -> str:
        return ", ".join(self.name(user) for user in users) or "nobody"


_MARKS = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])|`")
"""A star, underscore or tilde at the edge of a word starts or ends a style; a backtick does wherever it stands."""
_UNLIKE = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"}
"""What looks like a mark and is none."""
_TYPED = str.maketrans({unlike: mark for mark, unlike in _UNLIKE.items()})


def escape(text: str) -> str:
    """A name in Slack's mrkdwn that becomes no mention, no link, and changes no style, its own or what is around it.

    Marks inside of words (``snake_case``) mean nothing to Slack and stay as they are.
    """
    plain = _MARKS.sub(lambda mark: _UNLIKE[mark[0]], text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_typed(text: str) -> str:
    """A name that somebody copied from what :func:`escape` made of it, as it was."""
    return text.translate(_TYPED)


def mention(user: str) -> str:
    return f"<@{user}>"


def mentions(users: Iterable[str]) -> str:
    return ", ".join(map(mention, users))


def when(instant: str | datetime) -> str:
    """An instant that every reader sees in their own zone, with the weekday, and the year where it is another one."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    fallback = at.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(at.timestamp())}^{{day_divider_pretty}} {{time}}|{fallback}>"


def span(facts: Mapping[str, Any]) -> str:
    """From when until when, of facts with ``start`` and ``end``."""
    return f"{when(facts['start'])} – {when(facts['end'])}"


def link(url: str, text: str) -> str:
    """A link, or the text alone where there is no address."""
    return f"<{escape(url)}|{escape(text)}>" if url.startswith(("https://", "http://")) else escape(text)
