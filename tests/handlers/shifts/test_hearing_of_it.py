"""Who gains or loses a shift by somebody else's doing reads of it, whichever way it came about; nobody of their own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from oncall.rotations import Unit
from sandbox.client import Message, Person, Workspace
from sandbox.client.pagerduty import PagerDutyControl
from services.destinations.configuring import list_destinations
from services.kit.permissions import Access
from services.pagerduty import linking
from services.pagerduty.linking import LinkDraft
from services.people import members
from services.people.members import MemberDraft
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules.creating import ScheduleView
from services.shifts import confirming
from tests.handlers.destinations.test_answers import in_both_directions, refresh
from tests.support.running import Baton
from tests.support.slack_steps import (
    PLATFORM,
    actor,
    assign,
    full_hour,
    make_connection,
    make_destination,
    make_schedule,
    user_id,
)
from tests.support.telling import courier_of


@dataclass(frozen=True)
class Mail:
    """What everybody has read in their direct messages."""

    ws: Workspace

    async def of(self, name: str) -> list[Message]:
        return await self.ws.person(name).dms()

    async def about(self, name: str, text: str) -> Message:
        """The only direct message with this text."""
        found = [message for message in await self.of(name) if text in message.shown]
        assert len(found) == 1, f"{text!r} in {len(found)} of {[m.shown for m in await self.of(name)]}"
        return found[0]


async def tell(baton: Baton) -> None:
    """Look at the clock, and send everything that is to be told."""
    database, clock = baton.house.database, baton.house.clock
    courier = courier_of(baton)
    await baton.settled()
    await watch_once(database, clock.now())
    while await fan_out(database, clock.now(), email=False):
        pass
    due = await courier.deliver(Method.SLACK)
    while due:
        await asyncio.sleep(max(0, (due - clock.now()).total_seconds()))
        due = await courier.deliver(Method.SLACK)
    courier.close()


async def turns(baton: Baton, schedule: ScheduleView, *names: str) -> None:
    """A weekly rotation of these people from the next hour on, saved by Alice."""
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Weekly",
        role=schedule.roles[0].id,
        members=[await user_id(baton, name) for name in names],
        first_handoff=full_hour(baton).replace(tzinfo=None),
        zone="UTC",
    )
    await rotations.save_rotation(baton.house, await actor(baton), draft)


async def linked(baton: Baton) -> ScheduleView:
    """Bob, Carol and Alice take turns by the week in PagerDuty; Alice links that."""
    await make_schedule(baton)
    connection = await make_connection(baton)
    external = next(iter(baton.pagerduty.world.account.schedules))
    draft = LinkDraft(connection.id, external, "Platform", "Primary")

    async def progress(_done: int, _of: int | None) -> None:
        return None

    found = await linking.read_external(baton.house, await actor(baton), draft, progress)
    done = await linking.link_schedule(baton.house, await actor(baton), found, {})
    await baton.settled()
    return done.schedule


async def test_who_loses_and_who_gains_by_confirming_reads_it_in_one_message(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await linked(baton)
    await turns(baton, schedule, "alice", "bob")
    await tell(baton)
    before = {name: len(await Mail(ws).of(name)) for name in ("alice", "bob", "carol")}

    await alice.command(f"/oncall confirm {PLATFORM}", channel="#ops")
    await alice.modal("Confirm shifts")
    await alice.submit()
    await alice.wait_for_message("Confirmed", channel="ephemeral")
    await tell(baton)

    after = {name: (await Mail(ws).of(name))[count:] for name, count in before.items()}
    [carols] = [message for message in after["carol"] if "changed by" in message.shown or "confirmed" in message.shown]
    assert "Alice Johnson" in carols.shown
    assert "is on call instead of you" in carols.shown
    [bobs] = [message for message in after["bob"] if "changed by" in message.shown or "confirmed" in message.shown]
    assert "you will be on call" in bobs.shown
    assert not [message for message in after["alice"] if "by Alice Johnson" in message.shown]


async def test_many_shifts_are_summed_up(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Daily",
        role=schedule.roles[0].id,
        members=[await user_id(baton, "bob"), await user_id(baton, "alice")],
        first_handoff=full_hour(baton).replace(tzinfo=None),
        zone="UTC",
        unit=Unit.DAYS,
    )
    await rotations.save_rotation(baton.house, await actor(baton), draft)
    done = await confirming.confirm(baton.house, await actor(baton), schedule.id)
    await tell(baton)

    bobs = await Mail(ws).about("bob", "changed by Alice Johnson")

    bob = await user_id(baton, "bob")
    count = sum(shift.user == bob for shift in done.shifts)
    assert f"{count} more for you" in bobs.shown
    assert bobs.shown.count("you will be on call") == 10
    assert f"… and {count - 10} more until" in bobs.shown


async def test_a_rotation_that_is_confirmed_by_itself_is_told_as_the_deed_of_who_saved_it(
    baton: Baton, ws: Workspace
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    async with baton.house.database.transaction() as tx:
        row = await tx.schedules.get(schedule.id)
        assert row is not None
        row.confirm_mode = "automatically"

    await turns(baton, schedule, "bob", "carol", "alice")
    await tell(baton)

    for name in ("bob", "carol"):
        message = await Mail(ws).about(name, "by Alice Johnson")
        assert "you will be on call" in message.shown
    assert await Mail(ws).of("alice") == []


async def test_nobody_reads_of_their_own_deed(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "bob", full_hour(baton, 30), 8)
    await assign(baton, schedule, "alice", full_hour(baton, 30), 8)
    await tell(baton)

    assert await Mail(ws).of("alice") == []
    assert "was assigned to you" in (await Mail(ws).about("bob", "assigned to you")).shown
    assert "Alice Johnson is on call instead of you" in (await Mail(ws).about("bob", "to somebody else")).shown


async def test_a_running_assignment_is_told_once_and_in_one_piece(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "carol", full_hour(baton, 6), 6)
    await tell(baton)

    await assign(baton, schedule, "bob", full_hour(baton, 0), 12)
    await tell(baton)

    assert [m for m in await Mail(ws).of("bob") if "assigned" in m.shown] == []
    assert "You are on call now" in (await Mail(ws).about("bob", "You are on call now")).shown
    assert "Bob Smith is on call instead of you" in (await Mail(ws).about("carol", "to somebody else")).shown


async def test_who_is_added_changed_and_removed_reads_it(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton)
    alice, carol = await actor(baton), await user_id(baton, "carol")
    await members.add_member(baton.house, alice, schedule.id, MemberDraft(carol))
    await assign(baton, schedule, "carol", full_hour(baton, 30), 8)
    await tell(baton)
    added = await Mail(ws).about("carol", "Alice Johnson added you to Payments")
    assert "you can be put on call" in added.shown

    await members.change_member(baton.house, alice, schedule.id, MemberDraft(carol, Access.ADMIN))
    await members.remove_member(baton.house, alice, schedule.id, carol)
    await tell(baton)

    assert "You administer it" in (await Mail(ws).about("carol", "changed your part")).shown
    removed = await Mail(ws).about("carol", "removed you from Payments")
    assert "These shifts stay yours until somebody else has them" in removed.shown
    assert await Mail(ws).of("alice") == []


async def test_linking_tells_those_who_are_on_call_and_is_no_switch(baton: Baton, ws: Workspace) -> None:
    await linked(baton)
    await tell(baton)

    for name in ("bob", "carol"):
        told = await Mail(ws).about(name, f"Alice Johnson linked {PLATFORM} of PagerDuty")
        assert "Ahead of you" in told.shown
        assert not [message for message in await Mail(ws).of(name) if "on call now" in message.shown]


async def test_what_comes_home_in_one_go_is_one_message(baton: Baton, ws: Workspace) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "bob", full_hour(baton, 96), 8)
    await refresh(baton, destination)
    before = len(await Mail(ws).of("bob"))
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        known = baton.pagerduty.world.account.users
        carol = next(id for id, one in known.items() if one.name == "Carol Diaz")
        for hour in (50, 97):
            start = full_hour(baton, hour)
            await control.create_override(destination.external_id, carol, start, start + timedelta(hours=2))
    await refresh(baton, destination)
    assert await list_destinations(baton.house, await actor(baton), schedule.id)

    [told] = (await Mail(ws).of("bob"))[before:]
    assert told.shown.count("Carol Diaz is on call instead of you") == 2
    assert "changed by somebody in PagerDuty: 2 fewer for you" in told.shown


async def test_whose_shift_is_given_to_a_stranger_there_reads_it_as_the_admins_do(baton: Baton, ws: Workspace) -> None:
    schedule, destination = await in_both_directions(baton, members=("alice", "bob", "carol"))
    await assign(baton, schedule, "carol", full_hour(baton, 96), 8)
    await refresh(baton, destination)
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        erin = await control.add_user("Erin Elsewhere", "erin@elsewhere.example")
        for hour in (50, 97):
            start = full_hour(baton, hour)
            await control.create_override(destination.external_id, erin, start, start + timedelta(hours=2))
    for _ in range(2):
        await refresh(baton, destination)
        await tell(baton)

    card = await Mail(ws).about("alice", "is nobody that Baton knows in Slack")
    assert card.buttons == ["Match person"]
    for name in ("bob", "carol"):
        told = await Mail(ws).about(name, "Your shift in Payments was given to Erin Elsewhere")
        assert told.buttons == []
        assert "Here it stays yours" in told.shown


async def test_whose_shift_is_put_back_hears_of_the_removed_override_if_they_want_to(
    baton: Baton, ws: Workspace
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    destination = await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton, 48), 8)
    await refresh(baton, destination)
    async with baton.house.database.transaction() as tx:
        await tx.preferences.save(baton.workspace, await user_id(baton, "bob"), {("override_removed", "slack"): True})
    async with PagerDutyControl(baton.pagerduty.control_url) as control:
        known = baton.pagerduty.world.account.users
        carol = next(number for number, one in known.items() if one.name == "Carol Diaz")
        start = full_hour(baton, 50)
        await control.create_override(destination.external_id, carol, start, start + timedelta(hours=2))
    await refresh(baton, destination)
    await tell(baton)

    told = await Mail(ws).about("bob", "Carol Diaz's override")
    assert "Bob Smith is on call instead" in told.shown
    assert not [message for message in await Mail(ws).of("carol") if "override" in message.shown]
