"""What a courier has in hand of one method: claimed, under way, answered and not written down yet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from notices.sending.senders import Notice, Outcome, Patience

GATHER_SECONDS, GATHER_MORE_SECONDS = 0.03, 0.1
"""How long an answer waits for others to be written down with it; and where so much is under way that nothing more is
to be claimed soon."""

LOOK_UP_SECONDS = 0.25
"""How soon to look for what others are to be told, while nothing of what is under way is answered."""

Target = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How one notice went; without an outcome it was never begun, and is due again ``at``."""

    notice: Notice
    outcome: Outcome | None
    at: datetime


@dataclass(slots=True)
class Hand:
    """What is claimed of one method and not settled yet."""

    at_once: int
    in_all: asyncio.Semaphore
    apart: Context
    """What is sent is begun in a copy of it: whoever hands it over may be in the midst of something else."""
    rooms: dict[int, asyncio.Semaphore] = field(default_factory=dict)
    under_way: set[asyncio.Task[Delivery]] = field(default_factory=set)
    load: Counter[int] = field(default_factory=Counter)
    """How many of these are about each workspace."""
    engaged: set[Target] = field(default_factory=set)
    """Whom something is claimed for and not settled: one after the other, in order."""
    over: list[Delivery] = field(default_factory=list)
    taken: dict[int, datetime] = field(default_factory=dict)
    """By id, when it was last said that each is taken; the longest ago first."""
    look_up_at: float = 0.0
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    is_empty: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def of(cls, patience: Patience, apart: Context) -> Hand:
        return cls(patience.at_once, asyncio.Semaphore(patience.in_all), apart)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, and everything is written down."""
        return not (self.under_way or self.over)

    def begin(self, notice: Notice, sending: Coroutine[Any, Any, Delivery], now: datetime) -> None:
        task = asyncio.get_running_loop().create_task(sending, context=self.apart.copy())
        task.add_done_callback(self._answered)
        self.under_way.add(task)
        self.is_empty.clear()
        self.load[notice.workspace_id] += 1
        self.engaged.add(notice.to)
        self.taken[notice.id] = now

    def _answered(self, task: asyncio.Task[Delivery]) -> None:
        self.under_way.discard(task)
        if task.cancelled():
            return
        delivery = task.result()
        workspace = delivery.notice.workspace_id
        self.over.append(delivery)
        self.load[workspace] -= 1
        if not self.load[workspace]:
            del self.load[workspace]
            self.rooms.pop(workspace, None)
        self.moved.set()
        if not self.under_way:
            self.is_empty.set()

    def settled(self, deliveries: list[Delivery]) -> None:
        """These, the first that were over, are written down."""
        del self.over[: len(deliveries)]
        for delivery in deliveries:
            self.engaged.discard(delivery.notice.to)
            self.taken.pop(delivery.notice.id, None)

    def room(self, workspace: int) -> asyncio.Semaphore:
        """For the calls of one workspace."""
        return self.rooms.setdefault(workspace, asyncio.Semaphore(self.at_once))

    def crowded(self) -> set[int]:
        """Workspaces with so much under way that they need no more for now."""
        return {one for one, number in self.load.items() if number > self.at_once}

    def has_time(self) -> bool:
        """Whether more can soon be begun, of the workspaces that are not crowded; where some are, now and then."""
        crowded, now = self.crowded(), asyncio.get_running_loop().time()
        others = sum(number for workspace, number in self.load.items() if workspace not in crowded)
        if others > self.at_once or (crowded and now < self.look_up_at):
            return False
        self.look_up_at = now + LOOK_UP_SECONDS
        return True

    def said_before(self, instant: datetime) -> bool:
        """Whether of something it was last said until then that it is taken."""
        return next(iter(self.taken.values()), instant + timedelta(1)) <= instant

    async def gather(self) -> None:
        """Wait until something is over, and a little longer for what is over with it; or until it takes too long."""
        await _within(LOOK_UP_SECONDS, self.moved)
        if self.over:
            much = len(self.under_way) > 2 * self.at_once
            await _within(GATHER_MORE_SECONDS if much else GATHER_SECONDS, self.is_empty)
        self.moved.clear()

    async def drop(self) -> None:
        """Cut off what is under way; whether it arrives is not known."""
        cut_off = list(self.under_way)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)
        self.under_way, self.load, self.rooms, self.taken, self.engaged = set(), Counter(), {}, {}, set()


async def _within(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
