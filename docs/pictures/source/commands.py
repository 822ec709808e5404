"""``make commands``: writes docs/commands.md, every word of ``/oncall`` as the code has it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from slack_bolt.async_app import AsyncApp

import handlers
from handlers.commands.reference import page

PAGE = Path(__file__).parents[2] / "commands.md"
MANIFEST = Path(__file__).parents[3] / "manifest.yml"
WHERE = {"global": "a shortcut anywhere in Slack", "message": "in the menu of a message"}


def written() -> str:
    """The page for the code as it is."""
    nobody: Any = None
    words = handlers.register(AsyncApp(token="xoxb-none", signing_secret="none"), nobody).words  # noqa: S106
    return "\n".join([page(words).rstrip("\n"), "", *_beside_the_command()])


def _beside_the_command() -> Iterator[str]:
    """What Slack offers without typing, as the manifest has it."""
    features = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["features"]
    yield "## Without the command"
    yield ""
    yield "- **Home**, in Baton's own place in Slack: your shifts, what waits for you, and everything above as buttons."
    for shortcut in features["shortcuts"]:
        yield f"- **{shortcut['name']}**, {WHERE[shortcut['type']]}: {shortcut['description']}."
    yield "- **@Baton** in a channel: answers in the thread who is on call for this channel."
    yield ""


def main() -> None:
    PAGE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is written\n")


if __name__ == "__main__":
    main()
