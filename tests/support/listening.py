"""Holds what views show against who answers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from slack_bolt.async_app import AsyncApp

from handlers.kit.blocks import View
from handlers.kit.listeners import Listeners


class Feature(Protocol):
    """A feature module."""

    def register(self, listeners: Listeners) -> None: ...


def listeners_of(*features: Feature) -> Listeners:
    """What these features answer, without a house to do anything."""
    house: Any = None
    app = AsyncApp(name="tests", token="xoxb-none", signing_secret="none")  # without a name, Bolt reads all sources
    listeners = Listeners(app, house)
    for feature in features:
        feature.register(listeners)
    return listeners


def elements(view: View) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every interactive element with its block."""
    for block in view["blocks"]:
        for element in (block.get("element"), block.get("accessory"), *(block.get("elements") or ())):
            if element and "action_id" in element:
                yield block, element


def unanswered(view: View, listeners: Listeners) -> Iterator[str]:
    """Ids in the view that nobody listens to: its submission, buttons, inputs that tell of changes, searches."""
    if "submit" in view and view.get("callback_id") not in listeners.views:
        yield str(view.get("callback_id"))
    for block, element in elements(view):
        tells = element["type"] in ("button", "overflow") or block.get("dispatch_action")
        if tells and element["action_id"] not in listeners.actions:
            yield element["action_id"]
        if element["type"].endswith("external_select") and element["action_id"] not in listeners.searches:
            yield element["action_id"]
