"""When somebody is deactivated in Slack: offered nowhere, put on call by nothing, and somebody always hears."""

from __future__ import annotations

import pytest

from oncall.shifts import Shift
from sandbox.client import Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations import configuring as destinations
from services.kit.errors import FieldErrors, Refusal
from services.people import members
from services.people import new_admin as admins
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from sync.core.model import Mode
from tests.handlers.destinations.test_answers import in_both_directions, refresh
from tests.handlers.shifts.test_card_to_shift import with_channel
from tests.handlers.shifts.test_hearing_of_it import Mail, tell, turns
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_destination,
    make_schedule,
    user_id,
)


async def deactivate(baton: Baton, ws: Workspace, *names: str) -> None:
    """Slack says so, and Baton has heard it."""
    for name in names:
        gone = await user_id(baton, name)
        await ws.update_user(name, deleted=True)
        async with baton.house.database.transaction() as tx:
            person = await tx.people.get(baton.workspace, gone)
            assert person is not None
            person.deleted = True
    await members.notice_gone(baton.house, baton.workspace)


async def test_without_an_admin_the_slack_workspaces_admins_hear_and_name_one(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "carol"), admins=("alice", "bob"))
    destination = await make_destination(baton, schedule)
    await deactivate(baton, ws, "bob")
    await tell(baton)
    assert await Mail(ws).of("root") == []

    await deactivate(baton, ws, "alice")
    await tell(baton)
    root = ws.person("root")
    card = await root.wait_for_message("Payments has no admin any more")
    assert "Alice Johnson" in card.shown
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        await control.revoke_key(baton.key)
    await baton.jobs.run("reconcile", destination.id)
    await tell(baton)
    assert "is in trouble" in (await Mail(ws).about("root", "is in trouble")).shown

    await root.press("Name an admin", where="dm")
    await root.modal("Name an admin")
    await root.fill("Admin", "carol")
    assert await root.submit() is None
    await root.wait_for_message("@carol administers Payments now", channel="ephemeral")
    await tell(baton)
    assert "You administer it" in (await Mail(ws).about("carol", "changed your part")).shown
    await members.notice_gone(baton.house, baton.workspace)
    await tell(baton)
    assert len([m for m in await Mail(ws).of("root") if "has no admin" in m.shown]) == 1


async def test_without_workspace_admins_the_members_hear_and_then_the_channel(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    await with_channel(baton, schedule)
    await deactivate(baton, ws, "root", "alice")
    await tell(baton)
    await bob.wait_for_message("Payments has no admin any more")
    assert not [m for m in await bob.messages("#ops") if "no admin" in m.shown]
    await bob.press("Name an admin", where="dm")
    await bob.modal("Name an admin")
    await bob.fill("Admin", "bob")
    assert await bob.submit() is None

    await deactivate(baton, ws, "bob")
    await tell(baton)
    assert [m for m in await ws.person("zoe").messages("#ops") if "Payments has no admin any more" in m.shown]


async def test_a_living_admin_leaves_nobody_else_to_name_one(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"), admins=("alice",))
    with pytest.raises(Refusal, match="has an admin again"):
        await admins.name_admin(
            baton.house, await actor(baton, "bob"), schedule.id, (await actor(baton, "bob")).user_id
        )


async def test_the_last_living_admin_can_not_be_removed(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"), admins=("alice", "bob"))
    await deactivate(baton, ws, "bob")
    alice = await actor(baton)
    with pytest.raises(Refusal, match="last admin"):
        await members.remove_member(baton.house, alice, schedule.id, alice.user_id)
    await members.remove_member(baton.house, alice, schedule.id, await user_id(baton, "bob"))


async def test_who_is_gone_is_offered_in_no_form_and_marked_in_the_list(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "carol", full_hour(baton, 5), 8)
    await deactivate(baton, ws, "bob")

    for command, title, field in (("assign", "Assign shift", "Member"), ("change", "Change shift", "Member")):
        await alice.command(f"/oncall {command} Payments", channel="#ops")
        offered = (await alice.modal(title)).options(field)
        assert not [one for one in offered if "Bob" in one]
        assert [one for one in offered if "Carol" in one]
        await alice.close_all()

    await alice.command("/oncall members Payments", channel="#ops")
    assert "@bob · member · 🚫 has left Slack" in (await alice.modal("Members")).text.replace(":no_entry_sign:", "🚫")


async def test_nothing_puts_who_is_gone_on_call(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "bob", full_hour(baton, 5), 8)
    await assign(baton, schedule, "carol", full_hour(baton, 20), 8)
    await deactivate(baton, ws, "bob")
    alice, bob = await actor(baton), await user_id(baton, "bob")
    bobs, carols = await shifts.coming_shifts(baton.house, alice, schedule.id, 9)
    with pytest.raises(FieldErrors, match="deactivated"):
        await assign(baton, schedule, "bob", full_hour(baton, 40), 8)
    with pytest.raises(FieldErrors, match="deactivated"):
        await changes.reassign(baton.house, alice, schedule.id, carols.ref, bob)
    with pytest.raises(FieldErrors, match="deactivated"):
        await changes.swap(baton.house, alice, changes.SwapDraft(schedule.id, carols.ref, bobs.ref))
    with pytest.raises(FieldErrors):
        await turns(baton, schedule, "alice", "bob")
    with pytest.raises(FieldErrors, match="deactivated"):
        await members.change_member(baton.house, alice, schedule.id, members.MemberDraft(bob))


async def test_having_left_is_told_with_what_is_left_and_not_without(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "carol", full_hour(baton, 20), 8)
    await tell(baton)
    before = len(await Mail(ws).of("alice"))
    await deactivate(baton, ws, "bob")
    await tell(baton)
    assert len(await Mail(ws).of("alice")) == before

    await deactivate(baton, ws, "carol")
    await tell(baton)
    card = await Mail(ws).about("alice", "Carol Diaz has left Slack and still has shifts in Payments")
    assert "Primary, " in card.shown


async def test_a_shift_that_somebody_gone_got_later_is_told_again(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    await assign(baton, schedule, "bob", full_hour(baton, 20), 8)
    await deactivate(baton, ws, "bob")
    start = full_hour(baton, 60)
    async with baton.house.database.transaction() as tx:
        late = Shift(schedule.roles[0].id, await user_id(baton, "bob"), start, full_hour(baton, 70))
        await tx.shifts.add(schedule.id, [late], baton.house.clock.now())
    for _ in range(2):
        await members.notice_gone(baton.house, baton.workspace)
    await tell(baton)

    cards = [m for m in await Mail(ws).of("alice") if "Bob Smith has left Slack" in m.shown]
    assert [card.shown.count("• ") for card in cards] == [1, 2]


async def test_a_shift_of_somebody_who_was_removed_before_is_told_too(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    await assign(baton, schedule, "bob", full_hour(baton, 20), 8)
    await members.remove_member(baton.house, await actor(baton), schedule.id, await user_id(baton, "bob"))
    await deactivate(baton, ws, "bob")
    await tell(baton)
    await Mail(ws).about("alice", "Bob Smith has left Slack and still has shifts in Payments")


async def test_an_override_for_somebody_gone_is_not_imported_and_an_admin_hears(baton: Baton, ws: Workspace) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "carol", full_hour(baton, 80), 8)
    await refresh(baton, destination)
    await deactivate(baton, ws, "carol")
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        known = baton.pagerduty.world.account.users
        carol = next(number for number, one in known.items() if one.name == "Carol Diaz")
        await control.create_override(destination.external_id, carol, full_hour(baton, 50), full_hour(baton, 52))
    await refresh(baton, destination)
    await tell(baton)

    shown = await destinations.get_destination(baton.house, await actor(baton), destination.id)
    assert shown.mode is Mode.BIDIRECTIONAL
    card = await Mail(ws).about("alice", "was deactivated in Slack")
    assert "Carol Diaz" in card.shown
    assert "Here it stays yours" in (await Mail(ws).about("bob", "was given to Carol Diaz")).shown
    found = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    assert len(found) == 2, "Bob's is whole, and Carol's own stays until somebody has it"
