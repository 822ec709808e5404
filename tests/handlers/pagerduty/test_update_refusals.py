"""What an admin reads when PagerDuty says no, or when something typed is not right: what is wrong, and what to do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from handlers.kit import slow_work
from handlers.pagerduty import updates as sync
from sandbox.client import Modal, Person
from sandbox.pagerduty import Fault
from services.kit.errors import Refusal
from services.pagerduty import updates as pagerduty_sync
from services.schedules.creating import ScheduleView
from sync.core.model import Status
from tests.handlers.pagerduty.test_updates import CHANGE, MERGE, OTHER, STOP, names, open_sync, rotate, synced
from tests.support.running import Baton
from tests.support.slack_steps import (
    PLATFORM,
    actor,
    assign,
    full_hour,
    make_connection,
    make_schedule,
    modal_says,
)

AUTHOR = "Add missing people in the name of"
ROLE = "PagerDuty role of people who are added"
KEY = "PagerDuty API key"
SUBDOMAIN = "PagerDuty subdomain"


async def submitted(person: Person) -> Modal:
    modal = await person.submit()
    assert modal is not None
    return modal


async def filled_in(person: Person, baton: Baton, **typed: str) -> None:
    fields = {SUBDOMAIN: "acme", KEY: baton.key, **{key.replace("_", " "): value for key, value in typed.items()}}
    for label, value in fields.items():
        await person.fill(label, value)


async def read_status(baton: Baton, person: Person, schedule: ScheduleView) -> str:
    """What `/oncall sync` shows of a schedule after a refresh."""
    await baton.settled()
    for one in (await pagerduty_sync.sync_of(baton.house, await actor(baton), schedule.id)).made:
        await baton.house.jobs.run("reconcile", one.id)
    if await person.top_modal() is not None:
        await person.close_all()
    return (await open_sync(person, schedule.name)).text


@pytest.mark.parametrize(
    ("label", "value", "problem"),
    [
        (SUBDOMAIN, "not a subdomain", "Type the part before .pagerduty.com"),
        (SUBDOMAIN, "umbrella", "belongs to the account “acme”"),
        (KEY, "y" * 20, "does not accept the key for the region US"),
        (KEY, "two words", "does not look like a key"),
        ("Schedule name", PLATFORM, "Choose another name"),
        (AUTHOR, "ghost@example.com", "nobody with the e-mail address"),
    ],
)
async def test_wrong_input_is_told_on_its_field_and_what_was_typed_stays(
    baton: Baton, alice: Person, label: str, value: str, problem: str
) -> None:
    await make_schedule(baton)
    await open_sync(alice)
    await filled_in(alice, baton)
    await alice.fill("Kind", "Layers")
    await alice.fill(label, value)

    modal = await submitted(alice)

    assert list(modal.errors) == [label]
    assert problem in modal.errors[label]
    expected = {SUBDOMAIN: "acme", KEY: baton.key, "Kind": "Layers", "Schedule name": "Payments", label: value}
    assert {name: modal.fields[name] for name in expected} == expected
    assert names(baton) == [PLATFORM]


async def test_an_answer_that_comes_late_brings_the_form_back_as_it_was(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_work, "PATIENCE", 0.1)
    await make_schedule(baton)
    await open_sync(alice)
    await filled_in(alice, baton)
    await alice.fill("Kind", "Layers")
    await alice.fill("Schedule name", "platform PRIMARY")
    baton.pagerduty.world.faults.next(Fault.SLOW, "GET", "/abilities", seconds=0.4)

    waiting = await submitted(alice)
    assert "Talking to PagerDuty" in waiting.text
    form = await modal_says(alice, "Choose another name")

    assert form.submit == "Save and update"
    assert (form.fields["Schedule name"], form.fields["Kind"]) == ("platform PRIMARY", "Layers")
    assert form.fields[SUBDOMAIN] == "acme"
    assert not form.fields[KEY]
    await alice.fill(KEY, baton.key)
    await alice.fill("Schedule name", "Money")
    await alice.submit()
    await modal_says(alice, "shows this schedule as Money")


async def test_an_answer_that_comes_right_after_the_acknowledgement_is_not_overwritten_by_it(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bolt sends what was acknowledged up to 10 ms later, by another way than calls go."""

    async def refused(*_arguments: object) -> None:
        await asyncio.sleep(0.002)
        raise Refusal("PagerDuty takes a rest.")

    monkeypatch.setattr(slow_work, "PATIENCE", 0)
    monkeypatch.setattr(sync.pagerduty_sync, "start_sync", refused)
    await make_schedule(baton)
    await open_sync(alice)
    await filled_in(alice, baton)

    await submitted(alice)

    await modal_says(alice, "PagerDuty takes a rest.", timeout=5)


async def test_a_refusal_that_comes_late_leaves_the_merge_form_open(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, nights = await make_schedule(baton, "Days"), await make_schedule(baton, "Nights")
    await rotate(baton, days, 9, 21)
    await rotate(baton, nights, 20, 9)
    await synced(baton, days)
    await open_sync(alice, "Nights")
    await alice.fill("How", MERGE)
    await modal_says(alice, OTHER)
    await alice.fill(OTHER, "Days (Days)")
    monkeypatch.setattr(slow_work, "PATIENCE", 0.0)

    await submitted(alice)
    form = await modal_says(alice, "both claim")

    assert (form.submit, form.fields[OTHER]) == ("Sync into shared", "Days (Days)")


async def test_an_unreachable_pagerduty_leaves_the_form_open_with_a_sentence(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await open_sync(alice)
    baton.pagerduty.world.faults.next(Fault.HTTP_502, "POST", "/schedules", times=9)

    await submitted(alice)

    form = await modal_says(alice, "Try again in a moment")
    assert form.fields["Schedule name"] == "Payments"
    assert names(baton) == [PLATFORM]


@pytest.mark.parametrize(
    ("switch", "advice"),
    [
        ("out_of_licenses", "no licence is left for the role “limited_user”. Free or buy one, or choose another role"),
        ("deactivated_keep_address", "somebody has this address already, perhaps a deactivated user"),
        ("may_add_users", "the PagerDuty plan does not allow it. Add the person there by hand"),
    ],
)
async def test_why_a_person_was_not_added_is_read_in_slack(
    baton: Baton, alice: Person, switch: str, advice: str
) -> None:
    schedule = await make_schedule(baton, members=("alice", "zoe"))
    world = baton.pagerduty.world
    world.switches.change(**{switch: switch != "may_add_users"})
    gone = world.account.add_user("Zoe", "zoe@elsewhere.example")
    world.account.deactivate_user(gone.id)
    await assign(baton, schedule, "zoe", full_hour(baton, 5), 8)
    await open_sync(alice)
    await filled_in(alice, baton)
    await alice.fill(AUTHOR, "alice@example.com")
    await alice.fill(ROLE, "Responder")
    await alice.submit()
    await modal_says(alice, "shows this schedule as Payments")

    shown = await read_status(baton, alice, schedule)

    assert "PagerDuty did not add Zoe Stranger (zoe@elsewhere.example)" in shown
    assert advice in shown


async def test_a_new_member_is_added_to_pagerduty_as_what_was_chosen(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "zoe"))
    await assign(baton, schedule, "zoe", full_hour(baton, 5), 8)
    await open_sync(alice)
    await filled_in(alice, baton)
    await alice.fill(AUTHOR, "alice@example.com")
    await alice.fill(ROLE, "Responder")
    await alice.submit()
    await modal_says(alice, "shows this schedule as Payments")

    assert "OK" in await read_status(baton, alice, schedule)
    zoe = baton.pagerduty.world.account.user_by_email("zoe@elsewhere.example")
    assert zoe is not None
    assert (zoe.name, zoe.time_zone, zoe.role) == ("Zoe Stranger", "Asia/Kolkata", "limited_user")
    await alice.press(CHANGE)
    form = await alice.modal("PagerDuty configuration")
    assert (form.fields[AUTHOR], form.fields[ROLE]) == ("alice@example.com", "Responder")


async def test_a_key_that_may_only_read_by_now_is_an_error_with_what_to_do(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await synced(baton, schedule)
    account = baton.pagerduty.world.account
    account.revoke_key(baton.key)
    account.add_key(read_only=True, token=baton.key)
    await assign(baton, schedule, "bob", full_hour(baton, 5), 8)

    shown = await read_status(baton, alice, schedule)

    assert "Error" in shown
    assert "may only read" in shown
    assert "Enter a key with full access in /oncall connections" in shown


async def test_a_deleted_key_is_an_error_within_one_refresh_and_a_new_one_mends_it(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 5), 8)
    (made,) = (await synced(baton, schedule)).made
    baton.pagerduty.world.account.revoke_key(baton.key)

    shown = await read_status(baton, alice, schedule)
    assert "Error" in shown
    assert "does not accept the key" in shown

    await alice.press(CHANGE)
    await alice.modal("PagerDuty configuration")
    await alice.fill(KEY, "z" * 20)
    assert list((await submitted(alice)).errors) == [KEY]
    await alice.fill(KEY, baton.pagerduty.world.account.add_key())
    await alice.submit()
    await modal_says(alice, "Saved")
    await baton.settled()
    (healed,) = (await pagerduty_sync.sync_of(baton.house, await actor(baton), schedule.id)).made
    assert (healed.id, healed.status) == (made.id, Status.OK)


async def test_whom_an_ending_takes_off_call_is_said_before_it_is_chosen(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await rotate(baton, schedule)
    (made,) = (await synced(baton, schedule, "v2")).made
    await baton.house.jobs.run("reconcile", made.id)
    await open_sync(alice)

    await alice.press(STOP)

    form = await modal_says(alice, "right now; taking Baton's part out or deleting it takes them off call at once")
    now = baton.house.clock.now()
    (entry, *_) = baton.pagerduty.world.account.final_schedule(made.external_id, now, now + timedelta(minutes=1))
    assert baton.pagerduty.world.account.users[entry.user_id].name.split()[0].lower() in form.text


async def test_a_forgotten_key_is_not_offered_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await synced(baton, schedule)
    await open_sync(alice)
    await alice.press(STOP)
    await alice.modal("Stop PagerDuty updates")
    await alice.submit()
    await modal_says(alice, "stays in PagerDuty as it is")
    await alice.close_all()

    form = await open_sync(alice)

    assert "Connection" not in form.fields
    async with baton.house.database.read() as tx:
        (row,) = await tx.connections.all()
    assert row.secret == ""
