"""A webhook whose maker leaves Slack: somebody is told, and can take it over."""

from __future__ import annotations

import pytest

from sandbox.client import Person, Workspace
from sandbox.client.waiting import until
from services.kit.errors import NotAllowed
from services.kit.permissions import Access
from services.notices import silent_webhooks, webhooks
from services.notices.webhooks import WebhookView
from services.people import members
from storage.tables import Webhook
from tests.handlers.people.test_departures import deactivate
from tests.handlers.shifts.test_hearing_of_it import Mail, tell
from tests.support.running import Baton
from tests.support.slack_steps import actor, make_schedule, modal_says

SILENT = "The webhook Access has fallen silent"


async def hooked(baton: Baton, maker: str, team_ids: list[int] | None = None) -> int:
    made_by = await actor(baton, maker)
    async with baton.house.database.transaction() as tx:
        row = Webhook(
            workspace_id=baton.workspace,
            name="Access",
            url=baton.house.secrets.seal("https://example.com/"),
            team_ids=team_ids or [],
            secret=baton.house.secrets.seal("whsec_c2VjcmV0"),
            created_at=baton.house.clock.now(),
            created_by=made_by.user_id,
        )
        return (await tx.webhooks.add(row)).id


async def leave(baton: Baton, ws: Workspace, *names: str) -> None:
    await deactivate(baton, ws, *names)
    await silent_webhooks.notice_silent(baton.house, baton.workspace)
    await tell(baton)


async def shown(baton: Baton, name: str) -> WebhookView:
    (one,) = await webhooks.list_webhooks(baton.house, await actor(baton, name))
    return one


async def test_the_admins_of_what_it_heard_of_are_told_once_and_one_takes_it_over(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    await make_schedule(baton, admins=("alice", "bob"))
    await hooked(baton, "alice")

    await leave(baton, ws, "alice")
    await leave(baton, ws)

    assert len([m for m in await Mail(ws).of("bob") if SILENT in m.shown]) == 1
    assert not [m for m in await Mail(ws).of("root") if SILENT in m.shown]
    assert (await shown(baton, "bob")).silent
    await bob.press("Take over", where="dm")
    await bob.wait_for_message("You took over the webhook Access", channel="dm")
    taken = await shown(baton, "bob")
    assert (taken.maker, taken.silent) == ((await actor(baton, "bob")).user_id, False)


async def test_it_is_taken_over_in_the_list_which_offers_nothing_else_before(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    await make_schedule(baton, admins=("alice", "bob"))
    await hooked(baton, "alice")
    await leave(baton, ws, "alice")

    await bob.command("/oncall webhooks", channel="#ops")
    listed = await bob.modal("Webhooks")
    assert listed.buttons == ["Take over", "Add webhook"]
    await bob.press("Take over")

    assert "Rotate secret" in (await modal_says(bob, "made by @bob")).buttons


async def test_an_admin_of_something_else_neither_hears_nor_takes(baton: Baton, ws: Workspace) -> None:
    await make_schedule(baton, admins=("alice", "bob"))
    await make_schedule(baton, "Search", team="Finding", members=("carol",), admins=("carol",))
    hook = await hooked(baton, "alice")

    await leave(baton, ws, "alice")

    assert not [m for m in await Mail(ws).of("carol") if SILENT in m.shown]
    carol = await actor(baton, "carol")
    assert await webhooks.list_webhooks(baton.house, carol) == []
    with pytest.raises(NotAllowed, match="looks after this webhook"):
        await webhooks.take_webhook(baton.house, carol, hook)


async def test_nobody_takes_over_from_a_maker_who_is_there(baton: Baton) -> None:
    await make_schedule(baton, admins=("alice", "bob"))
    hook = await hooked(baton, "alice")

    with pytest.raises(NotAllowed):
        await webhooks.take_webhook(baton.house, await actor(baton, "bob"), hook)


async def test_without_another_admin_the_slack_workspaces_admins_hear(baton: Baton, ws: Workspace) -> None:
    await make_schedule(baton, admins=("alice",))
    await hooked(baton, "alice")

    await leave(baton, ws, "alice")

    assert (await Mail(ws).about("root", SILENT)).shown


async def test_slack_saying_that_somebody_left_is_enough(baton: Baton, ws: Workspace) -> None:
    await make_schedule(baton, admins=("alice", "bob"))
    hook = await hooked(baton, "alice")

    await ws.update_user("alice", deleted=True)
    await baton.settled()

    async def noticed() -> bool | None:
        async with baton.house.database.read() as tx:
            row = await tx.webhooks.get(hook)
        return (row is not None and row.maker_gone_at is not None) or None

    assert await until(noticed, 5)


async def test_a_maker_who_stays_and_administers_nothing_of_it_any_more_is_told_of_alike(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    schedule = await make_schedule(baton, admins=("alice", "bob"))
    await hooked(baton, "alice")
    await leave(baton, ws)
    assert not [m for m in await Mail(ws).of("bob") if SILENT in m.shown]

    someone = await actor(baton, "bob")
    draft = members.MemberDraft((await actor(baton)).user_id, Access.MEMBER)
    await members.change_member(baton.house, someone, schedule.id, draft)
    await leave(baton, ws)
    await leave(baton, ws)

    (told,) = [m for m in await Mail(ws).of("bob") if SILENT in m.shown]
    assert "administers none of its schedules any more" in told.shown
    await bob.press("Take over", where="dm")
    await bob.wait_for_message("You took over the webhook Access", channel="dm")


async def test_a_maker_who_administers_again_makes_it_speak_again(baton: Baton, ws: Workspace) -> None:
    schedule = await make_schedule(baton, admins=("alice", "bob"))
    hook, someone, alice = await hooked(baton, "alice"), await actor(baton, "bob"), await actor(baton)
    for access in (Access.MEMBER, Access.ADMIN):
        await members.change_member(baton.house, someone, schedule.id, members.MemberDraft(alice.user_id, access))
        await leave(baton, ws)
        async with baton.house.database.read() as tx:
            row = await tx.webhooks.get(hook)
        assert row is not None
        assert (row.maker_gone_at is None) is (access is Access.ADMIN)
    with pytest.raises(NotAllowed):
        await webhooks.take_webhook(baton.house, someone, hook)
