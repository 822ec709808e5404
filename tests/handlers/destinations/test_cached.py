"""What Slack shows of a destination comes from what the last refresh stored, so it opens without asking PagerDuty."""

from __future__ import annotations

import pytest

from sandbox.client import Person
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_destination, make_schedule

MODALS = {"destinations": "Destinations", "pending": "Pending changes", "history": "History"}


@pytest.mark.parametrize("word", MODALS)
async def test_opening_it_asks_pagerduty_nothing(baton: Baton, alice: Person, word: str) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, 24), 8)
    await baton.settled()
    baton.pagerduty.world.log.clear()
    await alice.command(f"/oncall {word} payments", channel="#ops")
    modal = await alice.modal(MODALS[word])
    await baton.settled()
    assert "Payments" in modal.text
    assert baton.pagerduty.world.log == []


@pytest.mark.parametrize("word", ["who", "shifts"])
async def test_answering_it_asks_pagerduty_nothing(baton: Baton, alice: Person, word: str) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, -1), 8)
    await baton.settled()
    baton.pagerduty.world.log.clear()
    await alice.command(f"/oncall {word} payments", channel="#ops")
    await alice.wait_for_message("Payments", channel="ephemeral")
    await baton.settled()
    assert baton.pagerduty.world.log == []


async def test_the_list_says_how_each_destination_stands_and_when_it_was_refreshed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    async with baton.house.database.read() as tx:
        row = await tx.destinations.get(destination.id)
    assert row is not None
    assert row.refreshed_at is not None
    await alice.command("/oncall destinations payments", channel="#ops")
    modal = await alice.modal("Destinations")
    assert "Pending – Nothing to export yet" in modal.text
    assert "Last refresh:" in modal.text
    assert "not yet" not in modal.text
