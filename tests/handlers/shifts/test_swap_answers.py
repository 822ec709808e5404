"""Swaps from request to answer and back, as both people read and press them."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import update

from sandbox.client import Message, Person, Workspace
from services.kit.errors import FieldErrors, NotAllowed, Refusal
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from services.shifts import swaps
from services.shifts.swap_request import SwapView
from services.shifts.swaps import SwapDraft
from storage.tables import AuditLine, OutboxItem, SwapRequest
from tests.handlers.shifts.steps import SWAP, open_modal, option_of, rows, two_shifts
from tests.handlers.shifts.test_hearing_of_it import Mail, tell
from tests.support.running import Baton
from tests.support.slack_steps import actor, assign, full_hour


async def asked(baton: Baton, who: str = "bob") -> tuple[ScheduleView, datetime, SwapView]:
    """Alice's shift of tomorrow and Bob's after it; ``who`` asks to swap them."""
    schedule, start = await two_shifts(baton)
    first, second = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    draft = SwapDraft(schedule.id, second.ref, first.ref, "concert")
    request = await swaps.ask(baton.house, await actor(baton, who), draft)
    await tell(baton)
    return schedule, start, request


async def dm(ws: Workspace, name: str, text: str) -> Message:
    return await Mail(ws).about(name, text)


async def test_the_other_person_is_asked_and_accepting_swaps(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(bob, "swap Payments", SWAP)
    assert modal.submit == "Ask"
    assert "Nothing changes before they accept" in modal.text
    await bob.fill("Your shift", option_of(modal, "Your shift"))
    await bob.fill("Their shift", option_of(modal, "Their shift"))
    await bob.fill("Reason", "concert")
    assert await bob.submit() is None
    await bob.wait_for_message("Asked @alice to swap shifts of Payments", channel="ephemeral")
    before = await rows(baton, schedule)
    await tell(baton)

    card = await dm(ws, "alice", "Bob Smith asks you to swap shifts of Payments")
    assert card.buttons == ["Accept", "Decline"]
    assert "You would have Primary" in card.shown
    assert "Reason: concert" in card.shown
    assert await rows(baton, schedule) == before

    await alice.press("Accept", where="dm")
    await alice.wait_for_message("Swapped in Payments")
    middle, end = start + timedelta(hours=8), start + timedelta(hours=16)
    assert await rows(baton, schedule) == [("bob", start, middle), ("alice", middle, end)]
    await tell(baton)
    [undoable] = [message for message in await Mail(ws).of("bob") if message.buttons == ["Undo"]]
    assert "Alice Johnson accepted" in undoable.shown
    assert "You have Primary" in undoable.shown
    [own] = [message for message in await Mail(ws).of("alice") if message.buttons == ["Undo"]]
    assert "You accepted" in own.shown


@pytest.mark.parametrize("who", ["alice", "bob"])
async def test_either_undoes_it_within_ten_minutes(baton: Baton, ws: Workspace, who: str) -> None:
    schedule, _start, request = await asked(baton)
    before = await rows(baton, schedule)
    await swaps.agree(baton.house, await actor(baton), request.id)
    await tell(baton)
    assert await rows(baton, schedule) != before

    await ws.person(who).press("Undo", where="dm")
    await ws.person(who).wait_for_message("Swap undone in Payments")
    assert await rows(baton, schedule) == before
    await tell(baton)

    other = {"alice": "bob", "bob": "alice"}[who]
    assert [m for m in await Mail(ws).of(other) if "undid the swap" in m.shown]
    assert not [m for m in [*await Mail(ws).of("alice"), *await Mail(ws).of("bob")] if m.buttons]


async def test_undoing_asks_first_where_it_would_give_somebody_two_roles_at_once(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    schedule, start, request = await asked(baton)
    before = await rows(baton, schedule)
    await swaps.agree(baton.house, await actor(baton), request.id)
    await assign(baton, schedule, "alice", start, 8, role=1)
    swapped = await rows(baton, schedule)
    await tell(baton)

    await bob.press("Undo", where="dm")
    modal = await bob.modal("Undo this swap")
    assert "Secondary" in modal.text
    assert "Nothing was changed yet" in modal.text
    assert await rows(baton, schedule) == swapped
    await bob.fill("Do it all the same?", ["Yes, I have read this"])
    assert await bob.submit() is None
    await bob.wait_for_message("Swap undone in Payments", channel="ephemeral")
    assert sorted(await rows(baton, schedule)) == sorted([*before, ("alice", start, start + timedelta(hours=8))])


async def test_after_ten_minutes_nobody_can_and_the_button_is_gone(baton: Baton, ws: Workspace, bob: Person) -> None:
    _schedule, _start, request = await asked(baton)
    await swaps.agree(baton.house, await actor(baton), request.id)
    await tell(baton)
    [own] = [m for m in await Mail(ws).of("bob") if m.buttons == ["Undo"]]
    long_ago = baton.house.clock.now() - timedelta(minutes=11)
    async with baton.house.database.transaction() as tx:
        await tx.session.execute(update(SwapRequest).values(settled_at=long_ago))

    await bob.press("Undo", where="dm")
    await bob.wait_for_message("A swap can be undone for ten minutes")
    assert own.buttons


async def test_when_the_time_to_undo_is_over_the_messages_say_so_by_themselves(baton: Baton, ws: Workspace) -> None:
    _schedule, _start, request = await asked(baton)
    await swaps.agree(baton.house, await actor(baton), request.id)
    await tell(baton)
    now = baton.house.clock.now()
    async with baton.house.database.transaction() as tx:
        assert await tx.outbox.next_due("fanout") is not None
        late = OutboxItem.key == f"swap_closed:{request.id}:settled"
        await tx.session.execute(update(OutboxItem).where(late).values(due_at=now))
    await tell(baton)

    messages = [*await Mail(ws).of("alice"), *await Mail(ws).of("bob")]
    assert not [message for message in messages if message.buttons]
    assert [message for message in messages if "shifts of Payments are swapped" in message.shown]


async def test_declining_changes_nothing_and_is_told(baton: Baton, ws: Workspace, alice: Person) -> None:
    schedule, _start, _request = await asked(baton)
    before = await rows(baton, schedule)
    await alice.press("Decline", where="dm")
    await alice.wait_for_message("You declined to swap shifts of Payments")
    await tell(baton)

    assert await rows(baton, schedule) == before
    assert [m for m in await Mail(ws).of("bob") if "Alice Johnson declined to swap" in m.shown]
    assert not [m for m in await Mail(ws).of("bob") if m.buttons]


async def test_who_asked_withdraws_and_the_other_can_not_press_any_more(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    _schedule, _start, _request = await asked(baton)
    await bob.press("Withdraw", where="dm")
    await bob.wait_for_message("was withdrawn")
    await tell(baton)

    assert not [m for m in await Mail(ws).of("alice") if m.buttons]
    assert len([m for m in await Mail(ws).of("bob") if "withdr" in m.shown]) == 1


async def test_an_admin_decides_alone_by_a_choice_that_says_so(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(alice, "swap Payments", SWAP)
    assert modal.options("How") == ["Ask first", "Decide now, as an admin"]
    mine = modal.options("Your shift")[0]
    await alice.fill("Your shift", mine)
    await alice.fill("Their shift", modal.options("Their shift")[0])
    await alice.fill("How", "Decide now, as an admin")
    assert await alice.submit() is None
    done = await alice.wait_for_message("Swapped in Payments", channel="ephemeral")
    assert done.buttons == ["Undo"]
    assert (await rows(baton, schedule))[0] == ("bob", start, start + timedelta(hours=8))
    await tell(baton)

    [told] = [m for m in await Mail(ws).of("bob") if m.buttons == ["Undo"]]
    assert "as an admin" in told.shown
    await bob.press("Undo", where="dm")
    await bob.wait_for_message("Swap undone")
    assert (await rows(baton, schedule))[0] == ("alice", start, start + timedelta(hours=8))


async def test_an_admin_who_asks_for_two_others_needs_both(baton: Baton, ws: Workspace) -> None:
    schedule, start = await two_shifts(baton)
    await assign(baton, schedule, "carol", start + timedelta(hours=16), 8)
    _first, second, third = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    draft = SwapDraft(schedule.id, second.ref, third.ref)
    request = await swaps.ask(baton.house, await actor(baton), draft)
    before = await rows(baton, schedule)

    first = await swaps.agree(baton.house, await actor(baton, "bob"), request.id)
    assert first.changed is None
    assert await rows(baton, schedule) == before
    await swaps.agree(baton.house, await actor(baton, "carol"), request.id)
    assert [name for name, *_ in await rows(baton, schedule)] == ["alice", "carol", "bob"]


async def test_a_member_decides_nothing_alone(baton: Baton) -> None:
    schedule, _start = await two_shifts(baton)
    first, second = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    with pytest.raises(NotAllowed):
        await swaps.decide(baton.house, await actor(baton, "bob"), SwapDraft(schedule.id, second.ref, first.ref))


async def test_only_who_is_asked_answers(baton: Baton) -> None:
    _schedule, _start, request = await asked(baton)
    for name in ("bob", "carol"):
        with pytest.raises(NotAllowed):
            await swaps.agree(baton.house, await actor(baton, name), request.id)
        with pytest.raises(NotAllowed):
            await swaps.decline(baton.house, await actor(baton, name), request.id)
    with pytest.raises(NotAllowed):
        await swaps.withdraw(baton.house, await actor(baton, "carol"), request.id)


async def test_a_request_lapses_when_a_shift_changes_and_who_asked_hears(baton: Baton, ws: Workspace) -> None:
    schedule, start, request = await asked(baton)
    await assign(baton, schedule, "carol", start + timedelta(hours=2), 1)

    assert await swaps.lapse_all(baton.house) == 1
    assert await swaps.lapse_all(baton.house) == 0
    await tell(baton)

    assert [m for m in await Mail(ws).of("bob") if "not as it was any more" in m.shown]
    with pytest.raises(Refusal, match="not possible any more"):
        await swaps.agree(baton.house, await actor(baton), request.id)


async def test_a_shift_that_has_started_can_not_be_asked_for(baton: Baton) -> None:
    schedule, _start = await two_shifts(baton)
    await assign(baton, schedule, "carol", full_hour(baton, 0), 1)
    running, _, bobs = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    with pytest.raises(FieldErrors) as refused:
        await swaps.ask(baton.house, await actor(baton, "bob"), SwapDraft(schedule.id, bobs.ref, running.ref))
    assert list(refused.value.fields) == ["theirs"]


async def test_of_two_presses_one_swaps(baton: Baton) -> None:
    schedule, _start, request = await asked(baton)
    alice = await actor(baton)
    answers = await asyncio.gather(
        *(swaps.agree(baton.house, alice, request.id) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Answered", "Refusal"]
    assert [name for name, *_ in await rows(baton, schedule)] == ["bob", "alice"]


@pytest.mark.parametrize(
    "at",
    ["services.shifts.swaps.carry_out", "storage.repositories.swaps.Swaps.settle", "services.shifts.each_change.note"],
)
async def test_killed_while_it_is_accepted_nothing_is_half_done(baton: Baton, at: str) -> None:
    schedule, _start, request = await asked(baton)
    before = await rows(baton, schedule)
    with patch(at, side_effect=RuntimeError("killed")), pytest.raises(RuntimeError):
        await swaps.agree(baton.house, await actor(baton), request.id)
    assert await rows(baton, schedule) == before

    answered = await swaps.agree(baton.house, await actor(baton), request.id)
    assert answered.changed is not None
    async with baton.house.database.read() as tx:
        lines = list(await tx.audit.of_schedule(schedule.id, 20))
    assert [line.action for line in lines if isinstance(line, AuditLine)].count("shift.swapped") == 1


async def test_what_was_changed_since_is_not_undone(baton: Baton) -> None:
    schedule, start, request = await asked(baton)
    await swaps.agree(baton.house, await actor(baton), request.id)
    await assign(baton, schedule, "carol", start + timedelta(hours=2), 1)
    with pytest.raises(Refusal, match="changed since"):
        await swaps.undo(baton.house, await actor(baton), request.id)


async def test_who_would_have_two_roles_at_once_by_a_swap_is_told_before_it_is_asked_for(
    baton: Baton, bob: Person
) -> None:
    schedule, start = await two_shifts(baton)
    await assign(baton, schedule, "bob", start, 8, role=1)
    modal = await open_modal(bob, "swap Payments", SWAP)
    await bob.fill("Your shift", next(one for one in modal.choices["Your shift"] if "Primary" in one))
    await bob.fill("Their shift", option_of(modal, "Their shift"))

    warned = await bob.submit()

    assert warned is not None
    assert "@bob would be Primary and Secondary at once" in warned.text
    await bob.fill("Do it all the same?", ["Yes, I have read this"])
    assert await bob.submit() is None
    await bob.wait_for_message("Asked @alice to swap shifts of Payments", channel="ephemeral")


async def test_who_accepts_is_warned_of_what_came_up_since_it_was_asked_for(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    schedule, start, _request = await asked(baton)
    await assign(baton, schedule, "bob", start, 8, role=1)
    before = await rows(baton, schedule)

    await alice.press("Accept", where="dm")

    warned = await alice.modal("Accept this swap")
    assert "@bob would be Primary and Secondary at once" in warned.text
    assert await rows(baton, schedule) == before
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    assert await alice.submit() is None
    await alice.wait_for_message("Swapped in Payments", channel="ephemeral")
    assert await rows(baton, schedule) != before


async def test_an_admin_who_decides_is_warned_first(baton: Baton, alice: Person) -> None:
    schedule, start = await two_shifts(baton)
    await assign(baton, schedule, "bob", start, 8, role=1)
    before = await rows(baton, schedule)
    modal = await open_modal(alice, "swap Payments", SWAP)
    await alice.fill("Your shift", modal.options("Your shift")[0])
    await alice.fill("Their shift", next(one for one in modal.options("Their shift") if "Primary" in one))
    await alice.fill("How", "Decide now, as an admin")

    warned = await alice.submit()

    assert warned is not None
    assert "@bob would be Primary and Secondary at once" in warned.text
    assert await rows(baton, schedule) == before
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    assert await alice.submit() is None
    await alice.wait_for_message("Swapped in Payments", channel="ephemeral")
