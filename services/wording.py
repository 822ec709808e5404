"""Words for people: what somebody typed, made safe for Slack's mrkdwn."""

from __future__ import annotations


def escape(text: str) -> str:
    """Slack reads ``&``, ``<`` and ``>`` as its own marks; a name must not become a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 shift``, ``2 shifts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
