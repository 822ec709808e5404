"""The time that Slack, PagerDuty and the bot share in the demo, and how it is put forward.

A leap of a day would look to the bot like a day of being down: it would tell of everything at once, and late. So time
is walked through instead, from one instant at which the bot has something to tell to the next, in steps of three hours
at most, so that there are refreshes on the way. The sandboxes go first and the bot follows, which answers when
everything is done that was due.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Protocol

from sandbox.pagerduty import PagerDutySandbox
from sandbox.pagerduty.rendering import Entry
from sandbox.pagerduty.values import Schedule
from sandbox.slack import SlackSandbox

LONGEST_STEP = timedelta(hours=3)
A_LITTLE = timedelta(seconds=1)
BEFORE = timedelta(seconds=2)
LOOKED_AHEAD = timedelta(days=15)
PAUSE_SECONDS = 0.5
"""Between what is just before a handoff and the handoff, so that people see the former."""


class Follower(Protocol):
    """Must return when everything is done that was due at the new time, with when there is something next."""

    async def follow(self, ahead: timedelta) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Handoff:
    """Somebody ends and somebody else starts, as PagerDuty shows it."""

    at: datetime
    schedule: str
    ends: str
    starts: str

    def said(self) -> str:
        return f"{self.schedule}: {self.ends} handed over to {self.starts} at {self.at:%H:%M} UTC, {self.at:%A}."


class SharedClock:
    """Puts all three forward; one walk at a time."""

    def __init__(self, slack: SlackSandbox, pagerduty: PagerDutySandbox, bot: Follower) -> None:
        self._slack = slack
        self._pagerduty = pagerduty
        self._bot = bot
        self._ahead = timedelta(0)
        self._turn = asyncio.Lock()

    def now(self) -> datetime:
        return self._slack.clock.now()

    async def advance(self, seconds: float) -> None:
        """Walk through that much time. Raises ValueError when it is less than nothing."""
        if seconds < 0:
            raise ValueError("time does not run backwards")
        async with self._turn:
            await self._walk_to(self.now() + timedelta(seconds=seconds))

    async def next_handoff(self) -> str | None:
        """To just before the next handoff on any PagerDuty schedule, and over it. None when there is none ahead."""
        async with self._turn:
            found = self.handoff_ahead()
            if found is None:
                return None
            if found.at - BEFORE > self.now():
                await self._walk_to(found.at - BEFORE)
                await asyncio.sleep(PAUSE_SECONDS)
            await self._walk_to(found.at + A_LITTLE)
            return found.said()

    def handoff_ahead(self) -> Handoff | None:
        found = [one for schedule in self._pagerduty.world.account.schedules.values() if (one := self._next(schedule))]
        return min(found, key=lambda one: one.at, default=None)

    def _next(self, schedule: Schedule) -> Handoff | None:
        account, now = self._pagerduty.world.account, self.now()
        entries = account.final_schedule(schedule.id, now, now + LOOKED_AHEAD)
        for ending, starting in pairwise(entries):
            if _hands_over(ending, starting) and ending.end > now:
                names = (account.users[one.user_id].name for one in (ending, starting))
                return Handoff(ending.end, schedule.name, *names)
        return None

    async def _walk_to(self, target: datetime) -> None:
        due = await self._bot.follow(self._ahead)
        while (now := self.now()) < target:
            step = min(target, now + LONGEST_STEP)
            if due is not None and now < due < step:
                step = min(step, due + A_LITTLE)
            due = await self._step(step - now)

    async def _step(self, by: timedelta) -> datetime | None:
        self._ahead += by
        self._slack.clock.advance(by.total_seconds())
        self._pagerduty.world.clock.advance(by.total_seconds())
        return await self._bot.follow(self._ahead)


def _hands_over(ending: Entry, starting: Entry) -> bool:
    return ending.end == starting.start and ending.user_id != starting.user_id
