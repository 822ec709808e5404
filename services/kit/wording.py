"""Words for people: what somebody typed, made safe for Slack's mrkdwn."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from notices.texts.marks import as_typed, escape, when
from oncall.systems import SYSTEMS
from oncall.timeline import Interval

__all__ = ["as_typed", "by", "counted", "escape", "span", "spelled", "when"]


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 shift``, ``2 shifts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def span(start: datetime, end: datetime) -> str:
    """From when until when, as every reader sees it in their own zone."""
    return f"{when(start)} – {when(end)}"


def spelled(span: Interval, zone: str) -> str:
    """A stretch of time for plain text, in a zone: ``Mon 2 Mar 2026 08:00 – 20:00 (Europe/Berlin)``."""
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (span.start, span.end))
    until = end.strftime("%H:%M") if start.date() == end.date() else end.strftime("%a %-d %b %Y %H:%M")
    return f"{start.strftime('%a %-d %b %Y %H:%M')} – {until} ({zone})"


def by(actor: str) -> str:
    """Who did something: a Slack user, or Baton or an external system itself."""
    if actor in SYSTEMS:
        return SYSTEMS[actor].start
    return "Baton" if actor == "baton" else f"<@{actor}>"


def for_now(error: Exception) -> str:
    """The message of trouble with another system where somebody asked, and nothing is tried again unless they do."""
    said = str(error).removesuffix(" It is tried again by itself.")
    short = said.removesuffix("; it is tried again by itself.")
    return said if short == said else f"{short}."
