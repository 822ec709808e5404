"""Looking at the clock: what is due goes into the outbox once, and the next look is at the right instant."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from oncall.shifts import ShiftSource
from storage.database import Database
from storage.notices import NoticeKind
from storage.tables import Schedule, ShiftRow, Told
from tests.support.notice_house import START, NoticeHouse

SWITCH = NoticeKind.ON_CALL_SWITCH


def steps(facts: dict[str, Any]) -> list[tuple[str, list[str], list[str]]]:
    return [(role["role"], role["before"], role["after"]) for role in facts["roles"]]


async def test_a_handoff_is_told_at_its_instant_with_what_comes_next(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    await house.assign(schedule, "UBOB", 24, 48)
    await house.assign(schedule, "UCAROL", 48, 72)
    await house.watch()
    house.clock.pass_(hours=24)
    await house.watch()
    first, second = await house.facts(SWITCH)
    assert steps(first) == [("Primary", [], ["UALICE"])]
    assert steps(second) == [("Primary", ["UALICE"], ["UBOB"])]
    assert second["at"] == house.hours(24).isoformat()
    assert second["roles"][0]["until"] == house.hours(48).isoformat()
    assert second["roles"][0]["next"] == ["UCAROL"]


async def test_several_roles_of_a_schedule_are_one_message(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    for position, (first, second) in enumerate([("UALICE", "UBOB"), ("UBOB", "UALICE")]):
        await house.assign(schedule, first, 0, 24, position=position)
        await house.assign(schedule, second, 24, 48, position=position)
    await house.watch()
    house.clock.pass_(hours=24)
    await house.watch()
    assert [len(facts["roles"]) for facts in await house.facts(SWITCH)] == [2, 2]


async def test_looking_again_tells_nothing_again(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    for _ in range(3):
        await house.watch()
    assert len(await house.facts(SWITCH)) == 1


async def test_two_processes_that_look_at_once_tell_it_once(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    other = Database(str(house.database.url))
    try:
        await asyncio.gather(*(watch_once(base, START) for base in (house.database, other) for _ in range(4)))
    finally:
        await other.close()
    assert len(await house.facts(SWITCH)) == 1


async def test_taking_over_now_is_told_now_and_not_again_at_the_old_handoff(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    await house.assign(schedule, "UBOB", 24, 48)
    await house.watch()
    house.clock.pass_(hours=20)
    await house.assign(schedule, "UBOB", 20, 24, source=ShiftSource.PERSON)
    await house.watch()
    house.clock.pass_(hours=5)
    await house.watch()
    assert [steps(facts)[0][1:] for facts in await house.facts(SWITCH)] == [([], ["UALICE"]), (["UALICE"], ["UBOB"])]


async def test_a_handoff_that_was_moved_earlier_or_later_is_told_when_it_happens(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.settings(schedule, reminder_hours=1)
    await house.assign(schedule, "UALICE", 0, 24)
    await house.assign(schedule, "UBOB", 24, 72)
    await house.watch()
    house.clock.pass_(hours=11)
    assert await house.watch() == house.hours(23)
    await house.assign(schedule, "UBOB", 12, 24)
    assert await house.watch() == house.hours(12)
    await house.assign(schedule, "UALICE", 12, 30)
    house.clock.pass_(hours=13)
    assert await house.watch() == house.hours(29)
    assert len(await house.facts(SWITCH)) == 1
    house.clock.pass_(hours=6)
    await house.watch()
    assert (await house.facts(SWITCH))[-1]["at"] == house.hours(30).isoformat()


async def test_what_was_missed_for_longer_is_one_summary(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    for number, user in enumerate(["UALICE", "UBOB", "UCAROL", "UALICE"]):
        await house.assign(schedule, user, number * 6, number * 6 + 6)
    await house.watch()
    house.clock.pass_(hours=23)
    await house.watch()
    late = (await house.facts(SWITCH))[1:]
    assert [facts["late"] for facts in late] == [True]
    assert [role["after"] for role in late[0]["roles"]] == [["UBOB"], ["UCAROL"], ["UALICE"]]


async def test_a_proposed_shift_puts_nobody_on_call(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    async with house.database.transaction() as tx:
        for shift in await tx.shifts.of_schedule(schedule, START):
            row = await tx.session.get_one(ShiftRow, shift.id)
            row.state = "proposed"
    await house.watch()
    assert await house.facts(SWITCH) == []


async def test_an_archived_schedule_is_not_told_of(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    await house.watch()
    async with house.database.transaction() as tx:
        row = await tx.schedules.get(schedule)
        assert row is not None
        row.archived_at = house.clock.now()
    house.clock.pass_(hours=24)
    await house.watch()
    assert len(await house.facts(SWITCH)) == 1


async def test_a_member_is_reminded_once_a_day_before(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 48, 60)
    await house.assign(schedule, "UALICE", 60, 72)
    assert await house.watch() == house.hours(24)
    assert await house.facts(NoticeKind.REMINDER) == []
    house.clock.pass_(hours=24)
    assert await house.watch() == house.hours(36)
    house.clock.pass_(hours=12)
    await house.watch()
    (facts,) = await house.facts(NoticeKind.REMINDER)
    assert (facts["user"], facts["start"], facts["end"]) == (
        "UALICE",
        house.hours(48).isoformat(),
        house.hours(72).isoformat(),
    )


async def test_a_schedule_may_remind_earlier(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.settings(schedule, reminder_hours=72)
    await house.assign(schedule, "UALICE", 100, 124)
    assert await house.watch() == house.hours(28)
    house.clock.pass_(hours=28)
    await house.watch()
    assert len(await house.facts(NoticeKind.REMINDER)) == 1


async def test_the_digest_comes_weekly_at_its_hour_in_the_schedules_zone(house: NoticeHouse) -> None:
    schedule = await house.add_schedule(zone="America/New_York")
    await house.assign(schedule, "UALICE", 0, 24 * 8)
    await house.assign(schedule, "UBOB", 24 * 8, 24 * 20)
    await house.settings(schedule, digest_day=5, digest_hour=16)
    friday = datetime(2026, 3, 6, 21, tzinfo=UTC)
    wakes = set[datetime | None]()
    while house.clock.now() < friday + timedelta(days=8):
        wakes.add(await house.watch())
        house.clock.pass_(hours=3)
    told = [item for item in await house.items(kind=NoticeKind.DIGEST)]
    assert {friday, datetime(2026, 3, 13, 20, tzinfo=UTC)} <= wakes
    assert [item.created_at for item in told] == [friday, friday + timedelta(days=7)]
    week, following = told[0].payload["weeks"]
    assert [shift["user"] for shift in week["shifts"]] == ["UALICE"]
    assert [shift["user"] for shift in following["shifts"]] == ["UALICE", "UBOB"]


async def test_a_digest_that_was_due_before_it_was_switched_on_is_not_sent(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.settings(schedule, digest_day=1, digest_hour=8)
    await house.watch()
    assert await house.facts(NoticeKind.DIGEST) == []


async def test_the_counter_and_the_people_told_are_kept(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    await house.watch()
    async with house.database.read() as tx:
        row = await tx.session.get_one(Told, schedule)
    assert (row.users, row.serial) == ({str(await house.role(schedule)): ["UALICE"]}, 1)


async def test_one_post_per_webhook_holds_every_schedule_of_the_instant(house: NoticeHouse) -> None:
    first, second = await house.add_schedule(), await house.add_schedule("Search", "Discovery")
    async with house.database.read() as tx:
        team = (await tx.duties.schedules([second]))[second][1].id
    everything, some = (
        await house.add_webhook("https://a.test"),
        await house.add_webhook("https://b.test", teams=[team]),
    )
    await house.assign(first, "UALICE", 0, 24)
    await house.assign(second, "UBOB", 0, 24)
    await house.watch()
    bodies = {int(i.target): i.payload["body"]["transitions"] for i in await house.items(Method.WEBHOOK)}
    assert {hook: sorted(teams) for hook, teams in bodies.items()} == {
        everything: ["Discovery", "Engineering"],
        some: ["Discovery"],
    }


async def test_a_look_concerns_only_schedules_on_which_something_is_due_or_was_changed(house: NoticeHouse) -> None:
    first, second = await house.add_schedule(), await house.add_schedule()
    for schedule in (first, second):
        await house.assign(schedule, "UALICE", 0, 24)
    await house.watch()
    assert await claimed(house) == []
    await house.assign(second, "UBOB", 2, 4)
    assert await claimed(house) == [second]
    await house.watch()
    house.clock.pass_(hours=2)
    assert await claimed(house) == [second]


async def claimed(house: NoticeHouse) -> list[int]:
    async with house.database.read() as tx:
        return await tx.told.due(house.clock.now())


async def test_a_schedule_that_cannot_be_looked_at_keeps_no_other_from_being_told(house: NoticeHouse) -> None:
    broken, sound = await house.add_schedule(), await house.add_schedule()
    await house.watch()
    for schedule in (broken, sound):
        await house.assign(schedule, "UALICE", 0, 24)
    async with house.database.transaction() as tx:
        await tx.session.execute(update(Told).where(Told.schedule_id == broken).values(users=["no", "mapping"]))
    await house.watch()
    assert len(await house.facts(SWITCH)) == 1
    async with house.database.transaction() as tx:
        await tx.session.execute(update(Told).where(Told.schedule_id == broken).values(users={}))
    house.clock.pass_(minutes=6)
    await house.watch()
    assert len(await house.facts(SWITCH)) == 2


async def test_a_schedule_that_was_put_away_is_left_alone_until_it_is_brought_back(house: NoticeHouse) -> None:
    schedule = await house.add_schedule()
    await house.assign(schedule, "UALICE", 0, 24)
    await archived(house, schedule, house.clock.now())
    assert await house.watch() is None
    assert (await house.facts(SWITCH), await claimed(house)) == ([], [])
    await archived(house, schedule, None)
    await house.watch()
    assert len(await house.facts(SWITCH)) == 1


async def archived(house: NoticeHouse, schedule: int, at: datetime | None) -> None:
    async with house.database.transaction() as tx:
        (await tx.session.get_one(Schedule, schedule)).archived_at = at
        if at is None:
            await tx.told.bring_forward([schedule])


@pytest.mark.parametrize(("webhooks", "commits"), [(0, 2), (1, 1)])
async def test_of_many_that_are_due_the_first_are_told_at_once_but_webhooks_hear_of_an_instant_in_one_post(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch, webhooks: int, commits: int
) -> None:
    monkeypatch.setattr("notices.noticing.watch.AT_ONCE", 2)
    for number in range(webhooks):
        await house.add_webhook(f"https://{number}.test")
    for _ in range(4):
        await house.assign(await house.add_schedule(), "UALICE", 0, 24)
    told: list[bool] = []
    house.database.on_commit(lambda unit: told.append(unit.told_something))
    await house.watch()
    assert told.count(True) == commits
    assert (len(await house.facts(SWITCH)), len(await house.items(Method.WEBHOOK))) == (4, webhooks)
    assert await claimed(house) == []


async def test_a_webhook_hears_of_an_instant_in_one_post_also_where_some_of_the_first_are_archived(
    house: NoticeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notices.noticing.watch.AT_ONCE", 2)
    await house.add_webhook("https://hook.test")
    schedules = [await house.add_schedule() for _ in range(4)]
    for schedule in schedules:
        await house.assign(schedule, "UALICE", 0, 24)
    async with house.database.transaction() as tx:
        await tx.session.execute(update(Schedule).where(Schedule.id == schedules[0]).values(archived_at=START))
    await house.watch()
    assert (len(await house.facts(SWITCH)), len(await house.items(Method.WEBHOOK))) == (3, 1)
