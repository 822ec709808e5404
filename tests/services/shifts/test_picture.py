"""What the picture of a calendar says, and its words. Nothing is drawn here."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oncall.calendar import Lane, days
from oncall.shifts import Shift, ShiftState
from pictures.values import Kind, Row
from services.schedules.creating import ConfirmMode, RoleView, ScheduleView
from services.shifts.calendar import CalendarView, RoleDays, page_after, page_before
from services.shifts.picture import alt_text, people_of, picture_of, within

BERLIN, LORD_HOWE, KATHMANDU = "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu"
NAMES = {"ann": "Ann Ångström", "bob": "Bob"}


def at(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[arg-type, misc]


def calendar(
    zone: str, first: date, count: int, *shifts: Shift, roles: tuple[str, ...] = ("Primary", "Secondary")
) -> CalendarView:
    named = tuple(RoleView(number, name) for number, name in enumerate(roles, start=1))
    schedule = ScheduleView(1, "p", "Payments", "Money", zone, 30, ConfirmMode.BY_HAND, None, named, ())
    found = days(first, count, zone)
    lanes = [Lane.of(shift for shift in shifts if shift.role_id == role.id) for role in named]
    filled = (
        RoleDays(role, tuple(lane.pieces(day.span) for day in found), lane.last)
        for role, lane in zip(named, lanes, strict=True)
    )
    return CalendarView(schedule, found, tuple(filled), found[0].span.start + timedelta(hours=12))


def rows(view: CalendarView) -> dict[str, Row]:
    return {row.label: row for row in picture_of(view, NAMES).rows}


def spans(row: Row) -> list[tuple[float, float, Kind]]:
    return [(round(bar.start, 4), round(bar.end, 4), bar.kind) for bar in row.bars]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (LORD_HOWE, date(2026, 4, 5), 24.5),
        (KATHMANDU, date(2026, 3, 29), 24),
    ],
)
def test_a_shift_over_midnight_goes_on_in_the_next_column_however_many_hours_the_day_has(
    zone: str, day: date, hours: float
) -> None:
    start = at(zone, day.year, day.month, day.day - 1, 22)
    six = at(zone, day.year, day.month, day.day, 6)
    view = calendar(zone, day - timedelta(days=1), 3, Shift(1, "ann", start, six))
    [(left, right, kind)] = spans(rows(view)["Ann Ångström"])
    assert (left, kind) == (round(22 / 24, 4), Kind.ON_CALL)
    assert right == round(1 + (hours - 18) / hours, 4)
    picture = picture_of(view, NAMES)
    assert [column.number for column in picture.columns] == [str(day.day + n) for n in (-1, 0, 1)]
    assert bool(picture.notes) == (hours != 24)


def test_gaps_come_first_role_by_role_then_people_by_their_first_turn() -> None:
    first = at("UTC", 2026, 6, 1)
    view = calendar(
        "UTC",
        date(2026, 6, 1),
        7,
        Shift(1, "bob", first + timedelta(days=1), first + timedelta(days=2)),
        Shift(1, "ann", first, first + timedelta(days=1)),
        Shift(1, "gone", first + timedelta(days=3), first + timedelta(days=9), ShiftState.PROPOSED),
    )
    picture = picture_of(view, NAMES)
    assert [row.label for row in picture.rows] == [
        "Nobody: Primary",
        "Nobody yet: Secondary",
        "Ann Ångström",
        "Bob",
        "somebody who left",
    ]
    shown = rows(view)
    assert spans(shown["Nobody: Primary"]) == [(2, 3, Kind.GAP)]
    assert spans(shown["Nobody yet: Secondary"]) == [(0, 7, Kind.OPEN)]
    assert [row.is_gap for row in picture.rows] == [True, False, False, False, False]
    assert spans(shown["somebody who left"]) == [(3, 7, Kind.PROPOSED)]
    assert people_of(view) == ["ann", "bob", "gone"]
    assert [column.is_today for column in picture.columns] == [True] + [False] * 6
    assert picture.now == 0.5
    assert [column.is_weekend for column in picture.columns] == [False] * 5 + [True] * 2
    assert picture.columns[0].month == "June 2026"


def test_two_roles_at_once_are_two_lanes_of_one_row_and_time_that_goes_on_is_one_bar() -> None:
    first = at("UTC", 2026, 6, 1)
    day = timedelta(days=1)
    view = calendar(
        "UTC",
        date(2026, 6, 1),
        7,
        Shift(1, "ann", first, first + 2 * day),
        Shift(1, "ann", first + 2 * day, first + 4 * day),
        Shift(1, "bob", first + 1 * day, first + 2 * day),
        Shift(2, "ann", first + 3 * day, first + 5 * day),
    )
    ann = rows(view)["Ann Ångström"]
    assert ann.lanes == 2
    assert [(bar.start, bar.end, bar.role, bar.lane) for bar in ann.bars] == [(0, 4, 0, 0), (3, 5, 1, 1)]
    assert rows(view)["Bob"].lanes == 1


@pytest.mark.parametrize(
    ("roles", "letters"),
    [
        (("Primary", "Secondary"), ["P", "S"]),
        (("Secondary", "Shadow", "Sec"), ["1", "Sh", "3"]),
        (("🦉 owl", "", "primary"), ["1", "2", "P"]),
    ],
)
def test_every_role_has_letters_of_its_own(roles: tuple[str, ...], letters: list[str]) -> None:
    view = calendar("UTC", date(2026, 6, 1), 1, roles=roles)
    assert [key.letters for key in picture_of(view, NAMES).keys] == letters


def test_very_many_people_are_cut_and_the_picture_says_so() -> None:
    first = at("UTC", 2026, 6, 1)
    hour = timedelta(hours=1)
    many = [Shift(1, f"U{n:03}", first + n * hour, first + (n + 1) * hour) for n in range(80)]
    picture = picture_of(calendar("UTC", date(2026, 6, 1), 7, *many), NAMES)
    assert len(picture.rows) == 60
    assert picture.notes == ("22 more rows not shown; /oncall shifts has everybody.",)


def test_its_words_say_the_same_gaps_first_in_the_schedules_time() -> None:
    view = calendar(
        BERLIN,
        date(2026, 3, 28),
        3,
        Shift(1, "ann", at(BERLIN, 2026, 3, 27, 9), at(BERLIN, 2026, 3, 29, 6)),
        Shift(1, "bob", at(BERLIN, 2026, 3, 29, 9), at(BERLIN, 2026, 3, 30, 9), ShiftState.PROPOSED),
    )
    assert alt_text(view, NAMES).splitlines() == [
        "Who is on call in Payments, 28 Mar – 30 Mar 2026, times of Europe/Berlin.",
        "Nobody: Primary Sun 29 Mar 06:00 – Sun 29 Mar 09:00.",
        "Primary: Ann Ångström Sat 28 Mar 00:00 – Sun 29 Mar 06:00.",
        "Primary: Bob (proposed) Sun 29 Mar 09:00 – Mon 30 Mar 09:00.",
        "Primary: not planned from Mon 30 Mar 09:00 on.",
        "Secondary: not planned from Sat 28 Mar 00:00 on.",
    ]


def test_who_stands_in_while_nobody_is_on_call_is_named() -> None:
    first, day = at("UTC", 2026, 6, 1), timedelta(days=1)
    view = calendar("UTC", date(2026, 6, 1), 3, Shift(1, "ann", first + day, first + 3 * day), roles=("Primary",))
    [role] = view.roles
    filled = tuple(tuple(replace(one, fallback="" if one.turns else "bob") for one in pieces) for pieces in role.days)
    view = replace(view, roles=(replace(role, days=filled),))
    assert people_of(view) == ["ann", "bob"]
    assert picture_of(view, NAMES).notes == ("While nobody is on call: Bob (Primary).",)
    assert "Nobody: Primary Mon 1 Jun 00:00 – Tue 2 Jun 00:00, fallback Bob." in alt_text(view, NAMES)


def test_words_that_are_too_many_end_with_a_whole_line() -> None:
    lines = [f"line {number} " + "x" * 50 for number in range(100)]
    text = within(lines, 2000)
    assert len(text) <= 2000
    *kept, last = text.split("\n")
    assert kept == lines[: len(kept)]
    assert last == f"And {100 - len(kept)} more lines: /oncall shifts has all of it."
    assert within(lines[:3], 2000) == "\n".join(lines[:3])
    assert len(within(["x" * 5000], 2000)) <= 2000


def test_pages_of_days_do_not_begin_before_today_and_end_with_what_is_planned() -> None:
    first = at("UTC", 2026, 6, 1)
    view = calendar("UTC", date(2026, 6, 1), 28, Shift(1, "ann", first, first + timedelta(days=40)))
    assert (page_before(view), page_after(view)) == (None, date(2026, 6, 29))
    assert page_after(calendar("UTC", date(2026, 6, 1), 28, Shift(1, "ann", first, first + timedelta(days=28)))) is None
