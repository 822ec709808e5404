"""A message as Slack takes it, and as a letter: text and HTML.

A letter shows the same words. Slack's marks in them were all made by :mod:`notices.texts.marks`, and what people typed
is escaped, so replacing marks is safe: times become the reader's own, mentions become names, links stay links.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from notices.texts.marks import Button, Message, Scene
from zonedata import zone_names

MOST_SECTION = 3000
MOST_LINES = 40
MARK = re.compile(
    r"<!date\^(?P<at>\d+)\^[^|>]*\|[^>]*>|<@(?P<user>[^>]+)>|<#(?P<channel>[^>]+)>|<(?P<url>[^|>]+)\|(?P<text>[^>]*)>"
)
BOLD = re.compile(r"\*([^*\n]+)\*")


@dataclass(frozen=True, slots=True)
class Letter:
    """An e-mail without its addresses."""

    subject: str
    text: str
    html: str


def post(message: Message) -> dict[str, Any]:
    """``text`` for notifications and ``blocks`` for the conversation, as chat.postMessage takes them."""
    blocks: list[dict[str, Any]] = [_section(message.title)]
    blocks += [_section(chunk) for chunk in _chunks(message.lines)]
    if message.buttons:
        blocks.append({"type": "actions", "elements": [_button(button) for button in message.buttons]})
    if message.footer:
        blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": message.footer[:MOST_SECTION]}]})
    return {"text": "\n".join([message.title, *message.lines[:3]])[:MOST_SECTION], "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:MOST_SECTION]}}


def _chunks(lines: tuple[str, ...]) -> Iterator[str]:
    """As few sections as Slack's limit allows; what is too much is counted."""
    shown = list(lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        shown.append(f"… and {len(lines) - MOST_LINES} more")
    held = ""
    for line in shown:
        if held and len(held) + len(line) + 1 > MOST_SECTION:
            yield held
            held = line
        else:
            held = f"{held}\n{line}" if held else line
    if held:
        yield held


def _button(button: Button) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "type": "button",
        "action_id": button.action_id,
        "text": {"type": "plain_text", "text": button.label},
        "value": button.value,
    }
    if button.style:
        shape["style"] = button.style
    if button.confirm:
        shape["confirm"] = {
            "title": {"type": "plain_text", "text": button.label},
            "text": {"type": "plain_text", "text": button.confirm[:300]},
            "confirm": {"type": "plain_text", "text": button.label},
            "deny": {"type": "plain_text", "text": "Cancel"},
        }
    return shape


def letter(message: Message, scene: Scene, zone: str) -> Letter:
    """The message by e-mail; times are in ``zone``. Its buttons are in Slack."""
    hint = ("Buttons for this are in Slack.",) if message.buttons else ()
    lines = [message.title, *message.lines, *hint, *([message.footer] if message.footer else [])]
    subject = " ".join(_plain(message.title, scene, zone).split())
    text = "\n".join(_plain(line, scene, zone) for line in lines) + "\n"
    body = "\n".join(f"<p>{_html(line, scene, zone)}</p>" for line in lines)
    return Letter(subject, text, f"<!doctype html>\n<html><body>\n{body}\n</body></html>\n")


def _plain(line: str, scene: Scene, zone: str) -> str:
    def show(mark: re.Match[str]) -> str:
        if mark["url"]:
            return f"{mark['text']} ({mark['url']})"
        return _told(mark, scene, zone)

    return html.unescape(BOLD.sub(r"\1", MARK.sub(show, line)))


def _html(line: str, scene: Scene, zone: str) -> str:
    def show(mark: re.Match[str]) -> str:
        if mark["url"]:
            return f'<a href="{mark["url"].replace(chr(34), "%22")}">{mark["text"]}</a>'
        return html.escape(html.unescape(_told(mark, scene, zone)))

    return BOLD.sub(r"<b>\1</b>", MARK.sub(show, line))


def _told(mark: re.Match[str], scene: Scene, zone: str) -> str:
    shown: dict[str, Callable[[str], str]] = {
        "at": lambda seconds: _local(int(seconds), zone),
        "user": scene.name,
        "channel": lambda _: "the schedule's channel",
    }
    name = next(key for key in shown if mark[key])
    return shown[name](mark[name])


def _local(seconds: int, zone: str) -> str:
    """A reader's zone comes from Slack and may be one that this machine does not know."""
    if zone not in zone_names():
        zone = "UTC"
    at = datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))
    return at.strftime("%a %d %b %Y %H:%M ") + zone
