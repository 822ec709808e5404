"""A form that is delivered twice is carried out once, and answered alike both times.

A view is known by its id and its hash, which changes with everything that is shown in it; so the same view with the
same hash is the same press. One that was refused with errors, or that another view was put on top of, stays open: what
is typed in it may change without a new hash, so it may be sent again.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

KEPT = 2000
GLANCE = 0.02
"""Seconds between two looks whether the first delivery has its answer."""

Key = tuple[str, str, str]


class Doubles:
    """The submissions of late, by who pressed in which view as it was then."""

    def __init__(self) -> None:
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
            await run()
        finally:
            first.is_over = True
            if _stays_open(ack):
                self._known.pop(key, None)


class _First:
    def __init__(self, ack: AsyncAck) -> None:
        self._ack = ack
        self.is_over = False

    async def answer(self) -> Any:
        while self._ack.response is None and not self.is_over:  # noqa: ASYNC110 - Bolt's own object, which tells nobody
            await asyncio.sleep(GLANCE)
        return self._ack.response or await self._ack()


def _key(body: Mapping[str, Any]) -> Key:
    view, user = body.get("view") or {}, body.get("user") or {}
    return str(user.get("id")), str(view.get("id")), str(view.get("hash"))


def _stays_open(ack: AsyncAck) -> bool:
    return ack.response is None or any(word in str(ack.response.body) for word in ('"errors"', '"push"'))
