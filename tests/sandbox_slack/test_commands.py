"""Slash commands over Socket Mode, from typing to what the person sees."""

import pytest
from slack_bolt.app.async_app import AsyncApp

from sandbox.client import NothingThere, Person, SlackFailure, Workspace
from tests.sandbox_slack.conftest import Connect


async def test_a_command_is_answered_with_the_acks_text(app: AsyncApp, connect: Connect, alice: Person) -> None:
    @app.command("/oncall")
    async def answer(ack, command):
        await ack(f"you said {command['text']} in {command['channel_name']}")

    await connect()
    messages = await alice.command("/oncall who payments", channel="#ops")
    assert [(m.shown, m.ephemeral) for m in messages] == [("you said who payments in ops", True)]
    assert await alice.messages("#ops") == []
    assert [m.shown for m in await alice.ephemerals("#ops")] == ["you said who payments in ops"]


async def test_what_an_app_says_after_its_ack_is_among_the_commands_messages(
    app: AsyncApp, connect: Connect, alice: Person, ws: Workspace
) -> None:
    @app.command("/oncall")
    async def answer(ack, respond):
        await ack()
        await respond("in a moment", response_type="in_channel")

    await connect()
    messages = await alice.command("/oncall", channel="#ops")
    assert [(m.shown, m.ephemeral) for m in messages] == [("in a moment", False)]
    assert [m.shown for m in await ws.person("bob").messages("#ops")] == ["in a moment"]


@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_a_command_that_nobody_acknowledges_fails_in_slacks_own_words(
    app: AsyncApp, connect: Connect, alice: Person
) -> None:
    @app.command("/oncall")
    async def answer(command):
        pass

    await connect()
    with pytest.raises(SlackFailure, match=r'^/oncall failed with the error "operation_timeout"$'):
        await alice.command("/oncall who", channel="#ops")


async def test_a_command_without_an_app_fails(alice: Person) -> None:
    with pytest.raises(SlackFailure, match=r'^/oncall failed with the error "dispatch_failed"$'):
        await alice.command("/oncall who", channel="#ops")


async def test_a_person_cannot_type_in_a_channel_they_are_not_in(alice: Person, ws: Workspace) -> None:
    await ws.add_channel("elsewhere")
    with pytest.raises(NothingThere, match="alice is not in #elsewhere"):
        await alice.command("/oncall", channel="#elsewhere")
