"""The hourly run over all schedules: each by itself, and no more often than its horizon moves."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, update

import zonedata
from services.rotations import saving as rotations
from services.schedules import creating as schedules
from services.schedules import horizon
from services.schedules.creating import ScheduleDraft, ScheduleView
from storage.notices import NoticeKind
from storage.tables import Rotation, RotationVersion, ShiftRow
from tests.support.service_world import DAY, HOUR, WEEK, Desk


async def due(desk: Desk) -> list[int]:
    async with desk.house.database.read() as tx:
        return await tx.schedules.to_extend(desk.house.clock.now(), zonedata.in_use().version)


async def a_second_schedule(desk: Desk) -> ScheduleView:
    draft = ScheduleDraft(
        name="Beta", team="Money", time_zone="UTC", roles=["Primary"], members=["UALICE", "UBOB"], admins=["UALICE"]
    )
    made = await schedules.create_schedule(desk.house, desk.alice, draft)
    rotation = desk.draft(schedule_id=made.id, role=made.roles[0].id)
    await rotations.save_rotation(desk.house, desk.alice, rotation)
    return made


async def set_zone(desk: Desk, schedule_id: int, zone: str) -> None:
    """As if the zone data of this machine had lost a zone, or had it again."""
    ours = select(Rotation.id).where(Rotation.schedule_id == schedule_id)
    async with desk.house.database.transaction() as tx:
        await tx.session.execute(
            update(RotationVersion).where(RotationVersion.rotation_id.in_(ours)).values(time_zone=zone)
        )


async def reaches(desk: Desk, schedule_id: int) -> datetime:
    """Until when a schedule's shifts go."""
    async with desk.house.database.read() as tx:
        return max(await tx.session.scalars(select(ShiftRow.ends_at).where(ShiftRow.schedule_id == schedule_id)))


@pytest.mark.parametrize(("unit", "first_look"), [("days", 1), ("weeks", 6)])
async def test_a_schedule_is_left_alone_until_another_turn_is_within_its_horizon(
    desk: Desk, unit: str, first_look: int
) -> None:
    """The horizon is 30 days; weekly turns begin every Monday, so the next one comes in after five days."""
    await desk.rotate(unit=unit)
    looks: list[int] = []
    for day in range(1, 9):
        desk.pass_time(DAY)
        if await due(desk):
            looks.append(day)
            await horizon.extend_due(desk.house)
    assert looks[0] == first_look
    assert len(looks) == (8 if unit == "days" else 1)
    assert await reaches(desk, desk.id) >= desk.now + 30 * DAY - DAY


async def test_one_that_cannot_be_extended_keeps_no_other_from_it_and_is_told_once(desk: Desk) -> None:
    await desk.rotate()
    beta = await a_second_schedule(desk)
    before = await reaches(desk, desk.id), await reaches(desk, beta.id)
    await set_zone(desk, desk.id, "Mars/Olympus")
    desk.pass_time(WEEK)

    for _ in range(3):
        await horizon.extend_due(desk.house)
        desk.pass_time(HOUR)

    assert await reaches(desk, desk.id) == before[0]
    assert await reaches(desk, beta.id) == before[1] + WEEK
    assert await due(desk) == [desk.id]
    (facts,) = await desk.told(NoticeKind.HORIZON)
    assert "time zone" in facts["reason"]
    assert [why for _name, why in await horizon.failing(desk.house, desk.alice)] == [facts["reason"]]


async def test_when_it_works_again_that_is_told_too(desk: Desk) -> None:
    await desk.rotate()
    await set_zone(desk, desk.id, "Mars/Olympus")
    desk.pass_time(WEEK)
    await horizon.extend_due(desk.house)
    await set_zone(desk, desk.id, "UTC")
    desk.pass_time(HOUR)
    await horizon.extend_due(desk.house)
    assert [bool(facts["reason"]) for facts in await desk.told(NoticeKind.HORIZON)] == [True, False]
    assert await horizon.failing(desk.house, desk.alice) == []
    assert await reaches(desk, desk.id) == desk.world.at(6 * 168)


async def test_a_new_release_of_the_zone_rules_has_every_schedule_looked_at(desk: Desk) -> None:
    await desk.rotate()
    async with desk.house.database.read() as tx:
        assert await tx.schedules.to_extend(desk.now, "another release") == [desk.id]


async def test_archived_schedules_are_left_alone(desk: Desk) -> None:
    await desk.rotate()
    await desk.set_schedule(archived_at=desk.now)
    desk.pass_time(3 * DAY)
    assert await due(desk) == []
