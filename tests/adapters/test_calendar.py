"""Another system than PagerDuty, as small as one can be, is held to the same contract: a calendar on a wall.

Its entries add up, as custom shifts do. The adapter is what docs/extending.md asks for and nothing else.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import pytest

from oncall.timeline import Interval, Segment, Timeline
from sync.core.model import Line, Strategy
from sync.ports import (
    Board,
    Created,
    CredentialRefused,
    Listed,
    Maker,
    OutcomeUnknown,
    Overtaken,
    RemoteSchedule,
    ScheduleGone,
    Seen,
    Unavailable,
    Wanted,
)
from tests.adapters.contract import HOUR, NOW, BoardContract, Doing, LateStart, Loss

TRIES = 3
DONE = (Loss.DONE_UNHEARD, Loss.DONE_AND_BROKEN, Loss.TOO_SLOW)

T = TypeVar("T")


@dataclass(slots=True)
class Wall:
    """A calendar on a wall, and what goes wrong with those who ask for it next."""

    people: Sequence[str] = ("Ann", "Bob", "Cem")
    hangs: bool = True
    entries: dict[str, Listed] = field(default_factory=dict[str, Listed])
    troubles: dict[Doing, deque[Loss | None]] = field(default_factory=dict[Doing, deque[Loss | None]])
    asked: Counter[Doing] = field(default_factory=Counter[Doing])
    pauses: int = 0
    made: int = 0

    def add(self, user: str, start: datetime, end: datetime) -> Listed:
        self.made += 1
        entry = self.entries[f"E{self.made}"] = Listed(f"E{self.made}", user, start, end)
        return entry


@dataclass(slots=True)
class WallBoard:
    """Implements :class:`sync.ports.Board`."""

    wall: Wall
    may_write: bool = True

    async def look(self, window: Interval) -> Seen:
        entries = self._ask(Doing.READ, self._all)
        spans = [(one, Interval(one.start, one.end).clip(window)) for one in entries]
        lines = tuple(Line(span.start, span.end, one.user, one.id) for one, span in spans if span)
        there = Timeline.union(Segment(line.start, line.end, (line.user,)) for line in lines)
        schedule = RemoteSchedule("hall", "Empty", "wall", "https://house.example/hall")
        return Seen(schedule, window, there, there, Strategy.SHIFTS, lines)

    async def items(self, window: Interval) -> Sequence[Listed]:
        entries = self._ask(Doing.READ, self._all)
        touching = [one for one in entries if one.start < window.end and window.start < one.end]
        return sorted(touching, key=lambda one: (one.start, one.id))

    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        self._refuse_guests()
        return self._ask(Doing.CREATE, lambda: [self._written(one) for one in wanted])

    async def change(self, item_id: str, wanted: Wanted) -> Listed:
        self._refuse_guests()
        entry = self.wall.entries.get(item_id)
        if entry is None:
            raise Overtaken("The entry is not there any more.")
        changed = self.wall.entries[item_id] = replace(entry, user=wanted.user, end=wanted.end)
        return changed

    async def delete(self, item_id: str) -> None:
        self._refuse_guests()
        self._ask(Doing.DELETE, lambda: self._taken_off(item_id))

    async def maker(self, item_id: str) -> Maker:
        return Maker()

    def _all(self) -> list[Listed]:
        return list(self.wall.entries.values())

    def _written(self, wanted: Wanted) -> Created:
        if wanted.user not in self.wall.people:
            return Created(wanted, error=f"Nobody called {wanted.user} lives here")
        return Created(wanted, self.wall.add(wanted.user, max(wanted.start, NOW), wanted.end))

    def _taken_off(self, item_id: str) -> None:
        entry = self.wall.entries.get(item_id)
        if entry is not None and entry.start < NOW < entry.end:
            self.wall.entries[item_id] = replace(entry, end=NOW)
        elif entry is not None and entry.start >= NOW:
            del self.wall.entries[item_id]

    def _refuse_guests(self) -> None:
        if not self.may_write:
            raise CredentialRefused("Guests may only look. Enter a tenant's key in /oncall connections.")

    def _ask(self, doing: Doing, act: Callable[[], T]) -> T:
        """Ask, and again where that can do no harm."""
        for _ in range(TRIES):
            troubles = self.wall.troubles.get(doing, deque())
            if not self.wall.hangs:
                raise ScheduleGone("Somebody took the calendar off the wall. Link another one.")
            self.wall.asked[doing] += 1
            if not troubles:
                return act()
            loss = troubles.popleft()
            if loss is None:
                self.wall.pauses += 1
                continue
            if loss in DONE:
                act()
            if doing is Doing.CREATE:
                break
        raise (Unavailable if doing is Doing.READ else OutcomeUnknown)("Nobody answers; it is tried again by itself.")


@dataclass(slots=True)
class WallDesk:
    """Implements :class:`tests.adapters.contract.Desk`."""

    wall: Wall
    board: Board
    schedule: str = "hall"
    ann: str = "Ann"
    bob: str = "Bob"
    cem: str = "Cem"
    nobody: str = "Nobody"
    never_there: str = "E0"

    def made_by_hand(self, user: str, start_hour: float, end_hour: float) -> str:
        return self.wall.add(user, NOW + start_hour * HOUR, NOW + end_hour * HOUR).id

    def remove_schedule(self) -> None:
        self.wall.hangs = False

    def with_a_key_that_may_only_read(self) -> Board:
        return WallBoard(self.wall, may_write=False)

    def lose(self, doing: Doing, loss: Loss, times: int = 1) -> None:
        self.wall.troubles[doing] = deque([loss] * times)

    def send_away(self, doing: Doing, *, says_when: bool) -> None:
        self.wall.troubles[doing] = deque([None])

    def take_late_starts(self, late: LateStart) -> None:
        """The adapter moves them itself, whatever the wall would do."""

    def asked(self, doing: Doing) -> int:
        return self.wall.asked[doing]

    def pauses(self) -> int:
        return self.wall.pauses


class TestWallBoard(BoardContract):
    @pytest.fixture
    def desk(self) -> WallDesk:
        wall = Wall()
        return WallDesk(wall, WallBoard(wall))


async def test_the_contract_finds_a_create_that_is_sent_twice() -> None:
    """A board that breaks the contract does not pass it."""
    wall = Wall()
    desk = WallDesk(wall, Careless(wall))

    with pytest.raises(pytest.fail.Exception):
        await BoardContract().test_a_create_whose_reply_is_lost_is_not_sent_again(desk, Loss.DONE_UNHEARD)


class Careless(WallBoard):
    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        try:
            return await WallBoard.create(self, wanted)
        except OutcomeUnknown:
            return await WallBoard.create(self, wanted)
