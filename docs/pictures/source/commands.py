"""``make commands``: writes docs/commands.md, every word of ``/oncall`` as the code has it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from slack_bolt.async_app import AsyncApp

import handlers
from handlers.commands.reference import page

PAGE = Path(__file__).parents[2] / "commands.md"


def written() -> str:
    """The page for the code as it is."""
    nobody: Any = None
    return page(handlers.register(AsyncApp(token="xoxb-none", signing_secret="none"), nobody).words)  # noqa: S106


def main() -> None:
    PAGE.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name} is written\n")


if __name__ == "__main__":
    main()
