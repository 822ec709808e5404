"""docs/commands.md: every word of the command as help knows it, as a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill

from handlers.commands import near_misses as near
from handlers.commands.listeners import HINT, example, usage
from handlers.kit.listeners import Group, Word

WIDTH = 120

ABOUT = """\
# What can be typed

Written by `make commands` from the code. In Slack, `/oncall help` lists the same, and `/oncall help WORD` explains one.
Who may do what by buttons and forms stands in [permissions.md](permissions.md), what the words mean in
[words.md](words.md).
"""


def page(words: Mapping[str, Word]) -> str:
    """The whole page, in the groups of help and in its order."""
    return "\n".join([ABOUT, fill(HINT, WIDTH), "", *(line for group in Group for line in _group(group, words))])


def _group(group: Group, words: Mapping[str, Word]) -> Iterator[str]:
    yield f"## {group.value}"
    yield ""
    for word in words.values():
        if word.group is group:
            yield from _word(word)


def _word(word: Word) -> Iterator[str]:
    yield f"### `{usage(word)}`"
    yield ""
    yield fill(f"{word.summary[0].upper()}{word.summary[1:]}. {word.more}".strip(), WIDTH)
    yield ""
    yield f"- Who may: {word.who_may}."
    yield f"- For example: `{example(word)}`"
    if others := ", ".join(f"`{other}`" for other, meant in near.SAME.items() if meant == word.name):
        yield f"- Other names: {others}"
    yield ""
