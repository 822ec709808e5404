"""Every modal and message that handlers build is one that Slack takes, whatever names and numbers go into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.commands import listeners as command
from handlers.connections import listeners as connections
from handlers.destinations import listeners as destinations
from handlers.destinations import refresh
from handlers.kit.blocks import Choice, View, lines, options, select
from handlers.kit.exchange import with_notice
from handlers.kit.metadata import Metadata
from handlers.pagerduty import updates as sync
from handlers.schedules import create, who_modal
from handlers.schedules import who as overview
from handlers.shifts import assign
from sandbox.slack.blockkit import check_message, check_view
from tests.handlers.kit.samples import LISTENERS, messages, mrkdwn, names, views
from tests.support.listening import elements, listeners_of, unanswered
from tests.support.soaking import examples

moments = st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


ids = st.integers(1, 2**31)


@settings(max_examples=examples(25), deadline=None)
@given(names)
def test_slack_takes_every_modal(name: str) -> None:
    for view in views(name):
        assert check_view(view) == [], view["title"]
        assert check_view(with_notice(view, name)) == []


@settings(max_examples=examples(25), deadline=None)
@given(names)
def test_slack_takes_every_message(name: str) -> None:
    for message in messages(name, LISTENERS):
        assert check_message(message) == [], message["text"]


def test_everything_that_is_shown_has_somebody_who_answers() -> None:
    everybody = listeners_of(create, assign, overview, who_modal, connections, destinations, refresh, command, sync)
    assert not [missing for view in views("x") for missing in unanswered(view, everybody)]


def test_everybody_who_answers_is_shown_somewhere() -> None:
    shown = list(views("x"))
    told = [message for message in messages("x", LISTENERS) if message.get("blocks")]
    action_ids = {element["action_id"] for surface in [*shown, *told] for _block, element in elements(surface)}
    assert action_ids >= LISTENERS.actions | LISTENERS.searches
    assert {view.get("callback_id") for view in shown} >= LISTENERS.views


def test_names_can_not_become_mentions_or_links() -> None:
    name = "<!channel> <https://evil.invalid|x>"
    texts = [text for message in messages(name, LISTENERS) for text in [message["text"], *mrkdwn(message)]]
    texts += [text for view in views(name) for text in mrkdwn(view)]
    assert len(texts) > 100
    assert not [text for text in texts if "<!channel>" in text or "<https://evil" in text]


@settings(deadline=None)
@given(names, st.lists(names, max_size=130))
def test_options_are_at_most_a_hundred_and_each_looks_different(name: str, more: Sequence[str]) -> None:
    choices = [Choice(f"id{number}", text) for number, text in enumerate([name, *more])]
    offered = options(choices)
    assert len(offered) == min(100, len(choices))
    assert check_view(_with(select("a", choices))) == []
    alike = [choice for choice in choices if choice.text == name]
    assert len(alike) == 1 or any("id0" in option["text"]["text"] for option in offered)


def _with(element: dict[str, Any]) -> View:
    block = {"type": "input", "label": {"type": "plain_text", "text": "l"}, "element": element}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "submit": {"type": "plain_text", "text": "s"},
        "blocks": [block],
    }


@settings(deadline=None)
@given(st.lists(names, max_size=60), st.integers(50, 3000))
def test_lines_keep_their_order_within_the_limit(texts: Sequence[str], most: int) -> None:
    chunks = [block["text"]["text"] for block in lines(texts, most)]
    assert all(1 <= len(chunk) <= most for chunk in chunks)
    assert (len(chunks) == 0) == (not texts)


@settings(deadline=None)
@given(
    st.builds(
        Metadata,
        schedule_id=st.none() | ids,
        destination_id=st.none() | ids,
        connection_id=st.none() | ids,
        reply_to=st.text(max_size=200),
    )
)
def test_metadata_comes_back_as_it_went(metadata: Metadata) -> None:
    assert Metadata.load(metadata.dump()) == metadata


@pytest.mark.parametrize("text", [None, "", "{", "[]", "7", '{"schedule_id": "x", "reply_to": 3}'])
def test_metadata_that_can_not_be_read_is_empty(text: str | None) -> None:
    assert Metadata.load(text) == Metadata()


@settings(deadline=None)
@given(moments, st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]))
def test_a_new_shift_starts_on_the_next_full_hour_of_the_persons_wall(now: datetime, zone: str) -> None:
    times = assign.preset_times(now, zone)
    assert times.start.minute == 0
    assert timedelta(0) < times.start - now <= timedelta(hours=2)
    assert times.end > times.start
    assert times.end.replace(tzinfo=None) - times.start.replace(tzinfo=None) == timedelta(days=7)
