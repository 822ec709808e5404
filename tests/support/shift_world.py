"""The small world of the engine's tests, on a shift-based PagerDuty schedule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from sandbox.pagerduty.rendering import Span
from sandbox.pagerduty.shift_values import CustomShift, Event, Rotation, ShiftOverride, ShiftPlan, Strategy
from sandbox.pagerduty.v3.rendering import final_assignments
from sandbox.pagerduty.values import ScheduleKind
from sync.core.model import Mode
from tests.support.engine_house import START, EngineWorld, engine_world

Row = tuple[float, float, str]


@asynccontextmanager
async def shift_world(*, mode: Mode = Mode.AUTHORITATIVE) -> AsyncIterator[EngineWorld]:
    async with engine_world(mode=mode) as house:
        house.world.account.schedules[house.external_id].kind = ScheduleKind.SHIFTS
        async with house.database.transaction() as tx:
            await tx.destinations.change_kind(1, house.external_id, "v3")
        yield house


def plan_of(house: EngineWorld) -> ShiftPlan:
    return house.world.account.schedules[house.external_id].shifts.latest


def keep(house: EngineWorld, plan: ShiftPlan) -> None:
    house.world.account.schedules[house.external_id].shifts.record(house.now, plan)


def hours(house: EngineWorld, start: object, end: object, user: str | None) -> Row:
    names = {pd: user for user, pd in house.pd_users.items()}
    a, b = ((moment - START).total_seconds() / 3600 for moment in (start, end))  # type: ignore[operator]
    return a, b, names.get(user or "", user or "-")


def custom_shifts(house: EngineWorld) -> list[Row]:
    """Those that are not over, with whole extents."""
    ahead = [shift for shift in plan_of(house).custom_shifts if shift.end > house.now]
    return sorted(hours(house, shift.start, shift.end, shift.user_id) for shift in ahead)


def shift_ids(house: EngineWorld) -> set[str]:
    return {shift.id for shift in plan_of(house).custom_shifts if shift.end > house.now}


def shift_overrides(house: EngineWorld) -> list[Row]:
    ahead = [one for one in plan_of(house).overrides if one.end > house.now]
    return sorted(hours(house, one.start, one.end, one.overriding) for one in ahead)


def on_call(house: EngineWorld, since: float, until: float) -> list[Row]:
    """Every assignment; several rows may lie over each other."""
    found = final_assignments(plan_of(house), Span(house.at(since), house.at(until)), False, False)
    return [hours(house, one.start, one.end, one.user_id) for one in found if one.user_id is not None]


def people_at(house: EngineWorld, hour: float) -> set[str]:
    return {user for start, end, user in on_call(house, hour - 1, hour + 1) if start <= hour < end}


def human_shift(house: EngineWorld, user: str, start: float, end: float) -> CustomShift:
    account = house.world.account
    return account.create_custom_shift(house.external_id, house.pd_users[user], house.at(start), house.at(end))


def human_override(house: EngineWorld, line: str, was: str, user: str, start: float, end: float) -> None:
    """Somebody puts ``user`` in the place of ``was`` on a rotation or a custom shift."""
    plan, account = plan_of(house), house.world.account
    rotation, shift = (line, None) if line.startswith("R") else (None, line)
    people = (house.pd_users[was], house.pd_users[user])
    number = account.next_override_number()
    made = ShiftOverride(account.ids.shift(), number, rotation, shift, house.at(start), house.at(end), *people)
    keep(house, replace(plan, overrides=(*plan.overrides, made)))


def rotate(house: EngineWorld, name: str, user: str, start: float = -24, length: float = 24) -> None:
    """A rotation ``name`` (R…) that puts one person on call for so many hours of every day."""
    begin = house.at(start)
    wall = begin.replace(tzinfo=None)
    event = Event(
        f"E{name}",
        name,
        wall,
        wall + timedelta(hours=length),
        "UTC",
        begin,
        None,
        ("RRULE:FREQ=DAILY",),
        Strategy.ROTATING,
        1,
        (house.pd_users[user],),
    )
    plan = plan_of(house)
    others = tuple(one for one in plan.rotations if one.id != name)
    keep(house, replace(plan, rotations=(*others, Rotation(name, (event,)))))
