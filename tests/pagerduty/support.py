"""What the tests of the PagerDuty adapter share: an account at a known moment, and the adapter on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from sandbox.pagerduty import Clock, InProcessTransport, World, weekly_layer
from sandbox.pagerduty.values import Override, ScheduleKind
from sync.destinations import PagerDuty, Systems
from sync.destinations.pagerduty.account import PagerDutyAccount
from sync.destinations.pagerduty.client import Exchange
from sync.ports import Board
from tests.adapters.contract import DAY, HOUR, NOW, WEEK, extents, made, rows, wanted


class Bench:
    """A stopped world with one account, three people, one schedule of Ann's and Bob's, and the adapter on it.

    Time passes only while the adapter sleeps, or by ``world.clock``; ``slept`` holds every pause that it made.
    """

    def __init__(self, region: str = "us") -> None:
        self.world = World(Clock(NOW))
        self.region = region
        self.account = self.world.add_account("acme", region=region)
        self.key = self.account.add_key()
        self.ann, self.bob, self.cem = (
            self.account.add_user(name, f"{name.lower()}@example.com").id for name in ("Ann", "Bob", "Cem")
        )
        layer = weekly_layer([self.ann, self.bob], NOW - 14 * DAY)
        self.schedule = self.account.add_schedule("Primary", "America/New_York", layers=[layer]).id
        self.slept: list[float] = []
        self.seen: list[Exchange] = []
        self.systems = self._connected(transport=InProcessTransport(self.world))

    def reconnect(self, **options: Any) -> None:
        """Let the adapter speak to something else."""
        self.systems = self._connected(**options)

    def _connected(self, **options: Any) -> Systems:
        return Systems(PagerDuty(clock=self.world.clock, sleep=self._sleep, watch=self.seen.append, **options))

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.clock.advance(seconds)

    def link(self, key: str | None = None) -> PagerDutyAccount:
        account = self.systems.account(1, subdomain="acme", region=self.region, key=key or self.key)
        assert isinstance(account, PagerDutyAccount)
        return account

    def board(self, schedule: str | None = None, key: str | None = None) -> Board:
        return self.systems.board(self.link(key), schedule or self.schedule, "v2")

    def shift_board(self, schedule: str, key: str | None = None) -> Board:
        return self.systems.board(self.link(key), schedule, "v3")

    def empty_schedule(self, time_zone: str = "Etc/UTC") -> str:
        return self.account.add_schedule("Empty", time_zone).id

    def by_hand(self, user: str, start: datetime, end: datetime, schedule: str | None = None) -> Override:
        """Somebody creates an override in PagerDuty's web page."""
        return self.account.create_override(schedule or self.schedule, user, start, end)

    def overrides(self, schedule: str | None = None) -> Sequence[Override]:
        return self.account.schedules[schedule or self.schedule].plan.overrides

    def upgrade(self) -> None:
        """PagerDuty turns the schedule into a shift-based one, which keeps its id."""
        self.account.schedules[self.schedule].kind = ScheduleKind.SHIFTS


@dataclass(slots=True)
class Script:
    """Answers every request with the next of some prepared replies and remembers the requests."""

    replies: list[httpx.Response | Exception]
    asked: list[httpx.Request]

    @classmethod
    def of(cls, *replies: httpx.Response | Exception) -> Script:
        return cls(list(replies), [])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)


def scripted(bench: Bench, *replies: httpx.Response | Exception) -> Script:
    """Let the adapter of ``bench`` hear these replies and no others."""
    script = Script.of(*replies)
    bench.reconnect(transport=script.transport)
    return script


__all__ = ["DAY", "HOUR", "NOW", "WEEK", "Bench", "Script", "extents", "made", "rows", "scripted", "wanted"]
