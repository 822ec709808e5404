"""User groups and topics in a real Slack workspace: written when who is on call changes, and at no other time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import update

from notices.presence.keeper import Keeper
from notices.presence.wanted import OnEdit
from notices.presence.work import COPIED
from sandbox.client.waiting import until
from storage.tables import Destination, PresenceTarget
from sync.core import model
from tests.notices.presence.conftest import Office
from tests.support.notice_house import START, account_of, slack_client

UPDATE, LIST, TOPIC = "usergroups.users.update", "usergroups.list", "conversations.setTopic"


async def test_a_group_has_exactly_those_who_are_on_call_and_is_written_at_handoffs_only(office: Office) -> None:
    group = await office.ws.add_group("oncall", users=["zoe"])
    schedule = await office.schedule_for("alice", "alice", "bob")
    await office.show(schedule, group=group, always=["root"])
    await office.pass_()
    assert await office.members("oncall") == ["alice", "root"]
    await office.pass_(hours=8)  # alice goes on
    assert (await office.calls(UPDATE), await office.calls(LIST)) == (1, 1)
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["bob", "root"]
    for _ in range(3):
        await office.pass_(minutes=1)
        await office.check()
    assert await office.calls(UPDATE) == 2
    assert await office.told() == []


async def test_a_group_of_several_schedules_has_all_of_them_and_is_written_once(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    for name, users in (("A", ("alice", "bob")), ("B", ("carol", "alice")), ("C", ("zoe", "zoe"))):
        await office.show(await office.schedule_for(*users, name=name), group=group)
    await office.pass_()
    assert await office.members("oncall") == ["alice", "carol", "zoe"]
    assert await office.calls(UPDATE) == 1
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["alice", "bob", "zoe"]
    assert await office.calls(UPDATE) == 2


async def test_an_assignment_that_takes_effect_now_is_written_now(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    schedule = await office.schedule_for("alice")
    await office.show(schedule, group=group)
    await office.pass_(hours=1)
    await office.house.assign(schedule, office.ids["bob"], 0.5, 3)
    await office.pass_()
    assert await office.members("oncall") == ["bob"]


async def test_without_anybody_the_last_members_stay_and_the_admins_hear_of_it_once(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    schedule = await office.schedule_for("alice", "", "bob", "")
    await office.show(schedule, group=group)
    await office.pass_()
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["alice"]
    assert await office.told() == ["nobody"]
    for _ in range(2):
        await office.pass_(hours=8)
        await office.check()
    assert await office.members("oncall") == ["bob"]
    assert await office.told() == ["nobody"]


async def test_the_fallback_person_stands_in_and_shows_as_such(office: Office) -> None:
    group, channel = await office.ws.add_group("oncall"), await office.ws.add_channel("pay", bot_is_member=True)
    schedule = await office.schedule_for("alice", "", "bob")
    await office.show(schedule, group=group, channel=channel, fallback="carol")
    await office.pass_()
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["carol"]
    assert await office.topic(channel) == "‹On call · Primary: Carol Diaz (fallback)›"
    await office.pass_(hours=8)
    assert await office.topic(channel) == "‹On call · Primary: Bob Smith›"
    assert await office.told() == []


async def test_of_a_topic_only_batons_part_is_rewritten(office: Office) -> None:
    channel = await office.ws.add_channel("pay", bot_is_member=True)
    await office.ws.update_channel("pay", topic="Deploys frozen | wiki: x&y")
    schedule = await office.schedule_for("alice", "bob")
    await office.house.assign(schedule, office.ids["carol"], 0, 90, position=1)
    for position in (0, 1):
        await office.show(schedule, channel=channel, position=position)
    await office.pass_()
    part = "‹On call · Primary: Alice Johnson · Secondary: Carol Diaz›"
    assert await office.topic(channel) == f"Deploys frozen | wiki: x&y {part}"
    assert await office.calls(TOPIC) == 1
    await office.ws.update_channel("pay", topic=f"{part} Deploys are fine again")
    await office.check()
    assert await office.calls(TOPIC) == 1
    await office.pass_(hours=8)
    written = "‹On call · Primary: Bob Smith · Secondary: Carol Diaz› Deploys are fine again"
    assert await office.topic(channel) == written


async def test_a_topic_without_room_is_left_alone_told_once_and_written_once_there_is_room(office: Office) -> None:
    channel = await office.ws.add_channel("pay", bot_is_member=True)
    long = "x" * 245
    await office.ws.update_channel("pay", topic=long)
    await office.show(await office.schedule_for("alice"), channel=channel)
    await office.pass_()
    await office.check()
    assert await office.topic(channel) == long
    assert await office.told() == ["topic_full"]
    await office.ws.update_channel("pay", topic="short")
    await office.check()
    assert await office.topic(channel) == "short ‹On call · Primary: Alice Johnson›"


async def test_an_edit_is_put_right_at_the_next_look_where_that_was_chosen(office: Office) -> None:
    group, channel = await office.ws.add_group("oncall"), await office.ws.add_channel("pay", bot_is_member=True)
    schedule = await office.schedule_for("alice", "bob")
    await office.show(schedule, group=group, channel=channel)
    await office.pass_()
    await office.ws.update_group("oncall", users=["alice", "zoe"])
    await office.ws.update_channel("pay", topic="gone")
    await office.check()
    assert await office.members("oncall") == ["alice"]
    assert await office.topic(channel) == "gone ‹On call · Primary: Alice Johnson›"
    assert await office.told() == []
    async with office.house.database.read() as tx:
        lines = await tx.audit.of_schedule(schedule, 10)
    assert {line.summary for line in lines} == {
        "put the user group @oncall right, which somebody else had changed in Slack",
        f"put the topic of <#{channel}> right, which somebody else had changed in Slack",
    }


async def test_an_edit_that_is_to_be_reported_is_told_once_and_stays_until_the_next_handoff(office: Office) -> None:
    group, channel = await office.ws.add_group("oncall"), await office.ws.add_channel("pay", bot_is_member=True)
    schedule = await office.schedule_for("alice", "bob", "carol")
    await office.show(schedule, group=group, channel=channel, on_edit=OnEdit.REPORT)
    await office.pass_()
    await office.ws.update_group("oncall", users=["alice", "zoe"])
    await office.ws.update_channel("pay", topic="gone")
    for _ in range(2):
        await office.check()
    assert (await office.members("oncall"), await office.topic(channel)) == (["alice", "zoe"], "gone")
    assert await office.told() == ["edited", "edited"]
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["bob"]
    assert await office.topic(channel) == "gone ‹On call · Primary: Bob Smith›"
    await office.ws.update_group("oncall", users=["zoe"])
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["carol"]
    assert await office.told() == ["edited", "edited", "overwritten"]


async def test_whom_slack_does_not_take_is_left_out_and_the_admins_are_told_who(office: Office) -> None:
    group = await office.ws.add_group("oncall", users=["root"])
    guest = await office.ws.add_user("guest", is_restricted=True)  # not known as a guest here yet
    await office.house.add_people({guest: "Guest"})
    office.ids["guest"] = guest
    schedule = await office.schedule_for("alice", "bob")
    await office.house.assign(schedule, guest, 0, 16, position=1)
    for position in (0, 1):
        await office.show(schedule, group=group, position=position)
    await office.pass_()
    assert await office.members("oncall") == ["alice"]
    calls = await office.calls(UPDATE)
    await office.check()
    assert (await office.calls(UPDATE), await office.told()) == (calls, [f"left_out:{guest}"])
    async with office.house.database.transaction() as tx:
        person = await tx.people.get(office.house.workspace, guest)
        assert person is not None
        person.is_guest = True
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["bob"]
    assert await office.told() == [f"left_out:{guest}"]


async def test_refusals_are_told_once_and_it_goes_on_when_they_are_gone(office: Office) -> None:
    group, channel = await office.ws.add_group("oncall", users=["zoe"]), await office.ws.add_channel("pay")
    second = await office.ws.add_group("second", users=["zoe"])
    schedule = await office.schedule_for("alice", "bob", "carol")
    await office.show(schedule, group=group, channel=channel)
    await office.show(schedule, group=second, always=["bob"], position=1)
    scopes = ["channels:read", "groups:read", "usergroups:read"]
    await office.ws.set_scopes(scopes)
    for _ in range(2):
        await office.pass_()
        await office.check()
    assert sorted(await office.told()) == ["missing_scope:usergroups:write", "not_in_channel"]
    await office.ws.update_channel("pay", bot_is_member=True)
    await office.check()
    assert (await office.told())[2:] == ["missing_scope:channels:write.topic"]
    await office.ws.set_scopes([*scopes, "usergroups:write", "channels:write.topic"])
    await office.ws.update_team(groups_are_everybodys=False)
    await office.pass_(hours=8)
    assert (await office.told())[3:] == ["permission_denied"]
    assert await office.topic(channel) == "‹On call · Primary: Bob Smith›"
    await office.ws.update_team(is_paid=False)
    await office.check()
    assert (await office.told())[4:] == ["paid_teams_only"]
    await office.ws.update_team(is_paid=True, groups_are_everybodys=True)
    await office.ws.update_channel("pay", archived=True)
    await office.pass_(hours=8)
    assert (await office.members("oncall"), await office.members("second")) == (["carol"], ["bob"])
    assert (await office.told())[5:] == ["is_archived"]
    await office.ws.update_group("oncall", is_enabled=False)
    await office.check()
    assert (await office.told())[6:] == ["disabled"]


async def test_a_pause_that_slack_asks_for_is_kept(office: Office) -> None:
    group, second = await office.ws.add_group("oncall"), await office.ws.add_group("second")
    schedule = await office.schedule_for("alice")
    await office.show(schedule, group=group)
    await office.show(schedule, group=second, always=["bob"], position=1)
    await office.ws.fail_next(UPDATE, error="ratelimited", retry_after=30)
    await office.pass_()
    assert await office.members("oncall") == []
    assert await office.keeper.keep() == START + timedelta(seconds=30)
    await office.house.assign(schedule, office.ids["alice"], 0, 9)
    await office.show(schedule, group=group, always=["root"])  # a change meanwhile waits as well
    await office.pass_(seconds=29)
    assert await office.calls(UPDATE) == 1
    await office.pass_(seconds=1)
    assert (await office.members("oncall"), await office.members("second")) == (["alice", "root"], ["bob"])
    assert await office.told() == []


async def test_a_slack_that_does_not_answer_holds_up_no_other_workspace(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    await office.show(await office.schedule_for("alice"), group=group)
    async with office.house.database.transaction() as tx:
        other = await tx.people.ensure_workspace("T2", "", "", START)
        tx.presence.mark_places(other.id, [("topic", "C1")], START)
        await tx.session.flush()
        await tx.presence.finish()
        await tx.session.execute(
            update(PresenceTarget).where(PresenceTarget.workspace_id == other.id).values(written={"part": "x"})
        )
    clients = Stuck(other.id, slack_client(office.slack))
    office.keeper = Keeper(office.house.database, office.house.clock, clients)
    await office.keeper.keep()
    await clients.asked.wait()
    assert await until(lambda: has_members(office), 5)
    await office.keeper.keep()
    assert not clients.let_go
    await office.keeper.drop()


@dataclass(slots=True)
class Stuck:
    """Clients of two workspaces, of which one gets none until it is let go."""

    workspace: int
    client: AsyncWebClient
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: bool = False

    async def of(self, workspace_id: int) -> AsyncWebClient | None:
        if workspace_id == self.workspace:
            self.asked.set()
            await asyncio.sleep(60)
            self.let_go = True
        return self.client


async def has_members(office: Office) -> bool | None:
    return await office.members("oncall") == ["alice"] or None


async def test_whoever_is_killed_between_the_call_and_writing_it_down_loses_and_doubles_nothing(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    await office.show(await office.schedule_for("alice", "bob"), group=group)
    await office.ws.fail_next(UPDATE, drop="after")
    await office.pass_()
    assert await office.members("oncall") == ["alice"]
    row = await office.target(group)
    assert row is not None
    assert row.written is None  # nobody knows that it was done
    await office.pass_(seconds=10)
    row = await office.target(group)
    assert row is not None
    assert (await office.calls(UPDATE), row.written, row.due_at) == (
        1,
        {"wanted": [office.ids["alice"]], "users": [office.ids["alice"]]},
        None,
    )
    await office.ws.fail_next(LIST, http_status=502)
    await office.pass_(hours=8)
    await office.pass_(seconds=5)
    assert await office.members("oncall") == ["bob"]


async def test_cut_off_it_is_taken_up_again_once_the_lease_is_over(office: Office) -> None:
    group = await office.ws.add_group("oncall")
    await office.show(await office.schedule_for("alice"), group=group)
    office.house.clock.pass_(minutes=1)
    await office.keeper.keep()
    await asyncio.sleep(0)
    await office.keeper.drop()
    await office.pass_(minutes=3)
    assert await office.members("oncall") == ["alice"]


async def test_on_what_may_be_an_older_copy_nothing_is_written_before_an_admin_has_chosen(office: Office) -> None:
    assert COPIED == model.COPIED
    group = await office.ws.add_group("oncall", users=["zoe"])
    schedule = await office.schedule_for("alice", "bob")
    await office.show(schedule, group=group)
    destination = await paused_destination(office, schedule)
    await office.pass_()
    await office.pass_(hours=8)
    assert await office.members("oncall") == ["zoe"]
    async with office.house.database.transaction() as tx:
        row = await tx.destinations.get(destination)
        assert row is not None
        row.paused_by = office.ids["root"]
    await office.check()
    assert await office.members("oncall") == ["bob"]


async def paused_destination(office: Office, schedule: int) -> int:
    house, now = office.house, office.house.clock.now()
    async with house.database.transaction() as tx:
        account = await tx.connections.add(account_of(house))
        row = Destination(
            schedule_id=schedule,
            role_id=(await tx.schedules.roles(schedule))[0].id,
            connection_id=account.id,
            external_id="P1",
            external_kind="layers",
            external_name="Platform",
            external_url="",
            mode="authoritative",
            paused=True,
            paused_by=model.OLDER_COPY,
            status="paused",
            status_reason="",
            refresh_due_at=now,
            created_at=now,
        )
        return (await tx.destinations.add(row)).id


async def test_when_nobody_uses_it_any_more_a_group_keeps_its_members_and_a_topic_loses_batons_part(
    office: Office,
) -> None:
    group, channel = await office.ws.add_group("oncall"), await office.ws.add_channel("pay", bot_is_member=True)
    await office.ws.update_channel("pay", topic="Deploys frozen")
    schedule = await office.schedule_for("alice", "bob")
    await office.show(schedule, group=group, channel=channel)
    await office.pass_()
    now = office.house.clock.pass_(minutes=1)
    async with office.house.database.transaction() as tx:
        row = await tx.schedules.get(schedule)
        assert row is not None
        row.archived_at = now
        tx.presence.mark([schedule], now)
    await office.keep()
    assert (await office.members("oncall"), await office.topic(channel)) == (["alice"], "Deploys frozen")
    assert (await office.target(group), await office.target(channel)) == (None, None)
