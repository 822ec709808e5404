"""Taking over a schedule that exists in PagerDuty: `/oncall link`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from oncall.shifts import ShiftState
from sandbox.client import Modal, Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.pagerduty.world import layer
from services.destinations.configuring import list_destinations
from services.rotations import saving as rotations
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import find_schedule
from sync.core.model import Status
from tests.support.running import Baton
from tests.support.slack_steps import (
    PLATFORM,
    actor,
    make_connection,
    make_schedule,
    modal_says,
    user_id,
)

LINK = "Link schedule"


async def open_link(baton: Baton, alice: Person) -> Modal:
    await make_schedule(baton)
    await make_connection(baton)
    await alice.command("/oncall link", channel="#ops")
    modal = await alice.modal(LINK)
    await baton.settled()
    return modal


async def fill_in(person: Person, external: str = PLATFORM) -> None:
    await person.fill("PagerDuty schedule", external)
    await person.fill("Team", "Platform")


async def override_by_stranger(baton: Baton) -> None:
    """Somebody whom Slack doesn't know has a few hours there."""
    now = baton.house.clock.now()
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        stranger = await control.add_user("Erin Elsewhere", "erin@elsewhere.example")
        schedule = next(iter(baton.pagerduty.world.account.schedules))
        await control.create_override(schedule, stranger, now.replace(microsecond=0), now.replace(year=now.year + 1))


async def linked(baton: Baton) -> ScheduleView:
    return await find_schedule(baton.house, await actor(baton), PLATFORM)


async def test_the_form_asks_for_what_linking_needs(baton: Baton, alice: Person) -> None:
    modal = await open_link(baton, alice)

    assert list(modal.fields) == [
        "Connection",
        "PagerDuty schedule",
        "Team",
        "Linked assignee",
        "Start assigning from",
    ]
    assert modal.submit == "Link"
    assert await alice.search("PagerDuty schedule", "plat") == [PLATFORM]


async def test_without_a_connection_it_says_what_comes_first(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall link", channel="#ops")

    modal = await alice.modal(LINK)

    assert "/oncall connections" in modal.text


async def test_a_linked_schedule_is_there_with_a_paused_destination(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)

    reading = await alice.submit()
    assert reading is not None
    await modal_says(alice, "Linked Platform primary")
    await alice.wait_for_message("Linked Platform primary", channel="ephemeral")
    await baton.settled()

    schedule = await linked(baton)
    assert (schedule.team, schedule.time_zone) == ("Platform", "America/New_York")
    assert {member.name for member in schedule.assignable} == {"Alice Johnson", "Bob Smith", "Carol Diaz"}
    [destination] = await list_destinations(baton.house, await actor(baton), schedule.id)
    assert destination.status is Status.PAUSED
    writes = [entry.path for entry in baton.pagerduty.world.log if entry.method != "GET"]
    assert set(writes) <= {"/schedules/preview"}, "trying the key is all that may not be a GET"


async def test_progress_is_shown_page_by_page(baton: Baton, ws: Workspace, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "Linked Platform primary")

    shown = [str(call.arguments.get("view")) for call in await ws.calls("views.update")]

    assert any("1 page read" in view for view in shown)
    assert any("9 of 9 pages read" in view for view in shown)


async def test_people_who_are_not_matched_are_matched_by_hand(baton: Baton, alice: Person) -> None:
    await override_by_stranger(baton)
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "could be matched by e-mail")

    await alice.fill("Erin Elsewhere (erin@elsewhere.example)", "zoe")
    done = await alice.submit()

    assert done is not None
    assert "Linked Platform primary" in done.text
    assert await user_id(baton, "zoe") in {member.user_id for member in (await linked(baton)).assignable}


async def test_people_who_are_not_matched_can_be_left_out(baton: Baton, alice: Person) -> None:
    await override_by_stranger(baton)
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "could be matched by e-mail")

    done = await alice.submit()

    assert done is not None
    assert "Left out: Erin Elsewhere" in done.text


async def test_nobody_is_matched_twice(baton: Baton, alice: Person) -> None:
    await override_by_stranger(baton)
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "could be matched by e-mail")
    await alice.fill("Erin Elsewhere (erin@elsewhere.example)", "alice")

    refused = await alice.submit()

    assert refused is not None
    assert any("somebody else" in problem for problem in refused.errors.values())


async def test_when_pagerduty_fails_the_form_comes_back_as_it_was_typed(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.fault("http_500", path_contains="/schedules/", times=9)
        await alice.submit()
        modal = await modal_says(alice, "Nothing was stored")
        await control.clear_faults()

    assert modal.fields["Team"] == "Platform"
    assert modal.fields["PagerDuty schedule"] == PLATFORM
    assert len(await schedules.list_schedules(baton.house, await actor(baton))) == 1


async def test_closing_the_modal_stops_it_and_stores_nothing(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.fault("slow", path_contains="/schedules/", times=1, seconds=0.5)
    await alice.submit()

    await alice.close_all()

    await alice.wait_for_message("Linking was stopped", channel="ephemeral")
    await baton.settled()
    assert len(await schedules.list_schedules(baton.house, await actor(baton))) == 1


@pytest.mark.parametrize(("label", "value", "problem"), [("Team", " ", "belongs to a team")])
async def test_problems_stand_at_their_fields(
    baton: Baton, alice: Person, label: str, value: str, problem: str
) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.fill(label, value)

    refused = await alice.submit()

    assert refused is not None
    assert problem in refused.errors[label]


async def test_a_schedule_that_is_linked_already_is_refused_at_its_field(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "Linked Platform primary")
    await alice.close_all()

    await alice.command("/oncall link", channel="#ops")
    await alice.modal(LINK)
    await fill_in(alice)
    refused = await alice.submit()

    assert refused is not None
    assert "is linked to this schedule already" in refused.errors["PagerDuty schedule"]


async def test_the_rotation_comes_along_ready_to_be_saved(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    done = await modal_says(alice, "PagerDuty's own 1 rotation can be saved here as it stands")
    assert "every week" in done.text

    await alice.press("Open rotation")
    form = await alice.modal("Rotation")
    assert form.fields["Fills role"] == "Primary"
    assert set(form.fields["Members, in order"]) == {"alice", "bob", "carol"}
    assert form.fields["Time zone"].startswith("America/New York")
    await alice.submit()
    preview = await modal_says(alice, "Save")
    assert preview.submit == "Save"
    await alice.submit()

    await alice.wait_for_message("Saved the rotation", channel="ephemeral")
    await baton.settled()
    schedule = await linked(baton)
    [rotation] = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    async with baton.house.database.read() as tx:
        shifts = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    proposed = [s for s in shifts if s.state is ShiftState.PROPOSED]
    confirmed = [s for s in shifts if s.state is ShiftState.CONFIRMED]
    assert proposed
    for shift in proposed:
        same = [s.user for s in confirmed if s.start < shift.end and shift.start < s.end]
        assert set(same) == {shift.user}, "the turns go on as they are in PagerDuty"
    assert rotation.role == "Primary"


async def test_what_no_rotation_says_is_named_with_its_reason(baton: Baton, alice: Person) -> None:
    account = baton.pagerduty.world.account
    external = next(iter(account.schedules))
    users = [user.id for user in account.users.values() if user.name == "Alice Johnson"]
    start = baton.house.clock.now() - timedelta(days=7)
    odd = layer(users, start.replace(minute=0, second=0, microsecond=0), 5400, "Odd hours")
    account.set_layers(external, [odd])
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()

    await modal_says(alice, "Odd hours is no rotation here: its turns are no whole hours")


async def test_what_pagerduty_shows_already_is_one_line_of_what_waits(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "Linked Platform primary")
    await alice.close()
    await baton.settled()

    await alice.command("/oncall pending Platform primary", channel="#ops")

    shown = await modal_says(alice, "shifts that PagerDuty's own rotation shows already")
    assert "who is on call does not change" in shown.text
    assert "add @" not in shown.text


async def test_a_shift_based_schedule_brings_its_rotation_as_well(baton: Baton, alice: Person) -> None:
    external = next(iter(baton.pagerduty.world.account.schedules))
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.upgrade(external)
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "PagerDuty's own 1 rotation can be saved here as it stands")

    await alice.press("Open rotation")
    form = await alice.modal("Rotation")

    assert form.fields["Fills role"] == "Primary"
    assert set(form.fields["Members, in order"]) == {"alice", "bob", "carol"}


async def test_hours_and_a_later_start_stand_in_the_line_and_in_the_form(baton: Baton, alice: Person) -> None:
    account = baton.pagerduty.world.account
    external = next(iter(account.schedules))
    users = [user.id for user in account.users.values() if user.name == "Alice Johnson"]
    later = (baton.house.clock.now() + timedelta(days=9)).replace(minute=0, second=0, microsecond=0)
    weekend = {
        "type": "weekly_restriction",
        "start_day_of_week": 5,
        "start_time_of_day": "17:00:00",
        "duration_seconds": 64 * 3600,
    }
    account.set_layers(external, [layer(users, later, 7 * 86_400, "Weekends") | {"restrictions": [weekend]}])
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    done = await modal_says(alice, "Fri 17:00 – Mon 09:00")
    assert "takes effect" in done.text

    await alice.press("Open rotation")
    form = await alice.modal("Rotation")

    assert form.fields["From day"] == "Friday"
    assert form.fields["Takes effect"]


async def test_a_layer_that_ends_comes_along_with_its_end(baton: Baton, alice: Person) -> None:
    account = baton.pagerduty.world.account
    external = next(iter(account.schedules))
    users = [user.id for user in account.users.values() if user.name == "Alice Johnson"]
    now = baton.house.clock.now().replace(minute=0, second=0, microsecond=0)
    ends = now + timedelta(days=40)
    shape = layer(users, now - timedelta(days=7), 7 * 86_400, "For now") | {"end": ends.isoformat()}
    account.set_layers(external, [shape])
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    done = await modal_says(alice, "For now")
    assert ", ends " in done.text

    await alice.press("Open rotation")
    form = await alice.modal("Rotation")
    assert form.fields["Ends"]
    await alice.submit()
    await modal_says(alice, "Save")
    await alice.submit()
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")

    schedule = await linked(baton)
    [rotation] = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    assert rotation.until == ends


async def test_where_proposals_differ_from_pagerduty_is_said_overrides_aside(baton: Baton, alice: Person) -> None:
    account = baton.pagerduty.world.account
    external = next(iter(account.schedules))
    now = baton.house.clock.now().replace(minute=0, second=0, microsecond=0)
    alices = [user.id for user in account.users.values() if user.name == "Alice Johnson"]
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.create_override(external, alices[0], now + timedelta(hours=30), now + timedelta(hours=40))
        await control.upgrade(external)
        stranger = await control.add_user("Erin Elsewhere", "erin@elsewhere.example")
        await control.create_custom_shift(external, stranger, now + timedelta(days=2), now + timedelta(days=3))
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "could be matched by e-mail")

    done = await alice.submit()

    assert done is not None
    assert "fills Primary: @" in done.text
    assert "differ from what PagerDuty shows" in done.text
    assert done.text.count(" in PagerDuty, ") == 1
    assert "Erin Elsewhere in PagerDuty" in done.text


async def test_where_proposals_are_what_pagerduty_shows_nothing_is_said_of_it(baton: Baton, alice: Person) -> None:
    external = next(iter(baton.pagerduty.world.account.schedules))
    now = baton.house.clock.now().replace(minute=0, second=0, microsecond=0)
    users = [user.id for user in baton.pagerduty.world.account.users.values() if user.name == "Bob Smith"]
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.create_override(external, users[0], now + timedelta(hours=30), now + timedelta(hours=40))
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()

    done = await modal_says(alice, "These rotations stand in PagerDuty")

    assert "differ from" not in done.text


async def test_who_has_turns_that_somebody_else_takes_all_year_comes_along(baton: Baton, alice: Person) -> None:
    await override_by_stranger(baton)
    await open_link(baton, alice)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, "could be matched by e-mail")

    done = await alice.submit()

    assert done is not None
    assert "PagerDuty's own 1 rotation can be saved here" in done.text
    await alice.press("Open rotation")
    form = await alice.modal("Rotation")
    assert set(form.fields["Members, in order"]) == {"alice", "bob", "carol"}
