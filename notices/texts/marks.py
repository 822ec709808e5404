"""Slack's marks in our own text: times that every reader sees in their zone, mentions, names made harmless."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from storage.marks import as_typed, escape

__all__ = [
    "Button",
    "Message",
    "Scene",
    "as_typed",
    "escape",
    "link",
    "mention",
    "mentions",
    "span",
    "when",
]


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
