"""Slack's texts as trees of small nodes: the page builds elements from them and never reads markup itself.

A node is a string, or an object with `kind` and what that kind needs:

    bold, italic, strike, quote        nodes
    code, pre, date, group             text
    link                               url, nodes
    user, channel                      id, text
    heading, item                      nodes            (of `markdown` blocks only)

Names, dates in the reader's zone and emoji are put in here, by the rules that the sandbox's other clients read with.
"""

from __future__ import annotations

import re
from typing import Any

from rich.emoji import Emoji

from sandbox.slack.model import Json
from sandbox.slack.mrkdwn import Reader

Node = str | Json

_WEB = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_FENCE = re.compile(r"```(.+?)```", re.DOTALL)
_MARKS = {"bold": "*", "italic": "_", "strike": "~"}
_MARKED = "|".join(
    rf"(?<![\w{re.escape(m)}]){re.escape(m)}(?=\S)(?P<{kind}>[^\n]+?)(?<=\S){re.escape(m)}(?!\w)"
    for kind, m in _MARKS.items()
)
_INLINE = re.compile(
    rf"`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>|(?P<bare>https?://[^\s<>|]+[^\s<>|.,;:!?)])|{_MARKED}"
)
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]+)\)")
_NAMES = {
    "large_green_circle": "green_circle",
    "large_yellow_circle": "yellow_circle",
    "large_red_circle": "red_circle",
}
_PICTURES = {
    "double_vertical_bar": "⏸️",
    "large_orange_circle": "🟠",
    "white_small_square": "▫️",
    "speech_balloon": "💬",
    "arrows_counterclockwise": "🔄",
    "calendar": "📅",
    "spiral_calendar_pad": "🗓️",
}


def with_emoji(text: str) -> str:
    for name, other in _NAMES.items():
        text = text.replace(f":{name}:", f":{other}:")
    for name, picture in _PICTURES.items():
        text = text.replace(f":{name}:", picture)
    return Emoji.replace(text)


def mrkdwn(text: str, reader: Reader) -> list[Node]:
    nodes: list[Node] = []
    for place, part in enumerate(_FENCE.split(text)):
        if place % 2:
            nodes.append({"kind": "pre", "text": _flat(part.strip("\n"), reader)})
        else:
            nodes.extend(_lines(part.strip("\n") if nodes else part, reader))
    return nodes


def _lines(text: str, reader: Reader) -> list[Node]:
    """Lines that begin with > are quotes, together where they follow each other."""
    nodes: list[Node] = []
    plain: list[str] = []
    quoted: list[str] = []

    def put() -> None:
        if plain:
            nodes.extend(_inline("\n".join(plain), reader))
        if quoted:
            nodes.append({"kind": "quote", "nodes": _inline("\n".join(quoted), reader)})
        plain.clear()
        quoted.clear()

    for line in text.split("\n"):
        quote = re.match(r"(?:&gt;|>) ?(.*)", line)
        if bool(quote) is bool(plain):
            put()
        (quoted if quote else plain).append(quote[1] if quote else line)
    put()
    return nodes


def _inline(text: str, reader: Reader) -> list[Node]:
    nodes: list[Node] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            nodes.append(_plain(text[at : match.start()]))
        nodes.append(_node(match, reader))
        at = match.end()
    return [*nodes, _plain(text[at:])] if at < len(text) else nodes


def _plain(text: str) -> str:
    return with_emoji(_unescaped(text))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _node(match: re.Match[str], reader: Reader) -> Node:
    kind = str(match.lastgroup)
    inner = match[kind]
    if kind == "code":
        return {"kind": "code", "text": _flat(inner, reader)}
    if kind == "angle":
        return _angle(inner, reader)
    if kind == "bare":
        return _link(inner, inner, reader)
    return {"kind": kind, "nodes": _inline(inner, reader)}


def _flat(text: str, reader: Reader) -> str:
    """As text alone, in which only mentions and links are read."""
    return _unescaped(re.sub(r"<([^<>\n]+)>", lambda one: _words(_angle(one[1], reader)), text))


def _words(node: Node) -> str:
    if isinstance(node, str):
        return node
    return node.get("text") or "".join(map(_words, node.get("nodes", ())))


def _angle(inner: str, reader: Reader) -> Node:
    target, _, label = inner.partition("|")
    if target.startswith("@"):
        return {"kind": "user", "id": target[1:], "text": reader.user(target[1:])}
    if target.startswith("#"):
        return {"kind": "channel", "id": target[1:], "text": reader.channel(target[1:])}
    if target.startswith("!date^"):
        return _date(target, label, reader)
    if target.startswith("!subteam^"):
        return {"kind": "group", "text": reader.group(target.removeprefix("!subteam^"))}
    if target.startswith("!"):
        return {"kind": "group", "text": f"@{target[1:]}"}
    return _link(target, label or target.removeprefix("mailto:"), reader)


def _date(target: str, fallback: str, reader: Reader) -> Node:
    parts = target.split("^")
    if len(parts) < 3 or not parts[1].isdigit():
        return _unescaped(fallback)
    shown: Json = {"kind": "date", "text": reader.date(int(parts[1]), parts[2])}
    return _link(parts[3], shown["text"], reader) if parts[3:] and parts[3] else shown


def _link(url: str, label: str, reader: Reader) -> Node:
    """Only what opens a page or a letter is a link; anything else stays words."""
    address = _unescaped(url)
    return {"kind": "link", "url": address, "nodes": [_plain(label)]} if _WEB.match(address) else _plain(label)


def markdown(text: str, reader: Reader) -> list[Node]:
    """Standard Markdown, as `markdown` blocks carry it: headings, lists, bold, links; the rest as in mrkdwn."""
    nodes: list[Node] = []
    for line in text.split("\n"):
        heading, item = re.match(r"#{1,6} +(.*)", line), re.match(r" *[-*+] +(.*)", line)
        kind = "heading" if heading else "item" if item else ""
        inner = mrkdwn(_as_mrkdwn((heading or item or [line, line])[1]), reader)
        nodes.extend([{"kind": kind, "nodes": inner}] if kind else [*inner, "\n"])
    return nodes


def _as_mrkdwn(line: str) -> str:
    linked = _MARKDOWN_LINK.sub(lambda one: f"<{one[2]}|{one[1]}>", line)
    return re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"*\2*", linked)


def drawn(value: Any, reader: Reader) -> Any:
    """A copy of blocks in which each text has its `nodes`, and each plain text and date the words to show."""
    if isinstance(value, list):
        return [drawn(one, reader) for one in value]
    if not isinstance(value, dict):
        return value
    copy = {name: drawn(inner, reader) for name, inner in value.items()}
    return copy | _shown(value, reader)


def _shown(value: Json, reader: Reader) -> Json:
    text = value.get("text")
    match value.get("type"):
        case "mrkdwn" if isinstance(text, str):
            return {"nodes": mrkdwn(text, reader)}
        case "markdown" if isinstance(text, str):
            return {"nodes": markdown(text, reader)}
        case "plain_text" if isinstance(text, str):
            return {"shown": with_emoji(text)}
        case "date" if "timestamp" in value:
            return {"shown": reader.date(int(value["timestamp"]), str(value["format"]))}
        case "emoji":
            return {"shown": with_emoji(f":{value['name']}:")}
        case "user" if "user_id" in value:
            return {"shown": reader.user(value["user_id"])}
        case "channel" if "channel_id" in value:
            return {"shown": reader.channel(value["channel_id"])}
        case "usergroup" if "usergroup_id" in value:
            return {"shown": reader.group(value["usergroup_id"])}
        case _:
            return {}
