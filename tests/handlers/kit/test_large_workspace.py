"""120 schedules, 150 members on one of them, 300 schedules in PagerDuty: every word answers, and all can be reached."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

import handlers
from sandbox.client import Person, Workspace
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.listening import listeners_of
from tests.support.running import Baton, baton_beside
from tests.support.slack_steps import make_connection, make_schedule

SCHEDULES, MEMBERS, THEIRS = 120, 150, 300
"""Each more than the hundred that Slack shows in a menu."""
LISTS = {"help", "me", "schedules", "settings", "who"}
"""Words that answer at once with a message, whose pages are tested in test_long_lists.py and with the words."""


@pytest.fixture
async def baton(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> AsyncIterator[Baton]:
    for number in range(MEMBERS - 1):
        await ws.add_user(f"user{number:03}", real_name=f"User {number:03}", email=f"user{number}@example.com")
    for number in range(THEIRS):
        pagerduty.world.account.add_schedule(f"Theirs {number:03}", "UTC")
    async with baton_beside(slack, pagerduty, tmp_path / "baton.db") as running:
        await ws.connected()
        yield running


@pytest.mark.slow
async def test_every_word_answers_and_everything_can_be_reached(baton: Baton, alice: Person) -> None:
    members = ["alice", *(f"user{number:03}" for number in range(MEMBERS - 1))]
    await make_schedule(baton, "Large", members=members)
    for number in range(SCHEDULES - 1):
        await make_schedule(baton, f"Schedule {number:03}", team=f"Team {number % 40}")
    await make_connection(baton)

    for word in sorted(listeners_of(*handlers.FEATURES).words):
        await _answers(alice, word)

    await alice.command("/oncall assign Large", channel="#ops")
    await alice.modal("Assign shift")
    for name in ("User 000", "User 148"):
        assert [name in one for one in await alice.search("Member", name)] == [True], name
    await alice.close_all()

    await alice.command("/oncall destinations Large", channel="#ops")
    await alice.modal("Destinations")
    await alice.press("Add destination")
    await alice.modal("Add destination")
    for name in ("Theirs 000", "Theirs 299"):
        assert [name in one for one in await alice.search("PagerDuty schedule", name)] == [True], name
    await alice.close_all()


async def _answers(alice: Person, word: str) -> None:
    before = len(await alice.ephemerals())
    await alice.command(f"/oncall {word}", channel="#ops")
    modal, said = await alice.top_modal(), (await alice.ephemerals())[before:]
    assert modal or said, f"/oncall {word} is not answered"
    shown = "\n".join([modal.text if modal else "", *(one.shown for one in said)])
    assert "went wrong" not in shown, (word, shown)
    if modal is not None:
        await alice.close_all()
        return
    if word in LISTS:
        return
    for name in ("Schedule 000", "Schedule 118", "Large"):
        found = await alice.search("Type a part of its name", name, where="#ops")
        assert any(name in one for one in found), (word, name, found)
