"""Rotations in Slack: `/oncall rotation`."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.shifts import ShiftState
from sandbox.client import Person
from services.rotations import saving as rotations
from services.shifts import confirming
from tests.handlers.rotations.steps import PREVIEW, ROTATION, fill_in, make_rotation, tomorrow, waiting
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    make_schedule,
    modal_says,
    user_id,
)


async def test_the_form_asks_for_everything_a_rotation_is(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)

    await alice.command("/oncall rotation Payments", channel="#ops")
    modal = await alice.modal(ROTATION)

    pattern = [
        "Rotation name",
        "Fills role",
        "Members, in order",
        "Hands over every",
        "Unit",
        "First handoff",
        "Time zone",
        "Coverage",
    ]
    assert list(modal.fields) == [*pattern, "Backup"]
    assert modal.options("Unit") == ["Hours", "Days", "Weeks", "Months"]
    assert modal.options("Coverage") == ["Around the clock", "Daily hours", "From a weekday to a weekday"]
    assert modal.options("Backup") == ["None", "Next in line"]
    assert "Berlin" in str(modal.fields["Time zone"])

    await alice.fill("Rotation name", "Office")
    await alice.fill("Coverage", "Daily hours")
    await alice.fill("From", time(8))
    await alice.fill("Backup", "Next in line")
    await alice.fill("Backup fills role", "Secondary")
    modal = await alice.modal(ROTATION)
    assert list(modal.fields) == [*pattern, "From", "To", "Days", "Turns count", "Backup", "Backup fills role"]
    assert (modal.fields["Rotation name"], modal.fields["Turns count"]) == ("Office", "Covered time")
    assert str(modal.fields["From"]).startswith("08:00")

    await alice.fill("Coverage", "From a weekday to a weekday")
    await alice.fill("To day", "Monday")
    modal = await alice.modal(ROTATION)
    assert list(modal.fields)[8:13] == ["From day", "From", "To day", "To", "Turns count"]
    assert (modal.fields["From day"], modal.fields["Rotation name"]) == ("Friday", "Office")


async def test_a_preview_comes_before_saving(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice)

    preview = await alice.submit()

    assert preview is not None
    assert (preview.title, preview.submit) == (PREVIEW, "Save")
    assert preview.text.count("@bob") == 4
    assert "The next six shifts" in preview.text
    assert "@alice gains " in preview.text
    assert await waiting(baton, schedule) == []


async def test_save_proposes_the_shifts_and_says_so(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice)
    await alice.submit()

    assert await alice.submit() is None

    await alice.wait_for_message("Saved the rotation Weekly", channel="ephemeral")
    proposed = await waiting(baton, schedule)
    assert proposed[0].start == await tomorrow(baton)
    assert proposed[0].user_id == await user_id(baton, "alice")


async def test_daily_hours_show_what_is_not_covered(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Coverage="Daily hours", From=time(9), To=time(17), Days=["Monday", "Tuesday"])

    preview = await alice.submit()

    assert preview is not None
    assert "Nobody covers Primary in:" in preview.text


async def test_a_backup_is_shown_beside_each_shift(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Backup="Next in line", Backup_fills_role="Secondary")

    preview = await alice.submit()

    assert preview is not None
    assert "@alice · backup @bob" in preview.text


@pytest.mark.parametrize(
    ("label", "value", "problem"),
    [
        ("Hands over every", "500", "a year at most"),
        ("Members, in order", ["zoe"], "Not assignable on this schedule: Zoe Stranger"),
        ("Backup", "Next in line", "Choose the role that the backup fills."),
    ],
)
async def test_problems_stand_at_their_fields_and_nothing_typed_is_lost(
    baton: Baton, alice: Person, label: str, value: object, problem: str
) -> None:
    await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice)
    await alice.fill(label, value)

    refused = await alice.submit()

    assert refused is not None
    assert any(problem in text for text in refused.errors.values())
    assert refused.fields["Rotation name"] == "Weekly"


async def test_an_overlap_is_refused_with_dates(baton: Baton, alice: Person) -> None:
    await make_rotation(baton, await make_schedule(baton))
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice)

    refused = await alice.submit()

    assert refused is not None
    assert "“Weekly” covers Primary at the same time" in refused.errors["Fills role"]


async def test_back_from_the_preview_is_the_form_as_it_was_typed(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice)
    await alice.submit()

    await alice.close()

    modal = await alice.modal(ROTATION)
    assert modal.fields["Rotation name"] == "Weekly"


async def test_a_rotation_is_changed_and_ended_in_the_same_form(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_rotation(baton, schedule)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    modal = await modal_says(alice, "End rotation")
    assert "If this rotation ends, nobody is on call as Primary, unless somebody is assigned:" in modal.text
    assert modal.fields["Rotation name"] == "Weekly"

    await alice.fill("Members, in order", ["bob"])
    preview = await alice.submit()
    assert preview is not None
    assert "@alice loses" in preview.text
    await alice.submit()
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")
    bob = await user_id(baton, "bob")
    assert {one.user_id for one in await waiting(baton, schedule)} == {bob}

    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    await modal_says(alice, "End rotation")
    await alice.press("End rotation")
    await alice.wait_for_message("Ended the rotation", channel="ephemeral")
    assert await waiting(baton, schedule) == []


async def test_an_editor_who_comes_second_is_told_in_the_modal(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    saved = await make_rotation(baton, schedule)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    await modal_says(alice, "End rotation")
    await rotations.end_rotation(baton.house, await actor(baton), schedule.id, saved.id)

    await alice.fill("Rotation name", "Mine")
    shown = await alice.submit()

    assert shown is not None
    assert "changed while you were editing it" in shown.text
    assert shown.fields["Rotation name"] == "Mine"


async def test_who_is_no_admin_hears_who_is(baton: Baton, bob: Person) -> None:
    await make_schedule(baton)

    [message] = await bob.command("/oncall rotation", channel="#ops")

    assert "Only admins of Payments can do that: @alice" in message.shown


async def test_a_planned_change_is_shown_survives_a_rename_and_can_be_removed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await make_rotation(baton, schedule)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    await modal_says(alice, "End rotation")
    await alice.fill("Members, in order", ["alice", "bob", "carol"])
    await alice.fill("Takes effect", await tomorrow(baton) + timedelta(weeks=4))
    await alice.submit()
    await alice.submit()
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")

    await alice.command("/oncall rotation", channel="#ops")
    form = await alice.modal(ROTATION)
    assert "Weekly. Planned: @carol joins on" in form.text
    await alice.fill("Make or change", "Weekly (Primary)")
    form = await modal_says(alice, "End rotation")
    assert "Planned: @carol joins on" in form.text
    assert form.fields["Members, in order"] == ["alice", "bob"]
    await alice.fill("Rotation name", "Renamed")
    await alice.submit()
    await alice.submit()
    await alice.wait_for_message("Saved the rotation Renamed", channel="ephemeral")
    carol = await user_id(baton, "carol")
    early = [one for one in await waiting(baton, schedule) if one.start < await tomorrow(baton) + timedelta(weeks=4)]
    assert carol not in {one.user_id for one in early}

    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Renamed (Primary)")
    await modal_says(alice, "End rotation")
    await alice.press("Remove")
    await alice.wait_for_message("Removed what was planned for the rotation Renamed", channel="ephemeral")
    [listed] = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    assert (listed.plans, carol in listed.members) == ((), False)


async def test_removing_a_planned_change_names_the_gap_that_it_opens_first(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Coverage="Daily hours", From=time(9), To=time(17))
    await alice.submit()
    await alice.submit()
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")
    [made] = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    seen = await rotations.draft_of(baton.house, await actor(baton), schedule.id, made.id)
    longer = replace(seen, closes=time(20), since=await tomorrow(baton) + timedelta(weeks=2))
    await rotations.save_rotation(baton.house, await actor(baton), longer)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", f"{made.name} (Primary)")
    await modal_says(alice, "End rotation")

    await alice.press("Remove")
    await modal_says(alice, "Nobody would be Primary")
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    await alice.submit()

    await alice.wait_for_message("Removed what was planned", channel="ephemeral")
    [listed] = await rotations.list_rotations(baton.house, await actor(baton), schedule.id)
    assert listed.plans == ()


async def test_weekends_of_whole_days_are_entered_and_previewed_as_one_shift_each(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Coverage="Daily hours", From=time(0), To=time(0), Days=["Saturday", "Sunday"])

    preview = await alice.submit()
    assert preview is not None
    assert preview.title == PREVIEW, preview.errors
    await alice.submit()
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")

    found = await waiting(baton, schedule)
    assert {round((one.end - one.start) / timedelta(hours=1)) for one in found} <= {47, 48, 49}
    assert {one.start.astimezone(ZoneInfo("Europe/Berlin")).strftime("%a %H:%M") for one in found} == {"Sat 00:00"}


async def test_friday_to_monday_and_turns_of_months_are_entered_and_shown_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Unit="Months", Coverage="From a weekday to a weekday", From=time(17), To=time(9))
    preview = await alice.submit()
    assert preview is not None
    assert preview.title == PREVIEW, preview.errors
    saved = await alice.submit()
    assert saved is None, saved.text
    await alice.wait_for_message("Saved the rotation", channel="ephemeral")

    found = await waiting(baton, schedule)
    berlin = ZoneInfo("Europe/Berlin")
    shown = {tuple(at.astimezone(berlin).strftime("%a %H:%M") for at in (s.start, s.end)) for s in found[1:]}
    assert shown == {("Fri 17:00", "Mon 09:00")}
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    form = await modal_says(alice, "End rotation")
    assert [form.fields[name] for name in ("Unit", "From day", "To day")] == ["Months", "Friday", "Monday"]


async def test_the_preview_says_who_would_never_have_a_turn(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await fill_in(baton, alice, Coverage="Daily hours", From=time(9), To=time(21), Turns_count="Calendar time")
    await alice.fill("Hands over every", "12")
    await alice.fill("Unit", "Hours")

    preview = await alice.submit()
    assert preview is not None
    assert "No turns for @bob" in preview.text

    await alice.close()
    await alice.fill("Turns count", "Covered time")
    preview = await alice.submit()
    assert preview is not None
    assert "No turns for" not in preview.text
    assert "@bob gains" in preview.text


async def test_confirmed_shifts_stay_in_the_preview_unless_they_are_changed_along(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await make_rotation(baton, schedule)
    await confirming.confirm(baton.house, await actor(baton), schedule.id)
    await alice.command("/oncall rotation", channel="#ops")
    await alice.modal(ROTATION)
    await alice.fill("Make or change", "Weekly (Primary)")
    await modal_says(alice, "End rotation")
    await alice.fill("Members, in order", ["alice", "carol"])

    preview = await alice.submit()
    assert preview is not None
    assert "@bob _(confirmed)_" in preview.text or "@bob (confirmed)" in preview.text
    assert "Confirmed shifts stay" in preview.text
    assert "@carol would have a turn here, but others are confirmed: 14 days (" in preview.text
    assert "stretch" not in preview.text

    await alice.close()
    await alice.fill("Also change confirmed shifts from", await tomorrow(baton))
    preview = await alice.submit()
    assert preview is not None
    assert "@bob loses 14 days (" in preview.text
    assert "others are confirmed" not in preview.text
    assert preview.text.index("@carol gains 14 days (") < preview.text.index("@bob loses")
    await alice.submit()
    await alice.wait_for_message("2 confirmed shifts changed along", channel="ephemeral")
    await baton.settled()
    async with baton.house.database.read() as tx:
        found = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    people = [await user_id(baton, name) for name in ("alice", "carol")]
    confirmed = [shift.user for shift in found if shift.state is ShiftState.CONFIRMED]
    assert confirmed == [people[n % 2] for n in range(len(confirmed))]
