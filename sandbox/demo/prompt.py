"""A small prompt while the demo stays up: lines are typed into Slack as Alice, and what Slack answers is shown."""

from __future__ import annotations

import asyncio
import sys

from sandbox.client import NothingThere, Person, SlackFailure
from sandbox.client.waiting import until
from sandbox.demo.screen import Screen
from sandbox.demo.stage import CHANNEL, Stage

ANSWER_SECONDS = 5.0


async def take_commands(stage: Stage, screen: Screen) -> None:
    """Until the task is cancelled. Without a terminal there is nobody to ask."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    if sys.stdin.isatty():
        screen.invite()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), lambda: lines.put_nowait(sys.stdin.readline()))
    try:
        while True:
            line = (await lines.get()).strip()
            if line:
                await _typed(stage.workspace.person("alice"), line, screen)
    finally:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


async def _typed(alice: Person, line: str, screen: Screen) -> None:
    command = line if line.startswith("/") else f"/oncall {line}"
    seen = {message.ts for message in await alice.ephemerals()}

    async def answered() -> bool | None:
        modal = await alice.top_modal()
        if modal is not None:
            screen.modal("alice", modal)
            await alice.close_all()
            return True
        new = [message for message in await alice.ephemerals() if message.ts not in seen]
        for message in new:
            screen.message("alice", message)
        return bool(new) or None

    try:
        await alice.command(command, channel=CHANNEL)
        await until(answered, ANSWER_SECONDS)
    except (SlackFailure, NothingThere) as problem:
        screen.does("Slack", f"says: {problem}")
