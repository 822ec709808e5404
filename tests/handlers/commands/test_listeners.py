"""`/oncall` itself: help, unknown words, quoting, and the way there over a slow or broken Slack."""

from __future__ import annotations

import re

import pytest

from handlers.kit.command_text import parse
from sandbox.client import Person, Workspace
from sandbox.slack.blockkit import check_message
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_schedule

WORDS = ("create", "schedules", "assign", "who", "shifts", "connections", "destinations", "refresh", "export", "help")


@pytest.mark.parametrize("line", ["/oncall", "/oncall help", "/oncall  HELP  "])
async def test_help_lists_every_word(baton: Baton, alice: Person, line: str) -> None:
    await alice.command(line, channel="#ops")
    message = await alice.wait_for_message("What Baton can do", channel="ephemeral")
    for word in WORDS:
        assert f"/oncall {word}" in message.shown


async def test_an_unknown_word_answers_with_the_nearest_ones(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall whoo", channel="#ops")
    message = await alice.wait_for_message("Did you mean", channel="ephemeral")
    assert "/oncall who" in message.shown
    assert "/oncall shifts" not in message.shown


async def test_a_word_like_no_other_gets_a_few_words_and_help_but_no_long_list(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall <!here>&", channel="#ops")
    message = await alice.wait_for_message("“<!here>&” is nothing that Baton can do", channel="ephemeral")
    assert "/oncall help lists everything" in message.shown
    assert message.shown.count("/oncall") < 7


@pytest.mark.parametrize(
    ("typed", "leads"),
    [
        ("override", "/oncall take"),
        ("pause", "/oncall destinations"),
        ("vacation", "/oncall cover"),
        ("roles", "/oncall edit"),
        ("admins", "/oncall members"),
        ("zone", "/oncall edit"),
    ],
)
async def test_words_of_other_tools_lead_to_what_does_that_here(
    baton: Baton, alice: Person, typed: str, leads: str
) -> None:
    await alice.command(f"/oncall {typed}", channel="#ops")
    message = await alice.wait_for_message(f"“{typed}” is nothing that Baton can do", channel="ephemeral")
    assert leads in message.shown


async def test_now_is_another_name_of_who(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    await alice.command("/oncall now", channel="#ops")
    await alice.wait_for_message("Primary: @alice until", channel="ephemeral")


async def test_help_is_grouped_by_who_needs_it(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall help", channel="#ops")
    shown = (await alice.wait_for_message("What Baton can do", channel="ephemeral")).shown
    places = [
        shown.index(text)
        for text in (
            "For everybody",
            "/oncall who",
            "/oncall take",
            "For admins",
            "/oncall assign",
            "Setting up",
            "create",
        )
    ]
    assert places == sorted(places)


async def test_help_on_a_word_explains_it_with_an_example(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall help take", channel="#ops")
    shown = (await alice.wait_for_message("/oncall take [schedule]", channel="ephemeral")).shown
    assert "For example: /oncall take" in shown
    assert "/oncall who" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", "")),
        ("  Who   Payments EU ", ("who", "Payments EU")),
        ('who "Payments EU"', ("who", "Payments EU")),
        ("who “Payments EU”", ("who", "Payments EU")),
        ("who 'Payments'", ("who", "Payments")),
        ("who it's", ("who", "it's")),
        ('who "', ("who", '"')),
        ("who R&amp;D &lt;x&gt;", ("who", "R&D <x>")),
    ],
)
def test_the_first_word_and_the_rest_are_told_apart(text: str, expected: tuple[str, str]) -> None:
    assert parse(text) == expected


async def test_every_answer_carries_words_for_notifications(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await assign(baton, schedule, "alice", full_hour(baton, -1), 5)
    for word in ("help", "who", "shifts", "schedules", "nonsense"):
        await alice.command(f"/oncall {word}", channel="#ops")
    await baton.settled()
    messages = await alice.ephemerals("#ops")
    assert len(messages) == 5
    for message in messages:
        assert (
            check_message(
                {"text": message.text, "blocks": message.blocks} if message.blocks else {"text": message.text}
            )
            == []
        )
        assert message.warnings == []


async def test_only_the_person_who_asked_sees_the_answer(baton: Baton, alice: Person, bob: Person) -> None:
    await alice.command("/oncall help", channel="#ops")
    await alice.wait_for_message("What Baton can do", channel="ephemeral")
    assert await bob.ephemerals("#ops") == []
    assert await bob.messages("#ops") == []


async def test_a_trigger_that_is_too_old_is_told(baton: Baton, ws: Workspace, alice: Person) -> None:
    await ws.fail_next("views.open", error="expired_trigger_id")
    await alice.command("/oncall create", channel="#ops")
    await alice.wait_for_message("That took too long for Slack", channel="ephemeral")


@pytest.mark.parametrize("fault", [{"error": "internal_error"}, {"http_status": 503}, {"drop": "before"}])
async def test_whatever_slack_does_the_person_gets_a_reference(
    baton: Baton, ws: Workspace, alice: Person, fault: dict[str, str]
) -> None:
    await ws.fail_next("views.open", **fault)  # type: ignore[arg-type]
    await alice.command("/oncall create", channel="#ops")
    await alice.wait_for_message("Something went wrong", channel="ephemeral")


async def test_the_help_of_every_word_has_an_example(baton: Baton, alice: Person) -> None:
    await alice.command("/oncall help", channel="#ops")
    everything = (await alice.wait_for_message("What Baton can do", channel="ephemeral")).shown
    words = sorted(set(re.findall(r"^• /oncall (\w+)", everything, re.MULTILINE)))
    assert len(words) > 25
    for word in words:
        [told] = await alice.command(f"/oncall help {word}", channel="#ops")
        assert f"For example: /oncall {word}" in told.shown
