"""`/oncall link` of a schedule with more people, and with more layers, than a modal has room for."""

from __future__ import annotations

from datetime import timedelta

from sandbox.client import Person
from sandbox.pagerduty.world import layer
from services.schedules.finding import find_schedule
from tests.handlers.pagerduty.test_link import fill_in, linked, open_link
from tests.support.running import Baton
from tests.support.slack_steps import PLATFORM, actor, modal_says, user_id

DAY = timedelta(days=1)


def only_strangers(baton: Baton, count: int) -> None:
    """The schedule turns day by day between people whom Slack doesn't know."""
    account = baton.pagerduty.world.account
    known = [account.add_user(f"Person {n:03}", f"person{n:03}@elsewhere.example").id for n in range(1, count + 1)]
    start = baton.house.clock.now().replace(minute=0, second=0, microsecond=0)
    account.set_layers(next(iter(account.schedules)), [layer(known, start, 86_400)])


def label(number: int) -> str:
    return f"Person {number:03} (person{number:03}@elsewhere.example)"


def many_layers(baton: Baton, count: int) -> None:
    """Each has an hour of the week of its own; the last of them has turns that no rotation has."""
    account = baton.pagerduty.world.account
    alice = [user.id for user in account.users.values() if user.name == "Alice Johnson"]
    start = (baton.house.clock.now() - DAY).replace(minute=0, second=0, microsecond=0)
    hours = [
        {
            "type": "weekly_restriction",
            "start_day_of_week": 1 + number % 7,
            "start_time_of_day": f"{number // 7:02}:00:00",
            "duration_seconds": 3600,
        }
        for number in range(count)
    ]
    layers = [layer(alice, start, 604_800, f"Hour {n:02}") | {"restrictions": [one]} for n, one in enumerate(hours, 1)]
    layers[0]["rotation_turn_length_seconds"] = 5400
    account.set_layers(next(iter(account.schedules)), layers)


async def read_people(baton: Baton, alice: Person, count: int) -> None:
    await open_link(baton, alice)
    only_strangers(baton, count)
    await fill_in(alice)
    await alice.submit()
    await modal_says(alice, f"1–40 of {count} people", timeout=30)


async def test_a_hundred_and_twenty_people_are_matched_page_by_page(baton: Baton, alice: Person) -> None:
    await read_people(baton, alice, 120)
    await alice.fill(label(2), "zoe")

    second = await alice.submit()
    assert second is not None
    assert (second.submit, label(41) in second.fields, label(2) in second.fields) == ("Next", True, False)
    await alice.fill(label(80), "bob")
    last = await alice.submit()
    assert last is not None
    assert "81–120 of 120 people" in last.text
    await alice.fill(label(120), "carol")
    done = await alice.submit()

    assert done is not None
    assert "Left out: 117 people, listed below" in done.text
    assert "Person 119" in done.text
    matched = {member.user_id for member in (await linked(baton)).assignable}
    assert matched == {await user_id(baton, name) for name in ("zoe", "bob", "carol")}


async def test_going_back_a_page_of_people_keeps_what_was_chosen_on_both(baton: Baton, alice: Person) -> None:
    await read_people(baton, alice, 50)
    await alice.fill(label(2), "zoe")
    await alice.submit()
    await alice.fill(label(50), "bob")

    await alice.press("Previous")
    first = await modal_says(alice, "1–40 of 50 people")
    assert first.fields[label(2)] == "zoe"
    last = await alice.submit()

    assert last is not None
    assert (last.submit, last.fields[label(50)]) == ("Link", "bob")


async def test_nobody_is_two_people_of_different_pages(baton: Baton, alice: Person) -> None:
    await read_people(baton, alice, 50)
    await alice.fill(label(2), "zoe")
    await alice.submit()
    await alice.fill(label(50), "zoe")

    refused = await alice.submit()

    assert refused is not None
    assert "somebody else" in refused.errors[label(50)]


async def test_who_leaves_while_later_pages_are_matched_is_shown_on_their_page(baton: Baton, alice: Person) -> None:
    await read_people(baton, alice, 50)
    await alice.fill(label(2), "zoe")
    await alice.submit()
    async with baton.house.database.transaction() as tx:
        person = await tx.people.get(baton.workspace, await user_id(baton, "zoe"))
        assert person is not None
        person.deleted = True

    first = await alice.submit()

    assert first is not None
    assert "1–40 of 50 people" in first.text
    assert "Person 002: Choose a person of this workspace" in first.text.replace("*", "")


async def test_twenty_five_layers_are_all_there_to_be_opened(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    many_layers(baton, 25)
    await fill_in(alice)
    await alice.submit()

    done = await modal_says(alice, "Linked Platform primary", timeout=30)
    message = await alice.wait_for_message("Linked Platform primary", channel="ephemeral")

    for shown in (done.text, message.shown):
        assert all(f"Hour {number:02}" in shown for number in range(1, 26))
        assert "Hour 01 is no rotation here" in shown.replace("*", "")


async def test_forty_layers_are_paged_in_the_modal_and_from_the_message(baton: Baton, alice: Person) -> None:
    await open_link(baton, alice)
    many_layers(baton, 40)
    await fill_in(alice)
    await alice.submit()
    done = await modal_says(alice, "1–30 of 40 parts", timeout=30)
    assert "Hour 01 is" not in done.text

    await alice.press("Next")
    assert "is no rotation here" in (await modal_says(alice, "31–40 of 40 parts")).text
    await alice.close_all()
    await alice.press("Show all")
    await modal_says(alice, "1–30 of 40 parts")
    await alice.press("Next")
    await modal_says(alice, "Hour 02")
    await alice.press("Open rotation", within="Hour 02")

    form = await alice.modal("Rotation")
    assert form.fields["Rotation name"] == "Hour 02"
    schedule = await find_schedule(baton.house, await actor(baton), PLATFORM)
    assert form.fields["Fills role"] == schedule.roles[0].name
