"""Who reads of a request for cover, with which buttons, and that its end is said once."""

from __future__ import annotations

import pytest

from sandbox.client import Person, Workspace
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.covers.shown import CoverView
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from tests.handlers.shifts.test_card_to_shift import with_channel
from tests.handlers.shifts.test_hearing_of_it import Mail, tell
from tests.support.running import Baton
from tests.support.slack_steps import actor, assign, full_hour, make_schedule, user_id

EVERYBODY = ("alice", "bob", "carol")
OWN = "Cover for your shift as Primary of Payments"


async def asked(baton: Baton, *, channel: bool, ahead: int = 6) -> tuple[ScheduleView, CoverView]:
    """Bob, who is on call in some hours, asks Alice, who administers the schedule, and Carol; both at once, if soon."""
    schedule = await make_schedule(baton, members=EVERYBODY)
    if channel:
        await with_channel(baton, schedule)
    bob = await actor(baton, "bob")
    await assign(baton, schedule, "bob", full_hour(baton, ahead), 8)
    [shift] = await shifts.coming_shifts(baton.house, bob, schedule.id, 9)
    request = await cover.ask(baton.house, bob, CoverDraft(schedule.id, shift.ref))
    await tell(baton)
    return schedule, request


async def about_cover(ws: Workspace, name: str) -> list[tuple[str, list[str]]]:
    return [(m.shown.splitlines()[0], m.buttons) for m in await Mail(ws).of(name) if "cover" in m.shown.lower()]


@pytest.mark.parametrize("channel", [True, False])
async def test_everybody_who_could_take_it_is_asked_and_only_who_may_withdraw_is_offered_to(
    baton: Baton, ws: Workspace, alice: Person, channel: bool
) -> None:
    await asked(baton, channel=channel)

    title = "Bob Smith asks for cover as Primary of Payments"
    answers = ["Take", "Swap for one of mine", "No"]
    assert await about_cover(ws, "carol") == [(title, answers)]
    assert await about_cover(ws, "alice") == [(title, [*answers, "Withdraw"])]
    assert await about_cover(ws, "bob") == [(OWN, ["Withdraw"])]
    posts = [m for m in await alice.messages("#ops") if "asks for cover" in m.shown]
    assert len(posts) == int(channel)
    assert all("Asked: Alice Johnson, Carol Diaz." in post.shown for post in posts)


async def test_who_wants_to_hear_nothing_of_cover_is_not_asked(baton: Baton, ws: Workspace) -> None:
    carol = await user_id(baton, "carol")
    async with baton.house.database.transaction() as tx:
        await tx.preferences.save(baton.workspace, carol, {("cover", "slack"): False})
    await asked(baton, channel=True)
    assert await about_cover(ws, "carol") == []


async def test_taking_it_is_said_once_everywhere(baton: Baton, ws: Workspace, alice: Person) -> None:
    await asked(baton, channel=True)
    carol = ws.person("carol")
    await carol.press("Take", where="dm")
    await tell(baton)

    assert await about_cover(ws, "bob") == [(OWN, []), ("Carol Diaz covers you as Primary of Payments", [])]
    assert await about_cover(ws, "carol") == [("You cover Bob Smith as Primary of Payments", [])]
    assert await about_cover(ws, "alice") == [("Carol Diaz covers Bob Smith as Primary of Payments", [])]
    posts = [m for m in await alice.messages("#ops") if "cover" in m.shown]
    assert [(post.buttons, "@carol covers @bob" in post.shown) for post in posts] == [([], True)]


async def test_withdrawing_is_said_by_the_posts_and_not_to_who_did_it(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    await asked(baton, channel=True)
    await bob.press("Withdraw", where="#ops")
    await tell(baton)

    assert await about_cover(ws, "bob") == [(OWN, [])]
    assert [buttons for _, buttons in await about_cover(ws, "carol")] == [[]]
    posts = [m for m in await alice.messages("#ops") if "cover" in m.shown]
    assert [post.buttons for post in posts] == [[]]


async def test_an_admin_who_withdraws_it_is_no_secret_to_who_asked(baton: Baton, ws: Workspace, alice: Person) -> None:
    await asked(baton, channel=False)
    await alice.press("Withdraw", where="dm")
    await tell(baton)
    [_own, (title, _)] = await about_cover(ws, "bob")
    assert title == "Your request for cover as Primary of Payments is no longer open"


async def test_who_loses_the_shift_another_way_hears_that_the_request_is_closed(baton: Baton, ws: Workspace) -> None:
    schedule, _request = await asked(baton, channel=True)
    [shift] = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)
    await changes.reassign(baton.house, await actor(baton), schedule.id, shift.ref, await user_id(baton, "carol"))
    await tell(baton)
    assert [title == OWN for title, _ in await about_cover(ws, "bob")] == [True, False]
    assert [buttons for _, buttons in await about_cover(ws, "carol")] == [[]]


async def test_the_answer_to_asking_has_the_way_back(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton, members=EVERYBODY)
    await assign(baton, schedule, "bob", full_hour(baton, 30), 8)
    await bob.command("/oncall cover Payments", channel="#ops")
    modal = await bob.modal("Ask for cover")
    await bob.fill("Shift", modal.options("Shift")[0])
    await bob.submit()
    answer = await bob.wait_for_message("Asked for cover", channel="ephemeral")
    assert answer.buttons == ["Withdraw"]
    await bob.press("Withdraw", where="#ops")
    await baton.settled()
    assert await cover.open_requests(baton.house, await actor(baton), schedule.id) == []


async def test_one_is_asked_after_the_other_and_everybody_sees_how_it_stands(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    await asked(baton, channel=True, ahead=48)
    mail, carol = Mail(ws), ws.person("carol")
    title = "Bob Smith asks for cover as Primary of Payments"
    card = await mail.about("bob", OWN)
    assert "Asked now: Alice Johnson." in card.shown
    assert await about_cover(ws, "alice") == [(title, ["Take", "Swap for one of mine", "Later", "No", "Withdraw"])]
    assert await about_cover(ws, "carol") == []
    assert [m for m in await alice.messages("#ops") if "cover" in m.shown] == [], "not before it is everybody's"

    await alice.press("Later", where="dm")
    await tell(baton)
    assert "You said later" in (await mail.about("alice", title)).shown
    card = await mail.about("bob", OWN)
    assert "Asked now: Carol Diaz." in card.shown
    assert "Asked before: Alice Johnson (later, if nobody else does)." in card.shown
    [(_, buttons)] = await about_cover(ws, "carol")
    assert buttons == ["Take", "Swap for one of mine", "Later", "No"]

    await carol.press("No", where="dm")
    await tell(baton)
    assert [buttons for _, buttons in await about_cover(ws, "carol")] == [["Take"]]
    assert "Everybody who could was asked: Alice Johnson." in (await mail.about("bob", OWN)).shown
    first, second = [m for m in await mail.of("alice") if title in m.shown]
    assert (first.buttons, "newer message" in first.shown) == ([], True)
    assert second.buttons == ["Take", "Swap for one of mine", "No", "Withdraw"]
    assert [m.buttons for m in await alice.messages("#ops") if "cover" in m.shown] == [["Take", "Withdraw"]]

    await alice.press("Take", where="dm")
    await tell(baton)
    assert "Alice Johnson has it." in (await mail.about("bob", OWN)).shown
    assert {tuple(m.buttons) for name in EVERYBODY for m in await mail.of(name) if "cover" in m.shown.lower()} == {()}


async def test_a_shift_in_return_is_offered_from_the_card(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    schedule, _request = await asked(baton, channel=False, ahead=48)
    await assign(baton, schedule, "alice", full_hour(baton, 100), 8)
    await alice.press("Swap for one of mine", where="dm")
    modal = await alice.modal("Swap for one of mine")
    await alice.fill("Your shift, in return", modal.options("Your shift, in return")[0])
    await alice.submit()
    await tell(baton)
    assert "offers a swap" in (await Mail(ws).about("bob", OWN)).shown
    await bob.press("Accept", where="dm")
    await tell(baton)
    found = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id)
    alice_id, bob_id = [await user_id(baton, name) for name in ("alice", "bob")]
    assert [shift.user_id for shift in found] == [alice_id, bob_id]
    assert "It is no longer open." in (await Mail(ws).about("bob", OWN)).shown
