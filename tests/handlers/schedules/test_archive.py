"""Schedules that were put away: `/oncall archived`."""

from __future__ import annotations

from sandbox.client import Person
from services.schedules import creating as schedules
from services.schedules import editing
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
)

TITLE = "Archived schedules"


async def put_away(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await baton.settled()
    await alice.command("/oncall archive payments", channel="#ops")
    assert "brings it back" in (await alice.modal("Archive schedule")).text
    await alice.submit()
    await alice.wait_for_message("/oncall archived shows it", channel="ephemeral")


async def test_an_archived_schedule_is_listed_read_and_brought_back(baton: Baton, alice: Person) -> None:
    await put_away(baton, alice)
    await alice.command("/oncall archived", channel="#ops")
    assert "Payments (Money)" in (await alice.modal(TITLE)).text
    await alice.press("History")
    assert "archived the schedule Payments" in (await alice.modal("History")).text
    await alice.close()
    await alice.press("Bring back")
    await modal_says(alice, "Payments is back")
    [back] = await schedules.list_schedules(baton.house, await actor(baton))
    assert back.name == "Payments"
    assert (await editing.archiving(baton.house, await actor(baton), back.id)).shifts == 1
    assert (await editing.archiving(baton.house, await actor(baton), back.id)).destinations == ()


async def test_who_does_not_administer_it_reads_it_only(baton: Baton, alice: Person, bob: Person) -> None:
    await put_away(baton, alice)
    await bob.command("/oncall archived", channel="#ops")
    assert (await bob.modal(TITLE)).buttons == ["History"]


async def test_a_name_that_is_another_ones_by_now_is_told(baton: Baton, alice: Person) -> None:
    await put_away(baton, alice)
    await make_schedule(baton)
    await alice.command("/oncall archived", channel="#ops")
    await alice.modal(TITLE)
    await alice.press("Bring back")
    await modal_says(alice, "Money has another schedule called Payments by now")


async def test_who_asks_for_an_archived_schedule_is_led_to_where_it_is(baton: Baton, alice: Person) -> None:
    await put_away(baton, alice)
    await make_schedule(baton, "Search")
    await alice.command("/oncall who payments", channel="#ops")
    told = await alice.wait_for_message("“payments” was archived", channel="ephemeral")
    assert "/oncall archived" in told.shown


async def test_where_nothing_is_planned_nothing_is_said_to_stop(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall archive payments", channel="#ops")
    text = (await alice.modal("Archive schedule")).text
    assert "Nothing is planned in Payments, so nothing stops." in text
    assert "0 confirmed shifts" not in text
