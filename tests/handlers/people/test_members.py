"""Who belongs to a schedule, and the schedule itself: `/oncall members`, `edit` and `archive`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from services.kit.permissions import Access
from services.schedules import creating as schedules
from services.schedules.creating import ConfirmMode, MemberView, ScheduleView
from services.shifts import assigning as shifts
from storage.notices import NoticeKind
from storage.tables import Member, OutboxItem
from storage.tables import Person as PersonRow
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_destination,
    make_schedule,
    modal_says,
    user_id,
)

MEMBERS = "Members"


async def member(baton: Baton, schedule: ScheduleView, name: str) -> MemberView | None:
    shown = await schedules.get_schedule(baton.house, await actor(baton), schedule.id)
    user = await user_id(baton, name)
    return next((one for one in shown.members if one.user_id == user), None)


async def test_everybody_is_listed_with_what_they_may_do(baton: Baton, bob: Person) -> None:
    await make_schedule(baton)

    await bob.command("/oncall members Payments", channel="#ops")
    modal = await bob.modal(MEMBERS)

    assert "@alice · admin · assignable" in modal.text
    assert "@bob · member · assignable" in modal.text
    assert modal.buttons == []
    assert "Admins change who belongs: @alice" in modal.text


async def test_somebody_is_added(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)
    await alice.press("Add member")
    await alice.modal("Add member")
    await alice.fill("Person", "carol")
    await alice.fill("Access", "Viewer")
    await alice.fill("Assignable", "No")

    await alice.submit()

    await modal_says(alice, "Added @carol")
    added = await member(baton, schedule, "carol")
    assert added is not None
    assert (added.access, added.assignable) == (Access.VIEWER, False)


async def test_a_viewer_is_preset_as_not_assignable_and_what_was_typed_stays(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)
    await alice.press("Add member")
    form = await alice.modal("Add member")
    assert form.fields["Assignable"] == "Yes"
    await alice.fill("Person", "carol")
    await alice.fill("Access", "Viewer")

    async def redrawn() -> bool | None:
        top = await alice.top_modal()
        return (top is not None and top.fields["Assignable"] == "No") or None

    assert await until(redrawn, 5)
    await alice.submit()

    await modal_says(alice, "Added @carol")
    added = await member(baton, schedule, "carol")
    assert added is not None
    assert (added.access, added.assignable) == (Access.VIEWER, False)


async def test_who_is_there_already_is_refused_at_the_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)
    await alice.press("Add member")
    await alice.modal("Add member")
    await alice.fill("Person", "bob")

    refused = await alice.submit()

    assert refused is not None
    assert "on this schedule already" in refused.errors["Person"]


async def test_access_is_changed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)
    await alice.press("Edit", within="@bob")
    await alice.modal("Edit member")
    await alice.fill("Access", "Admin")

    await alice.submit()

    await modal_says(alice, "Saved @bob")
    changed = await member(baton, schedule, "bob")
    assert changed is not None
    assert changed.access is Access.ADMIN


async def test_the_last_admin_is_not_removed(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)

    await alice.press("Remove", within="@alice")

    await modal_says(alice, "is the last admin of this schedule")
    assert await member(baton, schedule, "alice") is not None


async def test_shifts_of_who_leaves_are_listed_and_handed_on(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)

    await alice.press("Remove", within="@bob")
    left = await alice.modal("Hand shifts on")
    assert "@bob still has 1 confirmed shift ahead" in left.text
    await alice.fill("Hand on to", "Alice Johnson")
    await alice.submit()

    await alice.wait_for_message("Handed on in Payments", channel="ephemeral")
    await modal_says(alice, "Handed 1 shift on")
    async with baton.house.database.read() as tx:
        [shift] = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    assert shift.user == await user_id(baton, "alice")


async def test_a_deactivated_member_is_flagged_to_the_admins(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)

    await ws.update_user("bob", deleted=True)

    async def flagged() -> OutboxItem | None:
        async with baton.house.database.read() as tx:
            query = select(OutboxItem).where(OutboxItem.kind == NoticeKind.MEMBER_GONE)
            return await tx.session.scalar(query)

    item = await until(flagged, 5)
    assert item is not None
    assert len(item.payload["shifts"]) == 1


async def test_a_schedule_is_edited(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await alice.command("/oncall edit Payments", channel="#ops")
    modal = await alice.modal("Edit schedule")
    assert list(modal.fields) == [
        "Name",
        "Team",
        "Role 1",
        "Role 2",
        "New roles",
        "Time zone",
        "Admins",
        "Notice channel",
        "Horizon (days)",
        "Confirm shifts",
    ]
    await alice.fill("Name", "Paying")
    await alice.fill("Time zone", "Tokyo")
    await alice.fill("Admins", ["alice", "carol"])
    await alice.fill("Notice channel", "#ops")
    await alice.fill("Horizon (days)", "14")
    await alice.fill("Confirm shifts", "Automatically")

    assert await alice.submit() is None

    await alice.wait_for_message("Saved Paying", channel="ephemeral")
    edited = await schedules.get_schedule(baton.house, await actor(baton), schedule.id)
    assert (edited.name, edited.time_zone, edited.horizon_days) == ("Paying", "Asia/Tokyo", 14)
    assert edited.confirm is ConfirmMode.AUTOMATICALLY
    assert edited.channel_id is not None
    assert len(edited.admins) == 2


async def test_a_name_that_is_taken_is_refused_at_its_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, "Payments")
    await make_schedule(baton, "Search")
    await alice.command("/oncall edit Payments", channel="#ops")
    await alice.modal("Edit schedule")
    await alice.fill("Name", "search")

    refused = await alice.submit()

    assert refused is not None
    assert "another schedule of this name" in refused.errors["Name"]


async def test_archiving_says_what_stops_before_it_is_done(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton) + timedelta(days=1), 8)
    await baton.settled()
    await alice.command("/oncall archive Payments", channel="#ops")
    modal = await alice.modal("Archive schedule")
    assert modal.submit == "Archive"
    assert "1 confirmed shift ahead" in modal.text
    assert "• nobody is on call " in modal.text
    assert "the export to Platform primary" in modal.text

    assert await alice.submit() is None

    await alice.wait_for_message("Archived Payments", channel="ephemeral")
    assert await schedules.list_schedules(baton.house, await actor(baton)) == []


@pytest.mark.parametrize("command", ["edit", "archive"])
async def test_who_is_no_admin_hears_who_is(baton: Baton, bob: Person, command: str) -> None:
    await make_schedule(baton)

    [message] = await bob.command(f"/oncall {command}", channel="#ops")

    assert "Only admins of Payments can do that: @alice" in message.shown


async def test_every_member_can_be_reached_however_many_there_are(baton: Baton, ws: Workspace, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice",))
    async with baton.house.database.transaction() as tx:
        for number in range(90):
            user = f"UM{number:03}"
            await tx.people.keep([_person(baton, user, f"Member {number:03}")])
            await tx.schedules.add_member(
                Member(schedule_id=schedule.id, user_id=user, access="member", assignable=True, position=number + 2)
            )
    await alice.command("/oncall members", channel="#ops")
    assert "1–40 of 91 members" in (await alice.modal("Members")).text
    await alice.press("Next")
    await modal_says(alice, "41–80 of 91 members")
    await alice.press("Next")
    last = await modal_says(alice, "81–91 of 91 members")
    assert "UM089" in last.text
    [found] = await alice.search("Find a member", "member 077")
    await alice.fill("Find a member", found)
    assert "UM077" in (await alice.modal("Edit member")).text


async def test_shifts_are_handed_on_to_any_of_more_members_than_a_menu_holds(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton)
    async with baton.house.database.transaction() as tx:
        for number in range(120):
            user = f"UM{number:03}"
            await tx.people.keep([_person(baton, user, f"Member {number:03}")])
            await tx.schedules.add_member(
                Member(schedule_id=schedule.id, user_id=user, access="member", assignable=True, position=number + 3)
            )
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await alice.command("/oncall members", channel="#ops")
    await alice.modal(MEMBERS)
    await alice.press("Remove", within="@bob")
    await alice.modal("Hand shifts on")
    assert not await alice.search("Hand on to", "bob")
    [found] = await alice.search("Hand on to", "member 117")
    await alice.fill("Hand on to", found)
    await alice.submit()
    await alice.wait_for_message("Handed on", channel="ephemeral")
    [shift] = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id)
    assert shift.user_id == "UM117"


async def test_removing_somebody_asks_with_the_times_of_their_shifts(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await alice.command("/oncall members", channel="#ops")
    modal = await alice.modal(MEMBERS)
    asked = {
        b["block_id"]: b["elements"][-1]["confirm"]["text"]["text"] for b in modal.view["blocks"] if "member:" in str(b)
    }

    alice_id, bob_id = await user_id(baton, "alice"), await user_id(baton, "bob")
    assert "1 confirmed shift (<!date^" in asked[f"member:{bob_id}"]
    assert "no confirmed shifts ahead" in asked[f"member:{alice_id}"]
    assert all(len(text) <= 300 for text in asked.values())


def _person(baton: Baton, user: str, name: str) -> PersonRow:
    now = baton.house.clock.now()
    return PersonRow(
        workspace_id=baton.workspace,
        user_id=user,
        name=name,
        real_name=name,
        email="",
        time_zone="UTC",
        is_admin=False,
        is_bot=False,
        deleted=False,
        seen_at=now,
    )
