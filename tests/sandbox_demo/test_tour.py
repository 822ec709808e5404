"""The tour's ticks: read from what Slack, PagerDuty and the receiver show, and from nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.demo.evidence import Evidence
from sandbox.demo.receiver import Receiver
from sandbox.demo.team import CHECKOUT, EXISTING, MOBILE, REAL_NAMES, YOU, pagerduty_account
from sandbox.demo.tour import CHAPTERS, Tour
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.model import Message

DRIFT, WARNING, EXPORT, HANDOFF = 3, 5, 6, 7
HOUR = timedelta(hours=1)


class Around:
    """Both sandboxes and a tour, with no bot between."""

    def __init__(self, slack: SlackSandbox, pagerduty: PagerDutySandbox) -> None:
        self.slack = slack
        self.pagerduty = pagerduty
        self.receiver = Receiver(slack.clock.now)
        self.evidence = Evidence(slack, pagerduty, self.receiver)
        self.taken = 0
        self.tour = Tour(self.evidence, self._take)

    async def _take(self) -> str:
        self.taken += 1
        return "Carol Diaz"

    async def done(self) -> set[int]:
        return {step["number"] for step in await self.tour.steps() if step["done"]}

    def override(self, name: str) -> str:
        """Put whom the hint names on call in PagerDuty; the override's id."""
        schedule, account = self.evidence.schedule(name), self.pagerduty.world.account
        assert schedule is not None
        user = next(one for one in account.users.values() if one.name == self.tour.other(name))
        now = self.slack.clock.now()
        return account.create_override(schedule.id, user.id, now + HOUR, now + 2 * HOUR).id

    def says(self, text: str, to: str = YOU) -> None:
        world = self.slack.world
        team = world.teams[self.slack.team_id]
        user = team.user_named(to)
        assert user is not None
        channel = world.direct_channel(team, user)
        world.post(channel, Message(world.next_ts(), channel.id, team.bot_user_id, text, []))


@pytest.fixture
async def around() -> AsyncIterator[Around]:
    async with SlackSandbox.start() as slack, PagerDutySandbox.start(world=pagerduty_account()) as pagerduty:
        team = slack.world.teams[slack.team_id]
        for name, real_name in REAL_NAMES.items():
            slack.world.add_user(team, name, real_name=real_name, email=f"{name}@example.com", tz="UTC")
        made = Around(slack, pagerduty)
        await made.tour.begin()
        yield made


async def test_at_first_nothing_is_done_and_every_step_says_what_to_do(around: Around) -> None:
    steps = await around.tour.steps()
    assert [step["number"] for step in steps] == list(range(1, 8))
    assert not any(step["done"] for step in steps)
    for step in steps:
        assert "{" not in step["text"] + step["hint"]
        assert len(step["text"]) < 250
        assert len(step["hint"]) < 250
    assert around.taken == 1


def test_the_document_lists_the_steps_in_order() -> None:
    text = (Path(__file__).parents[2] / "docs/demo.md").read_text()
    assert re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", text, re.M)[1:] == [one.title for one in CHAPTERS]


async def test_the_person_to_choose_is_a_member_who_is_not_on_call(around: Around) -> None:
    for one in EXISTING:
        name = around.tour.other(one.name)
        assert name in {REAL_NAMES[member] for member in one.members}
        assert name not in around.evidence.on_call_around(one.name, around.slack.clock.now())


async def test_drift_is_put_right_when_it_was_there_and_is_gone(around: Around) -> None:
    made = around.override(CHECKOUT)
    assert DRIFT not in await around.done()
    schedule = around.evidence.schedule(CHECKOUT)
    assert schedule is not None
    around.pagerduty.world.account.delete_override(schedule.id, made)
    assert DRIFT in await around.done()


async def test_a_step_stays_done_until_it_is_started_again(around: Around) -> None:
    around.says("Bob's override in Data platform was removed to keep it", to="bob")
    assert WARNING not in await around.done(), "it was not Alice who was told"
    around.says("Bob's override in Checkout was removed to keep it")
    assert WARNING not in await around.done(), "it was another schedule"
    around.says("Bob's override in Data platform was removed to keep it")
    assert WARNING in await around.done()
    await around.tour.start(WARNING)
    assert WARNING not in await around.done()
    with pytest.raises(IndexError):
        await around.tour.start(len(CHAPTERS) + 1)


async def test_an_export_is_one_that_the_api_made(around: Around) -> None:
    around.override(MOBILE)
    assert EXPORT not in await around.done(), "a person did that"
    await around.tour.start(EXPORT)
    assert around.taken == 2, "there is something to export again"


async def test_a_handoff_counts_with_a_good_signature_and_somebody_who_hands_over(around: Around) -> None:
    for good, transitions in ((False, {"Money": {}}), (True, {})):
        around.receiver.kept.append({"at": "", "signature_ok": good, "json": {"transitions": transitions}})
        around.receiver.came += 1
        assert HANDOFF not in await around.done()
    around.receiver.kept.append({"at": "", "signature_ok": True, "json": {"transitions": {"Money": {}}}})
    around.receiver.came += 1
    assert HANDOFF in await around.done()
