"""Who is on call, asked by shortcuts and by naming Baton in a channel."""

from __future__ import annotations

from typing import Any, cast

import pytest
from slack_bolt.async_app import AsyncBoltRequest

import handlers
from handlers.schedules import who_modal
from sandbox.client import Message, Person, Workspace
from sandbox.client.waiting import until
from services.kit.errors import Refusal
from tests.support.listening import Feature, listeners_of
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, in_channel, make_schedule, modal_says, user_id


async def payments_in_ops(baton: Baton, ws: Workspace) -> None:
    """Alice is on call for what #ops is about, then Bob; there is another schedule elsewhere."""
    await ws.update_channel("#ops", bot_is_member=True)
    await make_schedule(baton, "Search", members=("carol",))
    schedule = await make_schedule(baton, "Payments", roles=("Primary",))
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    await assign(baton, schedule, "bob", full_hour(baton, 4), 5)
    await in_channel(baton, schedule, "ops")


async def answers(person: Person, ts: str, channel: str = "#ops") -> list[Message]:
    return [message for message in await person.messages(channel) if message.thread_ts == ts]


async def the_answer(person: Person, ts: str) -> Message:
    async def look() -> Message | None:
        return next(iter(await answers(person, ts)), None)

    found = await until(look, 5)
    assert found is not None
    return found


async def test_naming_baton_in_a_channel_is_answered_once_in_the_thread_and_unfurls_nothing(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    await payments_in_ops(baton, ws)
    asked = await bob.say("@Baton who is it?", "#ops")
    answer = await the_answer(bob, asked.ts)
    assert "Payments (Money)" in answer.shown
    assert "Primary: @alice until" in answer.shown
    assert "next: Bob Smith" in answer.shown
    assert f"<@{await user_id(baton, 'bob')}>" not in str(answer.blocks), "who comes next is not called"
    assert "Search" not in answer.shown
    posted = (await ws.calls("chat.postMessage"))[-1].arguments
    assert (posted["unfurl_links"], posted["unfurl_media"]) == (False, False)
    inside = await bob.say("and now, @baton?", "#ops", thread_ts=asked.ts)
    await until(lambda: _count(bob, asked.ts, 3), 5)
    assert await answers(bob, inside.ts) == [], "a thread has no threads of its own"


async def _count(person: Person, ts: str, wanted: int) -> bool | None:
    return len(await answers(person, ts)) >= wanted or None


async def test_a_repeated_delivery_and_what_bots_say_are_not_answered(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    await payments_in_ops(baton, ws)
    await ws.add_user("robot", is_bot=True)
    await ws.update_channel("#ops", members=["alice", "robot"])
    told = baton.slack.world.teams[baton.slack.team_id]
    by_bot = await ws.person("robot").say("@Baton hello", "#ops")
    own = await baton.client.chat_postMessage(channel="#ops", text=f"<@{told.bot_user_id}> hello")
    asked = await alice.say("nothing", "#ops")
    event: dict[str, Any] = {"type": "app_mention", "user": await user_id(baton, "alice"), "text": "", "ts": asked.ts}
    body = {
        "type": "event_callback",
        "team_id": baton.slack.team_id,
        "event_id": "Ev1",
        "event": event | {"channel": asked.channel},
    }
    for _ in range(2):
        await deliver(baton, body)
    await baton.settled()
    assert len(await answers(alice, asked.ts)) == 1
    assert await answers(alice, by_bot.ts) == await answers(alice, str(own["ts"])) == []


async def deliver(baton: Baton, body: dict[str, Any]) -> None:
    await baton.app.async_dispatch(AsyncBoltRequest(body=body, mode="socket_mode"))


async def test_a_channel_of_no_schedule_gets_a_hint_and_a_refused_answer_comes_by_direct_message(
    baton: Baton, ws: Workspace, alice: Person
) -> None:
    await payments_in_ops(baton, ws)
    await ws.add_channel("random", members=["alice"], bot_is_member=True)
    asked = await alice.say("@Baton?", "#random")
    hint = await alice.wait_for_message("No schedule has this channel", channel="#random")
    assert hint.thread_ts == asked.ts
    assert "/oncall channel" in hint.shown
    await ws.fail_next("chat.postMessage", error="restricted_action")
    await alice.say("@Baton?", "#ops")
    told = await alice.wait_for_message("can't answer for everybody in #ops")
    assert "only some people may post here" in told.shown
    assert "Payments: Primary @alice" in told.shown


async def test_the_shortcut_of_a_message_answers_in_its_thread_or_tells_why_not(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    await payments_in_ops(baton, ws)
    problem = await bob.say("it burns", "#ops")
    await alice.message_shortcut("who.ask", problem)
    answer = await the_answer(bob, problem.ts)
    assert "Primary: @alice" in answer.shown
    await ws.add_channel("secret", members=["alice", "bob"], private=True)
    hidden = await bob.say("it burns here, too", "#secret")
    await alice.message_shortcut("who.ask", hidden)
    told = await alice.wait_for_message("can't answer for everybody", channel="ephemeral")
    assert "/invite @Baton" in told.shown
    assert [one.text for one in await bob.messages("#secret")] == [hidden.text]


async def test_the_shortcut_opens_ones_own_schedules_and_finds_the_others(
    baton: Baton, ws: Workspace, bob: Person
) -> None:
    await payments_in_ops(baton, ws)
    await bob.shortcut("who.open")
    modal = await bob.modal("Who is on call")
    assert "Primary: @alice until" in modal.text
    assert "Search (Money)" not in modal.text
    assert await bob.search("Search all schedules", "sea") == ["Search"]
    await bob.fill("Search all schedules", "Search")
    modal = await modal_says(bob, "Search (Money)")
    assert modal.text.index("Search (Money)") < modal.text.index("Payments (Money)")
    await ws.person("zoe").shortcut("who.open")
    assert "You belong to no schedule yet" in (await ws.person("zoe").modal("Who is on call")).text


async def test_a_channel_with_several_schedules_offers_those_first(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    for name in ("Apples", "Pears", "Plums"):
        made = await make_schedule(baton, name, admins=("alice", "bob") if name == "Plums" else ("alice",))
        if name != "Apples":
            await in_channel(baton, made, "ops")
    await alice.command("/oncall shifts mine", channel="#ops")
    question = await alice.wait_for_message("Which schedule do you mean?", channel="ephemeral")
    [select] = [e for block in question.blocks if block["type"] == "actions" for e in block["elements"]]
    assert [option["text"]["text"] for option in select["options"]] == ["Pears", "Plums", "Apples"]
    await alice.command("/oncall assign", channel="#ops")
    assert (await alice.modal("Assign shift")).options("Schedule") == ["Pears", "Plums", "Apples"]
    await bob.command("/oncall edit", channel="#ops")
    assert (await bob.modal("Edit schedule")).fields["Name"] == "Plums"


async def test_what_goes_wrong_with_a_shortcut_is_told_in_a_modal(
    baton: Baton, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_whatever: object) -> None:
        raise Refusal("Not today.")

    monkeypatch.setattr(who_modal, "schedules_of_person", refuses)
    await bob.shortcut("who.open")
    assert "Not today." in (await bob.modal("Baton")).text


async def test_in_a_schedules_own_channel_no_word_asks_which_schedule_is_meant(baton: Baton, alice: Person) -> None:
    words = listeners_of(*cast("tuple[Feature, ...]", handlers.FEATURES)).words.values()
    takes_one = [word.name for word in words if word.usage.startswith("[schedule")]
    assert len(takes_one) > 15
    for name in ("Apples", "Pears", "Plums"):
        made = await make_schedule(baton, name)
        if name == "Pears":
            await in_channel(baton, made, "ops")
    for word in takes_one:
        await alice.command(f"/oncall {word}", channel="#ops")
        await baton.settled()
        if await alice.top_modal():
            await alice.close_all()
    told = "\n".join(message.shown for message in await alice.ephemerals("#ops"))
    assert "Which schedule do you mean?" not in told
    assert "Something went wrong" not in told
    assert "Apples" not in told
