"""What admins answer to cards: **Export anyway**, **Restore**, **Match person**, from the card to PagerDuty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from oncall.shifts import Shift, ShiftSource, assign
from sandbox.client import Person
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from sync.core.model import Mode
from tests.handlers.shifts.test_card_to_shift import tell
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    exported,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)
from tests.support.slack_steps import assign as give

DAYS = 12
FIRST = 48


async def put(baton: Baton, schedule: ScheduleView, user: str, days: Sequence[int]) -> None:
    """Confirm a shift of eight hours on each of these days, all at once, as a rotation does.

    What people decide in these minutes is not what the guard is for.
    """
    who, role = await user_id(baton, user), schedule.roles[0].id
    async with baton.house.database.transaction() as tx:
        for day in days:
            start = full_hour(baton, FIRST + 24 * day)
            shift = Shift(role, who, start, start + timedelta(hours=8), source=ShiftSource.ROTATION)
            existing = await tx.shifts.of_role(role, shift.start, shift.end)
            await tx.shifts.apply(schedule.id, assign(existing, shift), baton.house.clock.now())
        await tx.destinations.mark_dirty([role])


async def refresh(baton: Baton, destination: DestinationView) -> None:
    await destinations.refresh_destination(baton.house, await actor(baton), destination.id)
    await tell(baton)


async def demote(baton: Baton, schedule: ScheduleView, name: str) -> None:
    async with baton.house.database.transaction() as tx:
        member = await tx.schedules.member(schedule.id, await user_id(baton, name))
        assert member is not None
        member.access = "member"


async def held(baton: Baton, **options: Sequence[str]) -> tuple[ScheduleView, DestinationView]:
    """Twelve shifts of Bob's are exported; five are Alice's by now, which is held."""
    schedule = await make_schedule(baton, **options)  # type: ignore[arg-type]
    destination = await make_destination(baton, schedule)
    await put(baton, schedule, "bob", range(DAYS))
    await refresh(baton, destination)
    await put(baton, schedule, "alice", range(5))
    await refresh(baton, destination)
    return schedule, destination


async def alices(baton: Baton, destination: DestinationView) -> int:
    return [user for user, _, _ in await exported(baton, destination)].count("Alice Johnson")


async def test_export_anyway_does_what_the_card_shows(baton: Baton, alice: Person) -> None:
    _, destination = await held(baton)
    card = await alice.wait_for_message("is held")
    assert card.shown.count("Alice Johnson instead of Bob Smith") == 5
    assert "remove or replace 5 of 12 exported shifts" in card.shown
    assert await alices(baton, destination) == 0

    await alice.press("Export anyway", where="dm")
    done = await alice.wait_for_message("@alice agreed. Platform primary")
    await baton.settled()

    assert done.buttons == []
    assert await alices(baton, destination) == 5
    assert "wrote 10" in done.shown


async def test_a_plan_that_is_another_by_now_is_not_carried_out(baton: Baton, alice: Person) -> None:
    schedule, destination = await held(baton)
    await alice.wait_for_message("is held")
    await put(baton, schedule, "alice", [5])

    await alice.press("Export anyway", where="dm")
    answer = await alice.wait_for_message("Another plan waits by now")
    assert answer.buttons == []
    assert await alices(baton, destination) == 0

    await tell(baton)
    card = await alice.wait_for_message("is held")
    assert card.shown.count("instead of Bob Smith") == 6
    await alice.press("Export anyway", where="dm")
    await alice.wait_for_message("@alice agreed")
    assert await alices(baton, destination) == 6


async def test_the_export_command_does_not_agree_to_what_it_does_not_show(baton: Baton, alice: Person) -> None:
    _, destination = await held(baton)
    await alice.command("/oncall export payments", channel="#ops")
    await alice.wait_for_message("5 waiting for an admin", channel="ephemeral")
    await baton.settled()
    assert await alices(baton, destination) == 0


async def test_of_two_admins_who_agree_one_exports(baton: Baton, alice: Person, bob: Person) -> None:
    _, destination = await held(baton, admins=("alice", "bob"))
    await alice.wait_for_message("is held")
    await alice.press("Export anyway", where="dm")
    await alice.wait_for_message("@alice agreed")
    before = await exported(baton, destination)

    await bob.press("Export anyway", where="dm")
    await bob.wait_for_message("Nothing of this waits any more")
    assert await exported(baton, destination) == before


async def test_somebody_who_is_no_admin_any_more_can_not_agree(baton: Baton, bob: Person) -> None:
    schedule, destination = await held(baton, admins=("alice", "bob"))
    await bob.wait_for_message("is held")
    await demote(baton, schedule, "bob")
    await bob.press("Export anyway", where="dm")
    await bob.wait_for_message("Only admins of Payments can do that", channel="ephemeral")
    await baton.settled()
    assert await alices(baton, destination) == 0


async def in_both_directions(baton: Baton, **options: Sequence[str]) -> tuple[ScheduleView, DestinationView]:
    """Bob's shift of eight hours is exported, and changes in PagerDuty come home."""
    schedule = await make_schedule(baton, **options)  # type: ignore[arg-type]
    destination = await make_destination(baton, schedule)
    who = await actor(baton)
    await destinations.update_destination(
        baton.house, who, destination.id, role_id=destination.role_id, mode=Mode.BIDIRECTIONAL
    )
    await baton.settled()
    await give(baton, schedule, "bob", full_hour(baton, FIRST), 8)
    await refresh(baton, destination)
    return schedule, destination


async def deleted_there(baton: Baton, destination: DestinationView) -> None:
    """The schedule has layers beneath in PagerDuty; they go, so that nobody is on call there."""
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.set_layers(destination.external_id, [])
        now = baton.house.clock.now()
        for override in await control.overrides(destination.external_id, now, full_hour(baton, 300)):
            await control.delete_override(destination.external_id, override["id"])
    await refresh(baton, destination)


async def test_a_deletion_is_told_with_a_button_that_restores_the_shift(
    baton: Baton, alice: Person, bob: Person
) -> None:
    _, destination = await in_both_directions(baton)
    await deleted_there(baton, destination)
    assert await exported(baton, destination) == []
    await bob.wait_for_message("nobody is on call instead of you")
    card = await alice.wait_for_message("Nobody is on call for a while in Payments")
    assert "it was Bob Smith's" in card.shown

    await alice.press("Restore", where="dm")
    done = await alice.wait_for_message("@bob is Primary of Payments again")
    await baton.settled()
    assert done.buttons == []
    assert [user for user, _, _ in await exported(baton, destination)] == ["Bob Smith"]


async def test_restoring_twice_is_refused(baton: Baton, alice: Person, bob: Person) -> None:
    _, destination = await in_both_directions(baton, admins=("alice", "bob"))
    await deleted_there(baton, destination)
    await alice.wait_for_message("Nobody is on call for a while")
    await alice.press("Restore", where="dm")
    await alice.wait_for_message("@bob is Primary of Payments again")
    await baton.settled()
    await bob.press("Restore", where="dm")
    await bob.wait_for_message("nothing was restored", channel="ephemeral")
    assert len(await exported(baton, destination)) == 1


async def test_a_shift_that_somebody_else_took_meanwhile_is_not_restored(baton: Baton, alice: Person) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "carol"))
    await deleted_there(baton, destination)
    await give(baton, schedule, "carol", full_hour(baton, FIRST), 8)
    await baton.settled()
    await alice.press("Restore", where="dm")
    await alice.wait_for_message("nothing was restored", channel="ephemeral")
    assert [user for user, _, _ in await exported(baton, destination)] == ["Carol Diaz"]


async def test_only_an_admin_restores(baton: Baton, bob: Person) -> None:
    schedule, destination = await in_both_directions(baton, admins=("alice", "bob"))
    await deleted_there(baton, destination)
    await bob.wait_for_message("Nobody is on call for a while")
    await demote(baton, schedule, "bob")
    await bob.press("Restore", where="dm")
    await bob.wait_for_message("Only admins of Payments can do that", channel="ephemeral")
    assert await exported(baton, destination) == []


async def put_in_there(baton: Baton, destination: DestinationView, user: str, *, by: str = "") -> None:
    start = full_hour(baton, FIRST)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.create_override(destination.external_id, user, start, start + timedelta(hours=8), by=by)
    await refresh(baton, destination)


async def stranger(baton: Baton, name: str = "Zed Nobody") -> None:
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.add_user(name, "zed@pagerduty.example")


async def test_somebody_unknown_is_held_until_an_admin_matches_them(baton: Baton, alice: Person) -> None:
    schedule, destination = await in_both_directions(baton)
    await stranger(baton)
    await put_in_there(baton, destination, "Zed Nobody")
    assert [user for user, _, _ in await exported(baton, destination)] == ["Bob Smith", "Zed Nobody"]
    await alice.wait_for_message("is nobody that Baton knows in Slack")

    await alice.press("Match person", where="dm")
    modal = await alice.modal("Match person")
    assert "Zed Nobody is on call in Platform primary" in modal.text
    await alice.fill("Slack user", "zoe")
    await alice.submit()
    await alice.wait_for_message("Matched with @zoe", channel="ephemeral")
    await baton.settled()

    async with baton.house.database.read() as tx:
        shifts = await tx.shifts.of_role(schedule.roles[0].id, baton.house.clock.now())
    assert [shift.user for shift in shifts] == [await user_id(baton, "zoe")]
    shown = [user for user, _, _ in await exported(baton, destination)]
    assert shown == ["Bob Smith", "Zed Nobody"], "what lies beneath an import stays"


async def test_a_match_is_remembered(baton: Baton, alice: Person) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "zoe"))
    await stranger(baton)
    await put_in_there(baton, destination, "Zed Nobody")
    await alice.press("Match person", where="dm")
    await alice.modal("Match person")
    await alice.fill("Slack user", "zoe")
    await alice.submit()
    await alice.wait_for_message("Matched with @zoe", channel="ephemeral")
    await give(baton, schedule, "zoe", full_hour(baton, FIRST + 24), 8)
    await baton.settled()
    shown = [user for user, _, _ in await exported(baton, destination)]
    assert shown == ["Bob Smith", "Zed Nobody", "Zed Nobody"], "what lies beneath an import stays"


async def test_nobody_is_matched_with_two_people(baton: Baton, alice: Person) -> None:
    _, destination = await in_both_directions(baton)
    await stranger(baton)
    await put_in_there(baton, destination, "Zed Nobody")
    await alice.press("Match person", where="dm")
    await alice.modal("Match person")
    await alice.fill("Slack user", "bob")
    modal = await alice.submit()
    assert modal is not None
    assert modal.errors == {"Slack user": "This person is Bob Smith in PagerDuty already."}


async def test_only_an_admin_matches(baton: Baton, bob: Person) -> None:
    schedule, destination = await in_both_directions(baton, admins=("alice", "bob"))
    await stranger(baton)
    await put_in_there(baton, destination, "Zed Nobody")
    await bob.wait_for_message("is nobody that Baton knows in Slack")
    await demote(baton, schedule, "bob")
    await bob.press("Match person", where="dm")
    await bob.wait_for_message("Only admins of Payments can do that", channel="ephemeral")


async def test_a_list_says_what_it_takes_back_and_exactly_that_is_done(baton: Baton, alice: Person) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "carol"))
    who = await actor(baton)
    await destinations.update_destination(
        baton.house, who, destination.id, role_id=destination.role_id, mode=Mode.MANUAL_EXPORT
    )
    await baton.settled()
    await put_in_there(baton, destination, "Carol Diaz", by="Bob Smith")
    await give(baton, schedule, "alice", full_hour(baton, FIRST + 24), 8)
    await baton.settled()
    await alice.command("/oncall pending payments", channel="#ops")
    modal = await alice.modal("Pending changes")
    assert "@bob instead of @carol (takes back that @carol was put in by Bob Smith in PagerDuty)" in modal.text
    assert "@alice instead of" in modal.text

    await give(baton, schedule, "alice", full_hour(baton, FIRST + 48), 8)
    await baton.settled()
    await alice.press("Export now")
    await modal_says(alice, "Something changed meanwhile")
    assert "Carol Diaz" in [user for user, _, _ in await exported(baton, destination)]

    await alice.press("Export now")
    await modal_says(alice, "Exported: Platform primary")
    assert [user for user, _, _ in await exported(baton, destination)] == [
        "Bob Smith",
        "Alice Johnson",
        "Alice Johnson",
    ]
