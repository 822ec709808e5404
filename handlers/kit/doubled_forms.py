"""A form that is delivered twice is carried out once, and answered alike both times.

A view is known by its id, its hash, which changes with everything that is shown in it, and by what is typed in it,
which changes without a new hash; so the same view with the same hash and the same input is the same press. One that was
refused with errors, or that another view was put on top of, stays open, so the same may be sent again later.

Where several processes run, the second delivery may reach another one than the first. So whoever is first leaves a note
in the database, and the answer in it as soon as there is one (:mod:`services.kit.carried`)::

    no note                      carry it out
    a note without an answer     wait for it; left for too long, whoever left it is gone: carry it out
    an answer that closed it     give the same
    one that left it open        give the same if it came while this one waited; otherwise it was to an earlier press
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_bolt.response import BoltResponse

from handlers.kit import background
from services.kit import carried
from services.kit.house import House

KEPT = 2000
GLANCE = 0.02
"""Seconds between two looks whether the first delivery has its answer."""
LOOKS, LOOK_SECONDS = 25, 0.1
"""For the answer of another process; Slack waits for three seconds."""
LOST = timedelta(seconds=15)

Key = tuple[str, str, str, str]


class Doubles:
    """The submissions of late, by who pressed in which view as it was then."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: OrderedDict[Key, _First] = OrderedDict()

    async def once(self, ack: AsyncAck, body: Mapping[str, Any], run: Callable[[], Awaitable[None]]) -> None:
        """Run it, unless this very submission is known; then give it the answer that the first one got."""
        key = _key(body)
        first = self._known.get(key)
        if first is not None:
            ack.response = await first.answer()
            return
        first = self._known[key] = _First(ack)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        try:
            if self._house.database.is_sqlite:  # which is one process's
                await run()
            else:
                await self._once_of_all(first, key, run)
        finally:
            first.is_over = True
            if _stays_open(ack.response):
                self._known.pop(key, None)

    async def _once_of_all(self, first: _First, key: Key, run: Callable[[], Awaitable[None]]) -> None:
        """The same among all processes. Where the first one's answer can't be had, Slack says that there is trouble."""
        note = carried.key_of("form", *key)
        is_ours, answer = await self._claim(note)
        if not is_ours:
            first.ack.response = answer
            return
        background.start(self._leave_answer(note, first), "leaving the answer to a form for other processes")
        await run()

    async def _claim(self, note: str) -> tuple[bool, BoltResponse | None]:
        if await carried.is_first(self._house, note):
            return True, None
        for look in range(LOOKS):
            row, text = await carried.found(self._house, note)
            answer = _read(text)
            is_earlier = answer is not None and look == 0 and _stays_open(answer)
            if answer is not None and not is_earlier:
                return False, answer
            if row is None:
                return True, None
            is_lost = carried.is_older(row, LOST, self._house.clock.now())
            if (is_earlier or is_lost) and await carried.take_over(self._house, row):
                return True, None
            await asyncio.sleep(LOOK_SECONDS)
        return False, None

    async def _leave_answer(self, note: str, first: _First) -> None:
        """By the time that others look for the second time: what the form has set going goes first."""
        await asyncio.sleep(LOOK_SECONDS)
        await first.settled()
        if first.ack.response is not None:
            await carried.leave(self._house, note, _written(first.ack.response))


class _First:
    def __init__(self, ack: AsyncAck) -> None:
        self.ack = ack
        self.is_over = False

    async def settled(self) -> None:
        """Until there is an answer, or there will be none."""
        while self.ack.response is None and not self.is_over:  # noqa: ASYNC110 - Bolt's own object, which tells nobody
            await asyncio.sleep(GLANCE)

    async def answer(self) -> Any:
        await self.settled()
        return self.ack.response or await self.ack()


def _key(body: Mapping[str, Any]) -> Key:
    view, user = body.get("view") or {}, body.get("user") or {}
    typed = json.dumps((view.get("state") or {}).get("values"), sort_keys=True)
    return str(user.get("id")), str(view.get("id")), str(view.get("hash")), hashlib.sha256(typed.encode()).hexdigest()


def _stays_open(answer: BoltResponse | None) -> bool:
    return answer is None or any(word in str(answer.body) for word in ('"errors"', '"push"'))


def _written(answer: BoltResponse) -> str:
    return json.dumps({"body": answer.body, "headers": answer.headers})


def _read(text: str) -> BoltResponse | None:
    if not text:
        return None
    kept = json.loads(text)
    return BoltResponse(status=200, body=kept["body"], headers=kept["headers"])
