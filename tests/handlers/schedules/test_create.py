"""Making schedules: `/oncall create` and `/oncall schedules`."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.client import Person
from services.schedules import creating as schedules
from services.schedules.creating import ConfirmMode
from services.schedules.finding import find_schedule
from tests.support.running import Baton
from tests.support.slack_steps import actor, make_schedule

CREATE = "Create schedule"


async def open_create(person: Person) -> None:
    await person.command("/oncall create", channel="#ops")
    await person.modal(CREATE)


async def fill_create(person: Person, **other: object) -> None:
    fields = {"Name": "Payments", "Team": "Payments team", "Members": ["alice", "bob"]} | other
    for label, value in fields.items():
        await person.fill(label, value)


async def test_the_form_is_preset_from_the_person_who_opens_it(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall create", channel="#ops")
    modal = await alice.modal(CREATE)
    assert modal.submit == "Create"
    assert modal.fields["Roles"] == "Primary"
    assert modal.fields["Admins"] == ["alice"]
    assert modal.fields["Horizon (days)"] == "30"
    assert modal.fields["Confirm shifts"] == "By hand"
    assert modal.fields["Notice channel"] is None
    assert modal.fields["Time zone"].startswith("Europe/Berlin (UTC+0")


async def test_a_schedule_is_made_and_the_person_told(baton: Baton, alice: Person) -> None:
    await open_create(alice)
    await fill_create(alice)
    await alice.fill("Time zone", "Kolkata")
    await alice.fill("Notice channel", "#ops")
    assert await alice.submit() is None
    message = await alice.wait_for_message("Created Payments", channel="ephemeral")
    assert "2 members" in message.shown
    await alice.command("/oncall schedules", channel="#ops")
    assert (await alice.wait_for_message("Payments team", channel="ephemeral")).text == "1 schedule in this workspace"


async def test_the_notice_channel_and_the_chosen_zone_are_kept(baton: Baton, alice: Person) -> None:
    await open_create(alice)
    await fill_create(alice, Roles="Primary,  Secondary ,", Admins=["bob"])
    await alice.fill("Time zone", "Kolkata")
    await alice.fill("Notice channel", "#ops")
    await alice.fill("Confirm shifts", "Automatically")
    await alice.fill("Horizon (days)", "14")
    assert await alice.submit() is None
    made = await find_schedule(baton.house, await actor(baton), "payments")
    assert made.time_zone == "Asia/Kolkata"
    assert [role.name for role in made.roles] == ["Primary", "Secondary"]
    assert (made.horizon_days, made.confirm) == (14, ConfirmMode.AUTOMATICALLY)
    assert made.channel_id is not None
    assert [member.name for member in made.admins] == ["Bob Smith"]


@pytest.mark.parametrize(
    ("label", "value", "problem"),
    [
        ("Name", "   ", "A schedule needs a name that can be seen."),
        ("Team", "   ", "A schedule belongs to a team"),
        ("Roles", ", ,", "Name at least one role"),
        ("Roles", "a,b,c,d,e,f", "at most 5 roles"),
        ("Roles", "Primary, primary", "a name of its own"),
        ("Roles", "x" * 76, "at most 75 characters"),
    ],
)
async def test_a_wrong_field_says_what_is_wrong_and_keeps_what_was_typed(
    baton: Baton, alice: Person, label: str, value: str, problem: str
) -> None:
    await open_create(alice)
    await fill_create(alice)
    await alice.fill(label, value)
    modal = await alice.submit()
    assert modal is not None
    assert list(modal.errors) == [label]
    assert problem in modal.errors[label]
    assert modal.fields[label] == value
    assert modal.fields["Members"] == ["alice", "bob"]


async def test_a_horizon_out_of_bounds_is_refused(baton: Baton, alice: Person) -> None:
    await open_create(alice)
    await fill_create(alice)
    await alice.fill("Horizon (days)", "0")
    modal = await alice.submit()
    assert modal is not None
    assert list(modal.errors) == ["Horizon (days)"]


async def test_a_name_that_the_team_has_already_is_refused_on_its_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments", team="Payments team")
    await open_create(alice)
    await fill_create(alice, Name="payments ")
    modal = await alice.submit()
    assert modal is not None
    assert "already" in modal.errors["Name"]


async def test_pressing_create_twice_makes_one_schedule(baton: Baton, alice: Person) -> None:
    await open_create(alice)
    await fill_create(alice)
    await asyncio.gather(alice.submit(), alice.submit(), return_exceptions=True)
    await baton.settled()
    assert len(await schedules.list_schedules(baton.house, await actor(baton))) == 1


async def test_time_zones_are_found_by_city_and_by_offset(baton: Baton, alice: Person) -> None:
    await open_create(alice)
    assert (await alice.search("Time zone", "new york"))[0].startswith("America/New York (UTC−0")
    assert any("Asia/Kolkata" in found for found in await alice.search("Time zone", "+5:30"))
    assert await alice.search("Time zone", "atlantis") == []
    assert len(await alice.search("Time zone", "")) == 100


async def test_without_schedules_the_list_says_how_to_make_one(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall schedules", channel="#ops")
    await alice.wait_for_message("Make one with /oncall create", channel="ephemeral")
