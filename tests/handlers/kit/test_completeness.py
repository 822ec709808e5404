"""Nothing that Baton can show goes unchecked: every builder of a modal is drawn, and everything in one is answered."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any, cast

import pytest
from hypothesis import given, settings
from slack_sdk.models.blocks import Block as SdkBlock
from slack_sdk.models.views import View as SdkView

import handlers
from handlers.kit.exchange import with_notice
from notices.actions import Action
from sandbox.slack.blockkit import check_view
from tests.handlers.kit.samples import messages, names
from tests.support.drawings import every_view, other_views
from tests.support.listening import Feature, elements, listeners_of, unanswered
from tests.support.soaking import examples

LISTENERS = listeners_of(*cast("tuple[Feature, ...]", handlers.FEATURES))
JOINED = "handlers.kit."
"""What only puts blocks together that others made."""


def builders() -> Iterator[Callable[..., Any]]:
    """Every function of handlers that returns a view."""
    for found in pkgutil.walk_packages(handlers.__path__, "handlers."):
        module = importlib.import_module(found.name)
        for _name, function in inspect.getmembers(module, inspect.isfunction):
            here = function.__module__ == found.name and not inspect.iscoroutinefunction(function)
            if here and function.__annotations__.get("return") == "View" and not found.name.startswith(JOINED):
                yield function


def called_while(work: Callable[[], object]) -> set[CodeType]:
    seen: set[CodeType] = set()

    def watch(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(before)
    return seen


def test_every_builder_of_a_modal_is_drawn() -> None:
    """Whoever adds one draws it in tests/support/drawings.py, or in the view tests of its room."""
    known = list(builders())
    assert len(known) > 50
    drawn = called_while(lambda: list(every_view("x")))
    assert [f"{one.__module__}.{one.__name__}" for one in known if one.__code__ not in drawn] == []


@settings(max_examples=examples(15), deadline=None)
@given(names)
def test_slack_takes_every_modal_that_is_drawn_nowhere_else(name: str) -> None:
    for view in other_views(name):
        assert check_view(view) == [], view["title"]
        assert check_view(with_notice(view, name)) == []


@pytest.mark.parametrize("name", ["Payments", "<!channel> & *_~` 🦉|x>" * 12])
def test_the_library_of_slack_takes_whatever_is_drawn(name: str) -> None:
    for view in every_view(name):
        for block in SdkBlock.parse_all(view["blocks"]):
            block.validate_json()
        if view["type"] == "modal":
            SdkView(**view).validate_json()


OURS = re.compile(
    r"\b(reconciles?|ledger|fences?|leases?|dirty|verdict|outbox|payloads?|NoneType|null|enum|fan-?out|callback|upsert)\b"
)
"""Words of the code, which say nothing to people."""


def read(shape: object) -> Iterator[str]:
    """Every text that people read."""
    if isinstance(shape, dict):
        if shape.get("type") in ("mrkdwn", "plain_text") and isinstance(shape.get("text"), str):
            yield shape["text"]
        for inner in shape.values():
            yield from read(inner)
    elif isinstance(shape, list):
        for inner in shape:
            yield from read(inner)


def test_nobody_reads_words_of_the_code_and_titles_are_no_headlines() -> None:
    shown = [*every_view("x"), *messages("x", LISTENERS)]
    texts = {text for surface in shown for text in read(surface)}
    assert len(texts) > 300
    assert sorted(text for text in texts if OURS.search(text)) == []
    titles = {view["title"]["text"] for view in shown if "title" in view and "blocks" in view}
    words = {word for title in titles for word in title.split()[1:]}
    assert {word for word in words if word[0].isupper()} <= {"PagerDuty", "Slack", "Baton", "CalDAV", "I"}


def test_everything_that_is_shown_is_answered_and_everything_that_is_answered_is_shown() -> None:
    shown = list(every_view("x"))
    assert not sorted({missing for view in shown for missing in unanswered(view, LISTENERS)})
    told = [message for message in messages("x", LISTENERS) if message.get("blocks")]
    ids = {element["action_id"] for surface in [*shown, *told] for _block, element in elements(surface)} | set(Action)
    assert sorted((LISTENERS.actions | LISTENERS.searches) - ids) == []
    assert sorted(LISTENERS.views - {str(view.get("callback_id")) for view in shown}) == []
