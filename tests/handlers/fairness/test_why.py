"""**Why?** beside shifts that were dealt."""

from __future__ import annotations

from oncall.fairness.patterns import Days
from sandbox.client import Person
from services.fairness import dealing, saving
from services.fairness.drafting import FairDraft, PatternDraft
from tests.support.running import Baton
from tests.support.slack_steps import actor, make_schedule, modal_says, user_id


async def test_everybody_is_told_why_somebody_has_a_shift(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    members = [await user_id(baton, name) for name in ("alice", "bob", "carol")]
    shifts = (PatternDraft(Days.MONDAY), PatternDraft(Days.THURSDAY))
    draft = FairDraft(
        schedule_id=schedule.id, role=schedule.roles[0].id, patterns=shifts, zone="UTC", members=tuple(members)
    )
    await saving.save(baton.house, await actor(baton), draft)
    await dealing.deal(baton.house, schedule.id)

    await bob.command("/oncall shifts payments", channel="#ops")
    table = await bob.wait_for_message("Days and times of", channel="ephemeral")
    assert "Why?" in table.buttons
    await bob.press("As a list", where="#ops")
    await bob.wait_for_message("coming shifts", channel="ephemeral")
    await bob.press("Why?", where="#ops", within="(proposed)")
    await modal_says(bob, "has it")
    await modal_says(bob, "Dealt ")
    await bob.close()

    await alice.command("/oncall confirm payments", channel="#ops")
    await alice.modal("Confirm shifts")
    await alice.press("Why?", where="modal")
    await modal_says(alice, "Why these shifts")
    await alice.close()
    assert (await alice.modal("Confirm shifts")).fields, "what was ticked is still there"
