"""Slack's text as a person reads it: mentions become names, links their labels, dates the reader's own time.

<@U1> → @alice          <#C1> → #ops             <!subteam^S1> → @handle      <!here> → @here
<https://x|label> → label                        <!date^1700000000^{date_short} at {time}^link|fallback>
*bold* _italic_ ~gone~ `code` lose their marks;  &amp; &lt; &gt; become the characters
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.slack.model import Json, Team

_MARKS = [
    re.compile(rf"(?<![\w{re.escape(m)}]){re.escape(m)}(?=\S)([^\n]+?)(?<=\S){re.escape(m)}(?!\w)") for m in "*_~"
]
_CODE = re.compile(r"(```.+?```|`[^`\n]+`)", re.DOTALL)
_ANGLE = re.compile(r"<([^<>\n]+)>")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]+\)")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who looks: which workspace's names they see, in which zone, and what their clock says."""

    team: Team
    zone: ZoneInfo
    now: datetime

    def text_object(self, text: Json | None) -> str:
        if not text:
            return ""
        return self.mrkdwn(text["text"]) if text.get("type") == "mrkdwn" else str(text["text"])

    def mrkdwn(self, text: str) -> str:
        return "".join(self._piece(piece) for piece in _CODE.split(text))

    def _piece(self, piece: str) -> str:
        if len(piece) > 2 and piece.startswith("`") and piece.endswith("`"):
            return _unescaped(_ANGLE.sub(self._angle, piece.strip("`").strip("\n")))
        return _unescaped(_ANGLE.sub(self._angle, _unmarked(piece)))

    def markdown(self, text: str) -> str:
        """Standard Markdown, as `markdown` blocks carry it."""
        plain = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text)
        plain = re.sub(r"^#{1,6} +", "", plain, flags=re.MULTILINE)
        return self.mrkdwn(_MARKDOWN_LINK.sub(r"\1", plain))

    def _angle(self, match: re.Match[str]) -> str:
        target, _, label = match.group(1).partition("|")
        if target.startswith("@"):
            return self.user(target[1:])
        if target.startswith("#"):
            return self.channel(target[1:])
        if target.startswith("!date^"):
            return self._date(target, label)
        if target.startswith("!subteam^"):
            return self.group(target.removeprefix("!subteam^"))
        if target.startswith("!"):
            return f"@{target[1:]}"
        return label or target.removeprefix("mailto:")

    def user(self, user_id: str) -> str:
        user = self.team.users.get(user_id)
        return f"@{user.shown_name}" if user else f"@{user_id}"

    def channel(self, channel_id: str) -> str:
        channel = self.team.channels.get(channel_id)
        return f"#{channel.name}" if channel else f"#{channel_id}"

    def group(self, group_id: str) -> str:
        group = self.team.groups.get(group_id)
        return f"@{group.handle}" if group else f"@{group_id}"

    def _date(self, target: str, fallback: str) -> str:
        parts = target.split("^")
        if len(parts) < 3 or not parts[1].isdigit():
            return fallback
        return self.date(int(parts[1]), parts[2])

    def date(self, seconds: int, form: str) -> str:
        moment = datetime.fromtimestamp(seconds, UTC).astimezone(self.zone)
        return re.sub(r"\{(\w+)\}", lambda token: self._date_token(token, moment), form)

    def _date_token(self, token: re.Match[str], moment: datetime) -> str:
        name = token.group(1)
        if name == "ago":
            return _ago(self.now - moment)
        if name.endswith("_pretty"):
            another_year = name == "day_divider_pretty" and moment.year != self.now.astimezone(self.zone).year
            usual = "date_long" if another_year else name.removesuffix("_pretty")
            return self._pretty(moment) or _DATE_TOKENS[usual](moment)
        form = _DATE_TOKENS.get(name)
        return form(moment) if form else token.group(0)

    def _pretty(self, moment: datetime) -> str:
        days = (moment.date() - self.now.astimezone(self.zone).date()).days
        return {-1: "yesterday", 0: "today", 1: "tomorrow"}.get(days, "")


def _unmarked(text: str) -> str:
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    return text


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th') }"


def _time(moment: datetime, seconds: str = "") -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02d}{seconds} {'AM' if moment.hour < 12 else 'PM'}"


def _long(moment: datetime) -> str:
    return f"{moment:%B} {_ordinal(moment.day)}, {moment.year}"


_DATE_TOKENS: dict[str, Callable[[datetime], str]] = {
    "date_num": lambda m: f"{m:%Y-%m-%d}",
    "date_slash": lambda m: f"{m:%m/%d/%Y}",
    "date": _long,
    "date_short": lambda m: f"{m:%b} {m.day}, {m.year}",
    "date_long": lambda m: f"{m:%A}, {_long(m)}",
    "date_long_full": lambda m: f"{m:%A}, {_long(m)}",
    "day_divider": lambda m: f"{m:%A}, {m:%B} {_ordinal(m.day)}",
    "time": _time,
    "time_secs": lambda m: _time(m, f":{m.second:02d}"),
}


def _ago(gone: timedelta) -> str:
    seconds = int(abs(gone.total_seconds()))
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if (count := seconds // size) > 0:
            words = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{words} ago" if gone > timedelta(0) else f"in {words}"
    return "just now"
