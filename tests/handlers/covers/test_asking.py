"""Cover that is asked for in Slack, taken by a button of its message, or withdrawn."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from notices.texts.covers import requested as cover_requested
from notices.texts.marks import Scene
from notices.texts.shapes import post
from sandbox.client import Person, Workspace
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.covers.shown import CoverView
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from tests.handlers.shifts.steps import COVER, open_modal, option_of, rows, two_shifts
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
)


async def test_cover_is_not_taken_beside_ones_own_shift_without_a_question(baton: Baton, alice: Person) -> None:
    schedule, request = await posted_request(baton)
    await assign(baton, schedule, "alice", request.start, 8, role=1)

    await alice.press("Take", where="#ops")
    await alice.modal("Take this time")
    assert [name for name, *_ in await rows(baton, schedule)] == ["alice", "bob", "alice"]
    await alice.fill("Do it all the same?", ["Yes, I have read this"])
    assert await alice.submit() is None

    await alice.wait_for_message("The time is yours", channel="ephemeral")
    assert [name for name, *_ in await rows(baton, schedule)] == ["alice", "alice", "alice"]


async def test_asking_for_cover_says_what_comes_next(baton: Baton, bob: Person) -> None:
    schedule, start = await two_shifts(baton)
    modal = await open_modal(bob, "cover Payments", COVER)
    assert len(modal.options("Shift")) == 1
    await bob.fill("Shift", option_of(modal, "Shift"))
    await bob.fill("Starts", start + timedelta(hours=10))
    await bob.fill("Reason", "dentist")

    assert await bob.submit() is None

    await bob.wait_for_message("Asked for cover as Primary of Payments", channel="ephemeral")
    [request] = await cover.open_requests(baton.house, await actor(baton), schedule.id)
    assert (request.start, request.reason) == (start + timedelta(hours=10), "dentist")


async def test_a_part_outside_the_shift_is_refused_at_its_field(baton: Baton, bob: Person) -> None:
    _schedule, start = await two_shifts(baton)
    modal = await open_modal(bob, "cover", COVER)
    await bob.fill("Shift", option_of(modal, "Shift"))
    await bob.fill("Ends", start + timedelta(days=3))

    refused = await bob.submit()

    assert refused is not None
    assert "Choose a time within the shift" in refused.errors["Ends"]


async def posted_request(baton: Baton) -> tuple[ScheduleView, CoverView]:
    """Bob asks for cover, and it is posted to #ops."""
    schedule, _start = await two_shifts(baton)
    bob = await actor(baton, "bob")
    [mine] = [s for s in await shifts.coming_shifts(baton.house, bob, schedule.id, 9) if s.user_id == bob.user_id]
    request = await cover.ask(baton.house, bob, CoverDraft(schedule.id, mine.ref))
    facts = {
        "request_id": request.id,
        "role": request.role,
        "user": request.user_id,
        "start": request.start.isoformat(),
        "end": request.end.isoformat(),
    }
    message = post(cover_requested(facts, Scene(schedule.id, schedule.name, names={request.user_id: "bob"})))
    client = AsyncWebClient(token=baton.slack.bot_token, base_url=baton.slack.api_url, retry_handlers=[])
    channels = await client.conversations_list()
    [ops] = [channel["id"] for channel in channels["channels"] if channel["name"] == "ops"]
    await client.chat_postMessage(channel=ops, **message)
    return schedule, request


async def test_the_first_to_press_take_has_it_and_the_message_says_so(baton: Baton, alice: Person) -> None:
    schedule, _request = await posted_request(baton)

    await alice.press("Take", where="#ops")

    message = await alice.wait_for_message("@alice covers @bob", channel="#ops")
    assert message.buttons == []
    assert [name for name, *_ in await rows(baton, schedule)] == ["alice", "alice"]


async def test_of_two_who_press_at_once_one_hears_who_was_quicker(baton: Baton, ws: Workspace, alice: Person) -> None:
    await posted_request(baton)
    carol = ws.person("carol")

    await asyncio.gather(alice.press("Take", where="#ops"), carol.press("Take", where="#ops"))

    await baton.settled()
    heard = [m.shown for person in (alice, carol) for m in await person.ephemerals("#ops")]
    assert len([text for text in heard if "took this already" in text]) == 1
    assert len([text for text in heard if "The time is yours" in text]) == 1


async def test_the_requester_withdraws_and_nobody_can_take_it_any_more(
    baton: Baton, alice: Person, bob: Person
) -> None:
    _schedule, request = await posted_request(baton)

    await bob.press("Withdraw", where="#ops")

    message = await bob.wait_for_message("was withdrawn", channel="#ops")
    assert message.buttons == []
    assert await cover.open_requests(baton.house, await actor(baton), request.schedule_id) == []


async def test_others_do_not_withdraw(baton: Baton, ws: Workspace, alice: Person) -> None:
    _schedule, request = await posted_request(baton)
    carol = ws.person("carol")

    await carol.press("Withdraw", where="#ops")

    message = await carol.wait_for_message("can withdraw this request", channel="ephemeral")
    assert "@bob" in message.shown
    assert len(await cover.open_requests(baton.house, await actor(baton), request.schedule_id)) == 1
