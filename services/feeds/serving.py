"""Answers whoever asks for a feed.

::

    secret ──shape──► digest ──► feed, names and marks ──► ETag ──► 304, or kept in memory, or written anew
             no: 404             (no look at any shift)             (shifts are read here alone)

A feed's ETag is made of what its events are named with, the marks of its schedules' shifts, and the day in UTC, since
each day another day falls out of the 30 that it goes back. So an unchanged feed is known without reading it.

Secrets that nobody was given are looked up one at a time, and when too many wait, no more are: whoever tries them out
keeps nobody else waiting. One that was good a moment ago has a way of its own.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import AsyncGenerator, Container
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from oncall import ics
from services.feeds.contents import Source, Titles, events, window
from services.feeds.secrets import digest_of, is_shaped
from services.kit.house import House
from storage.unit import Unit

FORM = 2
"""Grows whenever a feed is written in another way, so that nobody keeps the former one."""
KEPT_OCTETS = 32 * 1024 * 1024
WRITTEN_AT_ONCE, MOST_STRANGERS, MOST_KNOWN = 2, 50, 10_000


class NoSuchFeed(Exception):
    """Nobody has this link, or not any more."""


class TooMany(Exception):
    """Too many unknown secrets are being tried; come back later."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a feed is asked for."""

    proposed: bool = False
    titles: Titles = Titles.WORDS

    def __str__(self) -> str:
        return f"{'p' if self.proposed else ''}{'e' if self.titles is Titles.EMAIL else ''}"


@dataclass(frozen=True, slots=True)
class Answer:
    """``body`` is None where whoever asks has it already."""

    etag: str
    body: bytes | None


class FeedDesk:
    """Serves the feeds of one database, and keeps in memory what was asked for lately."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._written = _Written(KEPT_OCTETS)
        self._known: OrderedDict[str, None] = OrderedDict()
        self._writing, self._of_strangers = asyncio.Semaphore(WRITTEN_AT_ONCE), asyncio.Semaphore(1)
        self._strangers = 0

    async def answer(self, secret: str, wanted: Wanted, has: Container[str] = ()) -> Answer:
        """The feed of this secret, unless whoever asks ``has`` its ETag. Raises NoSuchFeed, TooMany."""
        if not is_shaped(secret):
            raise NoSuchFeed
        digest, now = digest_of(secret), self._house.clock.now()
        source = await self._source(digest)
        etag = _etag(source, wanted, now)
        if etag in has:
            return Answer(etag, None)
        body = self._written.get(etag)
        if body is not None:
            return Answer(etag, body)
        return await self._write(digest, wanted, now)

    async def _source(self, digest: str) -> Source:
        if digest not in self._known:
            async with self._turn():
                source = await self._looked_up(digest)
            self._known[digest] = None
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
            return source
        return await self._looked_up(digest)

    async def _looked_up(self, digest: str) -> Source:
        return await self._house.database.remembered(("feed", digest), lambda tx: read_source(tx, digest))

    async def _write(self, digest: str, wanted: Wanted, now: datetime) -> Answer:
        """From one reading of everything, so that the ETag is that of what is written."""
        async with self._writing, self._house.database.read() as tx:
            source = await read_source(tx, digest)
            body = await written(tx, source, wanted, now)
        etag = _etag(source, wanted, now)
        self._written.keep(etag, body)
        return Answer(etag, body)

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """For a secret that has not been good yet. Raises TooMany."""
        if self._strangers >= MOST_STRANGERS:
            raise TooMany
        self._strangers += 1
        try:
            async with self._of_strangers:
                yield
        finally:
            self._strangers -= 1


async def read_source(tx: Unit, digest: str) -> Source:
    """The feed and what names its events, without its shifts. Raises NoSuchFeed."""
    feed = await tx.feeds.by_digest(digest)
    if feed is None or not hmac.compare_digest(feed.digest, digest) or feed.owner_gone:
        raise NoSuchFeed
    schedules = await tx.feeds.schedules(feed.workspace_id, schedule_id=feed.schedule_id, user_id=feed.user_id)
    ids = [one.id for one in schedules]
    roles, people = await tx.feeds.roles(ids), await tx.feeds.people(feed.workspace_id, ids)
    source = Source(feed, tuple(schedules), tuple(roles), tuple(people))
    return replace(source, stamp=hashlib.sha256(repr((FORM, source)).encode()).hexdigest()[:32])


async def written(tx: Unit, source: Source, wanted: Wanted, now: datetime) -> bytes:
    """The whole calendar as it is at ``now``."""
    ids, since = [one.id for one in source.schedules], window(now)
    shifts = await tx.feeds.shifts(ids, since, proposed=wanted.proposed)
    cancelled = await tx.feeds.cancelled(ids, since)
    return ics.calendar(source.title, events(source, shifts, cancelled, wanted.titles))


def _etag(source: Source, wanted: Wanted, now: datetime) -> str:
    return f"{source.stamp}-{now:%Y%m%d}{wanted}"


class _Written:
    """Feeds by their ETag, those that were asked for last, up to so many octets."""

    def __init__(self, most: int) -> None:
        self._most, self._octets = most, 0
        self._bodies: OrderedDict[str, bytes] = OrderedDict()

    def get(self, etag: str) -> bytes | None:
        body = self._bodies.get(etag)
        if body is not None:
            self._bodies.move_to_end(etag)
        return body

    def keep(self, etag: str, body: bytes) -> None:
        self._octets += len(body) - len(self._bodies.pop(etag, b""))
        self._bodies[etag] = body
        while self._octets > self._most:
            self._octets -= len(self._bodies.popitem(last=False)[1])
