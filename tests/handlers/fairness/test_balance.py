"""``/oncall balance``, as text and as a picture."""

from __future__ import annotations

from pictures.child import PNG
from sandbox.client import Person
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_schedule


async def test_everybody_sees_who_did_how_much_and_can_post_it_as_a_picture(
    baton: Baton, alice: Person, bob: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    for day in range(4):
        await assign(baton, schedule, "alice", full_hour(baton, 1 + 24 * day), 24)
    await alice.command("/oncall balance payments", channel="#ops")
    shown = await alice.wait_for_message("balance of Primary", channel="ephemeral")
    assert "Filled in order: equal shares" in shown.shown
    assert "All shifts" in shown.shown
    assert "@alice: 0 done, 4 ahead, target 1.3, +2.7" in shown.shown
    assert "@bob: 0 done, 0 ahead, target 1.3, -1.3" in shown.shown
    assert "@alice: 0 done, 96 ahead, target 32 h, +64" in shown.shown
    assert shown.buttons == ["Next", "Show picture"]

    await alice.press("Show picture", where="#ops")
    message = await bob.wait_for_message("Balance of Primary in Payments", channel="#ops", timeout=30)
    assert (await bob.picture(message)).startswith(PNG)
    assert "Alice Johnson 0 + 4 of 1.3 (far off)" in message.shown

    await alice.press("Next", where="#ops")
    other = await alice.wait_for_message("balance of Secondary", channel="ephemeral")
    assert "Nobody has had a shift in the last year" in other.shown
    assert other.buttons == ["Previous"]
