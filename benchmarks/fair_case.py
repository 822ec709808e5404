"""What the benchmarks of fair assignment are about: a team of eight with two roles, a day at a time.

There are seven shift patterns, a day of the week each, from 9:00 to 9:00; each role's are kinds of their own. People
have leave, wishes and a day of rest after each shift, and what was dealt before is history. Where shifts are to be
``apart`` as well, there are many plans of nearly the same cost, which is hard for every solver.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from oncall.availability import Leaning, Wish
from oncall.fairness import Limits, Member, Problem, Slot, Spacing, Stand, charged
from oncall.fairness.hours import measured

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ROLES = ("primary", "secondary")
NAMES = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jon", "kim", "leo")
HOLIDAYS = {"": {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 12, 25), date(2026, 12, 26)}}


def slots(first_day: int, days: int, roles: tuple[str, ...] = ROLES) -> tuple[Slot, ...]:
    return tuple(_slot(day, role) for day in range(first_day, first_day + days) for role in roles)


def _slot(day: int, role: str) -> Slot:
    start, end = MONDAY + day * DAY, MONDAY + (day + 1) * DAY
    hours, kind = measured(start, end, "UTC", HOLIDAYS), f"{role} {WEEKDAYS[day % 7]}"
    return Slot(
        start, end, role, f"{role} {day}", kind, night=hours.night, weekend=hours.weekend, holidays=hours.holidays
    )


def wishes(people: int, days: int, seed: int) -> tuple[Wish, ...]:
    """About a week of leave in nine for each, a day off now and then, and some wishes."""
    random, found = Random(seed), list[Wish]()
    for name in NAMES[:people]:
        for week in range(days // 7):
            chance, day = random.random(), week * 7 + random.randrange(7)
            if chance < 0.11:
                found.append(_wish(name, day, 7, Leaning.CANNOT))
            elif chance < 0.2:
                found.append(_wish(name, day, 1, Leaning.CANNOT))
            elif chance < 0.25:
                found.append(_wish(name, day, 2, random.choice([Leaning.RATHER_NOT, Leaning.WOULD_LIKE])))
    return tuple(found)


def _wish(user: str, day: int, days: int, leaning: Leaning) -> Wish:
    return Wish(MONDAY + day * DAY, MONDAY + (day + days) * DAY, user, leaning)


def problem(people: int, first_day: int, days: int, had: tuple[Stand, ...], seed: int = 1, apart: int = 0) -> Problem:
    members = tuple(Member(name) for name in NAMES[:people])
    return Problem(
        members,
        slots(first_day, days),
        had[-40:],
        wishes=wishes(people, 366, seed),
        loads=charged(members, had),
        limits=Limits(rest=24 * 60),
        spacing=Spacing(days=apart),
    )


def stands(of: Problem, given: tuple[tuple[str, str | None], ...]) -> tuple[Stand, ...]:
    by_id = {slot.id: slot for slot in of.slots}
    return tuple(_stand(by_id[slot], user) for slot, user in given if user is not None)


def _stand(slot: Slot, user: str) -> Stand:
    return Stand(slot.start, slot.end, user, slot.role, slot.kind, slot.night, slot.weekend, slot.holidays)
