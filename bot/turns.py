"""Whose turn it is, of the jobs of one process: an account that doesn't answer takes no places for long.

A job that takes longer than :data:`LATE_SECONDS` mostly waits for somebody else. It goes on, and its place is given to
another one. Where several such are about the same account (their *lane*), further ones of that lane begin only when one
of those has ended; jobs of all others go past them::

    begins ─ its lane held up? ─ yes ─► waits, without a place
                └ no ─► a place ─► at work ─► over: the place is free
                                     └ late ─► the place is free, and it counts against its lane until it is over
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager

from storage.jobs import Job
from storage.trouble import DatabaseTrouble

LATE_SECONDS = 2.0
MOST_LATE_IN_LANE, MOST_LATE = 4, 64
LANES_KEPT = 50_000

Lane = Callable[[int], Awaitable[Hashable | None]]
"""What a job of this key is about, of what several may be; None for nothing."""


class Turns:
    """``at_once`` jobs at a time, the late ones aside."""

    def __init__(self, at_once: int, late_seconds: float = LATE_SECONDS) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._late_seconds = late_seconds
        self._lanes: dict[str, Lane] = {}
        self._known: dict[Job, Hashable | None] = {}
        self._at_work: set[Job] = set()
        self._late: dict[Job, Hashable | None] = {}
        self._undo: dict[Job, Callable[[], None]] = {}
        self._noting: dict[Job, asyncio.Task[None]] = {}
        self._one_ended = asyncio.Event()
        self.make_room: Callable[[], Callable[[], None]] = lambda: lambda: None
        """Called when a place was given up, for whoever hands jobs out; what it returns is called when that is over."""

    def set_lane(self, kind: str, lane: Lane) -> None:
        self._lanes[kind] = lane

    async def is_held_up(self, job: Job) -> bool:
        """Whether enough of the same lane is late already. Asks nobody as long as nothing is late."""
        if not self._late:
            return False
        lane = await self._lane_if_known(job)
        return lane is not None and sum(one == lane for one in self._late.values()) >= MOST_LATE_IN_LANE

    @asynccontextmanager
    async def turn(self, job: Job, is_wanted: Callable[[], bool]) -> AsyncGenerator[None]:
        """Do it inside; waits for its lane as long as it ``is_wanted``."""
        while not await self._has_place(job, is_wanted):
            self._one_ended.clear()
            await self._one_ended.wait()
        self._at_work.add(job)
        timer = asyncio.get_running_loop().call_later(self._late_seconds, self._look_after, job)
        try:
            yield
        finally:
            timer.cancel()
            self._over(job)

    async def _has_place(self, job: Job, is_wanted: Callable[[], bool]) -> bool:
        """Take a place, and give it back where the job has to wait for its lane, or is cut off."""
        await self._places.acquire()
        waits = True
        try:
            waits = is_wanted() and await self.is_held_up(job)
        finally:
            if waits:
                self._places.release()
        return not waits

    def let_go(self) -> None:
        """Have those that wait for their lane look whether they are still wanted."""
        self._one_ended.set()

    def _look_after(self, job: Job) -> None:
        task = self._noting[job] = asyncio.get_running_loop().create_task(self._comes_late(job))
        task.add_done_callback(lambda _task: self._noting.pop(job, None))

    async def _comes_late(self, job: Job) -> None:
        lane = await self._lane_if_known(job)
        if job in self._at_work and len(self._late) < MOST_LATE:
            self._late[job] = lane
            self._places.release()
            self._undo[job] = self.make_room()

    def _over(self, job: Job) -> None:
        self._at_work.discard(job)
        if job in self._late:
            del self._late[job]
            self._undo.pop(job)()
            self._one_ended.set()
        else:
            self._places.release()

    async def _lane_if_known(self, job: Job) -> Hashable | None:
        """None also where the database is away: the job meets that by itself."""
        try:
            return await self._lane_of(job)
        except DatabaseTrouble:
            return None

    async def _lane_of(self, job: Job) -> Hashable | None:
        kind, key = job
        if kind not in self._lanes:
            return None
        if job not in self._known:
            if len(self._known) >= LANES_KEPT:
                self._known.clear()
            self._known[job] = await self._lanes[kind](key)
        return self._known[job]
