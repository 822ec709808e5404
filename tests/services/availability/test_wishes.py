"""Everything that is known of people's time comes out as one list: by hand, from calendars, from public holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from oncall.availability import Leaning, Wish
from oncall.timeline import Interval
from services.availability.public_holidays import countries, days_of, holidays_of, subdivisions
from services.availability.wishes import wishes_of
from storage.tables import AwayCalendar, HolidayRegion, WishRow
from tests.support.service_world import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EASTER = Interval(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 8, tzinfo=UTC))


def by_hand(desk: Desk, user: str, start: datetime, length: timedelta, leaning: Leaning, **more: object) -> WishRow:
    return WishRow(
        workspace_id=desk.workspace,
        user_id=user,
        leaning=leaning,
        starts_at=start,
        ends_at=start + length,
        entered_by=user,
        entered_at=desk.now,
        **{"time_zone": "UTC", **more},
    )


async def test_a_block_beats_what_a_calendar_would_like_and_other_peoples_time_is_left_out(desk: Desk) -> None:
    start = EASTER.start
    async with desk.house.database.transaction() as tx:
        await tx.availability.add(by_hand(desk, "UBOB", start + DAY, DAY, Leaning.CANNOT, why="secret"))
        await tx.availability.add(by_hand(desk, "UCAROL", start, DAY, Leaning.CANNOT))
        calendar = await tx.availability.add_calendar(
            AwayCalendar(
                workspace_id=desk.workspace,
                user_id="UBOB",
                kind="ics",
                host="calendar.example.com",
                address="sealed",
                due_at=desk.now,
                added_at=desk.now,
            )
        )
        liked = Wish(start, start + 3 * DAY, "UBOB", Leaning.WOULD_LIKE)
        await tx.availability.replace_of_calendar(calendar.id, [liked])
    async with desk.house.database.read() as tx:
        found = await wishes_of(tx, desk.workspace, ["UBOB"], EASTER)
        assert await wishes_of(tx, desk.workspace, [], EASTER) == []
        assert await wishes_of(tx, desk.workspace + 1, ["UBOB"], EASTER) == []
    assert [(wish.start, wish.end, wish.leaning) for wish in found] == [
        (start, start + DAY, Leaning.WOULD_LIKE),
        (start + DAY, start + 2 * DAY, Leaning.CANNOT),
        (start + 2 * DAY, start + 3 * DAY, Leaning.WOULD_LIKE),
    ]


async def test_what_repeats_is_found_in_every_week_that_it_reaches(desk: Desk) -> None:
    start = datetime(2026, 3, 5, tzinfo=UTC)
    ends = {"UBOB": EASTER.start, "UCAROL": EASTER.start - 7 * DAY}
    async with desk.house.database.transaction() as tx:
        for user, until in ends.items():
            row = by_hand(desk, user, start, 7 * DAY, Leaning.RATHER_NOT, repeats_until=until)
            await tx.availability.add(row)
    async with desk.house.database.read() as tx:
        found = await wishes_of(tx, desk.workspace, [*ends], EASTER)
    assert [(wish.user, wish.start, wish.end) for wish in found] == [("UBOB", EASTER.start, EASTER.start + DAY)]


async def test_public_holidays_are_days_where_their_person_is_and_wishes_only_if_they_mind(desk: Desk) -> None:
    async with desk.house.database.transaction() as tx:
        for user, minds in (("UBOB", True), ("UCAROL", False)):
            region = HolidayRegion(
                workspace_id=desk.workspace,
                user_id=user,
                country="DE",
                subdivision="BY",
                rather_not=minds,
                chosen_at=desk.now,
            )
            await tx.availability.set_region(region)
            person = await tx.people.get(desk.workspace, user)
            assert person is not None
            person.time_zone = "Europe/Berlin"
    async with desk.house.database.read() as tx:
        found = await holidays_of(tx, desk.workspace, ["UBOB", "UCAROL", "UALICE"], EASTER)
        wishes = await wishes_of(tx, desk.workspace, ["UBOB", "UCAROL"], EASTER)
    assert found.keys() == {"UBOB", "UCAROL"}
    assert [(one.name, one.day) for one in found["UBOB"]] == [
        ("Good Friday", date(2026, 4, 3)),
        ("Easter Monday", date(2026, 4, 6)),
    ]
    assert found["UBOB"][0].start == datetime(2026, 4, 2, 22, tzinfo=UTC)
    assert [(wish.user, wish.start, wish.end) for wish in wishes] == [
        ("UBOB", one.start, one.end) for one in found["UBOB"]
    ]


def test_every_country_that_is_offered_has_a_name_and_holidays_of_its_own() -> None:
    assert len(countries()) > 150
    assert {name for code, name in countries() if code == "DE"} == {"Germany"}
    assert ("BY", "Bayern") in subdivisions("DE")
    assert (subdivisions("XX"), days_of("XX", "", 2027), days_of("DE", "XX", 2027)) == ((), (), ())
    assert all(days_of(code, "", 2027) for code in ("DE", "US", "JP", "IN", "BR", "GB"))
    assert all(day.year == 2027 for day, _ in days_of("CN", "", 2027))
