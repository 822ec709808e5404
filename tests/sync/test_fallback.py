"""The fallback person in PagerDuty: in time in which nobody is on call here or there, in every mode, and nowhere else.

Hours count from Monday 09:00 UTC; the schedule is in Europe/Berlin and its horizon reaches to midnight there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, time

import pytest

from oncall.rotations import Rotation, members
from oncall.timeline import Interval
from oncall.windows import Daily
from storage.tables import Presence
from sync.core.model import Mode, Status
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.support.layer_world import ZONE, confirm_pattern, layer_world, local, rendered, rotate
from tests.support.shift_world import human_shift, on_call, people_at, shift_world

modes = pytest.mark.parametrize("mode", [Mode.AUTHORITATIVE, Mode.BIDIRECTIONAL])
KINDS = ("override_removed", "shift_changed", "unassigned", "import_conflict", "unmapped")


@asynccontextmanager
async def with_fallback(mode: Mode, user: str = "UCAROL") -> AsyncIterator[EngineWorld]:
    """Alice is on call from hour 24 to 48, and the fallback person stands in around that."""
    async with engine_world() as world:
        await world.assign("UALICE", 24, 48)
        await world.configure(mode=mode)
        await choose(world, user)
        await world.reconcile()
        yield world


async def choose(world: EngineWorld, user: str, *, exported: bool = True) -> None:
    async with world.database.transaction() as tx:
        await tx.presence.save(
            Presence(
                role_id=world.role_id,
                schedule_id=world.schedule_id,
                group_id="",
                always=[],
                channel_id="",
                fallback=user,
                fallback_exported=exported,
                on_edit="restore",
                changed_at=START,
                changed_by="UALICE",
            )
        )
        await tx.destinations.mark_dirty([world.role_id])


async def told(world: EngineWorld) -> list[str]:
    return [kind for kind in KINDS for _ in await world.outbox(kind)]


async def is_settled(world: EngineWorld) -> bool:
    """Whether two more refreshes write nothing, tell nothing and change nothing here."""
    before = world.writes(), await told(world), await world.local()
    for _ in range(2):
        world.pass_hours(0.5)
        await world.reconcile()
    return before == (world.writes(), await told(world), await world.local())


SHIFTS = [(24, 48, "UALICE")]
SHOWN = [(0, 24, "UCAROL"), (24, 48, "UALICE"), (48, 72, "UCAROL")]


@modes
async def test_uncovered_time_is_the_fallback_persons_there_and_nobodys_shift_here(mode: Mode) -> None:
    async with with_fallback(mode) as world:
        assert world.shows(0, 72) == SHOWN
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)
        status, reason = await world.status()
        assert status is Status.OK
        assert "is the fallback there, where nobody is on call here or there." in reason
        await world.decide("UBOB", 60, 64)
        await world.reconcile()
        assert world.shows(48, 72) == [(48, 60, "UCAROL"), (60, 64, "UBOB"), (64, 72, "UCAROL")]
        await world.decide(None, 60, 64)
        await world.reconcile()
        assert world.shows(48, 72) == [(48, 72, "UCAROL")]
        assert await told(world) == []


@modes
async def test_it_grows_by_whole_days(mode: Mode) -> None:
    """The end of the horizon passes midnight in Berlin after thirteen hours: clocks go forward before that."""
    async with with_fallback(mode) as world:
        before = len(world.overrides())
        for _ in range(12):
            world.pass_hours(1)
            await world.reconcile()
        assert len(world.overrides()) == before
        world.pass_hours(2)
        await world.reconcile()
        assert len(world.overrides()) == before + 1


@modes
async def test_whoever_is_on_call_there_keeps_that_time(mode: Mode) -> None:
    async with engine_world() as world:
        await world.configure(mode=mode)
        world.human_override("UBOB", 50, 60)
        await world.assign("UALICE", 24, 48)
        await choose(world, "UCAROL")
        await world.reconcile()
        assert world.shows(48, 72) == [(48, 50, "UCAROL"), (50, 60, "UBOB"), (60, 72, "UCAROL")]
        taken = world.human_override("UBOB", 2, 6)  # in the fallback person's time
        await world.reconcile()
        assert world.shows(0, 24) == [(0, 2, "UCAROL"), (2, 6, "UBOB"), (6, 24, "UCAROL")]
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)
        world.human_delete(taken)
        await world.reconcile()
        assert world.shows(1, 24) == [(1, 24, "UCAROL")]
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)


@modes
async def test_what_somebody_removes_of_it_there_is_put_back_and_imported_by_nobody(mode: Mode) -> None:
    async with with_fallback(mode) as world:
        for item in world.listed():
            if world.pd_users["UCAROL"] == item.user_id:
                world.human_delete(item.id)
        await world.reconcile()
        assert world.shows(0, 72) == SHOWN
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)


@modes
async def test_a_shift_of_the_fallback_person_beside_it_stays_a_shift(mode: Mode) -> None:
    """An edit over both is one of the shift alone."""
    async with with_fallback(mode, "UALICE") as world:
        assert world.shows(0, 72) == [(0, 72, "UALICE")]
        world.human_override("UBOB", 40, 56)
        await world.reconcile()
        imported = mode is Mode.BIDIRECTIONAL
        there = [(24, 40, "UALICE"), (40, 56, "UBOB"), (56, 72, "UALICE")]
        assert world.shows(24, 72) == (
            there if imported else [(24, 48, "UALICE"), (48, 56, "UBOB"), (56, 72, "UALICE")]
        )
        local = [(24, 40, "UALICE"), (40, 48, "UBOB")] if imported else SHIFTS
        assert await world.local() == local
        assert await is_settled(world)


async def test_a_deletion_that_was_imported_leaves_time_for_the_fallback_person() -> None:
    async with with_fallback(Mode.BIDIRECTIONAL) as world:
        mine = next(item for item in world.listed() if item.user_id == world.pd_users["UALICE"])
        world.human_delete(mine.id)
        await world.reconcile()
        assert await world.local() == [(24, 48, None)]
        assert world.shows(24, 48) == [(24, 48, "UCAROL")]
        assert sorted(await told(world)) == ["shift_changed", "unassigned"]
        assert await is_settled(world)
        world.human_override("UBOB", 24, 48)  # filled again there: that is an edit
        await world.reconcile()
        assert await world.local() == [(24, 48, "UBOB")]
        assert world.shows(24, 48) == [(24, 48, "UBOB")]


async def test_a_manual_export_lists_it_and_writes_it_when_told_to() -> None:
    async with with_fallback(Mode.MANUAL_EXPORT) as world:
        waiting = await world.pending()
        assert [(kind, before, after) for _, _, kind, before, after in waiting] == [
            ("add", None, "UCAROL"),
            ("add", None, "UALICE"),
            ("add", None, "UCAROL"),
        ]
        assert world.shows(0, 72) == []
        await world.approve()
        await world.reconcile()
        assert world.shows(0, 72) == SHOWN
        world.pass_hours(1)
        await world.reconcile()
        assert await world.pending() == []


@modes
async def test_without_it_ours_goes_again_and_nothing_else(mode: Mode) -> None:
    async with with_fallback(mode) as world:
        world.human_override("UBOB", 50, 60)
        await world.reconcile()
        await choose(world, "UCAROL", exported=False)
        await world.reconcile()
        assert world.shows(0, 72) == [(24, 48, "UALICE"), (50, 60, "UBOB")]
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)


@modes
async def test_a_withdrawn_shift_is_handed_over_without_a_hole_and_lag_changes_nothing(mode: Mode) -> None:
    async with with_fallback(mode) as world:
        await world.decide(None, 24, 48)
        await world.reconcile()
        world.pass_hours(1)
        await world.reconcile()
        assert world.shows(1, 72) == [(1, 72, "UCAROL")]
        assert await told(world) == []
        assert await is_settled(world)


async def test_somebody_whom_pagerduty_does_not_know_stands_in_for_nobody_and_the_status_says_so() -> None:
    async with with_fallback(Mode.AUTHORITATIVE, "UZOE") as world:
        assert world.shows(0, 72) == [(24, 48, "UALICE")]
        status, reason = await world.status()
        assert status is Status.OK
        assert "the fallback person" in reason


@modes
async def test_on_a_shift_based_schedule_it_is_the_same(mode: Mode) -> None:
    async with shift_world(mode=mode) as world:
        await world.assign("UALICE", 24, 48)
        await choose(world, "UCAROL")
        await world.reconcile()
        assert on_call(world, 0, 72) == SHOWN
        assert await is_settled(world)
        human_shift(world, "UBOB", 52, 56)
        await world.reconcile()
        assert [people_at(world, hour) for hour in (50, 54, 60)] == [{"UCAROL"}, {"UBOB"}, {"UCAROL"}]
        assert (await world.local(), await told(world)) == (SHIFTS, [])
        assert await is_settled(world)
        await choose(world, "UCAROL", exported=False)
        await world.reconcile()
        assert on_call(world, 10, 72) == [(24, 48, "UALICE"), (52, 56, "UBOB")]


async def test_beside_layers_of_batons_it_fills_what_the_rotation_leaves_open() -> None:
    async with layer_world() as world:
        days = Daily(time(9), time(17))
        first = datetime.fromisoformat("2026-03-02T09:00")
        team = members("UALICE", "UBOB")
        await rotate(world, Rotation(world.role_id, ZONE, first, team, name="Days", coverage=days))
        await confirm_pattern(world, world.at(24 * 20))
        await choose(world, "UCAROL")
        await world.reconcile()
        week = Interval(world.now, world.at(24 * 7))
        shown = rendered(world, week)
        here = await local(world, week)
        assert shown.gaps(week) == ()
        nights = [Interval(gap.start, gap.end) for gap in here.gaps(week)]
        assert {shown.at(night.start) for night in nights} == {("UCAROL",)}
        assert shown.subtract(nights) == here
        assert await is_settled(world)
        await world.decide(None, 24, 27)
        await world.reconcile()
        await world.reconcile()
        assert rendered(world, Interval(world.at(24), world.at(27))).at(world.at(25)) == ("UCAROL",)
        assert await is_settled(world)
