"""Rotations that linking proposes put the same people on call at the same instants as PagerDuty renders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from oncall.rotations import Unit, coverage
from oncall.timeline import Interval, Timeline
from sandbox.pagerduty.rendering import instant_of
from sandbox.pagerduty.shift_values import Event, Rotation, ShiftPlan, Strategy
from sandbox.pagerduty.v3.upgrade import upgrade
from sandbox.pagerduty.values import Schedule
from services.connections import credentials as connections
from services.pagerduty import linking
from services.pagerduty.linking import LinkDraft, Linked
from sync.core.layers import Layer, Restriction
from sync.destinations.pagerduty.layer_shapes import asked
from tests.support.histories import histories
from tests.support.service_world import DAY, WEEK, Desk

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Kolkata")
SPAN = 8 * WEEK


@dataclass(slots=True)
class Town:
    desk: Desk
    connection_id: int

    @property
    def people(self) -> list[str]:
        return [self.desk.world.pd_users[user] for user in ("UALICE", "UBOB")]

    async def link(self, external_id: str) -> Linked:
        async def progress(_done: int, _total: int | None) -> None: ...

        await connections.relist_schedules(self.desk.house, self.connection_id)
        draft = LinkDraft(self.connection_id, external_id, "Platform", "First")
        found = await linking.read_external(self.desk.house, self.desk.bob, draft, progress)
        return await linking.link_schedule(self.desk.house, self.desk.bob, found, {})

    async def differences(self, schedule: Schedule, linked: Linked) -> list[Interval]:
        """Of windows of eight weeks through the next year, with all changes of clocks, those that are not the same."""
        async with self.desk.world.database.read() as tx:
            row = await tx.connections.get(self.connection_id)
        assert row is not None
        key = self.desk.house.secrets.open(row.secret)
        account = self.desk.house.external.account(row.id, subdomain=row.subdomain, region=row.region, key=key)
        board = self.desk.house.external.board(account, schedule.id, (await account.schedule(schedule.id)).kind)
        starts = [self.desk.now + number * SPAN for number in range(7)]
        windows = [Interval(start, start + SPAN) for start in starts]
        return [one for one in windows if (await board.look(one)).effective != self.laid_out(linked, one)]

    def laid_out(self, linked: Linked, window: Interval) -> Timeline:
        ids = self.desk.world.pd_users
        rotations = [replace(draft.rotation(), since=draft.since, until=draft.until) for draft in linked.rotations]
        found = [segment for one in rotations for segment in coverage(one, window).segments]
        return Timeline.union(one._replace(users=tuple(ids[user] for user in one.users)) for one in found)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    async with Desk.at() as desk:
        async with desk.world.database.transaction() as tx:
            row = await tx.destinations.get(desk.world.destination_id)
            assert row is not None
            await tx.connections.set_admins(row.connection_id, ["UALICE", "UBOB"])
        yield Town(desk, row.connection_id)


def at(day: int, hour: int = 0) -> datetime:
    """A wall time in January."""
    return datetime.fromisoformat(f"2026-01-{day:02}T{hour:02}:00")


def daily(opens: int, hours: int) -> tuple[Restriction, ...]:
    return (Restriction(f"{opens:02}:00:00", hours * 3600),)


def weekly(opens: int, hours: int, *days: int) -> tuple[Restriction, ...]:
    return tuple(Restriction(f"{opens:02}:00:00", hours * 3600, day) for day in days)


HOURS = (
    (),
    daily(8, 12),
    daily(20, 12),
    (*daily(9, 3), *daily(14, 4)),
    weekly(9, 8, 1, 2, 3, 4, 5),
    weekly(17, 64, 5),
    weekly(0, 24, 6, 7),
    weekly(4, 24, 1, 3),
    (*weekly(9, 4, 1), *weekly(12, 30, 2)),
)
TURNS = (12 * 3600, 86_400, 2 * 86_400, 604_800, 2 * 604_800)


def some_layers(town: Town, random: Random, zone: str) -> list[Layer]:
    """One to three layers with turns and hours of all kinds; each may begin later, and end."""
    layers = list[Layer]()
    count = random.randint(1, 3)
    for number in range(count):
        wall = at(random.randint(1, 28), random.choice((4, 9, 17)))
        start = town.desk.now - random.randint(3, 30) * DAY
        if random.random() < 0.4:
            start = town.desk.now + random.randint(1, 20) * DAY
        end = town.desk.now + random.randint(21, 200) * DAY if random.random() < 0.4 else None
        layers.append(
            Layer(
                name=f"Layer {number + 1}",
                start=start,
                end=end,
                virtual_start=instant_of(wall, ZoneInfo(zone)),
                turn_seconds=random.choice(TURNS),
                users=tuple(random.sample(town.people, random.randint(1, len(town.people)))),
                restrictions=random.choice(HOURS),
            )
        )
    return layers


@histories(24)
async def test_layers_and_their_rotations_have_the_same_people_at_the_same_instants(town: Town, seed: int) -> None:
    zone = ZONES[seed % len(ZONES)]
    layers = some_layers(town, Random(seed), zone)
    schedule = town.desk.world.world.account.add_schedule("Theirs", zone, layers=[asked(one) for one in layers])

    linked = await town.link(schedule.id)

    assert all("all of it" in one.why for one in linked.unsaid)
    assert linked.rotations
    assert linked.differing == ()
    assert await town.differences(schedule, linked) == []


@pytest.mark.parametrize("hours", [HOURS[0], HOURS[1], HOURS[2], HOURS[5]])
@pytest.mark.parametrize("turn", [604_800, 2 * 604_800])
async def test_a_schedule_that_was_upgraded_to_shifts_is_proposed_as_well(
    town: Town, hours: tuple[Restriction, ...], turn: int
) -> None:
    account, now = town.desk.world.world.account, town.desk.now
    begin = instant_of(at(2, 17), ZoneInfo("Europe/Berlin"))
    layer = Layer("Theirs", now - WEEK, None, begin, turn, tuple(town.people), hours)
    schedule = account.add_schedule("Theirs", "Europe/Berlin", layers=[asked(layer)])
    upgrade(account, schedule)

    linked = await town.link(schedule.id)

    assert (linked.unsaid, len(linked.rotations)) == ((), 1)
    assert await town.differences(schedule, linked) == []


@dataclass(frozen=True, slots=True)
class Case:
    start: datetime
    length: timedelta
    rule: str
    each: int = 1
    unit: Unit = Unit.WEEKS
    every: int = 1
    later: int = 0
    ends: int = 0


OFFICE = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
MORNING, EIGHT = at(5, 9), timedelta(hours=8)
CASES = {
    "every week": Case(MORNING, timedelta(7), "FREQ=WEEKLY"),
    "every two weeks": Case(MORNING, timedelta(14), "FREQ=WEEKLY;INTERVAL=2", every=2),
    "twelve hours": Case(MORNING, timedelta(hours=12), "FREQ=HOURLY;INTERVAL=12", unit=Unit.HOURS, every=12),
    "office hours by weeks": Case(MORNING, EIGHT, OFFICE, each=5),
    "office hours by days": Case(MORNING, EIGHT, OFFICE, unit=Unit.DAYS),
    "a rule of days on some": Case(at(3, 9), EIGHT, "FREQ=DAILY;BYDAY=MO,WE", each=2),
    "weekends": Case(at(2, 17), timedelta(hours=64), "FREQ=WEEKLY;BYDAY=FR"),
    "whole days": Case(at(5), timedelta(1), "FREQ=WEEKLY;BYDAY=MO,WE,SA", each=3),
    "later": Case(MORNING, timedelta(7), "FREQ=WEEKLY", later=17),
    "until": Case(MORNING, timedelta(7), "FREQ=WEEKLY", ends=100),
    "later and until": Case(MORNING, EIGHT, OFFICE, each=5, later=17, ends=100),
    "a number of weeks": Case(MORNING, timedelta(7), "FREQ=WEEKLY;COUNT=60"),
    "a number of days": Case(MORNING, EIGHT, OFFICE + ";COUNT=300", each=5),
    "up to a day": Case(MORNING, timedelta(7), "FREQ=WEEKLY;UNTIL=20270104T090000"),
    "up to an instant": Case(MORNING, timedelta(7), "FREQ=WEEKLY;UNTIL=20270104T075959Z"),
    "every year": Case(at(1, 9), timedelta(365), "FREQ=MONTHLY;INTERVAL=12", unit=Unit.MONTHS, every=12),
}


def event(town: Town, case: Case) -> Event:
    since = town.desk.now + (case.later * DAY if case.later else -WEEK)
    return Event(
        id=town.desk.world.world.account.ids.shift(),
        name="Theirs",
        start=case.start,
        end=case.start + case.length,
        time_zone="Europe/Berlin",
        effective_since=since,
        effective_until=town.desk.now + case.ends * DAY if case.ends else None,
        recurrence=(f"RRULE:{case.rule}",),
        strategy=Strategy.ROTATING,
        shifts_per_member=case.each,
        members=tuple(town.people),
    )


async def shifted(town: Town, *events: Event) -> tuple[Schedule, Linked]:
    account = town.desk.world.world.account
    schedule = account.add_shift_schedule("Theirs", "Europe/Berlin")
    rotations = tuple(Rotation(account.ids.shift(), (one,)) for one in events)
    schedule.shifts.record(town.desk.now, ShiftPlan(rotations))
    return schedule, await town.link(schedule.id)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_events_and_their_rotations_have_the_same_people_at_the_same_instants(town: Town, case: Case) -> None:
    schedule, linked = await shifted(town, event(town, case))

    [draft] = linked.rotations
    assert (draft.every, draft.unit, linked.unsaid) == (case.every, case.unit, ())
    assert await town.differences(schedule, linked) == []


@pytest.mark.parametrize(("days", "why"), [(30, "nobody is on call in between"), (31, "they overlap")])
async def test_shifts_of_months_that_do_not_meet_all_year_are_named(town: Town, days: int, why: str) -> None:
    months = Case(at(1, 9), timedelta(days), "FREQ=MONTHLY;BYMONTHDAY=1", each=2)

    _schedule, linked = await shifted(town, event(town, months))

    assert linked.rotations == ()
    assert f"each of its shifts lasts {days} days" in linked.unsaid[0].why
    assert why in linked.unsaid[0].why


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;COUNT=2", "FREQ=WEEKLY;UNTIL=20260120T000000"])
async def test_what_has_had_its_last_shift_is_not_proposed(town: Town, rule: str) -> None:
    over = event(town, Case(MORNING - timedelta(21), timedelta(7), rule))

    _schedule, linked = await shifted(town, over)

    assert (linked.rotations, linked.unsaid) == ((), ())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"recurrence": ("RRULE:FREQ=HOURLY;INTERVAL=12;BYDAY=MO",)}, "recurrence"),
        ({"recurrence": ("RRULE:FREQ=MONTHLY;BYDAY=1MO",)}, "recurrence"),
        ({"recurrence": ("RRULE:FREQ=WEEKLY", "EXDATE:20270104T090000")}, "recurrence"),
        ({"recurrence": ("RRULE:FREQ=WEEKLY;INTERVAL=2",)}, "gaps"),
        ({"strategy": Strategy.EVERY}, "several people on call at once"),
    ],
)
async def test_what_no_rotation_says_of_events_is_named(town: Town, changed: dict[str, object], why: str) -> None:
    odd = replace(event(town, CASES["every week"]), **changed)  # type: ignore[arg-type]

    _schedule, linked = await shifted(town, odd)

    assert linked.rotations == ()
    assert why in linked.unsaid[0].why


async def test_a_layer_is_turn_about_with_one_that_hides_it_for_a_time(town: Town) -> None:
    now, zone = town.desk.now, ZoneInfo("Europe/Berlin")
    begin = instant_of(at(5, 9), zone)
    lower = Layer("Always", now - WEEK, None, begin, 604_800, tuple(town.people))
    upper = replace(lower, name="Summer", start=now + 20 * DAY, end=now + 80 * DAY, users=tuple(town.people[:1]))
    layers = [asked(lower), asked(replace(upper, restrictions=HOURS[4]))]
    schedule = town.desk.world.world.account.add_schedule("Theirs", "Europe/Berlin", layers=layers)

    linked = await town.link(schedule.id)

    assert linked.unsaid == ()
    names = [draft.name for draft in linked.rotations]
    assert (names[0], names[1], names[-1]) == ("Summer", "Always (1)", f"Always ({len(names) - 1})")
    assert await town.differences(schedule, linked) == []


async def test_an_event_that_is_over_or_has_an_empty_place_is_no_rotation(town: Town) -> None:
    weekly_turns = event(town, CASES["every week"])
    over = replace(weekly_turns, effective_until=town.desk.now - DAY)
    empty = replace(weekly_turns, id="E2", name="Hole", members=(*town.people, None))

    _schedule, linked = await shifted(town, over, empty)

    assert (linked.rotations, [one.name for one in linked.unsaid]) == ((), ["Hole"])


async def test_turns_of_more_than_a_year_are_named_since_the_form_refuses_them(town: Town) -> None:
    _schedule, linked = await shifted(town, event(town, Case(MORNING, timedelta(7), "FREQ=WEEKLY", each=60)))

    assert linked.rotations == ()
    assert "A turn can last a year at most" in linked.unsaid[0].why


async def test_what_is_no_rotation_shows_as_a_difference(town: Town) -> None:
    now, zone = town.desk.now, ZoneInfo("Europe/Berlin")
    lower = Layer("Always", now - WEEK, None, instant_of(at(5, 9), zone), 604_800, tuple(town.people))
    odd = replace(lower, name="Odd", turn_seconds=5400, users=tuple(town.people[:1]), restrictions=HOURS[1])
    schedule = town.desk.world.world.account.add_schedule("Theirs", zone.key, layers=[asked(lower), asked(odd)])

    linked = await town.link(schedule.id)

    assert len(linked.differing) == 8 * 7 + 1, "every day, and the eight weeks begin and end in the middle of one"
    assert {(one.there, one.here) for one in linked.differing} == {(("UALICE",), ())}
    assert all(one.end - one.start == timedelta(hours=12) for one in linked.differing[1:5])


async def test_events_that_meet_are_two_rotations_that_one_role_can_not_have(town: Town) -> None:
    weekly_turns = event(town, CASES["every week"])
    second = replace(weekly_turns, id="E2", name="Second", members=tuple(reversed(town.people)))

    _schedule, linked = await shifted(town, weekly_turns, second)

    assert linked.meeting == ("", "Theirs")
    assert linked.differing == ()
