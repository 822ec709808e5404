"""What people do in calendar apps, and what it means here in Bidirectional mode: the table of docs/calendars.md.

Each test begins with one shift of Alice's, from hour 24 to hour 48, that was exported.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sync.core.model import Status
from tests.support.calendar_servers import CalendarServer, event, vcalendar
from tests.support.calendar_world import CalendarWorld, calendar_world

ALICE, BOB, CAROL = "UALICE", "UBOB", "UCAROL"
LATER = 0.05
"""Hours after which a write of Baton's is no longer waited for."""


@pytest.fixture
async def world(radicale_server: CalendarServer) -> AsyncIterator[CalendarWorld]:
    async with calendar_world(radicale_server) as made:
        await made.house.assign(ALICE, 24, 48)
        await made.reconcile()
        assert made.shows() == [(24, 48, ALICE)]
        made.house.pass_hours(LATER)
        yield made


async def comes_home(world: CalendarWorld, *shifts: tuple[float, float, str | None]) -> None:
    """A refresh makes these the shifts here, and the next one finds nothing to do."""
    await world.reconcile()
    assert await world.house.local() == list(shifts)
    there = [world.calendar.text(name) for name in world.calendar.names()]
    writes = world.line.asked.copy()
    world.house.pass_hours(LATER)
    await world.reconcile()
    assert await world.house.local() == list(shifts)
    assert [world.calendar.text(name) for name in world.calendar.names()] == there
    assert world.line.asked - writes == {"read": 1}, "it wrote, or asked more than once"
    assert (await world.house.status())[0] is Status.OK


def times(world: CalendarWorld, before: tuple[float, float], after: tuple[float, float]) -> list[tuple[str, str]]:
    return list(zip(world.span(*before), world.span(*after), strict=True))


async def test_an_event_that_was_moved_moves_the_shift(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], *times(world, (24, 48), (30, 54)))
    await comes_home(world, (24, 30, None), (30, 48, ALICE), (48, 54, ALICE))
    assert world.shows() == [(30, 54, ALICE)]


async def test_an_event_that_was_made_longer_makes_the_shift_longer(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], *times(world, (24, 48), (24, 60)))
    await comes_home(world, (24, 48, ALICE), (48, 60, ALICE))
    assert world.shows() == [(24, 60, ALICE)]


async def test_an_event_that_was_split_by_a_copy_splits_the_shift(world: CalendarWorld) -> None:
    name = world.ours()[0]
    text = world.calendar.text(name)
    world.calendar.edit(name, *times(world, (24, 48), (24, 36)))
    copy = text.replace(name, "copy-by-an-app").replace("alice@example.com", "bob@example.com")
    for before, after in times(world, (24, 48), (36, 48)):
        copy = copy.replace(before, after)
    world.calendar.put("copy-by-an-app", copy)
    await comes_home(world, (24, 36, ALICE), (36, 48, BOB))


async def test_another_attendee_takes_the_shift(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], ("mailto:alice@example.com", "mailto:Bob@Example.com"))
    await comes_home(world, (24, 48, BOB))


async def test_an_attendee_who_is_added_takes_nothing(world: CalendarWorld) -> None:
    extra = "ATTENDEE;CUTYPE=INDIVIDUAL:mailto:bob@example.com\nDTSTAMP"
    world.calendar.edit(world.ours()[0], ("DTSTAMP", extra))
    await comes_home(world, (24, 48, ALICE))


async def test_another_title_means_nothing(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], ("SUMMARY:Alice · Payments · Primary", "SUMMARY:Please call my mobile"))
    await comes_home(world, (24, 48, ALICE))
    assert "SUMMARY:Please call my mobile" in world.calendar.text(world.ours()[0])


async def test_an_event_that_was_deleted_leaves_the_shift_unassigned(world: CalendarWorld) -> None:
    world.calendar.delete(world.ours()[0])
    await comes_home(world, (24, 48, None))
    assert len(await world.house.outbox("unassigned")) == 1


async def test_an_event_that_was_cancelled_leaves_the_shift_unassigned(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], ("DTSTAMP", "STATUS:CANCELLED\nDTSTAMP"))
    await comes_home(world, (24, 48, None))


async def test_an_attendee_who_declines_stays_on_call(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], ("PARTSTAT=ACCEPTED", "PARTSTAT=DECLINED"))
    await comes_home(world, (24, 48, ALICE))


async def test_each_occurrence_of_a_series_made_by_hand_is_a_shift_and_the_series_stays_as_it_is(
    world: CalendarWorld,
) -> None:
    await world.house.assign(ALICE, 48, 96)
    await world.reconcile()
    world.house.pass_hours(LATER)
    for name in world.ours():
        world.calendar.delete(name)
    guest = "ATTENDEE:mailto:bob@example.com"
    series = world.calendar.add(*world.span(24, 36), "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:payments night", guest)
    text = world.calendar.text(series)
    gaps = ((36, 48, None), (60, 72, None), (84, 96, None))
    await comes_home(world, *sorted([(24, 36, BOB), (48, 60, BOB), (72, 84, BOB), *gaps]))
    assert world.calendar.text(series) == text

    await world.house.decide(CAROL, 48, 60)
    await world.reconcile()
    assert world.calendar.text(series) == text
    status, reason = await world.house.status()
    assert status is Status.ERROR, reason
    assert "repeats" in reason


async def test_times_without_a_zone_are_meant_in_the_zone_of_the_schedule(world: CalendarWorld) -> None:
    """Hour 24 is ten in the morning in Berlin."""
    before = world.span(24, 48)
    after = ("DTSTART:20260303T120000", "DTEND:20260304T100000")
    world.calendar.edit(world.ours()[0], *zip(before, after, strict=True))
    await comes_home(world, (24, 26, None), (26, 48, ALICE))


async def test_an_all_day_event_lasts_from_midnight_to_midnight_of_the_schedule(world: CalendarWorld) -> None:
    before = world.span(24, 48)
    after = ("DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260304")
    world.calendar.edit(world.ours()[0], *zip(before, after, strict=True))
    await comes_home(world, (14, 24, ALICE), (24, 38, ALICE), (38, 48, None))


async def test_an_event_without_an_end_in_sight_lasts_as_far_as_is_looked(world: CalendarWorld) -> None:
    world.calendar.edit(world.ours()[0], (world.span(24, 48)[1], "DTEND:99991231T235959Z"))
    await world.reconcile()
    assert (await world.house.status())[0] is Status.OK
    assert (24, 48, ALICE) in await world.house.local()
    world.house.pass_hours(LATER)
    await world.reconcile()
    assert (await world.house.status())[0] is Status.OK


async def test_an_event_in_another_zone_is_at_the_same_instant(world: CalendarWorld) -> None:
    before = world.span(24, 48)
    after = ("DTSTART;TZID=Asia/Kolkata:20260303T163000", "DTEND;TZID=Asia/Kolkata:20260304T143000")
    world.calendar.edit(world.ours()[0], *zip(before, after, strict=True))
    await comes_home(world, (24, 26, None), (26, 48, ALICE))


def zone(name: str, offset: str) -> str:
    standard = f"DTSTART:20001101T020000\nTZOFFSETFROM:-0700\nTZOFFSETTO:{offset}\nTZNAME:X"
    return f"BEGIN:VTIMEZONE\nTZID:{name}\nBEGIN:STANDARD\n{standard}\nEND:STANDARD\nEND:VTIMEZONE"


async def test_a_zone_whose_rules_in_the_file_are_old_is_read_by_the_zone_database(world: CalendarWorld) -> None:
    """Vancouver stays at -07:00 all year since 2026, and an old app brings along -08:00."""
    name = world.ours()[0]
    span = ("DTSTART;TZID=America/Vancouver:20260303T040000", "DTEND;TZID=America/Vancouver:20260304T020000")
    guest = "ATTENDEE:mailto:alice@example.com"
    old = vcalendar(zone("America/Vancouver", "-0900"), event(name, *span, "SUMMARY:Payments", guest))
    world.calendar.put(name, old)
    await comes_home(world, (24, 27, None), (27, 48, ALICE), (48, 49, ALICE))


async def test_a_zone_that_nobody_knows_is_read_by_the_rules_of_its_own_file(world: CalendarWorld) -> None:
    """Two files use one name for different rules."""
    await world.house.assign(BOB, 72, 96)
    await world.reconcile()
    world.house.pass_hours(LATER)
    mine = next(one for one in world.ours() if "alice@" in world.calendar.text(one))
    other = next(one for one in world.ours() if "bob@" in world.calendar.text(one))
    for name, email, day, offset in ((mine, "alice", 3, "-0500"), (other, "bob", 5, "+0200")):
        hour = "0500" if offset == "-0500" else "1200"
        span = (f"DTSTART;TZID=Our office:202603{day:02}T{hour}00", "DURATION:PT22H")
        guest = f"ATTENDEE:mailto:{email}@example.com"
        text = vcalendar(zone("Our office", offset), event(name, *span, "SUMMARY:Payments", guest))
        world.calendar.put(name, text)
    await comes_home(
        world, (24, 25, None), (25, 47, ALICE), (47, 48, None), (72, 73, None), (73, 95, BOB), (95, 96, None)
    )


async def test_what_is_no_shift_is_left_alone_for_ever(world: CalendarWorld) -> None:
    """Other titles, other people, several people: none of it is looked at, moved or deleted."""
    calendar = world.calendar
    names = [
        world.add(BOB, 24, 30, title="Dentist"),
        world.add(BOB, 25, 30, title="Repayments"),
        world.add("someone@elsewhere.example", 26, 30, title="Payments"),
        calendar.add(*world.span(27, 30), "SUMMARY:Payments"),
        calendar.add(
            *world.span(28, 30),
            "SUMMARY:Payments retro",
            "ATTENDEE:mailto:bob@example.com",
            "ATTENDEE:mailto:carol@example.com",
        ),
    ]
    before = [calendar.text(name) for name in names]
    await comes_home(world, (24, 48, ALICE))
    await world.house.unassign(24, 48)
    await world.reconcile()
    assert [calendar.text(name) for name in names] == before
    assert world.ours() == []


async def test_whoever_made_the_event_is_not_whom_it_names(world: CalendarWorld) -> None:
    world.calendar.delete(world.ours()[0])
    world.calendar.add(
        *world.span(24, 48),
        "SUMMARY:On call: PAYMENTS",
        "ORGANIZER:mailto:carol@example.com",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:carol@example.com",
        "ATTENDEE:mailto:bob@example.com",
        "ATTENDEE;CUTYPE=ROOM:mailto:room@example.com",
    )
    await comes_home(world, (24, 48, BOB))
