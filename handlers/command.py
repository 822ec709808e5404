"""``/oncall``: the first word says what to do, the rest which schedule.

Feature modules add their words to :class:`handlers.listeners.Listeners`; this module finds the one that was meant.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from difflib import get_close_matches

from handlers.blocks import Block, cut, lines, section
from handlers.context import Ask
from handlers.listeners import Listeners, Word
from services.wording import escape

COMMAND = "/oncall"
QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "‘": "’", "«": "»"}
NEAR_ENOUGH = 0.5


def register(listeners: Listeners) -> None:
    async def run(ask: Ask) -> None:
        name, argument = parse(str(ask.slack.body.get("text") or ""))
        word = listeners.words.get(name or "help")
        if word is None:
            await ask.slack.say(unknown(name, listeners.words))
        else:
            await word.run(ask, argument)

    async def show_help(ask: Ask, _argument: str) -> None:
        await ask.slack.say(help_text(listeners.words), help_blocks(listeners.words))

    listeners.word(Word("help", "", "this list", show_help))
    listeners.command(COMMAND, run)


def parse(text: str) -> tuple[str, str]:
    """The first word in lower case, and the rest without quotes around it. Slack writes ``&`` as ``&amp;``."""
    word, _, rest = html.unescape(text).strip().partition(" ")
    return word.casefold(), unquoted(rest.strip())


def unquoted(text: str) -> str:
    if len(text) >= 2 and QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def usage(word: Word) -> str:
    return " ".join(part for part in (COMMAND, word.name, word.usage) if part)


def help_text(words: Mapping[str, Word]) -> str:
    listed = "\n".join(f"• `{usage(word)}` – {word.summary}" for word in words.values())
    return f"What Baton can do:\n{listed}"


def help_blocks(words: Mapping[str, Word]) -> list[Block]:
    listed = [f"• `{usage(word)}` – {word.summary}" for word in words.values()]
    hint = "A schedule is named by its name or a part of it that no other has."
    return [section("*What Baton can do*"), *lines(listed), section(hint)]


def unknown(name: str, words: Mapping[str, Word]) -> str:
    """What could have been meant, nearest first."""
    near = get_close_matches(name, words, n=3, cutoff=NEAR_ENOUGH)
    shown = escape(cut(name, 60))
    if not near:
        return f"“{shown}” is nothing that Baton can do.\n{help_text(words)}"
    meant = " or ".join(f"`{COMMAND} {word}`" for word in near)
    return f"“{shown}” is nothing that Baton can do. Did you mean {meant}? `{COMMAND} help` lists everything."
