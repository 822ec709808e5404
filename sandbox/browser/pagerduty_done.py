"""What a person does in the PagerDuty pane: overrides, the upgrade of a schedule, and what is to go wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.browser.faults import turn_fault
from sandbox.browser.pagerduty_seen import PagerDutySeen
from sandbox.browser.refusals import RefusedError
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.editing import put_over, take_away
from sandbox.pagerduty.rendering import instant_of
from sandbox.pagerduty.v3.upgrade import upgrade
from sandbox.pagerduty.values import Schedule
from sandbox.pagerduty.zones import zone_named
from sandbox.slack.model import Json, User

Doing = Callable[[User, Json], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class PagerDutyDone:
    seen: PagerDutySeen

    def table(self) -> dict[str, Doing]:
        return {
            "pd_override": self.override,
            "pd_remove": self.remove,
            "pd_fault": self.fault,
            "pd_upgrade": self.upgrade,
        }

    def _schedule(self, body: Json) -> tuple[Account, Schedule]:
        try:
            return self.seen.world.schedule(body["schedule"])
        except KeyError:
            raise RefusedError("This schedule is not in PagerDuty any more.") from None

    async def override(self, user: User, body: Json) -> None:
        """Starts and ends as the schedule's own clocks show them: `2026-03-01T09:00`."""
        account, schedule = self._schedule(body)
        start, end = (self._instant(schedule, body, name) for name in ("start", "end"))
        if start >= end:
            raise RefusedError("An override ends after it starts.", "end")
        if end <= self.seen.world.clock.now():
            raise RefusedError("An override can't end in the past.", "end")
        if body["user"] not in account.users:
            raise RefusedError("Choose who is on call.", "user")
        author = account.user_by_email(user.email)
        put_over(account, schedule, body["user"], start, end, author.id if author else "")

    def _instant(self, schedule: Schedule, body: Json, name: str) -> datetime:
        try:
            return instant_of(datetime.fromisoformat(body[name]), zone_named(schedule.time_zone))
        except ValueError:
            raise RefusedError("Enter a day and a time.", name) from None

    async def remove(self, user: User, body: Json) -> None:
        account, schedule = self._schedule(body)
        try:
            take_away(account, schedule, body["item"])
        except KeyError:
            raise RefusedError("This override is not there any more.") from None

    async def fault(self, user: User, body: Json) -> None:
        turn_fault(self.seen.world, body["name"], bool(body["on"]))

    async def upgrade(self, user: User, body: Json) -> None:
        account, schedule = self._schedule(body)
        try:
            upgrade(account, schedule)
        except ValueError:
            raise RefusedError("This schedule is shift-based already.") from None
