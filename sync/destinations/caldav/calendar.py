"""What is known of one calendar, kept up to date by as little as the server allows.

    the server …                        an unchanged calendar costs      changes cost
    ----------------------------------  -------------------------------  ---------------------------------------------
    can tell what changed (RFC 6578)    one REPORT                       the same one, or one more for what changed
    has a tag of the whole calendar     one PROPFIND                     one more, which reads everything ahead
    has neither                         one REPORT, which reads everything ahead

A token that the server refuses is answered by reading everything. So is a day's age, in case a server forgot to tell.
What is known is replaced as a whole, after a whole answer: whoever holds on to a former state keeps it unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import unquote

import httpx

from oncall.clock import Clock
from sync.destinations.caldav import asking, discovery
from sync.destinations.caldav.client import CalDavClient, Reply
from sync.destinations.caldav.errors import GONE, gone
from sync.destinations.caldav.events import Resource, resource
from sync.destinations.caldav.multistatus import CAL, DAV, Found, Multistatus, parse, read
from sync.destinations.caldav.shifts_there import Candidate, View
from sync.ports import RemoteError, RemoteSchedule, Unavailable

BACK = timedelta(days=31)
"""How far back events are read."""
ANEW = timedelta(days=1)
"""How old what is known may get before everything is read again."""
TOGETHER = 100
"""Events per request, where they have to be asked for by name."""
MOST_EVENTS = 20_000
MOST_PARTS = 100
"""Answers that one list of changes may be cut into."""
REFUSED_TOKEN = (400, 403, 409, 410, 412, 507)


@dataclass(frozen=True, slots=True)
class State:
    """A calendar as it was read; ``resources`` by their address, those alone that name anybody."""

    schedule: RemoteSchedule
    resources: Mapping[str, Resource]
    token: str = ""
    tag: str = ""
    found: dict[object, list[Candidate]] = field(default_factory=dict[object, list[Candidate]], compare=False)
    views: dict[object, View] = field(default_factory=dict[object, View], compare=False)
    """What was made of this state for some question, so that it is not made again while nothing changes."""

    def after(self, old: Resource | None, new: Resource | None) -> State:
        """What a write of ours made of it: ``new`` in the place of ``old``."""
        known = dict(self.resources)
        if old is not None:
            known.pop(old.href, None)
        if new is not None:
            known[new.href] = new
        return State(self.schedule, known, self.token, self.tag)

    def named(self, item_id: str) -> Resource | None:
        return next((one for one in self.resources.values() if one.id == item_id), None)


@dataclass(slots=True)
class RemoteCalendar:
    """One calendar of one user, shared by all who look at it."""

    client: CalDavClient
    external_id: str
    clock: Clock
    state: State | None = None
    _read_at: datetime | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def address(self, name: str) -> str:
        """Where an event of ours is, or is to be."""
        return f"{self.external_id.rstrip('/')}/{name}.ics"

    async def refresh(self) -> State:
        """The calendar as it is now. Raises ScheduleGone."""
        async with self._lock:
            now = self.clock.now()
            if self.state is None or self._read_at is None or not timedelta() <= now - self._read_at < ANEW:
                return await self._read_anew(now)
            if self.state.token:
                return await self._follow(self.state, now)
            return await self._compare(self.state, now)

    def replace(self, old: Resource | None, new: Resource | None) -> None:
        """Take over what a write of ours made of a resource, until the next refresh."""
        if self.state is not None:
            self.state = self.state.after(old, new)

    async def _read_anew(self, now: datetime) -> State:
        schedule, found = await discovery.calendar(self.client, self.external_id)
        token, tag = discovery.sync_token(found), discovery.collection_tag(found)
        known = await self._all_ahead(now)
        self._read_at = now
        return self._keep(schedule, known, token, tag)

    async def _compare(self, state: State, now: datetime) -> State:
        """Without tokens: is the tag of the whole calendar still the same?"""
        if not state.tag:
            return self._keep(state.schedule, await self._all_ahead(now), "", "")
        schedule, found = await discovery.calendar(self.client, self.external_id)
        tag = discovery.collection_tag(found)
        if tag == state.tag:
            return state
        return self._keep(schedule, await self._all_ahead(now), "", tag)

    async def _follow(self, state: State, now: datetime) -> State:
        """What changed since the token, in as many parts as the server cuts it into."""
        known, token = dict(state.resources), state.token
        for _ in range(MOST_PARTS):
            reply = await self.client.report(self.external_id, asking.changes_since(token))
            if reply.status in REFUSED_TOKEN and _about_the_token(reply):
                return await self._read_anew(now)
            answer = self._multistatus(reply)
            token = answer.sync_token
            if not token:
                return await self._read_anew(now)
            cut = any(one.status == 507 for one in answer.found)
            members = [one for one in answer.found if one.status != 507 and self._is_member(one, reply.url)]
            await self._take_over(known, members, reply.url)
            if not cut:
                break
        else:
            return await self._read_anew(now)
        if token == state.token and not members:
            return state
        return self._keep(state.schedule, known, token, state.tag)

    async def _all_ahead(self, now: datetime) -> dict[str, Resource]:
        reply = await self.client.report(self.external_id, asking.events_from(now - BACK))
        found = [one for one in self._multistatus(reply).found if self._is_member(one, reply.url)]
        known: dict[str, Resource] = {}
        await self._take_over(known, found, reply.url)
        return known

    async def _take_over(self, known: dict[str, Resource], found: Iterable[Found], base: httpx.URL) -> None:
        """Put what was found into ``known``, and ask for the events that were named without their text."""
        nameless: list[str] = []
        for one in found:
            href = _path(one, base)
            if one.status in GONE:
                known.pop(href, None)
            elif not self._put(known, href, one):
                nameless.append(one.href)
        for first in range(0, len(nameless), TOGETHER):
            asked = asking.these_events(nameless[first : first + TOGETHER])
            reply = await self.client.report(self.external_id, asked)
            for one in self._multistatus(reply).found:
                self._put(known, _path(one, base), one)

    def _put(self, known: dict[str, Resource], href: str, one: Found) -> bool:
        """Keep a resource; False where its text is missing. One that names nobody is forgotten."""
        text, etag = one.text(f"{CAL}calendar-data"), one.text(f"{DAV}getetag") or ""
        if one.status in GONE:
            known.pop(href, None)
            return True
        if not text:
            return False
        before = known.get(href)
        if before is not None and etag and before.etag == etag:
            return True
        known.pop(href, None)
        made = resource(href, etag, text)
        if made is not None:
            known[href] = made
        if len(known) > MOST_EVENTS:
            raise Unavailable(f"The calendar on {self.client.host} is too large to be read. Link one of its own.")
        return True

    def _keep(self, schedule: RemoteSchedule, known: Mapping[str, Resource], token: str, tag: str) -> State:
        self.state = State(schedule, known, token, tag)
        return self.state

    def _multistatus(self, reply: Reply) -> Multistatus:
        if reply.status in GONE:
            raise gone()
        if reply.status != 207:
            raise self.client.refuse("REPORT", reply)
        return read(reply.body)

    def _is_member(self, one: Found, base: httpx.URL) -> bool:
        """Whether it is something in the calendar rather than the calendar itself, or a folder in it."""
        return not one.href.endswith("/") and _path(one, base) != _path_of(base)


def _about_the_token(reply: Reply) -> bool:
    """Whether the answer may be about the token. Of 403 it must say so: it may as well mean that nobody may look."""
    if reply.status != 403:
        return True
    try:
        return parse(reply.body).find(f"{DAV}valid-sync-token") is not None
    except RemoteError:
        return False


def _path(one: Found, base: httpx.URL) -> str:
    return _path_of(base.join(one.href))


def _path_of(url: httpx.URL) -> str:
    """One spelling of an address, since servers quote as they like."""
    return unquote(url.raw_path.decode())
