"""A layer-based schedule that existed before, written with one override per item.

Overrides can be on top of each other; the last created is in effect. There is no changing one, only creating and
deleting. A batch of creates is answered item by item, in order. PagerDuty may or may not take an override whose start
has just passed, so it is sent as asked first; refused for that reason, it is sent once more from the next second on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from oncall.clock import Clock
from oncall.timeline import Interval, Segment, Timeline, cells
from sync.destinations.pagerduty.account import schedule
from sync.destinations.pagerduty.changes import ChangeLog
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.errors import detailed
from sync.destinations.pagerduty.reading import (
    Json,
    an_object,
    entries,
    instant,
    objects,
    other_rules,
    override,
    person_of,
    reading,
    rendered,
    touching,
    written,
)
from sync.destinations.pagerduty.spans import in_spans, next_second, window_of
from sync.ports import (
    LAYERED,
    Created,
    CredentialRefused,
    Listed,
    Maker,
    OutcomeUnknown,
    Refused,
    RemoteError,
    ScheduleGone,
    Seen,
    Wanted,
)

MADE = 201


class OverrideBoard:
    """Implements :class:`sync.ports.Board`."""

    def __init__(self, client: PagerDutyClient, schedule_id: str, clock: Clock) -> None:
        self._client = client
        self._path = f"/schedules/{quote(schedule_id, safe='')}"
        self._clock = clock
        self._changes = ChangeLog(client, self._path)

    async def maker(self, item_id: str) -> Maker:
        return await self._changes.maker(item_id)

    async def look(self, window: Interval) -> Seen:
        shapes = await in_spans(window, self._rendered)
        return seen(shapes, window)

    async def _rendered(self, span: Interval) -> Json:
        answer = await self._client.get(self._path, **window_of(span))  # in the zone of the schedule
        with reading():
            return an_object(answer["schedule"])

    async def items(self, window: Interval) -> Sequence[Listed]:
        listed = [item for part in await in_spans(window, self._listed) for item in part]
        found = {item.id: item for item in listed if touching(window, item.start, item.end)}
        return sorted(found.values(), key=lambda item: (item.start, item.id))

    async def look_and_items(self, window: Interval) -> tuple[Seen, Sequence[Listed]]:
        """Both, asked for at once."""
        return await self._client.together(lambda: self.look(window), lambda: self.items(window))

    async def _listed(self, span: Interval) -> list[Listed]:
        answer = await self._client.get(f"{self._path}/overrides", **window_of(span), overflow="true")
        with reading():
            return [override(one) for one in objects(answer["overrides"])]

    async def create(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        results = await self._post(wanted)
        late = [place for place, result in enumerate(results) if _refused_as_past(result, self._clock.now())]
        if late:
            moved = await self._post_from_now([wanted[place] for place in late])
            for place, result in zip(late, moved, strict=False):
                results[place] = replace(result, wanted=wanted[place])
        return results

    async def _post_from_now(self, wanted: Sequence[Wanted]) -> Sequence[Created]:
        """Empty when PagerDuty refuses altogether: then the first results stand, of which some may be items made."""
        now = self._clock.now()
        try:
            return await self._post([replace(one, start=next_second(max(now, one.start))) for one in wanted])
        except OutcomeUnknown:
            raise
        except RemoteError:
            return []

    async def _post(self, wanted: Sequence[Wanted]) -> list[Created]:
        answer = await self._client.post(f"{self._path}/overrides", {"overrides": [_asked(one) for one in wanted]})
        with reading(OutcomeUnknown):
            replies = objects(answer["overrides"] if isinstance(answer, dict) else answer)
            return [_created(one, reply) for one, reply in zip(wanted, matched(wanted, replies), strict=True)]

    async def change(self, item_id: str, wanted: Wanted) -> Listed:
        raise Refused("PagerDuty has no way to change an override; it is made anew and the old one deleted.")

    async def delete(self, item_id: str) -> None:
        try:
            await self._client.delete(f"{self._path}/overrides/{quote(item_id, safe='')}")
        except ScheduleGone:
            return
        except (Refused, CredentialRefused) as refused:  # nobody documents with which status
            if "past override" not in str(refused).lower():
                raise


def seen(shapes: Sequence[Json], window: Interval) -> Seen:
    """What PagerDuty's renderings of one schedule, one per piece of the window, show."""
    with reading():
        effective = Timeline.union(piece for shape in shapes for piece in entries(shape, "final_schedule"))
        pinned = Timeline.union(piece for shape in shapes for piece in entries(shape, "overrides_subschedule"))
        known = schedule(shapes[0], LAYERED)
        rules = other_rules(known.time_zone, (text for shape in shapes for text in _times(shape)))
        turns = _layer_turns(shapes, window)
    return Seen(
        schedule=known,
        window=window,
        effective=effective.cut(window),
        pinned=topmost(pinned, effective).cut(window),
        other_rules=rules,
        layer_turns=turns,
    )


def _layer_turns(shapes: Sequence[Json], window: Interval) -> tuple[tuple[str, Timeline], ...] | None:
    """Who is on call by each layer, lowest first; PagerDuty gives the highest first. A list of schedules has none."""
    turns: dict[str, list[Segment]] = {}
    for shape in shapes:
        for layer in reversed(objects(shape.get("schedule_layers") or [])):
            if "rendered_schedule_entries" not in layer:
                return None
            turns.setdefault(str(layer["id"]), []).extend(rendered(layer))
    if any("schedule_layers" not in shape for shape in shapes):
        return None
    return tuple((name, Timeline.union(pieces).cut(window)) for name, pieces in turns.items())


def _times(shape: Json) -> Iterator[str]:
    """Every time at which somebody else is on call, as it is written."""
    for entry in objects(an_object(shape["final_schedule"])["rendered_schedule_entries"]):
        yield str(entry["start"])
        yield str(entry["end"])


def topmost(pinned: Timeline, effective: Timeline) -> Timeline:
    """Where overrides are on top of each other, the one in effect."""
    pieces = (
        Segment(start, end, tuple(user for user in claimed if user in there) or claimed)
        for start, end, claimed, there in cells(pinned, effective)
    )
    return Timeline.of(pieces)


def _asked(wanted: Wanted) -> Json:
    person = {"id": wanted.user, "type": "user_reference"}
    return {"start": written(wanted.start), "end": written(wanted.end), "user": person}


def matched(wanted: Sequence[Wanted], replies: Sequence[Json]) -> list[Json]:
    """The reply to each wanted item: by position, or by content where the positions don't fit."""
    if len(wanted) == len(replies) and all(map(_fits, wanted, replies)):
        return list(replies)
    rest, found = list(replies), list[Json]()
    for one in wanted:
        reply = next((reply for reply in rest if "override" in reply and _answers(one, reply)), None)
        if reply is None:
            raise ValueError("an item without an answer")
        rest.remove(reply)
        found.append(reply)
    return found


def _fits(wanted: Wanted, reply: Json) -> bool:
    return reply["status"] != MADE or _answers(wanted, reply)


def _answers(wanted: Wanted, reply: Json) -> bool:
    """Whether a reply is about this item; its start may have been moved."""
    about = an_object(reply["override"])
    return (person_of(about), instant(about["end"])) == (wanted.user, wanted.end.replace(microsecond=0))


def _created(wanted: Wanted, reply: Json) -> Created:
    if reply["status"] == MADE:
        return Created(wanted, item=override(reply["override"]))
    return Created(wanted, error=detailed(reply.get("errors")) or f"PagerDuty refused it ({reply['status']})")


def _refused_as_past(result: Created, now: datetime) -> bool:
    """By PagerDuty's clock, which may be ahead of ours; what would be over at once is not worth another try."""
    return "past" in result.error.lower() and next_second(max(now, result.wanted.start)) < result.wanted.end
