"""Whatever is done to shifts, a feed says who is on call, and nothing that it said before is taken back in silence."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Component

from oncall.shifts import Shift, ShiftSource, ShiftState, assign, clear, timeline
from oncall.timeline import Interval, Segment, Timeline
from tests.services.feeds.place import Place
from tests.support.service_world import DAY, Desk

USERS = ("UALICE", "UBOB", "UCAROL")
NAMES = {"Alice": "UALICE", "Bob": "UBOB", "Carol": "UCAROL"}
STEPS = 25


async def change(desk: Desk, chance: random.Random) -> None:
    """One thing that somebody, a rotation or an import does to a role."""
    role = chance.choice(desk.roles)
    start = desk.now + timedelta(hours=chance.randrange(-30, 200))
    whole = Interval(start, start + timedelta(hours=chance.choice((1, 8, 24, 70)), microseconds=chance.randrange(3)))
    state = chance.choice((ShiftState.CONFIRMED, ShiftState.CONFIRMED, ShiftState.PROPOSED))
    shift = Shift(role, chance.choice(USERS), whole.start, whole.end, state, ShiftSource.ROTATION)
    async with desk.house.database.transaction() as tx:
        there = await tx.shifts.of_role(role, whole.start, whole.end)
        match chance.randrange(6):
            case 0:
                await tx.shifts.apply(desk.id, clear(there, role, whole), desk.now)
            case 1 if there:
                await tx.shifts.remove([chance.choice(there)], desk.now)
            case 2 if proposed := [one for one in there if one.state is ShiftState.PROPOSED]:
                await tx.shifts.confirm(chance.choice(proposed), desk.now)
            case 3:
                await tx.shifts.end_running(role, desk.now)
            case _:
                await tx.shifts.apply(desk.id, assign(there, shift), desk.now)


def second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def said(events: list[Component]) -> Timeline:
    live = [one for one in events if one["STATUS"] == "CONFIRMED"]
    return Timeline.union(
        Segment(one["DTSTART"].dt, one["DTEND"].dt, (NAMES[str(one["SUMMARY"]).partition(" ")[0]],)) for one in live
    )


def true(shifts: list[Shift]) -> Timeline:
    """As the database has it, in whole seconds."""
    kept = timeline(shifts).segments
    whole = ((second(one.start), second(one.end), one.users) for one in kept)
    return Timeline.union(Segment(start, end, users) for start, end, users in whole if start < end)


@pytest.mark.parametrize("seed", range(4))
async def test_after_every_change_a_feed_is_true_and_withdraws_what_it_said(place: Place, seed: int) -> None:
    desk, chance = place.desk, random.Random(seed)
    link = await place.link(desk.bob, place.role(0))
    known: dict[str, Component] = {}
    tag = ""
    for _ in range(STEPS):
        await change(desk, chance)
        answer = await place.get(link, [tag])
        events = await place.events(link)
        async with desk.house.database.read() as tx:
            shifts = await tx.shifts.of_role(desk.roles[0], datetime(2000, 1, 1, tzinfo=UTC))
        assert said(events) == true(shifts)
        now_known = {str(one["UID"]): one for one in events}
        assert len(now_known) == len(events)
        live = said(events)
        for uid, before in known.items():
            after = now_known.get(uid)
            if after is not None:
                same = after.to_ical() == before.to_ical()
                assert same or after["SEQUENCE"] > before["SEQUENCE"] or after["DESCRIPTION"] != before["DESCRIPTION"]
            elif before["STATUS"] == "CONFIRMED":  # left out only where the same person has that time all the same
                there = live.cut(Interval(before["DTSTART"].dt, before["DTEND"].dt))
                assert {user for one in there.segments for user in one.users} == {said([before]).segments[0].users[0]}
                assert not there.gaps(Interval(before["DTSTART"].dt, before["DTEND"].dt))
        if answer.body is None:
            assert {uid: one.to_ical() for uid, one in known.items()} == {u: o.to_ical() for u, o in now_known.items()}
        known, tag = now_known, answer.etag
        if chance.random() < 0.2:
            desk.pass_time(timedelta(hours=chance.randrange(1, 60)))
    assert known


async def test_a_month_later_nothing_is_left_of_what_was(place: Place) -> None:
    desk, chance = place.desk, random.Random(99)
    for _ in range(STEPS):
        await change(desk, chance)
    link = await place.link(desk.bob, place.whole)
    assert await place.events(link)
    desk.pass_time(45 * DAY)
    assert await place.events(link) == []
