"""The rules of a zone change under a schedule: by 2025b clocks go back in Vancouver in autumn 2026, by 2026f not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

import zonedata
from oncall.fairness.patterns import Days
from oncall.rotations import Unit
from oncall.shifts import ShiftState
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.fairness import dealing, saving
from services.fairness.drafting import FairDraft, PatternDraft
from services.rotations import saving as rotations
from services.schedules import horizon
from services.schedules.creating import ConfirmMode
from services.shifts import changing as changes
from services.shifts import swaps
from services.shifts.swaps import SwapDraft
from storage.notices import NoticeKind
from storage.tables import CoverRequest, Schedule
from sync.core.model import Mode, Status
from tests.support.service_world import DAY, Desk, refs
from tests.support.zonerules import NEW, OLD, folder_of, switch_to, zone_rules

VANCOUVER = "America/Vancouver"
HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 11, 16, 9)  # noqa: DTZ001 - a wall time, as people type it
CONFIRMED = ShiftState.CONFIRMED


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """It is Sunday, 15 November 2026, 09:00 UTC, and the rules are those of 2025b."""
    with zone_rules(OLD):
        async with Desk.at() as made:
            made.pass_time(258 * DAY)
            yield made


async def office_hours(desk: Desk, **options: Any) -> None:
    """Weekdays 09:00-17:00 in Vancouver, a day for each, confirmed for four weeks and exported."""
    await desk.set_schedule(time_zone=VANCOUVER, **options)
    await desk.rotate(
        *("UALICE", "UBOB"),
        **{"zone": VANCOUVER, "first_handoff": MONDAY, "unit": Unit.DAYS, "opens": time(9), "closes": time(17)},
    )
    await desk.confirm_all()
    await desk.world.reconcile()


async def clocks(desk: Desk, state: ShiftState = CONFIRMED) -> set[tuple[str, str]]:
    """At which times of the clock in Vancouver shifts begin and end, by the rules in use."""
    zone = ZoneInfo(VANCOUVER)
    ahead = [shift for shift in await desk.shifts(state) if shift.end > desk.now]
    return {(f"{s.start.astimezone(zone):%H:%M}", f"{s.end.astimezone(zone):%H:%M}") for s in ahead}


async def update_rules(desk: Desk) -> horizon.Extended:
    """New data comes into use and the clock notices."""
    switch_to(NEW)
    return await horizon.extend(desk.house, desk.id)


def in_pagerduty(desk: Desk) -> list[tuple[datetime, datetime]]:
    account = desk.world.world.account
    shown = account.final_schedule(desk.world.external_id, desk.now, desk.now + 30 * DAY)
    return [(entry.start, entry.end) for entry in shown]


async def test_confirmed_shifts_keep_their_hours_on_the_clock_and_get_no_second_one(desk: Desk) -> None:
    await office_hours(desk)
    before = await desk.shifts(CONFIRMED)
    assert await clocks(desk) == {("09:00", "17:00")}

    done = await update_rules(desk)

    after = await desk.shifts(CONFIRMED)
    assert await clocks(desk) == {("09:00", "17:00")}
    assert [(s.id, s.user, s.start, s.end) for s in after] == [
        (s.id, s.user, s.start - HOUR, s.end - HOUR) for s in before
    ]
    assert (done.proposed, done.dropped, done.destinations) == ((), (), (desk.world.destination_id,))
    assert await horizon.extend(desk.house, desk.id) == horizon.Extended()


@pytest.mark.parametrize(
    ("zone", "later"),
    [("America/Edmonton", -1), ("America/Winnipeg", -1), ("America/Havana", -1), ("Africa/Casablanca", 1)],
)
async def test_it_is_so_wherever_clocks_changed_forward_or_back(desk: Desk, zone: str, later: int) -> None:
    await desk.rotate("UALICE", "UBOB", zone=zone, first_handoff=MONDAY, backup=1, backup_role=desk.roles[1])
    await desk.confirm_all()
    before = await desk.shifts(CONFIRMED)
    assert {s.role_id for s in before} == set(desk.roles)

    await update_rules(desk)

    after = {s.id: (s.user, s.start, s.end) for s in await desk.shifts(CONFIRMED)}
    assert after == {s.id: (s.user, s.start + later * HOUR, s.end + later * HOUR) for s in before}
    assert await desk.shifts(ShiftState.PROPOSED) == []
    assert {start.astimezone(ZoneInfo(zone)).hour for _, start, _ in after.values()} == {9}


async def test_pagerduty_follows_without_an_extra_hour_and_nobody_is_asked(desk: Desk) -> None:
    await office_hours(desk)
    count = len(desk.world.overrides())
    assert count > 10
    await update_rules(desk)

    report = await desk.world.reconcile()

    assert (report.status, report.reason) == (Status.OK, "All confirmed shifts are exported.")
    assert len(desk.world.overrides()) == count
    assert in_pagerduty(desk) == [(s.start, s.end) for s in await desk.shifts(CONFIRMED)]
    zone = ZoneInfo(VANCOUVER)
    assert {(s.astimezone(zone).hour, e.astimezone(zone).hour) for s, e in in_pagerduty(desk)} == {(9, 17)}


async def test_people_and_admins_are_told_once_what_moved(desk: Desk) -> None:
    await office_hours(desk)
    told_before = len(await desk.told(NoticeKind.SHIFT_CHANGED))
    await update_rules(desk)
    await horizon.extend_all(desk.house)

    (told,) = await desk.told(NoticeKind.ZONE_RULES)

    first = (await desk.shifts(CONFIRMED))[0]
    assert (told["version"], told["zones"], told["staying"]) == (NEW, [VANCOUVER], [])
    assert told["moved"][0] == {
        "role": "Primary",
        "user": "UALICE",
        "start": (first.start + HOUR).isoformat(),
        "end": (first.end + HOUR).isoformat(),
        "after": [first.start.isoformat(), first.end.isoformat()],
    }
    assert len(told["moved"]) == len(await desk.shifts(CONFIRMED))
    assert len(await desk.told(NoticeKind.SHIFT_CHANGED)) == told_before
    assert ("baton", f"moved {len(told['moved'])} shifts with the clocks of America/Vancouver") in await desk.audit()


async def test_what_a_person_decided_stays_and_admins_are_told(desk: Desk) -> None:
    await office_hours(desk)
    first, second, *_ = await desk.shifts(CONFIRMED)
    await changes.reassign(desk.house, desk.alice, desk.id, refs(second)[0], "UCAROL")
    hers = next(s for s in await desk.shifts() if s.user == "UCAROL")

    await update_rules(desk)

    after = await desk.shifts(CONFIRMED)
    assert after[0].start == first.start - HOUR
    assert next(s for s in after if s.user == "UCAROL") == hers
    (told,) = await desk.told(NoticeKind.ZONE_RULES)
    assert told["staying"] == [
        {"role": "Primary", "user": "UCAROL", "start": hers.start.isoformat(), "end": hers.end.isoformat()}
    ]


async def test_around_the_clock_handoffs_move_and_leave_neither_gap_nor_overlap(desk: Desk) -> None:
    await desk.set_schedule(time_zone=VANCOUVER)
    await desk.rotate("UALICE", "UBOB", "UCAROL", zone=VANCOUVER, first_handoff=MONDAY)
    await desk.confirm_all()
    second = (await desk.shifts(CONFIRMED))[1]
    await changes.reassign(desk.house, desk.alice, desk.id, refs(second)[0], "UCAROL")
    await update_rules(desk)

    shifts = sorted(await desk.shifts(CONFIRMED), key=lambda shift: shift.start)

    assert all(one.end == next_.start for one, next_ in pairwise(shifts))
    mondays = [s.start.astimezone(ZoneInfo(VANCOUVER)).hour for s in shifts]
    assert mondays == [9, 10, 10, *[9] * (len(shifts) - 3)]
    assert await desk.shifts(ShiftState.PROPOSED) == []


async def test_what_has_begun_has_begun_and_its_end_moves(desk: Desk) -> None:
    await office_hours(desk)
    first = (await desk.shifts(CONFIRMED))[0]
    desk.pass_time(first.start - desk.now + 2 * HOUR)
    await update_rules(desk)
    running = (await desk.shifts(CONFIRMED))[0]
    assert (running.start, running.end) == (first.start, first.end - HOUR)


async def test_a_shift_that_is_over_by_new_rules_ends_now(desk: Desk) -> None:
    await office_hours(desk)
    first = (await desk.shifts(CONFIRMED))[0]
    desk.pass_time(first.end - desk.now - HOUR / 2)
    await update_rules(desk)
    assert (await desk.shifts(CONFIRMED))[0].end == desk.now
    assert await clocks(desk) == {("09:00", "17:00")}


async def test_proposals_are_laid_anew_and_nobody_is_asked_again(desk: Desk) -> None:
    await desk.rotate(zone=VANCOUVER, first_handoff=MONDAY, unit=Unit.DAYS, opens=time(9), closes=time(17))
    count = len(await desk.shifts(ShiftState.PROPOSED))
    await update_rules(desk)
    assert await clocks(desk, ShiftState.PROPOSED) == {("09:00", "17:00")}
    assert len(await desk.shifts(ShiftState.PROPOSED)) == count
    assert len(await desk.told(NoticeKind.SHIFTS_TO_CONFIRM)) == 1
    assert await desk.told(NoticeKind.ZONE_RULES) == []


async def test_with_automatic_confirmation_there_is_no_extra_hour_either(desk: Desk) -> None:
    await office_hours(desk, confirm_mode=ConfirmMode.AUTOMATICALLY)
    count = len(await desk.shifts(CONFIRMED))
    await update_rules(desk)
    assert len(await desk.shifts(CONFIRMED)) == count
    assert await clocks(desk) == {("09:00", "17:00")}


async def test_turns_go_to_the_same_people_although_a_version_began_at_a_handoff(desk: Desk) -> None:
    """Havana's clocks were an hour slower than was known: what began at a handoff would begin before it."""
    await desk.rotate("UALICE", "UBOB", "UCAROL", zone="America/Havana", first_handoff=MONDAY)
    (rotation,) = await versions(desk)
    since = datetime(2026, 12, 7, 9, tzinfo=ZoneInfo("America/Havana")).astimezone(UTC)
    draft = await rotations.draft_of(desk.house, desk.alice, desk.id, rotation[0].id or 0)
    await rotations.save_rotation(desk.house, desk.alice, replace(draft, every=2, since=since))
    before = [(s.user, s.start) for s in await desk.shifts()]
    await update_rules(desk)
    after = [(s.user, s.start) for s in await desk.shifts()]
    assert after == [(user, start - HOUR) for user, start in before]
    (rotation,) = await versions(desk)
    assert rotation[1].since == since - HOUR


async def versions(desk: Desk) -> Any:
    async with desk.house.database.read() as tx:
        return await tx.rotations.of_schedule(desk.id)


async def test_follow_the_sun_moves_only_the_zone_whose_rules_changed(desk: Desk) -> None:
    hours = {"first_handoff": datetime(2026, 11, 16), "unit": Unit.DAYS}  # noqa: DTZ001 - a wall time
    await desk.rotate("UALICE", zone="Europe/Berlin", opens=time(9), closes=time(17), name="Europe", **hours)
    await desk.rotate("UBOB", zone=VANCOUVER, opens=time(9), closes=time(17), name="America", **hours)
    await desk.confirm_all()
    before = {s.id: s for s in await desk.shifts(CONFIRMED)}
    await update_rules(desk)
    for shift in await desk.shifts(CONFIRMED):
        moved = before[shift.id].start - shift.start
        assert moved == (HOUR if shift.user == "UBOB" else 0 * HOUR), shift
    assert await desk.shifts(ShiftState.PROPOSED) == []


async def test_an_open_request_for_cover_goes_with_its_shift(desk: Desk) -> None:
    await office_hours(desk)
    first = (await desk.shifts(CONFIRMED))[0]
    await cover.ask(desk.house, desk.alice, CoverDraft(desk.id, refs(first)[0]))
    await update_rules(desk)
    async with desk.house.database.read() as tx:
        request = await tx.session.scalar(select(CoverRequest))
    assert request is not None
    assert (request.starts_at, request.ends_at) == (first.start - HOUR, first.end - HOUR)


async def test_an_open_request_to_swap_can_still_be_accepted(desk: Desk) -> None:
    await office_hours(desk)
    mine, theirs, *_ = refs(*await desk.shifts(CONFIRMED))
    asked = await swaps.ask(desk.house, desk.alice, SwapDraft(desk.id, mine, theirs))
    await update_rules(desk)
    await swaps.agree(desk.house, desk.bob, asked.id)
    assert [s.user for s in await desk.shifts(CONFIRMED)][:2] == ["UBOB", "UALICE"]
    assert await clocks(desk) == {("09:00", "17:00")}


async def test_when_it_dies_in_the_middle_nothing_has_happened_and_the_next_look_does_it_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office_hours(desk)
    before = await desk.shifts(CONFIRMED)
    with monkeypatch.context() as patched:
        patched.setattr("services.schedules.zone_rules.note", lambda *_args, **_named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await update_rules(desk)
    assert await desk.shifts(CONFIRMED) == before
    await horizon.extend(desk.house, desk.id)
    assert await clocks(desk) == {("09:00", "17:00")}
    assert len(await desk.told(NoticeKind.ZONE_RULES)) == 1


async def test_a_schedule_from_before_rules_were_kept_was_laid_out_with_what_python_would_use(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office_hours(desk)
    async with desk.house.database.transaction() as tx:
        await tx.session.execute(update(Schedule).values(zone_rules=None))
    monkeypatch.setattr(zonedata._state, "default", (str(folder_of(OLD)),))
    await update_rules(desk)
    assert await clocks(desk) == {("09:00", "17:00")}
    assert len(await desk.told(NoticeKind.ZONE_RULES)) == 1


async def test_a_schedule_whose_zones_did_not_change_is_left_alone(desk: Desk) -> None:
    await desk.rotate(zone="Europe/Berlin", first_handoff=MONDAY)
    await desk.confirm_all()
    before = await desk.shifts()
    await update_rules(desk)
    assert await desk.shifts() == before
    assert await desk.told(NoticeKind.ZONE_RULES) == []


@pytest.mark.parametrize("mode", [Mode.BIDIRECTIONAL, Mode.AUTHORITATIVE])
async def test_in_every_mode_that_exports_by_itself_pagerduty_follows(desk: Desk, mode: Mode) -> None:
    await desk.world.configure(mode=mode)
    await office_hours(desk)
    await update_rules(desk)
    await desk.world.reconcile()
    assert in_pagerduty(desk) == [(s.start, s.end) for s in await desk.shifts(CONFIRMED)]
    assert (await desk.world.reconcile()).differences == 0


async def test_in_manual_export_the_move_waits_for_a_person_like_everything_else(desk: Desk) -> None:
    await office_hours(desk)
    await desk.world.configure(mode=Mode.MANUAL_EXPORT)
    await desk.world.reconcile()
    await update_rules(desk)
    report = await desk.world.reconcile()
    assert report.status is Status.PENDING
    await desk.world.approve()
    await desk.world.reconcile()
    assert in_pagerduty(desk) == [(s.start, s.end) for s in await desk.shifts(CONFIRMED)]


async def test_shifts_that_were_dealt_fairly_stay_where_they_are_on_the_clock_and_with_whom(desk: Desk) -> None:
    shifts = (PatternDraft(Days.DAILY, time(9)), PatternDraft(Days.DAILY, time(21)))
    draft = FairDraft(
        schedule_id=desk.id, role=desk.roles[0], patterns=shifts, zone=VANCOUVER, members=("UALICE", "UBOB")
    )
    await saving.save(desk.house, desk.alice, draft)
    await dealing.deal(desk.house, desk.id)
    await desk.confirm_all()
    before, on_the_clock = await desk.shifts(CONFIRMED), await clocks(desk)
    assert on_the_clock == {("09:00", "21:00"), ("21:00", "09:00")}

    switch_to(NEW)
    await dealing.deal(desk.house, desk.id)

    after = await desk.shifts(CONFIRMED)
    assert await clocks(desk) == on_the_clock
    assert [shift.user for shift in after] == [shift.user for shift in before]
    assert after != before
    assert [facts["zones"] for facts in await desk.told(NoticeKind.ZONE_RULES)] == [[VANCOUVER]]
