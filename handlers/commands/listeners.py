"""``/oncall``: the first word says what to do, the rest which schedule.

Feature modules add their words to :class:`handlers.kit.listeners.Listeners`; this module finds the one that was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from handlers.commands import near_misses as near
from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, cut, lines, section
from handlers.kit.command_text import COMMAND, parse
from handlers.kit.listeners import Group, Listeners, Word
from handlers.schedules import choosing
from services.kit.wording import escape

HINT = (
    "A schedule is named by its name, `Name (Team)`, its team, or a part that no other has. Without a name it is the "
    "one whose notice channel you are in, or you choose it from a list."
)
SOME_SCHEDULE = "Payments"
MORE = f"`{COMMAND} help WORD` explains one of them with an example."


def register(listeners: Listeners) -> None:
    words = listeners.words

    async def run(ask: Ask) -> None:
        name, argument = parse(str(ask.slack.body.get("text") or ""))
        word = _word(name or "help", words)
        if word is None:
            await ask.slack.say(unknown(name, words))
        else:
            await word.carry_out(ask, argument)

    async def show_help(ask: Ask, argument: str) -> None:
        await ask.slack.say(*help_on(argument, words))

    async def go_on(ask: Ask) -> None:
        """A schedule was chosen in answer to a word that named none."""
        name, rest = choosing.meant(str(ask.slack.action.get("block_id") or ""))
        chosen = (ask.slack.action.get("selected_option") or {}).get("value", "")
        word = _word(name, words)
        if word is None or not chosen:
            return
        try:
            await word.carry_out(ask, " ".join(part for part in (f"#{chosen}", rest) if part))
        finally:
            await ask.slack.take_away()

    listeners.word(Word("help", "[word]", "this list, or what one word does", show_help, example="take"))
    listeners.action(choosing.CHOOSE, go_on)
    listeners.action(choosing.FIND, go_on)
    listeners.options(choosing.FIND, choosing.search_schedules)
    listeners.command(COMMAND, run)


def _word(name: str, words: Mapping[str, Word]) -> Word | None:
    return words.get(name) or words.get(near.SAME.get(name, ""))


def usage(word: Word) -> str:
    return " ".join(part for part in (COMMAND, word.name, word.usage) if part)


def example(word: Word) -> str:
    """A line as somebody types it."""
    typed = word.example or (SOME_SCHEDULE if "schedule" in word.usage else "")
    return " ".join(part for part in (COMMAND, word.name, typed) if part)


def help_on(argument: str, words: Mapping[str, Word]) -> tuple[str, list[Block]]:
    """Everything in groups, or one word with its usage and an example."""
    name = argument.casefold().removeprefix(COMMAND).strip()
    if not name:
        return help_text(words), help_blocks(words)
    word = _word(name.split()[0], words)
    text = explained(word) if word else unknown(name.split()[0], words)
    return text, lines(text.split("\n"))


def help_text(words: Mapping[str, Word]) -> str:
    return "\n".join(["What Baton can do:", *(line for group in Group for line in _listed(group, words))])


def help_blocks(words: Mapping[str, Word]) -> list[Block]:
    listed = [block for group in Group for block in lines(_listed(group, words))]
    return [section("*What Baton can do*"), *listed, section(f"{HINT}\n{MORE}")]


def _listed(group: Group, words: Mapping[str, Word]) -> list[str]:
    mine = [f"• `{usage(word)}` – {word.summary}" for word in words.values() if word.group is group]
    return [f"*{group.value}*", *mine] if mine else []


def explained(word: Word) -> str:
    """One word: what it does, how it is typed, an example."""
    told = [f"`{usage(word)}` – {word.summary}.", word.more, f"Who may: {word.who_may}."]
    told.append(f"For example: `{example(word)}`")
    if "schedule" in word.usage:
        told.append(HINT)
    return "\n".join(part for part in told if part)


def unknown(name: str, words: Mapping[str, Word]) -> str:
    """What could have been meant, nearest first; never the whole list."""
    shown = escape(cut(name, 60))
    refused = f"“{shown}” is nothing that Baton can do."
    found = near.meant(name, words)
    if not found:
        common = ", ".join(f"`{COMMAND} {word}`" for word in ("who", "me", "take", "cover") if word in words)
        return f"{refused} Used most: {common}. `{COMMAND} help` lists everything."
    listed = "\n".join(f"• `{usage(words[word])}` – {words[word].summary}" for word in found)
    return f"{refused} Did you mean one of these?\n{listed}\n`{COMMAND} help` lists everything."
