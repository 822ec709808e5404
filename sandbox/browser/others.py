"""The panes that somebody else fills: the clock, the guided tour and what came by webhook."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from sandbox.browser.ports import Beside
from sandbox.browser.refusals import RefusedError
from sandbox.slack.model import Json, User

Outcome = TypeVar("Outcome")
Doing = Callable[[User, Json], Awaitable[Any]]
SHOWN_DELIVERIES = 20
LONGEST_STEP_SECONDS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Others:
    beside: Beside

    def table(self) -> dict[str, Doing]:
        found: dict[str, Doing] = {}
        if self.beside.clock:
            found |= {"advance": self.advance, "next_handoff": self.next_handoff}
        if self.beside.tour:
            found |= {"start_step": self.start_step}
        return found

    async def as_json(self) -> Json:
        beside = self.beside
        return {
            "clock": {"ahead": _ahead(beside.clock.now())} if beside.clock else None,
            "tour": list(await beside.tour.steps()) if beside.tour else None,
            "deliveries": list(beside.receiver.deliveries())[-SHOWN_DELIVERIES:] if beside.receiver else None,
        }

    async def advance(self, user: User, body: Json) -> None:
        seconds = float(body["seconds"])
        if not self.beside.clock or not 0 < seconds <= LONGEST_STEP_SECONDS:
            raise RefusedError("Time goes forward by at most a week at once.")
        await _asked(self.beside.clock.advance(seconds))

    async def next_handoff(self, user: User, body: Json) -> Json:
        found = await _asked(self.beside.clock.next_handoff()) if self.beside.clock else None
        if found is None:
            raise RefusedError("There is no handoff to go to.")
        return {"said": found}

    async def start_step(self, user: User, body: Json) -> None:
        if self.beside.tour:
            await _asked(self.beside.tour.start(int(body["number"])))


async def _asked(work: Awaitable[Outcome]) -> Outcome:
    """What stands behind a port fails in its own ways; the page says so."""
    try:
        return await work
    except Exception as problem:
        raise RefusedError(str(problem) or type(problem).__name__) from problem


def _ahead(now: datetime) -> int:
    """Seconds by which this clock is before the machine's: it stays the same while the clock runs."""
    return round((now - datetime.now(UTC)).total_seconds())
