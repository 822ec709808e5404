"""A layer-based schedule that Baton made: overrides as on any other, and layers that are ours to arrange."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.pagerduty import Fault
from sync.core.layers import Layer, Restriction
from sync.ports import Board, OutcomeUnknown
from tests.pagerduty.contract import BoardContract, Desk
from tests.pagerduty.support import DAY, NOW, WEEK, Bench

WINDOWS = (Restriction("09:00:00", 28_800, 1), Restriction("09:00:00", 28_800, 2))


class TestLayerBoard(BoardContract):
    @pytest.fixture
    def desk(self, bench: Bench) -> Desk:
        def opened(schedule: str, key: str | None) -> Board:
            return bench.systems.layer_board(bench.link(key), schedule)

        schedule = bench.empty_schedule()
        return Desk(bench, opened(schedule, None), schedule, opened)


def weekly(bench: Bench, name: str = "Ours", **more: object) -> Layer:
    users = (bench.ann, bench.bob)
    return replace(Layer(name, NOW, None, NOW - 7 * DAY, 604_800, users), **more)  # type: ignore[arg-type]


async def test_layers_read_back_as_they_were_arranged_lowest_first(bench: Bench) -> None:
    board = bench.systems.layer_board(bench.link(), bench.empty_schedule())
    asked = [weekly(bench), weekly(bench, "Higher", restrictions=WINDOWS, end=NOW + 3 * DAY)]

    arranged = await board.arrange(asked)

    assert [replace(layer, id="") for layer in arranged] == asked
    assert (await board.look(WEEK)).layers == tuple(arranged)


async def test_each_layer_says_whom_it_shows_by_itself(bench: Bench) -> None:
    board = bench.systems.layer_board(bench.link(), bench.empty_schedule())
    await board.arrange([weekly(bench), weekly(bench, "Higher", users=(bench.cem,))])

    lower, higher = (await board.look(WEEK)).layers

    assert [segment.users for segment in lower.shows.segments] == [(bench.bob,)]
    assert [segment.users for segment in higher.shows.segments] == [(bench.cem,)]


async def test_arranging_leaves_name_zone_description_and_teams_alone(bench: Bench) -> None:
    schedule = bench.account.schedules[bench.schedule]
    schedule.description, schedule.team_ids = "Who to call", (bench.account.add_team("Core").id,)
    before = (schedule.name, schedule.time_zone, schedule.description, schedule.team_ids)
    board = bench.systems.layer_board(bench.link(), bench.schedule)
    existing = (await board.look(WEEK)).layers

    await board.arrange([*existing, weekly(bench)])

    assert (schedule.name, schedule.time_zone, schedule.description, schedule.team_ids) == before
    assert len(schedule.plan.layers) == 2


async def test_a_layer_that_has_ended_is_not_written_again(bench: Bench) -> None:
    board = bench.systems.layer_board(bench.link(), bench.empty_schedule())
    first, second = await board.arrange([weekly(bench), weekly(bench, "Next")])
    await board.arrange([replace(first, end=NOW + timedelta(hours=1)), second])
    bench.world.clock.advance(7200)

    layers = (await board.look(WEEK)).layers
    await board.arrange([*layers, weekly(bench, "Third", start=NOW + DAY)])

    written = bench.world.requests("PUT")[-1].body["schedule"]["schedule_layers"]
    assert [layer["name"] for layer in written] == ["Next", "Third"]


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.HTTP_500])
async def test_a_new_layer_is_never_sent_twice_and_an_end_may_be(bench: Bench, fault: Fault) -> None:
    board = bench.systems.layer_board(bench.link(), bench.empty_schedule())
    bench.world.faults.next(fault, "PUT")
    with pytest.raises(OutcomeUnknown):
        await board.arrange([weekly(bench)])
    assert bench.world.count("PUT") == 1
    (made,) = await board.arrange((await board.look(WEEK)).layers or [weekly(bench)])
    bench.world.faults.next(fault, "PUT")

    await board.arrange([replace(made, end=NOW + DAY)])

    assert [layer.end for layer in (await board.look(WEEK)).layers] == [NOW + DAY]
