"""PagerDuty schedules that Baton makes: `/oncall sync`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta

import pytest

from handlers.kit.blocks import View
from handlers.kit.metadata import Metadata
from handlers.pagerduty import update_views as shapes
from handlers.pagerduty import updates as sync
from oncall.roles import pattern
from oncall.rotations import Rotation, Unit
from oncall.timeline import Interval, Segment, Timeline
from sandbox.client import Modal, Person, Workspace
from sandbox.pagerduty.rendering import Entry
from sandbox.slack.blockkit import check_view
from services.connections.credentials import ConnectionView
from services.connections.drafts import Region
from services.destinations.configuring import DestinationView
from services.pagerduty import updates as pagerduty_sync
from services.pagerduty.stopping import Outlook
from services.rotations import saving as rotations
from services.rotations.drafting import RotationDraft
from services.schedules.creating import ScheduleView
from services.schedules.horizon import rotations_of
from sync.core.model import Mode, Status
from tests.support.listening import listeners_of, unanswered
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_connection,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)

TITLE = "PagerDuty sync"
SET_UP = "Set up PagerDuty sync"
MERGE = "Merge together with another rotation into a single PagerDuty schedule"
OTHER = "Other rotation to merge into PagerDuty schedule with"
CHANGE = "Change PagerDuty configuration"
STOP = "Delete and stop PagerDuty updates"


async def open_sync(person: Person, argument: str = "Payments") -> Modal:
    await person.command(f"/oncall sync {argument}", channel="#ops")
    return await person.modal(TITLE)


async def synced(baton: Baton, schedule: ScheduleView, kind: str = "v3") -> pagerduty_sync.SyncView:
    someone = await actor(baton)
    connection = await make_connection(baton)
    draft = pagerduty_sync.SyncDraft(schedule.id, schedule.name, connection.id, kind=kind)
    await pagerduty_sync.start_sync(baton.house, someone, draft)
    await baton.settled()
    return await pagerduty_sync.sync_of(baton.house, someone, schedule.id)


async def rotate(
    baton: Baton,
    schedule: ScheduleView,
    opens: int | None = None,
    closes: int = 0,
    who: Sequence[str] = ("alice", "bob"),
) -> None:
    """A rotation that has begun, between these hours or around the clock."""
    now = baton.house.clock.now() - timedelta(days=7)
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Weekly",
        role=schedule.roles[0].id,
        members=tuple([await user_id(baton, name) for name in who]),
        every=1,
        unit=Unit.WEEKS,
        first_handoff=now.replace(tzinfo=None, hour=9, minute=0, second=0, microsecond=0),
        zone="Europe/Berlin",
        opens=None if opens is None else time(opens),
        closes=None if opens is None else time(closes),
    )
    await rotations.save_rotation(baton.house, await actor(baton), draft)


@pytest.fixture
async def nora(ws: Workspace) -> str:
    """PagerDuty does not know her."""
    return await ws.add_user("nora", real_name="Nora Berg", email="nora@example.com")


def names(baton: Baton) -> list[str]:
    return sorted(schedule.name for schedule in baton.pagerduty.world.account.schedules.values())


async def test_setting_up_makes_the_schedule_and_says_so(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_connection(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)

    form = await open_sync(alice)

    assert form.submit == "Save and update"
    assert form.options("How") == [SET_UP, MERGE]
    assert list(form.fields)[:2] == ["How", "Schedule name"]
    assert {"Connection", "PagerDuty subdomain", "PagerDuty API key", "Kind"} <= set(form.fields)
    assert form.fields["Schedule name"] == "Payments"
    assert (form.fields["Kind"], form.options("Kind")) == ("Shifts", ["Shifts", "Layers"])
    await alice.submit()
    await modal_says(alice, "shows this schedule as Payments")
    await baton.settled()
    assert "Payments" in names(baton)
    sync = await pagerduty_sync.sync_of(baton.house, await actor(baton), schedule.id)
    assert [one.reason for one in sync.made] == ["All confirmed shifts are exported."]


async def test_without_a_connection_a_subdomain_and_a_key_are_asked_for(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    form = await open_sync(alice)
    assert "Connection" not in form.fields
    await alice.fill("PagerDuty subdomain", "acme")
    await alice.fill("PagerDuty API key", baton.key)
    await alice.fill("Kind", "Layers")
    await alice.fill("Schedule name", "Money")

    await alice.submit()

    await modal_says(alice, "Money")
    assert "Money" in names(baton)


async def test_a_key_that_may_only_read_is_an_error_on_its_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_sync(alice)
    await alice.fill("PagerDuty subdomain", "acme")
    await alice.fill("PagerDuty API key", baton.pagerduty.world.account.add_key(read_only=True))

    modal = await alice.submit()

    assert modal is not None
    assert list(modal.errors) == ["PagerDuty API key"]
    assert "may only read" in modal.errors["PagerDuty API key"]


async def test_merging_offers_what_is_synced_and_writes_into_the_same_schedule(baton: Baton, alice: Person) -> None:
    days, nights = await make_schedule(baton, "Days"), await make_schedule(baton, "Nights")
    await rotate(baton, days, 9, 21)
    await rotate(baton, nights, 21, 9)
    await synced(baton, days)
    await open_sync(alice, "Nights")

    await alice.fill("How", MERGE)
    form = await modal_says(alice, OTHER)
    assert form.submit == "Sync into shared"
    assert form.options(OTHER) == ["Days (Days)"]
    await alice.fill(OTHER, "Days (Days)")
    await alice.submit()

    await modal_says(alice, "Merged: Days (Primary of Nights, shared with Days)")
    assert "Nights" not in names(baton)


async def test_merging_with_nothing_says_why_not_and_setting_up_is_still_there(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await open_sync(alice)

    await alice.fill("How", MERGE)
    assert not (await modal_says(alice, "nothing to merge with")).submit
    await alice.fill("How", SET_UP)

    assert "Schedule name" in (await modal_says(alice, "Schedule name")).fields


async def test_overlapping_rotations_are_refused_on_the_field(baton: Baton, alice: Person) -> None:
    days, nights = await make_schedule(baton, "Days"), await make_schedule(baton, "Nights")
    await rotate(baton, days, 9, 21)
    await rotate(baton, nights, 20, 9)
    await synced(baton, days)
    await open_sync(alice, "Nights")
    await alice.fill("How", MERGE)
    await modal_says(alice, OTHER)
    await alice.fill(OTHER, "Days (Days)")

    modal = await alice.submit()

    assert modal is not None
    assert "both claim" in modal.errors[OTHER]


async def test_the_name_can_be_changed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await synced(baton, schedule)
    standing = await open_sync(alice)
    assert standing.buttons == [CHANGE, STOP]
    await alice.press(CHANGE)
    form = await alice.modal("PagerDuty configuration")
    assert (form.submit, form.fields["Schedule name"]) == ("Save and update", "Payments")
    await alice.fill("Schedule name", "Money")

    await alice.submit()

    await modal_says(alice, "Saved")
    assert "Money" in names(baton)


async def test_stopping_says_what_will_happen_and_leaves_a_used_schedule(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 5), 8)
    (made,) = (await synced(baton, schedule)).made
    baton.pagerduty.world.account.add_escalation_policy("Platform", [made.external_id])
    await baton.house.jobs.run("reconcile", made.id)
    await open_sync(alice)
    await alice.press(STOP)

    form = await modal_says(alice, "1 entry of Baton's ahead")

    assert form.submit == "Stop updates"
    assert "the escalation policy Platform uses it" in form.text
    assert "its key is forgotten" in form.text
    assert form.options("The PagerDuty schedule") == [
        "Leave it in PagerDuty as it is",
        "Take Baton's future shifts out and end its layers",
    ]
    await alice.fill("The PagerDuty schedule", "Take Baton's future shifts out and end its layers")
    await alice.submit()
    await modal_says(alice, "Baton took 1 item out of it")
    assert baton.pagerduty.world.account.schedules[made.external_id].shifts.latest.custom_shifts == ()


async def test_updates_are_started_from_the_list_of_destinations_as_well(baton: Baton, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    await alice.command("/oncall destinations Payments", channel="#ops")
    await alice.modal("Destinations")

    await alice.press("Start PagerDuty Updates")

    assert (await alice.modal(TITLE)).submit == "Save and update"


@pytest.mark.parametrize("words", ["sync Payments"])
async def test_only_admins_may_sync(baton: Baton, alice: Person, bob: Person, words: str) -> None:
    await make_schedule(baton)

    (answer, *_) = await bob.command(f"/oncall {words}", channel="#ops")

    assert "Only admins of *Payments*" in answer.text


def sync_views(name: str) -> list[View]:
    metadata = Metadata(schedule_id=1)
    made = DestinationView(
        id=1,
        schedule_id=1,
        connection_id=1,
        external_id="P1",
        external_name=name,
        external_url="https://acme.pagerduty.com/schedules/P1",
        role_id=1,
        role=name,
        mode=Mode.AUTHORITATIVE,
        status=Status.OK,
        reason=name,
        refreshed_at=None,
        paused=False,
        made=True,
    )
    view = pagerduty_sync.SyncView(
        1, name, (made,) * 30, tuple(pagerduty_sync.Shared(n, name, name) for n in range(120))
    )
    known = ConnectionView(1, "pagerduty", "acme", Region.US, ok=True, reason="", destinations=1)
    outlook = Outlook(1, name, 3, (name,), (name,), forgets_key=True)
    return [
        shapes.set_up_form(view, shapes.Account([known], 1, ("v3", "v2")), metadata),
        shapes.set_up_form(view, shapes.Account([], None, ("v2",)), metadata),
        shapes.merge_form(view, metadata),
        shapes.merge_form(replace(view, shared=()), metadata),
        shapes.standing_view(view, metadata, "Saved."),
        shapes.change_form(view, known, metadata),
        shapes.change_form(view, None, metadata),
        shapes.stop_form([outlook] * 30, metadata),
        shapes.waiting_view(),
        shapes.outcome_view("Done."),
    ]


@pytest.mark.parametrize("name", ["Payments", "<!channel>", "x" * 300, "ü & <b>"])
def test_slack_takes_every_modal_and_every_button_is_answered(name: str) -> None:
    listeners = listeners_of(sync)

    for view in sync_views(name):
        assert check_view(view) == [], view["title"]
        assert not list(unanswered(view, listeners))
        assert "<!channel>" not in str([block for block in view["blocks"] if block["type"] == "section"])


async def test_missing_people_are_added_in_the_name_of_who_sets_it_up_as_responders(
    baton: Baton, alice: Person
) -> None:
    await make_schedule(baton, "Days")
    await make_connection(baton)

    await open_sync(alice, "Days")

    form = await modal_says(alice, "Schedule name")
    assert form.fields["Add missing people in the name of"] == "alice@example.com"
    assert form.fields["PagerDuty role of people who are added"] == "Responder"


async def test_the_walkthrough_to_the_letter_adds_who_is_missing_to_pagerduty_and_to_the_layers(
    nora: str, baton: Baton, alice: Person
) -> None:
    """Name, subdomain, key, save: nothing else is filled in."""
    schedule = await make_schedule(baton, members=("alice", "bob", "nora"))
    await rotate(baton, schedule, who=("alice", "nora", "bob"))
    await open_sync(alice)
    await alice.fill("Schedule name", "Payments")
    await alice.fill("PagerDuty subdomain", "acme")
    await alice.fill("PagerDuty API key", baton.key)
    await alice.fill("Kind", "Layers")

    await alice.submit()

    await modal_says(alice, "shows this schedule as Payments")
    await baton.settled()
    account = baton.pagerduty.world.account
    (added,) = [user for user in account.users.values() if user.email == "nora@example.com"]
    (made,) = [one for one in account.schedules.values() if one.name == "Payments"]
    assert added.name == "Nora Berg"
    assert any(added.id in layer.user_ids for layer in made.plan.layers)
    assert added.id in {entry.user_id for entry in _shown(baton, made.id)}


async def test_with_layers_one_who_is_missing_costs_the_others_nothing_and_nobody_gets_their_turns(
    nora: str, baton: Baton, alice: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "nora"))
    await rotate(baton, schedule, who=("alice", "nora", "bob"))
    await make_connection(baton)
    await open_sync(alice)
    await alice.fill("Kind", "Layers")
    await alice.fill("Add missing people in the name of", "")

    await alice.submit()

    await modal_says(alice, "shows this schedule as Payments")
    await baton.settled()
    schedules = baton.pagerduty.world.account.schedules.values()
    (made,) = [one for one in schedules if one.name == "Payments"]
    shown = Timeline.of(Segment(e.start, e.end, (e.user_id,)) for e in _shown(baton, made.id))
    turns = pattern(await _rotations(baton, schedule), schedule.roles[0].id, _ahead(baton))
    hers = [turn for turn in turns.segments if turn.users == (nora,)]
    theirs = [turn for turn in turns.segments if turn.users != (nora,)]
    assert hers
    assert not [turn for turn in hers if shown.cut(Interval(turn.start, turn.end))]
    assert not [turn for turn in theirs if shown.gaps(Interval(turn.start, turn.end))]
    assert len({users for segment in shown.segments for users in segment.users}) == 2

    await alice.command("/oncall destinations Payments", channel="#ops")
    card = await modal_says(alice, "Nora Berg")
    assert "only the turns of the others" in card.text
    assert "Match person" in card.text


def _ahead(baton: Baton) -> Interval:
    start = (baton.house.clock.now() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Interval(start, start + timedelta(days=60))


def _shown(baton: Baton, schedule_id: str) -> list[Entry]:
    ahead = _ahead(baton)
    return list(baton.pagerduty.world.account.final_schedule(schedule_id, ahead.start, ahead.end))


async def _rotations(baton: Baton, schedule: ScheduleView) -> list[Rotation]:
    async with baton.house.database.read() as tx:
        return list(await rotations_of(tx, schedule.id))
