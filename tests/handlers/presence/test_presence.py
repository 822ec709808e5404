"""*Presence*, as admins of a schedule set it up in Slack, and what Slack shows then."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.presence import listeners, views
from notices.noticing.watch import watch_once
from notices.presence.keeper import Keeper
from notices.presence.wanted import OnEdit
from sandbox.client import Person, Workspace
from sandbox.slack.blockkit import check_view
from services.presence.choices import GroupView, PresenceDraft, PresenceView, RolePresence, save_presence
from tests.handlers.kit.samples import METADATA, names
from tests.support.listening import listeners_of, unanswered
from tests.support.notice_house import Clients
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)

CORE = ["channels:read", "chat:write", "commands", "groups:read", "im:write", "users:read", "users:read.email"]


@pytest.fixture(autouse=True)
def briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "MOMENT", 0.1)


async def written(baton: Baton) -> None:
    """What the loops of a running Baton do by themselves."""
    await watch_once(baton.house.database, baton.house.clock.now())
    keeper = Keeper(baton.house.database, baton.house.clock, Clients(baton.client))
    await keeper.keep()
    await keeper.idle()


async def test_a_group_and_a_topic_show_who_is_on_call_until_presence_is_taken_away(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, -2), 30)
    await ws.add_group("payments-oncall", name="Payments on call", users=["zoe"])
    channel = await ws.add_channel("pay", members=["alice"], bot_is_member=True)
    await alice.command("/oncall presence Payments", channel="#ops")
    opened = await modal_says(alice, "is taken out")
    assert "keeps its last members" in opened.text
    await baton.settled()
    assert await alice.search("User group", "payments") == ["@payments-oncall · Payments on call"]
    await alice.fill("User group", "@payments-oncall · Payments on call")
    await alice.fill("Always in the group", ["root"])
    await alice.fill("Channel topic", "#pay")
    await alice.fill("Fallback person", "carol")
    saved = await alice.submit()
    assert saved is not None
    assert "Saved. Slack shows it in a moment." in saved.text
    await written(baton)
    assert sorted((await ws.group("payments-oncall"))["users"]) == ["bob", "root"]
    assert (await ws.channel(channel))["topic"] == "‹On call · Primary: Bob Smith›"
    await alice.close_all()

    await alice.command("/oncall presence Payments", channel="#ops")
    again = await modal_says(alice, "Payments")
    assert again.fields["Fallback person"] == "carol"
    assert again.fields["User group"] == "@payments-oncall · Payments on call"
    for label in ("User group", "Always in the group", "Channel topic", "Fallback person"):
        await alice.fill(label, [] if label.startswith("Always") else None)
    removed = await alice.submit()
    assert removed is not None
    assert "The group keeps its last members" in removed.text
    await written(baton)
    assert sorted((await ws.group("payments-oncall"))["users"]) == ["bob", "root"]
    assert (await ws.channel(channel))["topic"] == ""


async def test_what_can_not_be_done_is_said_at_its_field_in_the_form_and_by_the_doctor(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, -2), 30)
    await ws.add_group("oncall")
    await ws.add_channel("pay", members=["alice"])
    await ws.add_user("gus", real_name="Gus Guest", is_restricted=True)
    await baton.settled()
    await ws.set_scopes(CORE)
    await alice.command("/oncall presence Payments", channel="#ops")
    lacking = await modal_says(alice, "User groups can't be listed")
    assert "Baton has not been given usergroups:read" in lacking.text
    assert "Reinstall to Workspace" in lacking.text
    await alice.close_all()

    await ws.set_scopes([*CORE, "usergroups:read"])
    await alice.command("/oncall presence Payments", channel="#ops")
    await modal_says(alice, "usergroups:write and channels:write.topic and groups:write.topic")
    await alice.fill("Role", "Secondary")
    await baton.settled()
    await alice.fill("Channel topic", "#pay")
    await alice.fill("Fallback person", "gus")
    refused = await alice.submit()
    assert refused is not None
    assert "Type /invite @Baton there" in refused.errors["Channel topic"]
    await ws.update_channel("pay", bot_is_member=True)
    refused = await alice.submit()
    assert refused is not None
    assert refused.errors["Fallback person"].endswith("These are guests, apps or deactivated: Gus Guest.")
    await alice.fill("Fallback person", None)
    await alice.fill("Always in the group", ["root"])
    refused = await alice.submit()
    assert refused is not None
    assert "choose one above" in refused.errors["Always in the group"]
    await alice.fill("User group", "@oncall · oncall")
    assert "Saved" in getattr(await alice.submit(), "text", "")
    await written(baton)
    await alice.close_all()
    await alice.command("/oncall presence Payments", channel="#ops")
    await alice.fill("Role", "Secondary")
    told = await modal_says(alice, "Baton has not been given channels:write.topic")
    assert told.fields["Role"] == "Secondary"
    await alice.close_all()
    await alice.command("/oncall doctor", channel="#ops")
    doctor = await modal_says(alice, "that are not in step")
    assert "the user group @oncall (Payments): Baton has not been given usergroups:write" in doctor.text


async def test_the_form_names_who_else_shares_a_group_and_only_admins_get_it(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    schedule = await make_schedule(baton)
    await ws.add_group("oncall")
    await alice.command("/oncall presence Payments", channel="#ops")
    await alice.modal("Presence")
    await baton.settled()
    await alice.fill("User group", "@oncall · oncall")
    await alice.submit()
    await alice.fill("Role", "Secondary")
    await baton.settled()
    await alice.fill("User group", "@oncall · oncall")
    shared = await alice.submit()
    assert shared is not None
    assert "Shared with Payments, Primary" in shared.text
    await bob.command("/oncall presence Payments", channel="#ops")
    assert "Only admins of" in (await bob.wait_for_message("can do that", "ephemeral")).shown
    async with baton.house.database.read() as tx:
        chosen = await tx.presence.of_schedules([schedule.id])
        lines = await tx.audit.of_schedule(schedule.id, 2)
    assert [row.changed_by for row in chosen.values()] == [await user_id(baton, "alice")] * 2
    assert lines[0].summary == "changed the presence of Secondary: the user group @oncall"


def forms(name: str) -> Iterator[PresenceView]:
    chosen = PresenceDraft(1, 1, "S1", ["U1"] * 100, "C1", "U2", on_edit=OnEdit.REPORT)
    troubles = ("left_out:U1,U2", "missing_scope:usergroups:write", "is_archived", name.strip() or "odd")
    full = RolePresence(1, name, chosen, GroupView("S1", name, name), (name,) * 30, troubles)
    empty = RolePresence(2, name, PresenceDraft(1, 2))
    gone = RolePresence(3, name, chosen)
    yield PresenceView(1, name, (empty,))
    yield PresenceView(1, name, (full, empty, gone), ("usergroups:read", "groups:write.topic"), "", "https://x.test/i")
    yield PresenceView(1, name, (empty, full), (), "missing_scope:usergroups:read")


@settings(max_examples=30, deadline=None)
@given(names)
def test_slack_takes_every_form_and_everything_in_it_is_answered(name: str) -> None:
    known = listeners_of(listeners)
    for one in forms(name):
        for role in one.roles:
            view = views.form(one, role.role_id, METADATA, "Saved")
            assert check_view(view) == []
            assert list(unanswered(view, known)) == []


@settings(max_examples=1)
@given(st.just("Payments"))
def test_a_role_that_is_gone_shows_the_first_one(name: str) -> None:
    one = next(forms(name))
    assert views.form(one, 99, METADATA) == views.form(one, 2, METADATA)


async def test_who_and_shifts_show_the_fallback_person_as_such(baton: Baton, ws: Workspace, alice: Person) -> None:
    schedule = await make_schedule(baton, roles=("Primary",))
    await assign(baton, schedule, "bob", full_hour(baton, 30), 8)
    draft = PresenceDraft(schedule.id, schedule.roles[0].id, fallback=await user_id(baton, "carol"))
    await save_presence(baton.house, await actor(baton), draft)
    await alice.command("/oncall who Payments", channel="#ops")
    said = await alice.wait_for_message("fallback", "ephemeral")
    assert "nobody, fallback @carol, until" in said.shown
    await alice.command("/oncall shifts Payments", channel="#ops")
    assert "nobody, fallback @carol" in (await alice.wait_for_message("Today", "ephemeral")).shown


async def test_also_in_pagerduty_is_exported_soon_and_shown_as_fallback_and_not_as_a_shift(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton, roles=("Primary",))
    destination = await make_destination(baton, schedule)
    baton.pagerduty.world.account.set_layers(destination.external_id, [])  # nobody is on call there, either
    await alice.command("/oncall presence Payments", channel="#ops")
    await alice.modal("Presence")
    await alice.fill("The fallback person in PagerDuty", ["Also in PagerDuty"])
    refused = await alice.submit()
    assert refused is not None
    assert "Choose who stands in" in refused.errors["Fallback person"]
    await alice.fill("Fallback person", "carol")
    await alice.submit()
    await baton.settled()
    assert {who for who, _, _ in await exported(baton, destination)} == {"Carol Diaz"}
    await alice.command("/oncall destinations Payments", channel="#ops")
    shown = await modal_says(alice, "Platform primary")
    assert "Carol Diaz is the fallback there" in shown.text
    assert "PagerDuty pages @carol" not in shown.text
    await alice.command("/oncall who Payments", channel="#ops")
    said = await alice.wait_for_message("fallback", "ephemeral")
    assert "PagerDuty pages" not in said.shown
