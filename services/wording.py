"""Words for people: what somebody typed, made safe for Slack's mrkdwn."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from oncall.timeline import Interval


def escape(text: str) -> str:
    """Slack reads ``&``, ``<`` and ``>`` as its own marks; a name must not become a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 shift``, ``2 shifts``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def when(instant: datetime) -> str:
    """An instant that every reader sees in their own zone."""
    fallback = instant.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(instant.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def span(start: datetime, end: datetime) -> str:
    """From when until when, as every reader sees it in their own zone."""
    return f"{when(start)} – {when(end)}"


def spelled(span: Interval, zone: str) -> str:
    """A stretch of time for plain text, in a zone: ``Mon 2 Mar 2026 08:00 – 20:00 (Europe/Berlin)``."""
    start, end = (instant.astimezone(ZoneInfo(zone)) for instant in (span.start, span.end))
    until = end.strftime("%H:%M") if start.date() == end.date() else end.strftime("%a %-d %b %Y %H:%M")
    return f"{start.strftime('%a %-d %b %Y %H:%M')} – {until} ({zone})"


def by(actor: str) -> str:
    """Who did something: a Slack user, or Baton or PagerDuty itself."""
    return {"baton": "Baton", "pagerduty": "PagerDuty"}.get(actor, f"<@{actor}>")
