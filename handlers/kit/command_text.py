"""What is typed after ``/oncall``: the word, and what it is about."""

from __future__ import annotations

import html

COMMAND = "/oncall"
QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»", "`": "`"}


def parse(text: str) -> tuple[str, str]:
    """The first word in lower case, and the rest without quotes around it. Slack writes ``&`` as ``&amp;``."""
    word, _, rest = html.unescape(text).strip().partition(" ")
    return word.casefold(), unquoted(rest.strip())


def unquoted(text: str) -> str:
    if len(text) >= 2 and QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text
