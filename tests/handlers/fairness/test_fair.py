"""``/oncall fair`` as admins use it: from the form to PagerDuty, and what happens when somebody goes away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox.client import Person
from sandbox.client.waiting import until
from services.fairness import dealing, saving
from services.fairness.drafting import FairDraft, Preset
from services.schedules.creating import ScheduleView
from services.shifts import confirming
from tests.handlers.shifts.test_hearing_of_it import tell
from tests.support.running import Baton
from tests.support.slack_steps import actor, exported, make_destination, make_schedule, modal_says, user_id

TITLE = "Fair assignment"
DAY = timedelta(days=1)


async def filled(baton: Baton, schedule: ScheduleView) -> None:
    """A day at a time for Alice and Bob, confirmed."""
    alice = await actor(baton)
    draft = FairDraft(
        schedule_id=schedule.id,
        role=schedule.roles[0].id,
        patterns=Preset.DAY.patterns,
        zone="UTC",
        members=(alice.user_id, await user_id(baton, "bob")),
    )
    await saving.save(baton.house, alice, draft)
    await dealing.deal(baton.house, schedule.id)
    await confirming.confirm(baton.house, alice, schedule.id)


def noon(baton: Baton, ahead: int) -> datetime:
    day = baton.house.clock.now().astimezone(UTC) + ahead * DAY
    return day.replace(hour=12, minute=0, second=0, microsecond=0)


async def enter_away(bob: Person, start: datetime, end: datetime) -> None:
    await bob.command("/oncall away", channel="#ops")
    await bob.modal("When I can't be on call")
    await bob.fill("From", start)
    await bob.fill("To", end)
    await bob.submit()
    await modal_says(bob, "Saved: you can't be on call")
    await bob.close_all()


async def shows(person: Person, label: str, value: str) -> None:
    """Wait until a field of the modal has this in it."""

    async def look() -> bool | None:
        modal = await person.top_modal()
        return (modal is not None and modal.fields.get(label) == value) or None

    assert await until(look, 20), f"{label} is not {value}"


async def test_from_the_form_to_pagerduty(baton: Baton, alice: Person, bob: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    destination = await make_destination(baton, schedule)
    leave = noon(baton, 5), noon(baton, 8)
    await enter_away(bob, *leave)

    await alice.command("/oncall fair Payments", channel="#ops")
    form = await alice.modal(TITLE)
    assert form.fields["Role"] == "Primary (in order)"
    assert form.fields["Shift 1: day"] == "Mon"
    await alice.fill("Start from", "A day at a time")
    await shows(alice, "Shift 1: day", "Daily")
    rules = await alice.submit()
    assert rules is not None
    assert "How much rules count" in rules.text
    await alice.fill("Wishes", "High")
    await alice.submit()
    shown = await modal_says(alice, "Who gets how many")
    assert shown.submit == "Save"
    assert "Worked out" in shown.text
    await alice.submit()
    await alice.wait_for_message("is filled fairly from", channel="ephemeral", timeout=30)

    await alice.command("/oncall confirm Payments", channel="#ops")
    await alice.modal("Confirm shifts")
    await alice.press("Why?", where="modal")
    assert "has it" in (await modal_says(alice, "Why these shifts")).text
    await alice.close()
    await alice.submit()
    await alice.wait_for_message("Confirmed", channel="ephemeral")
    await baton.settled()
    there = await exported(baton, destination)
    assert len(there) > 30
    assert len({who for who, _start, _end in there}) == 2
    async with baton.house.database.read() as tx:
        shifts = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    bobs = await user_id(baton, "bob")
    assert not [s for s in shifts if s.user == bobs and s.start < leave[1] and leave[0] < s.end]


async def test_steps_back_and_forth_lose_nothing_and_errors_stand_at_their_fields(baton: Baton, alice: Person) -> None:
    await make_schedule(baton, members=("alice", "bob"))
    await alice.command("/oncall fair", channel="#ops")
    await alice.modal(TITLE)

    await alice.press("Add shift")
    await modal_says(alice, "Shift 2")
    await alice.fill("Shift 2: day", "Mon")
    await alice.fill("Shift 2: starts at", "09:00")
    refused = await alice.submit()
    assert refused is not None
    assert "begins at the same time" in refused.errors["Shift 2: starts at"]
    await alice.fill("Shift 2: day", "Fri")
    await alice.fill("Shift 2: who", "A named member")
    await alice.fill("Shift 2: member", "bob")
    await alice.submit()
    await modal_says(alice, "How much rules count")
    await alice.fill("At least so many hours between two shifts", "11")
    await alice.fill("Share of Bob Smith", "50")
    await alice.press("Back to shifts")
    await shows(alice, "Shift 2: day", "Fri")
    assert (await alice.modal(TITLE)).fields["Shift 2: who"] == "A named member"
    await alice.submit()

    rules = await modal_says(alice, "How much rules count")
    assert rules.fields["At least so many hours between two shifts"] == "11"
    assert rules.fields["Share of Bob Smith"] == "50"


async def test_who_goes_away_over_a_confirmed_shift_is_told_to_admins_who_re_plan(
    baton: Baton, alice: Person, bob: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    await filled(baton, schedule)
    bobs = await user_id(baton, "bob")
    async with baton.house.database.read() as tx:
        shifts = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    lost = next(s for s in shifts if s.user == bobs and s.start > baton.house.clock.now() + 2 * DAY)
    await enter_away(bob, lost.start + timedelta(hours=1), lost.start + timedelta(hours=2))

    await dealing.deal(baton.house, schedule.id)
    await tell(baton)
    await alice.wait_for_message("is of somebody who can't be on call then", timeout=30)
    await alice.press("Re-plan")
    shown = await modal_says(alice, "1 shift of")
    assert "@bob → @alice" in shown.text
    await alice.submit()

    await alice.wait_for_message("1 shift moved", channel="ephemeral", timeout=30)
    async with baton.house.database.read() as tx:
        after = await tx.shifts.of_schedule(schedule.id, baton.house.clock.now())
    assert {(s.start, s.user) for s in after} ^ {(s.start, s.user) for s in shifts} == {
        (lost.start, bobs),
        (lost.start, await user_id(baton, "alice")),
    }


async def test_a_role_is_filled_in_order_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob"))
    await filled(baton, schedule)
    await alice.command("/oncall fair", channel="#ops")
    await modal_says(alice, "Last assignment")

    await alice.press("Fill in order")

    await alice.wait_for_message("is filled in order again", channel="ephemeral", timeout=30)
    form = await alice.modal(TITLE)
    assert "Primary is filled in order." in form.text
    assert form.fields["Role"] == "Primary (in order)"
