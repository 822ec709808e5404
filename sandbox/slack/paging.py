"""Cursor paging as Slack does it: an opaque cursor, empty on the last page."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from sandbox.slack.arguments import Arguments
from sandbox.slack.errors import SlackError
from sandbox.slack.model import Json

Item = TypeVar("Item")
MOST_PER_PAGE = 1000


def page_of(items: Sequence[Item], args: Arguments, default: int = 100) -> tuple[list[Item], Json]:
    limit = args.number("limit", default) or default
    if not 1 <= limit <= MOST_PER_PAGE:
        raise SlackError("invalid_limit")
    start = _start(args.text("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"offset:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": cursor}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, offset = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "offset":
            return int(offset)
    except (binascii.Error, ValueError):
        pass
    raise SlackError("invalid_cursor")
