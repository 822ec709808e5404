"""Baton is started on an older copy of its database: admins see what differs, and choose per destination."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.client import Person
from sandbox.client.pagerduty import PagerDutyControl
from services.admin import older_copy
from services.destinations import configuring as destinations
from services.destinations import exporting
from services.destinations.configuring import DestinationView
from services.schedules.creating import ScheduleView
from storage.copies import Mark
from sync.core.model import Mode, Status
from tests.handlers.shifts.test_card_to_shift import tell as tell_next
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
)

FIRST, LENGTH, SHIFTS = 24 * 14, 10, 3
"""Hours until the first shift, hours of each, and how many were handed from one to the other after the backup."""


async def start(baton: Baton, *, behind: int = 5, paused: bool = False) -> str:
    """What a start does, where this many writes were made since the copy was."""
    async with baton.house.database.transaction() as tx:
        row = await tx.copies.claim()
        written = Mark(row.writes + behind, row.database)
        why = await older_copy.on_start(tx, baton.house.clock.now(), written, paused=paused)
        chosen = [row.id for row in await tx.destinations.of_schedule(1)]
    for destination in chosen:
        baton.jobs.defer("reconcile", destination)
    await baton.settled()
    return why


async def tell(baton: Baton) -> None:
    """Send what waits in the outbox, and what that leaves to be told."""
    for _ in range(3):
        await tell_next(baton)


async def handed_over(baton: Baton, mode: Mode = Mode.AUTHORITATIVE) -> tuple[ScheduleView, DestinationView]:
    """Bob has three shifts in this copy; in PagerDuty they were handed to Alice since, and she got a fourth one."""
    schedule = await make_schedule(baton)
    destination = await make_destination(baton, schedule)
    who = await actor(baton)
    if mode is not Mode.AUTHORITATIVE:
        await destinations.update_destination(baton.house, who, destination.id, role_id=destination.role_id, mode=mode)
        await baton.settled()
        await destinations.pause_destination(baton.house, who, destination.id, paused=False)
    for number in range(SHIFTS):
        await assign(baton, schedule, "bob", full_hour(baton, FIRST + LENGTH * number), LENGTH)
    await baton.settled()
    await tell(baton)
    return schedule, destination


async def overwrite(baton: Baton, destination: DestinationView, more: int = 1) -> None:
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        for number in range(SHIFTS + more):
            begin = full_hour(baton, FIRST + LENGTH * number)
            end = begin + timedelta(hours=LENGTH)
            await control.create_override(destination.external_id, "Alice Johnson", begin, end)


async def status(baton: Baton, destination: DestinationView) -> DestinationView:
    return await destinations.get_destination(baton.house, await actor(baton), destination.id)


async def roster(baton: Baton, schedule: ScheduleView) -> list[tuple[str | None, float]]:
    """Who has which hours from the first shift on."""
    async with baton.house.database.read() as tx:
        found = await tx.shifts.of_role(schedule.roles[0].id, full_hour(baton, FIRST), full_hour(baton, FIRST + 100))
        names = {person.user_id: person.name for person in await tx.people.all(baton.workspace)}
    return [
        (names.get(shift.user or ""), (shift.end - shift.start) / timedelta(hours=1))
        for shift in sorted(found, key=lambda one: one.start)
    ]


@pytest.mark.parametrize("mode", Mode)
async def test_nothing_is_written_and_the_admin_sees_what_differs(baton: Baton, alice: Person, mode: Mode) -> None:
    _, destination = await handed_over(baton, mode)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    assert await start(baton) == "older copy"
    await tell(baton)

    told = await alice.wait_for_message("What was done here since that copy was made is lost")
    assert "nothing is written to its destination" in told.shown
    card = await alice.wait_for_message("waits for your choice")
    assert card.shown.count("Bob Smith instead of Alice Johnson") + card.shown.count("import Alice Johnson") == 1
    assert "overrides that this copy does not know" in card.shown
    assert await exported(baton, destination) == before
    assert (await status(baton, destination)).status is Status.PAUSED


async def test_export_now_writes_what_this_copy_knows(baton: Baton, alice: Person) -> None:
    schedule, destination = await handed_over(baton)
    await overwrite(baton, destination)
    await start(baton)
    await tell(baton)
    await alice.wait_for_message("waits for your choice")
    await alice.press("Export now", where="dm")
    done = await alice.wait_for_message("chose to export what Baton knows")
    await baton.settled()
    assert done.buttons == []
    assert (await status(baton, destination)).status is Status.OK
    newest = [who for who, begin, _ in await exported(baton, destination) if begin < full_hour(baton, FIRST + 30)]
    assert newest.count("Bob Smith") == SHIFTS
    assert await roster(baton, schedule) == [("bob", 10.0)] * SHIFTS


@pytest.mark.parametrize("mode", Mode)
async def test_import_takes_what_pagerduty_has_and_writes_nothing(baton: Baton, alice: Person, mode: Mode) -> None:
    schedule, destination = await handed_over(baton, mode)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)
    await tell(baton)
    await alice.wait_for_message("waits for your choice")
    await alice.press("Import what PagerDuty has", where="dm")
    await alice.wait_for_message("chose to import what PagerDuty has")
    await baton.settled()
    assert sum(hours for who, hours in await roster(baton, schedule) if who == "alice") == LENGTH * (SHIFTS + 1)
    assert not [who for who, _ in await roster(baton, schedule) if who == "bob"]
    assert await exported(baton, destination) == before
    assert (await status(baton, destination)).status is Status.OK
    assert (await status(baton, destination)).paused is False


async def test_left_paused_it_stays_so_until_it_is_resumed(baton: Baton, alice: Person) -> None:
    _, destination = await handed_over(baton)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)
    await tell(baton)
    await alice.wait_for_message("waits for your choice")
    await alice.press("Leave paused", where="dm")
    await alice.wait_for_message("left it paused")
    await baton.settled()
    assert await exported(baton, destination) == before
    assert "Paused by an admin" in (await status(baton, destination)).reason


async def test_a_list_that_changed_meanwhile_is_not_exported(baton: Baton, alice: Person) -> None:
    schedule, destination = await handed_over(baton)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)
    await tell(baton)
    await alice.wait_for_message("waits for your choice")
    await assign(baton, schedule, "bob", full_hour(baton, FIRST + 80), 8)
    await baton.settled()
    await alice.press("Export now", where="dm")
    await alice.wait_for_message("Something changed meanwhile", channel="ephemeral")
    assert await exported(baton, destination) == before


async def test_what_waited_to_be_told_is_withheld_and_can_still_be_sent(baton: Baton, bob: Person) -> None:
    schedule, _ = await handed_over(baton)
    await assign(baton, schedule, "bob", full_hour(baton, FIRST + 80), 8)
    await baton.settled()
    await start(baton)
    async with baton.house.database.read() as tx:
        dead = await tx.outbox.dead(baton.workspace, 50)
    assert dead
    assert all("older copy" in item.error for item in dead)


async def test_what_agrees_with_the_mark_is_no_older_copy(baton: Baton) -> None:
    _, destination = await handed_over(baton)
    for behind in (0, -1):
        assert await start(baton, behind=behind) == ""
    assert (await status(baton, destination)).status is Status.OK


async def test_started_paused_by_hand_waits_for_a_choice_although_nothing_differs(baton: Baton, alice: Person) -> None:
    _, destination = await handed_over(baton)
    assert await start(baton, behind=0, paused=True) == "started paused"
    await tell(baton)
    await alice.wait_for_message("Baton was started with every destination paused")
    card = await alice.wait_for_message("waits for your choice")
    assert "Nothing differs" in card.shown
    await alice.press("Export now", where="dm")
    await alice.wait_for_message("chose to export what Baton knows")
    await baton.settled()
    assert (await status(baton, destination)).status is Status.OK


@pytest.mark.parametrize("left", [False, True])
async def test_resuming_shows_what_differs_and_writes_nothing(baton: Baton, alice: Person, left: bool) -> None:
    schedule, destination = await handed_over(baton)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)
    await tell(baton)
    await alice.wait_for_message("waits for your choice")
    if left:
        await alice.press("Leave paused", where="dm")
        await alice.wait_for_message("left it paused")
    await assign(baton, schedule, "bob", full_hour(baton, FIRST + 80), 8)
    await alice.command("/oncall destinations", channel="#ops")
    await alice.modal("Destinations")
    await alice.press("Resume")
    await modal_says(alice, "Nothing is written yet")
    await tell(baton)

    assert await exported(baton, destination) == before
    assert (await status(baton, destination)).paused
    await alice.close_all()
    cards = [one for one in await alice.dms() if "waits for your choice" in one.shown and one.buttons]
    assert cards[-1].shown.count("• ") > 1
    await alice.press("Export now", where="dm")
    await alice.wait_for_message("chose to export what Baton knows")
    await baton.settled()
    assert (await status(baton, destination)).status is Status.OK
    assert [who for who, *_ in await exported(baton, destination)].count("Bob Smith") > SHIFTS


async def test_what_an_admin_had_paused_before_is_shown_as_well_before_it_goes_on(baton: Baton, alice: Person) -> None:
    _, destination = await handed_over(baton)
    who = await actor(baton)
    await destinations.pause_destination(baton.house, who, destination.id, paused=True)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)

    await destinations.pause_destination(baton.house, who, destination.id, paused=False)
    await baton.settled()
    await tell(baton)

    await alice.wait_for_message("waits for your choice")
    assert await exported(baton, destination) == before


async def test_exporting_a_whole_schedule_writes_nothing_that_waits_for_a_choice(baton: Baton) -> None:
    schedule, destination = await handed_over(baton)
    await overwrite(baton, destination)
    before = await exported(baton, destination)
    await start(baton)

    await exporting.export_schedule(baton.house, await actor(baton), schedule.id)
    await baton.settled()

    assert await exported(baton, destination) == before
    assert (await status(baton, destination)).paused
