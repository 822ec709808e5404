"""A shift-based schedule, written with custom shifts and overrides; with rotations on it and without."""

from dataclasses import replace
from datetime import datetime

import pytest

from oncall.timeline import Interval
from sandbox.pagerduty import Fault
from sandbox.pagerduty.shift_values import Event, Rotation, Strategy
from sandbox.pagerduty.switches import Batch
from sync.core.model import Line
from sync.core.model import Strategy as Writing
from sync.ports import KindChanged, OutcomeUnknown, Overtaken, Wanted
from tests.pagerduty.contract import BoardContract, Desk
from tests.pagerduty.support import DAY, HOUR, NOW, WEEK, Bench, extents, made, rows, wanted


def rotate(bench: Bench, schedule: str, user: str, start: datetime, hours: float = 24) -> str:
    """Somebody adds a rotation that puts one person on call every day for so many hours."""
    wall = start.replace(tzinfo=None)
    event = Event(
        f"E{user}",
        "Daily",
        wall,
        wall + hours * HOUR,
        "UTC",
        start,
        None,
        ("RRULE:FREQ=DAILY",),
        Strategy.ROTATING,
        1,
        (user,),
    )
    kept = bench.account.schedules[schedule].shifts
    rotation = Rotation(f"R{user}", (event,))
    kept.record(NOW, replace(kept.latest, rotations=(*kept.latest.rotations, rotation)))
    return f"rotations/{rotation.id}"


def shift_desk(bench: Bench, *, rotating: bool = False) -> Desk:
    schedule = bench.account.add_shift_schedule("Empty").id
    if rotating:
        rotate(bench, schedule, bench.ann, NOW + 300 * DAY)
    return Desk(bench, bench.shift_board(schedule), schedule, bench.shift_board, shifts=True)


class TestShiftBoard(BoardContract):
    @pytest.fixture
    def desk(self, bench: Bench) -> Desk:
        return shift_desk(bench)


class TestShiftBoardWithRotations(BoardContract):
    @pytest.fixture
    def desk(self, bench: Bench) -> Desk:
        return shift_desk(bench, rotating=True)


async def test_a_look_says_what_puts_each_person_on_call(bench: Bench) -> None:
    desk = shift_desk(bench)
    rotation = rotate(bench, desk.schedule, bench.ann, NOW, hours=8)
    shift = desk.made_by_hand(bench.bob, 6, 10)
    over = Wanted(bench.cem, NOW + 2 * HOUR, NOW + 4 * HOUR, rotation, bench.ann)
    (item,) = made(await desk.board.create([over]))

    seen = await desk.board.look(Interval(NOW, NOW + 12 * HOUR))

    assert seen.strategy is Writing.SHIFTS
    assert seen.lines == (
        Line(NOW, NOW + 2 * HOUR, bench.ann, rotation),
        Line(NOW + 2 * HOUR, NOW + 4 * HOUR, bench.cem, rotation, item.id),
        Line(NOW + 4 * HOUR, NOW + 8 * HOUR, bench.ann, rotation),
        Line(NOW + 6 * HOUR, NOW + 10 * HOUR, bench.bob, shift),
    )
    assert rows(seen.effective)[-2:] == [
        (NOW + 6 * HOUR, NOW + 8 * HOUR, "+".join(sorted([bench.ann, bench.bob]))),
        (NOW + 8 * HOUR, NOW + 10 * HOUR, bench.bob),
    ]


async def test_an_override_names_its_line_and_whom_it_replaces(bench: Bench) -> None:
    desk = shift_desk(bench)
    shift = desk.made_by_hand(bench.ann, 1, 9)

    (item,) = made(await desk.board.create([Wanted(bench.bob, NOW + 2 * HOUR, NOW + 3 * HOUR, shift, bench.ann)]))

    assert (item.on, item.overridden, item.user) == (shift, bench.ann, bench.bob)
    assert item in await desk.board.items(WEEK)


async def test_a_shift_that_has_not_begun_can_be_moved_and_given_to_somebody_else(bench: Bench) -> None:
    desk = shift_desk(bench)
    shift = desk.made_by_hand(bench.ann, 1, 9)

    changed = await desk.board.change(shift, Wanted(bench.bob, NOW + 2 * HOUR, NOW + 4 * HOUR))

    assert changed.id == shift
    assert extents(await desk.board.items(WEEK)) == [(NOW + 2 * HOUR, NOW + 4 * HOUR, bench.bob)]


async def test_of_a_running_shift_only_the_end_is_sent(bench: Bench) -> None:
    desk = shift_desk(bench)
    shift = desk.made_by_hand(bench.ann, -1, 9)

    await desk.board.change(shift, Wanted(bench.ann, NOW - HOUR, NOW + 4 * HOUR))

    assert bench.world.requests("PUT")[-1].body.keys() == {"custom_shift"}
    assert bench.world.requests("PUT")[-1].body["custom_shift"].keys() == {"end_time"}
    assert extents(await desk.board.items(WEEK)) == [(NOW - HOUR, NOW + 4 * HOUR, bench.ann)]


async def test_an_override_can_be_given_to_somebody_else(bench: Bench) -> None:
    desk = shift_desk(bench)
    shift = desk.made_by_hand(bench.ann, 1, 9)
    (item,) = made(await desk.board.create([Wanted(bench.bob, NOW + 2 * HOUR, NOW + 3 * HOUR, shift, bench.ann)]))

    changed = await desk.board.change(item.id, Wanted(bench.cem, NOW + 2 * HOUR, NOW + 4 * HOUR, shift, bench.ann))

    assert changed == replace(item, user=bench.cem, end=NOW + 4 * HOUR)


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.COMMIT_THEN_500, Fault.HTTP_502])
async def test_a_change_whose_reply_is_lost_is_sent_again(bench: Bench, fault: Fault) -> None:
    desk = shift_desk(bench)
    shift = desk.made_by_hand(bench.ann, 1, 9)
    bench.world.faults.next(fault, "PUT")

    changed = await desk.board.change(shift, wanted(bench.bob, NOW + 2 * HOUR))

    assert changed in await desk.board.items(WEEK)
    assert bench.world.count("PUT") == 2


async def test_changing_what_is_gone_or_has_ended_says_to_look_again(bench: Bench) -> None:
    desk = shift_desk(bench)
    over = desk.made_by_hand(bench.ann, -3, -1)

    for item in ("custom_shifts/NEVERTHERE", over):
        with pytest.raises(Overtaken):
            await desk.board.change(item, wanted(bench.ann, NOW + HOUR))


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("batch", Batch)
async def test_a_refused_item_does_not_take_the_others_with_it(bench: Bench, batch: Batch, as_list: bool) -> None:
    bench.world.switches.change(v3_batch=batch, v3_errors_as_list=as_list)
    desk = shift_desk(bench)
    asked = [wanted(user, NOW + n * HOUR) for n, user in enumerate([bench.ann, "PNOBODY", bench.bob], 1)]

    results = await desk.board.create(asked)

    assert [bool(result.item) for result in results] == [True, False, True]
    assert "User not found" in results[1].error
    assert len(await desk.board.items(WEEK)) == 2


async def test_what_was_made_before_an_error_is_not_forgotten(bench: Bench) -> None:
    desk = shift_desk(bench)
    asked = [wanted(bench.ann, NOW + n * HOUR) for n in range(1, 31)]
    bench.world.faults.next(Fault.HTTP_500, "POST", skip=1)

    with pytest.raises(OutcomeUnknown):
        await desk.board.create(asked)

    assert len(await desk.board.items(WEEK)) == 25


async def test_a_schedule_that_is_layer_based_after_all_is_told(bench: Bench) -> None:
    with pytest.raises(KindChanged, match="layer-based"):
        await bench.shift_board(bench.schedule).look(WEEK)
