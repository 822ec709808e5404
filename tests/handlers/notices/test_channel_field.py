"""Choosing a notice channel: Baton says at the field when it could not speak there."""

from __future__ import annotations

import pytest

from sandbox.client import Person, Workspace
from services.schedules import creating as schedules
from tests.support.running import Baton
from tests.support.slack_steps import actor, in_channel, make_schedule

FORMS = {"create": "Create schedule", "edit Payments": "Edit schedule", "channel Payments": "Channel"}


async def _choose(person: Person, command: str, channel: str) -> str:
    """What is said at the field, empty where it is taken."""
    await person.command(f"/oncall {command}", channel="#ops")
    await person.modal(FORMS[command])
    if command == "create":
        await person.fill("Name", "Search")
        await person.fill("Team", "Money")
        await person.fill("Members", ["alice"])
    await person.fill("Notice channel", channel)
    refused = await person.submit()
    return refused.errors["Notice channel"] if refused else ""


@pytest.mark.parametrize("command", FORMS)
async def test_a_private_channel_without_baton_is_refused_until_it_is_invited(
    baton: Baton, ws: Workspace, alice: Person, command: str
) -> None:
    await make_schedule(baton)
    channel = await ws.add_channel("secret", members=["alice"], private=True)

    refused = await _choose(alice, command, "#secret")
    assert "Baton isn't in this channel" in refused
    assert "/invite @Baton" in refused

    await ws.update_channel(channel, bot_is_member=True)
    assert await alice.submit() is None
    known = await schedules.list_schedules(baton.house, await actor(baton))
    assert channel in {one.channel_id for one in known}


async def test_a_channel_that_was_archived_meanwhile_is_refused(baton: Baton, ws: Workspace, alice: Person) -> None:
    await make_schedule(baton)
    channel = await ws.add_channel("old", members=["alice"])
    await alice.command("/oncall channel Payments", channel="#ops")
    await alice.modal("Channel")
    await alice.fill("Notice channel", "#old")
    await ws.update_channel(channel, archived=True)

    refused = await alice.submit()

    assert refused is not None
    assert refused.errors["Notice channel"] == "#old is archived. Choose another channel."


async def test_who_only_renames_a_schedule_is_not_asked_about_its_old_channel(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule = await make_schedule(baton)
    channel = await ws.add_channel("secret", members=["alice"], private=True, bot_is_member=True)
    await in_channel(baton, schedule, "secret")
    await ws.update_channel(channel, bot_is_member=False)
    await alice.command("/oncall edit Payments", channel="#ops")
    await alice.modal("Edit schedule")
    await alice.fill("Name", "Paying")

    assert await alice.submit() is None
