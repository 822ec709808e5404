"""What the page shows and moves: whoever serves it hands these in. What is None hides its pane, the rest works.

async with serve(Beside(slack, pagerduty=…, clock=…, tour=…, receiver=…), port=0) as url:
    …
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypedDict

from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox


class ClockPort(Protocol):
    """The time that Slack, PagerDuty and the bot share."""

    def now(self) -> datetime:
        """An instant in UTC."""
        ...

    async def advance(self, seconds: float) -> None:
        """Must return when everybody has the new time; what is due then may still be at work."""
        ...

    async def next_handoff(self) -> str | None:
        """Moves to just before the next handoff and lets it happen. Says in a sentence which one it was; None when
        there is none to go to, and then time stays as it is."""
        ...


class Step(TypedDict):
    number: int
    title: str
    text: str
    """What happens in this step and why, in a few sentences."""
    hint: str
    """What to press or type."""
    done: bool


class TourPort(Protocol):
    async def steps(self) -> Sequence[Step]:
        """Asked again and again while the page is open, so it must be cheap; the page shows it as it is."""
        ...

    async def start(self, number: int) -> None:
        """Makes everything ready for this step, as if those before had been done. May be called at any time."""
        ...


class Delivery(TypedDict):
    at: str
    """ISO 8601, in UTC."""
    signature_ok: bool
    json: Any


class ReceiverPort(Protocol):
    def deliveries(self) -> Sequence[Delivery]:
        """What came by webhook, the newest last."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A slash command, as the app's manifest says it."""

    name: str
    description: str = ""
    usage_hint: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`kind` is global or message."""

    name: str
    kind: str
    callback_id: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """What the app offers in Slack's own menus; `sandbox.browser.manifest.features_of` reads it from a manifest."""

    commands: tuple[Command, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    has_home: bool = False
    is_read_only: bool = False
    """Nobody can write to the app."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything that stands beside the page. `start_as` and `start_in` name who one is at first, and in which
    channel."""

    slack: SlackSandbox
    pagerduty: PagerDutySandbox | None = None
    clock: ClockPort | None = None
    tour: TourPort | None = None
    receiver: ReceiverPort | None = None
    features: Features = field(default_factory=Features)
    start_as: str = ""
    start_in: str = "general"
