"""What is said where there are no schedules yet."""

from __future__ import annotations

import pytest

from sandbox.client import Person
from tests.support.running import Baton
from tests.support.slack_steps import user_id


@pytest.mark.parametrize("word", ["who", "schedules", "shifts"])
async def test_a_guest_is_not_pointed_to_what_a_guest_cannot_do(baton: Baton, bob: Person, word: str) -> None:
    async with baton.house.database.transaction() as tx:
        person = await tx.people.get(baton.workspace, await user_id(baton, "bob"))
        assert person is not None
        person.is_guest = True

    await bob.command(f"/oncall {word}", channel="#ops")
    message = await bob.wait_for_message("There are no schedules yet", channel="ephemeral")

    assert "/oncall create" not in message.shown
    assert "ask somebody" in message.shown


async def test_who_may_make_one_is_told_how(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall schedules", channel="#ops")

    message = await alice.wait_for_message("There are no schedules yet", channel="ephemeral")

    assert "/oncall create" in message.shown
