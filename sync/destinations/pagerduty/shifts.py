"""A shift-based schedule, written with custom shifts and with overrides of what is there already.

An item's id is the end of its address: ``custom_shifts/…`` or ``overrides/…``. So is the line that an override takes
somebody's place on: ``rotations/…`` or the custom shift's own id.

A batch that holds one wrong item is refused as a whole. Nothing was made then, so its items are sent one by one, which
tells whose fault it is. Items that PagerDuty makes none of and does not complain about are treated alike.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from oncall.clock import Clock
from oncall.timeline import Interval, Segment, Timeline
from sync.core.model import Line, Strategy
from sync.destinations.pagerduty.account import PAGE, schedule
from sync.destinations.pagerduty.changes import ChangeLog
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.events import events_in
from sync.destinations.pagerduty.reading import (
    Json,
    an_object,
    instant,
    objects,
    other_rules,
    reading,
    touching,
    written,
)
from sync.destinations.pagerduty.spans import in_spans, next_second, window_of
from sync.ports import (
    SHIFTED,
    Created,
    CredentialRefused,
    Listed,
    Maker,
    OutcomeUnknown,
    Overtaken,
    Refused,
    RemoteError,
    ScheduleGone,
    Seen,
    Wanted,
)

SHIFTS, OVERRIDES, ROTATIONS = "custom_shifts", "overrides", "rotations"
BATCH = 25
"""Items per create call; nobody says how many are allowed."""


class ShiftBoard:
    """Implements :class:`sync.ports.Board`."""

    def __init__(self, client: PagerDutyClient, schedule_id: str, clock: Clock) -> None:
        self._client = client
        self._path = f"/v3/schedules/{quote(schedule_id, safe='')}"
        self._clock = clock
        self._changes = ChangeLog(client, self._path)

    async def maker(self, item_id: str) -> Maker:
        return await self._changes.maker(item_id.rpartition("/")[2])

    async def look(self, window: Interval) -> Seen:
        shapes = await in_spans(window, self._rendered)
        with reading():
            found = [line for shape in shapes for line in _lines(shape)]
        lines = sorted(
            {piece for line in found if (piece := _cut(line, window))}, key=lambda line: (line.start, line.on)
        )
        effective = Timeline.union(Segment(line.start, line.end, (line.user,)) for line in lines if line.user)
        known = schedule(shapes[0], SHIFTED)
        with reading():
            rules = other_rules(known.time_zone, (text for shape in shapes for text in _times(shape)))
        seen = Seen(known, window, effective, effective, Strategy.SHIFTS, tuple(lines), other_rules=rules)
        return replace(seen, events=events_in(shapes[0]))

    async def _rendered(self, span: Interval) -> Json:
        answer = await self._client.get(self._path, **window_of(span), **{"include[]": ["final_schedule"]})
        with reading():
            return an_object(answer["schedule"])

    async def items(self, window: Interval) -> Sequence[Listed]:
        parts = await in_spans(window, self._listed)
        found = {item.id: item for part in parts for item in part if touching(window, item.start, item.end)}
        return sorted(found.values(), key=lambda item: (item.start, item.id))

    async def _listed(self, span: Interval) -> list[Listed]:
        kinds = ((SHIFTS, custom_shift), (OVERRIDES, override))
        return [item for name, read in kinds async for item in self._pages(name, read, span)]

    async def _pages(self, name: str, read: Callable[[Any], Listed], span: Interval) -> AsyncIterator[Listed]:
        offset, more = 0, True
        asked = {**window_of(span), "overflow": "true", "limit": str(PAGE)}
        while more:
            answer = await self._client.get(f"{self._path}/{name}", **asked, offset=str(offset))
            with reading():
                page = [read(one) for one in objects(an_object(answer)[name])]
                more = bool(page) and bool(answer.get("more"))
            for item in page:
                yield item
            offset += len(page)

    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        made: dict[int, Created] = {}
        for name in (SHIFTS, OVERRIDES):
            places = [place for place, one in enumerate(wanted) if (OVERRIDES if one.on else SHIFTS) == name]
            for first in range(0, len(places), BATCH):
                batch = places[first : first + BATCH]
                results = await self._known(name, [wanted[place] for place in batch], made)
                made |= dict(zip(batch, results, strict=True))
        return [made[place] for place in range(len(wanted))]

    async def _known(self, name: str, wanted: Sequence[Wanted], before: dict[int, Created]) -> list[Created]:
        """Create a batch. What came before it must not be forgotten because of an error that ends everything."""
        try:
            return await self._batch(name, wanted)
        except RemoteError as error:
            if any(created.item for created in before.values()):
                raise OutcomeUnknown(str(error)) from error
            raise

    async def _batch(self, name: str, wanted: Sequence[Wanted]) -> list[Created]:
        try:
            found = matched(wanted, await self._post(name, wanted))
        except Refused as refused:
            if len(wanted) == 1:
                return [await self._once_more(name, wanted[0], refused)]
            found = [None] * len(wanted)
        if found == [None] and len(wanted) == 1:
            return [Created(wanted[0], error="PagerDuty did not make it and does not say why")]
        results: dict[int, Created] = {}
        for place, (one, item) in enumerate(zip(wanted, found, strict=True)):
            results[place] = Created(one, item) if item else (await self._known(name, [one], results))[0]
        return list(results.values())

    async def _once_more(self, name: str, wanted: Wanted, refused: Refused) -> Created:
        """An item that was refused for a start that has just passed is asked for from the next second on."""
        now = self._clock.now()
        later = replace(wanted, start=next_second(max(now, wanted.start)))
        if "past" not in str(refused).lower() or later.start >= wanted.end:
            return Created(wanted, error=str(refused))
        try:
            made = matched([later], await self._post(name, [later]))[0]
        except Refused as again:
            return Created(wanted, error=str(again))
        return Created(wanted, made) if made else Created(wanted, error=str(refused))

    async def _post(self, name: str, wanted: Sequence[Wanted]) -> list[Listed]:
        ask, read = (_asked_override, override) if name == OVERRIDES else (_asked_shift, custom_shift)
        answer = await self._client.post(f"{self._path}/{name}", {name: [ask(one) for one in wanted]})
        with reading(OutcomeUnknown):
            return [read(one) for one in objects(an_object(answer)[name])]

    async def change(self, item_id: str, wanted: Wanted) -> Listed:
        begun = wanted.start <= self._clock.now()
        name, asked, read = ("override", _asked_override(wanted), override) if wanted.on else _shift_change(wanted)
        keys = ("end_time",) if begun else ("start_time", "end_time", "overriding_member", "assignments")
        body = {name: {key: asked[key] for key in keys if key in asked}}
        try:
            answer = await self._client.put(self._address(item_id), body)
        except ScheduleGone as gone:
            raise Overtaken("The shift that was to be changed is not there any more.") from gone
        except Refused as refused:
            if any(word in str(refused).lower() for word in ("started", "ended", "past")):
                raise Overtaken(str(refused)) from refused
            raise
        with reading(OutcomeUnknown):
            return read(an_object(answer)[name])

    async def delete(self, item_id: str) -> None:
        try:
            await self._client.delete(self._address(item_id))
        except ScheduleGone:
            return
        except (Refused, CredentialRefused) as refused:
            if "already ended" not in str(refused).lower():
                raise

    def _address(self, item_id: str) -> str:
        return f"{self._path}/{quote(item_id, safe='/')}"


def _shift_change(wanted: Wanted) -> tuple[str, Json, Callable[[Any], Listed]]:
    return "custom_shift", _asked_shift(wanted), custom_shift


def _lines(shape: Json) -> list[Line]:
    """What the rendered schedule says; a gap has neither a rotation nor a shift and is no line."""
    rendered = objects(an_object(shape["final_schedule"])["computed_shift_assignments"])
    return [line for one in rendered if (line := _line(one)) is not None]


def _times(shape: Json) -> Iterator[str]:
    """Every time that the rendered schedule names, as it is written."""
    for one in objects(an_object(shape["final_schedule"])["computed_shift_assignments"]):
        yield str(one["start_time"])
        yield str(one["end_time"])


def _line(one: Json) -> Line | None:
    source = an_object(one["source"])
    start, end = instant(one["start_time"]), instant(one["end_time"])
    on = next((f"{name}/{source[key]}" for name, key in _SOURCES if source.get(key)), "")
    if not on or start >= end:
        return None
    item = f"{OVERRIDES}/{source['override_id']}" if source.get("override_id") else ""
    return Line(start, end, _person(one["member"]), on, item)


_SOURCES = ((SHIFTS, "shift_id"), (ROTATIONS, "rotation_id"))


def _cut(line: Line, window: Interval) -> Line | None:
    span = Interval(line.start, line.end).clip(window)
    return replace(line, start=span.start, end=span.end) if span else None


def custom_shift(value: Any) -> Listed:
    shape = an_object(value)
    (assignment,) = objects(shape["assignments"])
    user = _person(assignment["member"])
    return Listed(f"{SHIFTS}/{shape['id']}", user, instant(shape["start_time"]), instant(shape["end_time"]))


def override(value: Any) -> Listed:
    shape = an_object(value)
    rotation = shape.get("rotation_id")
    return Listed(
        f"{OVERRIDES}/{shape['id']}",
        _person(shape["overriding_member"]),
        instant(shape["start_time"]),
        instant(shape["end_time"]),
        on=f"{ROTATIONS}/{rotation}" if rotation else f"{SHIFTS}/{shape['custom_shift_id']}",
        overridden=_person(shape["overridden_member"]),
    )


def _person(value: Any) -> str:
    """Empty for the member that stands for nobody."""
    member = an_object(value)
    return "" if member["type"] == "empty_member" else str(member["user_id"])


def _member(user: str) -> Json:
    return {"type": "user_member", "user_id": user} if user else {"type": "empty_member"}


def _asked_shift(wanted: Wanted) -> Json:
    assignment = {"type": "shift_assignment", "member": _member(wanted.user)}
    times = {"start_time": written(wanted.start), "end_time": written(wanted.end)}
    return {"type": "custom_shift", **times, "assignments": [assignment]}


def _asked_override(wanted: Wanted) -> Json:
    kind, _, line = wanted.on.partition("/")
    return {
        "type": "override_shift",
        "rotation_id" if kind == ROTATIONS else "custom_shift_id": line,
        "start_time": written(wanted.start),
        "end_time": written(wanted.end),
        "overridden_member": _member(wanted.overridden),
        "overriding_member": _member(wanted.user),
    }


def matched(wanted: Sequence[Wanted], made: Sequence[Listed]) -> list[Listed | None]:
    """For each wanted item the one that was made of it, by content; its start may have been moved."""
    rest, found = list(made), list[Listed | None]()
    for one in wanted:
        fitting = [item for item in rest if _answers(one, item)]
        item = min(fitting, key=lambda item: item.start, default=None)
        if item is not None:
            rest.remove(item)
        found.append(item)
    if rest:
        raise OutcomeUnknown("PagerDuty made something else than it was asked for; that is looked into by itself.")
    return found


def _answers(wanted: Wanted, item: Listed) -> bool:
    end = wanted.end.replace(microsecond=0)
    same = (item.user, item.on, item.overridden, item.end) == (wanted.user, wanted.on, wanted.overridden, end)
    return same and item.start >= wanted.start.replace(microsecond=0)
