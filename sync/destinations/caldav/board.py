"""One calendar, written with one event per shift.

An event's UID begins with ``baton-`` and is chosen here, so who made an event is never in doubt. Every write says what
it expects: a create that nothing is there (``If-None-Match``), a change and a delete that the event is as it was at
this board's last look (``If-Match``). Where it is not, the write is refused by the server and the engine looks again.

A create whose reply was lost is not repeated here: the engine finds it in the next list, by a UID of ours and as nobody
else could have made it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import cast
from uuid import uuid4
from zoneinfo import ZoneInfo

from oncall.clock import Clock
from oncall.timeline import Interval
from sync.core.model import Strategy
from sync.destinations.caldav.account import person
from sync.destinations.caldav.calendar import RemoteCalendar, State
from sync.destinations.caldav.client import AT_ONCE, Reply
from sync.destinations.caldav.errors import GONE, NoRoom, overtaken
from sync.destinations.caldav.events import OURS, Resource, resource, text_of
from sync.destinations.caldav.shifts_there import OCCURRENCE, Candidate, There, View, candidates, shifts, strangers
from sync.destinations.caldav.writing import Titles, changed_event, new_event
from sync.ports import (
    About,
    Created,
    Listed,
    Maker,
    OutcomeUnknown,
    Overtaken,
    Refused,
    RemoteError,
    Seen,
    Wanted,
)

DAY = timedelta(days=1)
REPEATS = "an event made by hand repeats, which Baton never changes; change or delete it in the calendar app"
BY_HAND = "an event made by hand has somebody else there and goes on beyond; change or delete it in the calendar app"


@dataclass(slots=True)
class _Batch:
    """Creates under way: what became of each by its place, and what ended them all."""

    wanted: Sequence[Wanted]
    results: dict[int, Created]
    waiting: list[int]
    end: RemoteError | None = None


class CalendarBoard:
    """Implements :class:`sync.ports.Board`."""

    def __init__(
        self,
        calendar: RemoteCalendar,
        clock: Clock,
        about: About | None = None,
        new_uid: Callable[[], str] = lambda: f"{OURS}{uuid4().hex}",
    ) -> None:
        self._calendar = calendar
        self._client = calendar.client
        self._clock = clock
        self._about = about
        self._new_uid = new_uid
        self._zone = ZoneInfo(about.time_zone) if about is not None else ZoneInfo("Etc/UTC")
        self._titles = _titles(about)
        self._state: State | None = None

    async def look(self, window: Interval) -> Seen:
        view = await self._view(window)
        state = cast(State, self._state)
        lines, effective = view.lines(window), view.whole.cut(window)
        rules = next((one.rules for one in view.within(window) if one.rules), None)
        return Seen(
            state.schedule,
            window,
            effective,
            effective,
            Strategy.SHIFTS,
            lines,
            other_rules=rules,
            declined=tuple(view.declined(window)),
        )

    async def items(self, window: Interval) -> Sequence[Listed]:
        view = await self._view(window)
        return [one.listed for one in view.within(window) if one.item and one.line.user]

    async def maker(self, item_id: str) -> Maker:
        """Whose UID it is tells whether Baton made it."""
        known = self._state.named(item_id) if self._state is not None else None
        uid = known.event.uid if known is not None and known.event is not None else item_id
        return Maker(by_hand=not (uid.startswith(OURS) and item_id == uid))

    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        batch = _Batch(wanted, {}, list(range(len(wanted)))[::-1])
        await asyncio.gather(*(self._create_waiting(batch) for _ in range(min(AT_ONCE, len(wanted)))))
        if batch.end is not None:
            if any(one.item is not None for one in batch.results.values()):
                raise OutcomeUnknown(str(batch.end)) from batch.end
            raise batch.end
        return [batch.results[place] for place in range(len(wanted))]

    async def change(self, item_id: str, wanted: Wanted) -> Listed:
        looked = self._state is not None and self._state.named(item_id) is not None
        there, known = await self._find(item_id)
        if there is None or known is None:
            raise Overtaken("The event that was to be changed is not there any more.")
        now = self._clock.now()
        begun = wanted.start <= now
        start, user = (there.line.start, there.line.user) if begun else (wanted.start, wanted.user)
        if (there.line.start, there.line.end, there.line.user) == (start, wanted.end, user):
            return there.listed
        if not looked:
            raise overtaken()
        if not begun and there.line.start <= now:
            raise Overtaken("The event that was to be changed has begun meanwhile.")
        return await self._rewrite(known, there, user, start, wanted.end)

    async def delete(self, item_id: str) -> None:
        there, known = await self._find(item_id)
        now = self._clock.now()
        if there is None or known is None or there.line.end <= now:
            return
        if there.line.start < now:
            await self._rewrite(known, there, there.line.user, there.line.start, now.replace(microsecond=0))
            return
        reply = await self._client.delete(known.href, known.etag)
        if reply.status == 412 and (await self._client.get(known.href)).status in GONE:
            reply = Reply(204, reply.url, "", b"")
        if not reply.fine and reply.status not in GONE:
            raise self._client.refuse("DELETE", reply)
        self._wrote(known, None)

    async def _view(self, window: Interval) -> View:
        """What the calendar shows now. What was made of the same state for the same question is used again."""
        state = self._state = await self._calendar.refresh()
        question = (self._about.schedule if self._about else "", self._zone.key, _days(state, window))
        if question not in state.found:
            wider = Interval(window.start - DAY, window.end + DAY)
            state.found[question] = candidates(state.resources.values(), self._about, wider)
        found = state.found[question]
        named = strangers(found)
        known = await self._about.known(named) if named and self._about is not None else frozenset[str]()
        if (question, known) not in state.views:
            state.views[question, known] = View.of(shifts(found, known, self._zone))
        return state.views[question, known]

    async def _find(self, item_id: str) -> tuple[There | None, Resource | None]:
        """An item as this board saw it last; looked for now, if it has not seen it."""
        if self._state is None or self._state.named(item_id) is None:
            self._state = await self._calendar.refresh()
        known = self._state.named(item_id)
        if known is None:
            return None, None
        if known.event is None:
            raise Refused(REPEATS)
        everybody = frozenset(one.email for one in known.event.attendees)
        found = list(shifts([Candidate(known, known.event, occurrence=False)], everybody, self._zone))
        return (found[0] if found else None), known

    async def _create_waiting(self, batch: _Batch) -> None:
        """Create what waits, one after the other, until something ends it all."""
        while batch.waiting and batch.end is None:
            place = batch.waiting.pop()
            try:
                batch.results[place] = await self._created(batch.wanted[place])
            except NoRoom as full:
                rest = [place, *batch.waiting]
                batch.waiting.clear()
                batch.results |= {one: Created(batch.wanted[one], error=str(full)) for one in rest}
            except Refused as refused:
                batch.results[place] = Created(batch.wanted[place], error=str(refused))
            except RemoteError as error:
                batch.end = batch.end or error

    async def _created(self, wanted: Wanted) -> Created:
        if wanted.on:
            return Created(wanted, error=REPEATS if wanted.on.startswith(OCCURRENCE) else BY_HAND)
        if person(wanted.user) is None:
            return Created(wanted, error=f"{wanted.user} is no e-mail address, so a calendar can't name them")
        uid = self._new_uid()
        href = self._calendar.address(uid)
        text = new_event(uid, wanted.user, wanted.start, wanted.end, self._clock.now(), self._titles)
        reply = await self._client.create(href, text)
        if not reply.fine:
            await self._check_still_there(reply)
            raise self._client.refuse("PUT", reply)
        return Created(wanted, Listed(uid, wanted.user, wanted.start, wanted.end))

    async def _check_still_there(self, reply: Reply) -> None:
        """A server says many things of a calendar that is gone; reading it tells. Raises ScheduleGone."""
        if reply.status not in (401, 507):
            await self._calendar.refresh()

    async def _rewrite(self, known: Resource, there: There, user: str, start: datetime, end: datetime) -> Listed:
        """Write an event anew if it is still as it was seen."""
        reply = await self._client.get(known.href)
        if reply.status in GONE:
            raise Overtaken("The event that was to be changed is not there any more.")
        if not reply.fine:
            raise self._client.refuse("GET", reply)
        if reply.etag and reply.etag != known.etag:
            raise overtaken()
        text = changed_event(
            text_of(reply.body),
            before=there.line.user,
            user=user,
            start=start,
            end=end,
            now=self._clock.now(),
            titles=self._titles,
        )
        wanted = Listed(known.id, user, start.astimezone(UTC), end.astimezone(UTC))
        written = await self._client.change(known.href, text, known.etag)
        if written.status == 412 and await self._is_written(known, text):
            return wanted
        if not written.fine:
            raise self._client.refuse("PUT", written) if written.status not in GONE else overtaken()
        self._wrote(known, resource(known.href, written.etag, text) if written.etag else None)
        return wanted

    async def _is_written(self, known: Resource, text: str) -> bool:
        """Whether a write that was sent twice, because its reply was lost, was done the first time."""
        reply = await self._client.get(known.href)
        if not reply.fine:
            return False
        there, meant = resource(known.href, "", text_of(reply.body)), resource(known.href, "", text)
        if there is None or meant is None or there.event != meant.event:
            return False
        self._wrote(known, resource(known.href, reply.etag, text))
        return True

    def _wrote(self, old: Resource, new: Resource | None) -> None:
        """What this board and the others know of the calendar follows a write of ours."""
        self._calendar.replace(old, new)
        self._state = self._state.after(old, new) if self._state is not None else None


def _days(state: State, window: Interval) -> tuple[date, ...]:
    """What is expanded for a window is expanded anew when it reaches another day."""
    repeats = any(one.series for one in state.resources.values())
    return (window.start.date(), window.end.date()) if repeats else ()


def _titles(about: About | None) -> Titles:
    return Titles(about.schedule, about.role, about.called) if about is not None else Titles("", "", lambda user: user)
