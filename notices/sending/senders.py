"""What a sender is: it makes one call for one notice and says how it went; the courier does the rest."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

AT_ONCE = 48
AT_ONCE_IN_ALL = 4 * AT_ONCE


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice on its way out. ``attempts`` counts this one."""

    id: int
    workspace_id: int
    kind: str
    target: str
    payload: dict[str, Any]
    attempts: int
    created_at: datetime

    @property
    def to(self) -> tuple[int, str]:
        """What is paced: the target within its workspace."""
        return (self.workspace_id, self.target)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver of webhooks said: its HTTP status, or None without any, and how long it took."""

    status: int | None
    took: timedelta
    error: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """It arrived; ``receipt`` says where."""

    receipt: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Busy:
    """The receiver takes no more for now; nothing was sent, and that was nobody's fault."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not arrive, or nobody knows. ``final`` failures won't go away by trying again.

    ``code`` is one word that equal failures share; ``reason`` is a sentence for an admin. ``everywhere`` says that it
    has nothing to do with the target: every other one would fail alike.
    """

    code: str
    reason: str
    final: bool = False
    answer: Answer | None = None
    everywhere: bool = False


Outcome = Sent | Busy | Failed


@dataclass(frozen=True, slots=True)
class Patience:
    """How a method tries again: ``pauses`` after each failure, the last one repeated, until ``give_up`` has passed.

    ``pace`` is the least time between two notices to one target, ``at_once`` how many calls of one workspace are under
    way at most, ``in_all`` how many of all: where one workspace's receivers don't answer, others have room.
    """

    pauses: tuple[timedelta, ...]
    give_up: timedelta
    pace: timedelta = field(default=timedelta(0))
    at_once: int = AT_ONCE
    in_all: int = AT_ONCE_IN_ALL

    def pause(self, attempts: int) -> timedelta:
        return self.pauses[min(attempts, len(self.pauses)) - 1]


class Sender(Protocol):
    """Sends by one method.

    - Must return an outcome, never raise for what a receiver does.
    - Must come back well before the courier's deadline.
    - Must not repeat a call by itself.
    """

    patience: Patience

    async def send(self, notice: Notice) -> Outcome: ...
