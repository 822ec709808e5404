"""What was allowed by a connection's admins is shown to who asked before anything is written; merges are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from sandbox.client import Person, Workspace
from services.destinations.configuring import list_destinations
from services.pagerduty import updates as pagerduty_sync
from services.pagerduty.updates import SyncDraft
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules.creating import ScheduleView
from services.shifts import confirming
from tests.handlers.connections.test_requests import CARD, ask_for, calls_to_pagerduty, destinations_of, requests
from tests.handlers.pagerduty.test_updates import MERGE, OTHER
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_connection,
    make_schedule,
    modal_says,
    user_id,
)

LOOK = "Show what it writes"


@pytest.fixture
async def search(baton: Baton) -> ScheduleView:
    """Bob's schedule; the connection is Alice's."""
    await make_connection(baton)
    return await make_schedule(baton, "Search", members=("bob", "carol"), admins=("bob",))


async def allowed(baton: Baton, alice: Person, bob: Person) -> None:
    await tell(baton)
    await alice.wait_for_message(CARD)
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.wait_for_message("@alice allowed you to export Search")
    await bob.close_all()


async def test_who_asked_sees_what_it_writes_and_exports_exactly_that(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    await ask_for(bob)
    await allowed(baton, alice, bob)
    await bob.press(LOOK, where="dm")
    form = await modal_says(bob, "The first export would write")
    assert (form.submit, form.close) == ("Export now", "Not yet")
    assert "@carol" in form.text
    [made] = await destinations_of(baton, search)
    assert await exported(baton, made) == []
    await bob.submit()
    await modal_says(bob, "Exported: ")
    await baton.settled()
    assert len(await exported(baton, made)) == 1
    [made] = await destinations_of(baton, search)
    assert not made.paused


async def test_not_yet_leaves_it_paused_and_the_button_shows_it_again(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    await ask_for(bob)
    await allowed(baton, alice, bob)
    await bob.press(LOOK, where="dm")
    await modal_says(bob, "The first export would write")
    await bob.close()
    await baton.settled()
    [made] = await destinations_of(baton, search)
    assert made.paused
    await bob.press(LOOK, where="dm")
    await modal_says(bob, "The first export would write")


async def test_a_list_that_changed_meanwhile_is_shown_again_instead_of_written(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    await ask_for(bob)
    await allowed(baton, alice, bob)
    await bob.press(LOOK, where="dm")
    await modal_says(bob, "The first export would write")
    await assign(baton, search, "bob", full_hour(baton, 48), 8)
    await baton.settled()
    await bob.submit()
    await modal_says(bob, "Something changed meanwhile, so nothing was written")
    [made] = await destinations_of(baton, search)
    assert await exported(baton, made) == []


async def test_once_it_is_exported_nothing_is_left_to_show(
    baton: Baton, search: ScheduleView, alice: Person, bob: Person
) -> None:
    await assign(baton, search, "carol", full_hour(baton), 8)
    await ask_for(bob)
    await allowed(baton, alice, bob)
    await bob.press(LOOK, where="dm")
    await modal_says(bob, "The first export would write")
    await bob.submit()
    await modal_says(bob, "Exported: ")
    await baton.settled()
    await bob.close_all()
    await bob.press(LOOK, where="dm")
    await bob.wait_for_message("Nothing of this waits any more", channel="ephemeral")


async def hours(baton: Baton, schedule: ScheduleView, admin: str, who: str, opens: int, closes: int) -> None:
    yesterday = baton.house.clock.now().date() - timedelta(days=1)
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Hours",
        role=schedule.roles[0].id,
        members=(await user_id(baton, who),),
        first_handoff=datetime.combine(yesterday, time(opens), tzinfo=UTC).replace(tzinfo=None),
        zone="UTC",
        opens=time(opens),
        closes=time(closes),
    )
    await rotations.save_rotation(baton.house, await actor(baton, admin), draft)
    await confirming.confirm(baton.house, await actor(baton, admin), schedule.id)


@pytest.fixture
async def europe(baton: Baton) -> ScheduleView:
    """Alice's schedule, by day, which PagerDuty shows."""
    connection = await make_connection(baton)
    schedule = await make_schedule(baton, "Europe", roles=["Primary"], members=("alice",), admins=("alice",))
    await hours(baton, schedule, "alice", "alice", 8, 16)
    draft = SyncDraft(schedule.id, "Europe", connection.id)
    await pagerduty_sync.start_sync(baton.house, await actor(baton), draft)
    await baton.settled()
    return schedule


async def japan(baton: Baton) -> ScheduleView:
    """Bob's schedule, by night."""
    schedule = await make_schedule(baton, "Japan", roles=["Primary"], members=("bob", "carol"), admins=("bob",))
    await hours(baton, schedule, "bob", "carol", 18, 23)
    return schedule


async def ask_to_merge(bob: Person) -> None:
    await bob.command("/oncall sync Japan", channel="#ops")
    await bob.modal("PagerDuty sync")
    await bob.fill("How", MERGE)
    await modal_says(bob, OTHER)
    await bob.fill(OTHER, "Europe (Europe)")
    await bob.submit()
    await modal_says(bob, "Asked @alice")


async def test_a_merge_is_asked_for_and_writes_nothing_before_who_asked_has_seen_it(
    baton: Baton, ws: Workspace, europe: ScheduleView, alice: Person, bob: Person
) -> None:
    schedule = await japan(baton)
    before = calls_to_pagerduty(baton)
    await ask_to_merge(bob)
    assert calls_to_pagerduty(baton) == before
    assert await destinations_of(baton, schedule) == []
    await tell(baton)
    card = await alice.wait_for_message("asks to merge Japan into a PagerDuty schedule")
    assert card.buttons == ["Allow", "Refuse"]
    assert "PagerDuty schedule: “Europe”" in card.shown
    assert "(@carol)" in card.shown
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.close_all()
    await bob.wait_for_message("allowed you to merge Japan into “Europe” in PagerDuty. It is done.")
    [made] = await destinations_of(baton, schedule)
    assert (made.external_name, made.paused) == ("Europe", True)
    assert await carols(baton, made.external_id) == 0
    await bob.press(LOOK, where="dm")
    await modal_says(bob, "The first export would write")
    await bob.submit()
    await modal_says(bob, "Exported: ")
    await baton.settled()
    assert await carols(baton, made.external_id) > 0
    [theirs] = await list_destinations(baton.house, await actor(baton), europe.id)
    assert theirs.shared_with == ("Japan",)


async def carols(baton: Baton, external_id: str) -> int:
    """Shifts of Carol's that PagerDuty shows in the next days."""
    account = baton.pagerduty.world.account
    carol = account.user_by_email("carol@example.com")
    assert carol is not None
    now = baton.house.clock.now()
    entries = account.final_schedule(external_id, now, now + timedelta(days=5))
    return sum(entry.user_id == carol.id for entry in entries)


async def test_a_merge_that_was_refused_is_told(baton: Baton, europe: ScheduleView, alice: Person, bob: Person) -> None:
    schedule = await japan(baton)
    await ask_to_merge(bob)
    await tell(baton)
    await alice.wait_for_message("asks to merge Japan")
    await alice.press("Refuse", where="dm")
    await tell(baton)
    await bob.wait_for_message("refused your request to merge Japan into “Europe” in PagerDuty")
    assert await destinations_of(baton, schedule) == []


async def test_a_merge_whose_hours_meet_by_then_is_told_and_not_done(
    baton: Baton, europe: ScheduleView, alice: Person, bob: Person
) -> None:
    schedule = await japan(baton)
    await ask_to_merge(bob)
    await hours(baton, europe, "alice", "alice", 20, 22)
    await tell(baton)
    await alice.wait_for_message("asks to merge Japan")
    await alice.press("Allow", where="dm")
    await tell(baton)
    assert "both claim" in (await bob.wait_for_message("but that did not work out")).shown
    assert await destinations_of(baton, schedule) == []
    assert [row.state for row in await requests(baton)] == ["failed"]


async def test_a_merge_with_what_was_stopped_meanwhile_is_told_and_not_done(
    baton: Baton, europe: ScheduleView, alice: Person, bob: Person
) -> None:
    schedule = await japan(baton)
    await ask_to_merge(bob)
    [theirs] = await list_destinations(baton.house, await actor(baton), europe.id)
    async with baton.house.database.transaction() as tx:
        row = await tx.destinations.get(theirs.id)
        assert row is not None
        row.removed_at = baton.house.clock.now()
    await tell(baton)
    await alice.wait_for_message("asks to merge Japan")
    await alice.press("Allow", where="dm")
    await tell(baton)
    await bob.wait_for_message("but that did not work out")
    assert await destinations_of(baton, schedule) == []
