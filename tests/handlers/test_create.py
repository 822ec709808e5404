"""Making schedules: `/oncall create` and `/oncall schedules`."""

from __future__ import annotations

from sandbox.client import Person
from tests.running import Baton

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
