"""How much is done at once, and when people are told to come back.

    arrives ─ room? ── no ──→ told at once that Baton is busy
                └ yes ─ its turn within LONGEST_WAIT? ── no ──→ told so, too
                            └ yes ─→ done

Slack lets a modal be opened for three seconds, and people wait little longer for an answer. What can't be begun in
time had better be refused while there is somebody to hear of it. Most of what is under way waits for Slack, which
costs nothing, so there are many at once. Each workspace has a share of the room: where Slack does not answer in one,
what waits there takes no place from the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from services.kit.errors import Refusal

log = structlog.get_logger()

AT_ONCE = 40
MOST_WAITING = 120
WORKSPACES = 4
"""How many workspaces' shares there is room for."""
LONGEST_WAIT = 1.0
SAID_AGAIN_SECONDS = 60.0
BUSY = "Baton is busy just now; please try again in a moment."


class Busy(Refusal):
    """Nothing of it was begun."""

    def __init__(self) -> None:
        super().__init__(BUSY)


class _Room:
    """Turns, and how many may be inside, with or without one."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self.turns = asyncio.Semaphore(at_once)
        self.most = at_once + most_waiting
        self.inside = 0

    @property
    def is_full(self) -> bool:
        return self.inside >= self.most


class Crowd:
    """What people asked for and is not done yet; ``longest_wait`` in seconds. ``at_once`` and ``most_waiting`` are one
    workspace's share; there is room for so many ``workspaces``."""

    def __init__(
        self,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        longest_wait: float = LONGEST_WAIT,
        workspaces: int = WORKSPACES,
    ) -> None:
        self._at_once, self._most_waiting = at_once, most_waiting
        self._all = _Room(at_once * workspaces, most_waiting * workspaces)
        self._shares: dict[str, _Room] = {}
        self._longest_wait = longest_wait
        self._said_at = float("-inf")

    def is_full(self, workspace: str = "") -> bool:
        share = self._shares.get(workspace)
        return self._all.is_full or (share is not None and share.is_full)

    @asynccontextmanager
    async def turn(self, workspace: str = "") -> AsyncGenerator[None]:
        """Do something inside it. Raises Busy, before anything is done, where there is no room or no turn in time."""
        if self.is_full(workspace):
            raise self.refusal()
        share = self._shares.setdefault(workspace, _Room(self._at_once, self._most_waiting))
        for room in (share, self._all):
            room.inside += 1
        try:
            async with self._waited_for(share):
                yield
        finally:
            for room in (share, self._all):
                room.inside -= 1
            if not share.inside:
                self._shares.pop(workspace, None)

    @asynccontextmanager
    async def _waited_for(self, share: _Room) -> AsyncGenerator[None]:
        async with AsyncExitStack() as taken:
            try:
                async with asyncio.timeout(self._longest_wait):
                    await taken.enter_async_context(share.turns)
                    await taken.enter_async_context(self._all.turns)
            except TimeoutError as error:
                raise self.refusal() from error
            yield

    def refusal(self) -> Busy:
        """What to raise or tell; the log hears of it, once a minute."""
        now = time.monotonic()
        if now - self._said_at >= SAID_AGAIN_SECONDS:
            self._said_at = now
            log.warning("too much at once", under_way=self._all.inside)
        return Busy()
