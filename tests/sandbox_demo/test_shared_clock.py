"""Time in the demo: Slack, PagerDuty and the bot go forward together, from one instant that matters to the next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from sandbox.demo.shared_clock import A_LITTLE, LONGEST_STEP, SharedClock
from sandbox.demo.team import CHECKOUT, EXISTING, REAL_NAMES, pagerduty_account
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox


class Bot:
    """Follows, and has something to tell at fixed instants ahead of the machine's clock."""

    def __init__(self, slack: SlackSandbox, *due: timedelta) -> None:
        self.began = slack.clock.now()
        self.due = [self.began + one for one in due]
        self.followed: list[timedelta] = []

    async def follow(self, ahead: timedelta) -> datetime | None:
        self.followed.append(ahead)
        return min((one for one in self.due if one > self.began + ahead), default=None)


async def test_a_day_is_walked_in_steps_that_stop_where_somebody_is_to_be_told_something() -> None:
    async with SlackSandbox.start() as slack, PagerDutySandbox.start(world=pagerduty_account()) as pagerduty:
        due = timedelta(hours=5, minutes=30)
        bot = Bot(slack, due)
        clock = SharedClock(slack, pagerduty, bot)
        before = clock.now()
        await clock.advance(timedelta(days=1).total_seconds())
        assert timedelta(days=1) <= clock.now() - before < timedelta(days=1, seconds=10)
        assert abs(pagerduty.world.clock.now() - clock.now()) < timedelta(seconds=1)
        steps = [later - earlier for earlier, later in zip(bot.followed, bot.followed[1:], strict=False)]
        assert max(steps) <= LONGEST_STEP
        assert any(timedelta(0) <= ahead - due <= 2 * A_LITTLE for ahead in bot.followed), "not told at its time"
        with pytest.raises(ValueError, match="backwards"):
            await clock.advance(-1)


async def test_the_next_handoff_is_gone_to_and_named() -> None:
    async with SlackSandbox.start() as slack, PagerDutySandbox.start(world=pagerduty_account()) as pagerduty:
        clock = SharedClock(slack, pagerduty, Bot(slack))
        ahead = clock.handoff_ahead()
        assert ahead is not None
        said = await clock.next_handoff()
        assert said is not None
        assert ahead.at < clock.now() < ahead.at + timedelta(seconds=10)
        names = {REAL_NAMES[name] for one in EXISTING for name in one.members}
        assert {ahead.ends, ahead.starts} <= names
        assert ahead.ends in said
        assert ahead.starts in said


async def test_without_a_handoff_ahead_time_stays_as_it_is() -> None:
    async with SlackSandbox.start() as slack, PagerDutySandbox.start(world=pagerduty_account()) as pagerduty:
        account = pagerduty.world.account
        for schedule in list(account.schedules.values()):
            if schedule.name != CHECKOUT:
                account.remove_schedule(schedule.id)
            else:
                account.set_layers(schedule.id, [])
        bot = Bot(slack)
        assert await SharedClock(slack, pagerduty, bot).next_handoff() is None
        assert bot.followed == []
