"""The requests per minute of a key, divided among all processes that use it.

What a reply says about the budget is out of date by whatever other processes have done since, and one that sat idle
knows nothing at all. So each takes a few requests at a time out of a store that all of them share, before it makes
them::

    taken in the last minute   960 ............ 956 ............ 912 ............................ 0
                               nobody           urgent only      anything

What was taken must be used within :data:`VALID`, or is dropped; so counting what was taken in the last minute and that
bit counts at least what was asked for in any minute. A process takes one request first, what is urgent the few that
one change needs, and twice as many as before whenever it used up all of them; whoever asks rarely wastes little, and
whoever has much to do asks the store rarely.

The store also passes on what a reply said: how many requests the account has, and until when it wants to be left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from sync.destinations.pagerduty.pace import KEPT_FOR_URGENT, LEFT_ALONE, Pace

USUAL = 960
MINUTE = timedelta(seconds=60)
VALID = timedelta(seconds=2)
ONE_CHANGE = 4
"""A look, a list, a write, and a look whether it took."""
SMALLEST_SHARE = 30
"""At most this part of a minute's requests is taken at once."""
NEWS = timedelta(seconds=1)
"""A pause that is longer by less is not worth passing on."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spending:
    """What the processes of one key have taken lately, and what its account told them."""

    per_minute: int = USUAL
    taken: tuple[tuple[datetime, int], ...] = ()
    routine_from: datetime | None = None
    urgent_from: datetime | None = None

    def wait(self, urgent: bool) -> datetime | None:
        """Until when the account wants to be left alone."""
        return self.urgent_from if urgent else self.routine_from


class SpendingStore(Protocol):
    """Where the processes of one key keep what they take."""

    async def change(self, credential: str, step: Callable[[Spending], tuple[Spending, T]]) -> T:
        """Replace what is kept, while nobody else can; returns what ``step`` gives beside it."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """So many requests may be made; none, and the seconds until it is worth asking again."""

    count: int
    wait: float = 0.0


def take(spending: Spending, now: datetime, asked: int, *, urgent: bool) -> tuple[Spending, Share]:
    """Take up to ``asked`` requests out of the minute's."""
    span = MINUTE + VALID
    recent = tuple((at, count) for at, count in spending.taken if now - span < at < now + span)
    spending = replace(spending, taken=recent)
    told = spending.wait(urgent)
    if told is not None and now < told < now + span:
        return spending, Share(0, (told - now).total_seconds())
    left = _usable(spending.per_minute, urgent) - sum(count for _, count in recent)
    if left < 1:
        first = min((at for at, _ in recent), default=now)
        return spending, Share(0, max(VALID, first + span - now).total_seconds())
    share = Share(min(asked, left))
    return replace(spending, taken=(*recent, (now, share.count))), share


def _usable(per_minute: int, urgent: bool) -> int:
    return max(1, per_minute - int(per_minute * (LEFT_ALONE if urgent else KEPT_FOR_URGENT)))


def told(spending: Spending, heard: Spending) -> Spending:
    """With what a reply said."""
    return replace(
        spending,
        per_minute=heard.per_minute,
        routine_from=_later(spending.routine_from, heard.routine_from),
        urgent_from=_later(spending.urgent_from, heard.urgent_from),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


class Budget:
    """One process's part of the budget of one key."""

    def __init__(self, store: SpendingStore, credential: str) -> None:
        self._store = store
        self._credential = credential
        self._known = Spending()
        self._asking = asyncio.Lock()
        self._left = 0
        self._share = 0
        self._taken_at: datetime | None = None

    async def pause(self, now: datetime, *, urgent: bool) -> float:
        """Seconds to wait; none, and one request may be made at once."""
        async with self._asking:  # of two at once, one asks for both
            return await self._pause(now, urgent=urgent)

    async def _pause(self, now: datetime, *, urgent: bool) -> float:
        if self._left and self._taken_at is not None and timedelta(0) <= now - self._taken_at < VALID:
            self._left -= 1
            return 0.0
        first = ONE_CHANGE if urgent else 1
        most = max(1, self._known.per_minute // SMALLEST_SHARE)
        asked = min(max(self._share * 2, first), most) if not self._left else first

        def step(spending: Spending) -> tuple[Spending, tuple[Spending, Share]]:
            after, share = take(spending, now, asked, urgent=urgent)
            return after, (after, share)

        self._known, share = await self._store.change(self._credential, step)
        self._share, self._left, self._taken_at = share.count, max(0, share.count - 1), now
        return 0.0 if share.count else share.wait

    async def heard(self, pace: Pace) -> None:
        """Pass on what a reply said, where the others don't know it yet."""
        heard = Spending(pace.limit or self._known.per_minute, (), *(pace.until(urgent=u) for u in (False, True)))
        if not self._is_news(heard):
            return

        def step(spending: Spending) -> tuple[Spending, Spending]:
            after = told(spending, heard)
            return after, after

        self._known = await self._store.change(self._credential, step)

    def _is_news(self, heard: Spending) -> bool:
        pairs = ((heard.wait(urgent), self._known.wait(urgent)) for urgent in (False, True))
        longer = any(new is not None and (old is None or new > old + NEWS) for new, old in pairs)
        return longer or heard.per_minute != self._known.per_minute
