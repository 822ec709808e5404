"""A layer-based schedule that existed before, written with overrides."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from oncall.timeline import Interval
from sandbox.pagerduty import Fault
from sync.ports import Board, KindChanged, OutcomeUnknown, Refused, Unavailable, Wanted
from tests.pagerduty.contract import BoardContract, Desk
from tests.pagerduty.support import DAY, HOUR, NOW, WEEK, Bench, extents, made, rows, scripted, wanted


class TestOverrideBoard(BoardContract):
    @pytest.fixture
    def desk(self, bench: Bench) -> Desk:
        return desk_on(bench)


def desk_on(bench: Bench) -> Desk:
    schedule = bench.empty_schedule()
    return Desk(bench, bench.board(schedule), schedule, bench.board)


async def test_layers_are_effective_but_not_pinned(bench: Bench) -> None:
    bench.by_hand(bench.cem, NOW + DAY, NOW + 2 * DAY)

    seen = await bench.board().look(Interval(NOW, NOW + 3 * DAY))

    assert rows(seen.effective) == [
        (NOW, NOW + DAY, bench.ann),
        (NOW + DAY, NOW + 2 * DAY, bench.cem),
        (NOW + 2 * DAY, NOW + 3 * DAY, bench.ann),
    ]
    assert rows(seen.pinned) == [(NOW + DAY, NOW + 2 * DAY, bench.cem)]


async def test_handoffs_keep_their_wall_time_across_a_clock_change(bench: Bench) -> None:
    seen = await bench.board().look(Interval(NOW, NOW + 14 * DAY))

    handoffs = [start for start, _, _ in rows(seen.effective)]
    assert handoffs == [NOW, NOW + 7 * DAY - HOUR, NOW + 14 * DAY - HOUR]
    assert all(handoff.utcoffset() == timedelta(0) for handoff in handoffs)


async def test_the_override_that_was_created_last_is_the_one_seen(bench: Bench) -> None:
    for person in (bench.cem, bench.ann):
        bench.by_hand(person, NOW + HOUR, NOW + 3 * HOUR)

    seen = await bench.board().look(WEEK)

    assert rows(seen.pinned) == [(NOW + HOUR, NOW + 3 * HOUR, bench.ann)]
    assert len(await bench.board().items(WEEK)) == 2


async def test_rendered_overrides_on_top_of_each_other_count_as_the_effective_one(bench: Bench) -> None:
    reply = shape(
        final=[entry(0, 1, "PANN"), entry(1, 2, "PBOB"), entry(2, 3, "PANN")],
        overrides=[entry(0, 3, "PANN"), entry(1, 2, "PBOB")],
    )
    scripted(bench, httpx.Response(200, json=reply))

    seen = await bench.board().look(WEEK)

    assert seen.pinned == seen.effective


async def test_times_are_read_with_any_offset_and_with_fractions(bench: Bench) -> None:
    piece = {"start": "2026-03-02T08:00:00.900-05:00", "end": "2026-03-02T19:30:00+05:30", "user": {"id": "PANN"}}
    scripted(bench, httpx.Response(200, json=shape(final=[piece], overrides=[])))

    seen = await bench.board().look(WEEK)

    assert rows(seen.effective) == [(NOW + HOUR, NOW + 2 * HOUR, "PANN")]


@pytest.mark.parametrize("longest", [366, 90])
async def test_a_long_window_is_asked_for_in_pieces_that_join_seamlessly(bench: Bench, longest: int) -> None:
    bench.world.switches.change(longest_window_days=longest)
    bench.by_hand(bench.cem, NOW + 50 * DAY, NOW + 390 * DAY)
    window = Interval(NOW, NOW + 400 * DAY)

    seen = await bench.board().look(window)

    assert rows(seen.pinned) == [(NOW + 50 * DAY, NOW + 390 * DAY, bench.cem)]
    assert extents(await bench.board().items(window)) == [(NOW + 50 * DAY, NOW + 390 * DAY, bench.cem)]


@pytest.mark.parametrize("envelope", [False, True])
async def test_the_answer_to_a_batch_may_be_wrapped(bench: Bench, envelope: bool) -> None:
    bench.world.switches.change(override_batch_envelope=envelope)

    items = made(await bench.board().create([wanted(bench.cem, NOW + HOUR)]))

    assert extents(items) == [(NOW + HOUR, NOW + 2 * HOUR, bench.cem)]


async def test_a_batch_is_one_request(bench: Bench) -> None:
    await bench.board().create([wanted(bench.cem, NOW + n * HOUR) for n in range(1, 9)])

    assert len(bench.world.log) == 1


async def test_a_refused_item_in_the_middle_is_told_by_its_place(bench: Bench) -> None:
    bench.world.faults.next(Fault.ITEM_REFUSED, "POST", items=(1,))

    results = await bench.board().create([wanted(bench.cem, NOW + n * HOUR) for n in (1, 2, 3)])

    assert [result.error for result in results] == ["", "Override could not be saved", ""]


async def test_answers_in_another_order_are_matched_by_what_they_are_about(bench: Bench) -> None:
    first, second, third = (wanted(person, NOW + HOUR) for person in ("PANN", "PBOB", "PCEM"))
    replies = [answer(third, "QC"), {**answer(first, ""), "status": 400, "errors": {"user": ["is busy"]}}]
    scripted(bench, httpx.Response(201, json=[*replies, answer(second, "QB")]))

    results = await bench.board().create([first, second, third])

    assert outcomes(results) == [("", "user: is busy"), ("QB", ""), ("QC", "")]


def outcomes(results: Any) -> list[tuple[str, str]]:
    return [(result.item.id if result.item else "", result.error) for result in results]


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(201, json=[]),
        httpx.Response(201, json={"status": "done"}),
        httpx.Response(201, json=[{"status": 201, "override": {"id": "Q1"}}]),
        httpx.Response(201, text="<html>Welcome to the hotel</html>"),
    ],
)
async def test_an_unreadable_answer_to_a_create_leaves_its_outcome_open(bench: Bench, reply: httpx.Response) -> None:
    script = scripted(bench, reply)

    with pytest.raises(OutcomeUnknown):
        await bench.board().create([wanted("PANN", NOW + HOUR)])

    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(200, json={}),
        httpx.Response(200, json={"schedule": {"id": "P1", "name": "x", "final_schedule": None}}),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>Welcome to the hotel</html>"),
    ],
)
async def test_an_unreadable_look_is_not_taken_for_an_empty_schedule(bench: Bench, reply: httpx.Response) -> None:
    scripted(bench, reply)

    with pytest.raises(Unavailable, match="could not be understood"):
        await bench.board().look(WEEK)


async def test_listed_items_that_only_border_on_the_window_are_left_out(bench: Bench) -> None:
    before, inside, after = ({"id": f"Q{hour}", **entry(hour, hour + 1, "PANN")} for hour in (-1, 0, 7 * 24))
    scripted(bench, httpx.Response(200, json={"overrides": [after, before, inside]}))

    assert [item.id for item in await bench.board().items(WEEK)] == ["Q0"]


async def test_what_is_asked_for_is_in_utc_and_whole_seconds(bench: Bench) -> None:
    window = Interval(NOW + timedelta(seconds=0.5), NOW + DAY + timedelta(seconds=0.5))
    await bench.board().look(window)
    await bench.board().items(window)

    look, listing = (dict(entry.query) for entry in bench.world.log)
    span = {"since": "2026-03-02T12:00:00Z", "until": "2026-03-03T12:00:01Z"}
    assert look == span
    assert listing == {**span, "overflow": "true"}


async def test_an_item_refused_as_past_is_the_only_one_sent_again(bench: Bench) -> None:
    bench.world.switches.change(past_override_start="refuse")
    late = Wanted(bench.cem, NOW - HOUR, NOW + HOUR)

    await bench.board().create([wanted(bench.ann, NOW + HOUR), late])

    _, again = bench.world.requests("POST")
    assert [item["start"] for item in again.body["overrides"]] == ["2026-03-02T12:00:01Z"]
    assert len(bench.overrides()) == 2


async def test_what_was_made_stays_known_when_sending_the_rest_again_is_refused(bench: Bench) -> None:
    bench.world.switches.change(past_override_start="refuse")
    bench.world.faults.next(Fault.RATE_LIMITED, "POST", skip=1, seconds=90)

    done, late = await bench.board().create([wanted(bench.ann, NOW + HOUR), Wanted(bench.cem, NOW - HOUR, NOW + HOUR)])

    assert done.item is not None
    assert (late.item, late.error) == (None, "Override must not start in the past")


async def test_a_lost_reply_to_sending_the_rest_again_leaves_all_open(bench: Bench) -> None:
    bench.world.switches.change(past_override_start="refuse")
    bench.world.faults.next(Fault.COMMIT_THEN_DROP, "POST", skip=1)

    with pytest.raises(OutcomeUnknown):
        await bench.board().create([Wanted(bench.cem, NOW - HOUR, NOW + HOUR)])

    assert len(bench.overrides()) == 1


async def test_an_item_that_is_over_is_not_sent_again(bench: Bench) -> None:
    bench.world.switches.change(past_override_start="refuse")

    (result,) = await bench.board().create([Wanted(bench.cem, NOW - HOUR, NOW)])

    assert result.item is None
    assert bench.world.count("POST") == 1


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
async def test_a_past_override_is_done_with_whatever_status_it_is_refused(bench: Bench, status: int) -> None:
    bench.world.switches.change(delete_past_status=status)
    over = bench.by_hand(bench.cem, NOW - 2 * HOUR, NOW - HOUR)

    await bench.board().delete(over.id)

    assert bench.world.count("DELETE") == 1


async def test_another_refusal_of_a_delete_is_told(bench: Bench) -> None:
    scripted(bench, httpx.Response(400, json={"error": {"message": "Not today", "code": 2001}}))

    with pytest.raises(Refused, match="Not today"):
        await bench.board().delete("Q1")


Act = Callable[[Board], Awaitable[Any]]


@pytest.mark.parametrize(
    "act",
    [
        lambda board: board.look(WEEK),
        lambda board: board.items(WEEK),
        lambda board: board.create([wanted("PANN", NOW + HOUR)]),
        lambda board: board.delete("QITEM"),
    ],
)
async def test_an_upgraded_schedule_is_recognised_in_every_call(bench: Bench, act: Act) -> None:
    bench.upgrade()

    with pytest.raises(KindChanged, match="shift-based"):
        await act(bench.board())


async def test_ids_can_not_lead_to_another_path(bench: Bench) -> None:
    script = scripted(bench, httpx.Response(204))

    await bench.board("P1/../P2").delete("Q?x")

    assert script.asked[0].url.raw_path == b"/schedules/P1%2F..%2FP2/overrides/Q%3Fx"


def entry(start_hour: float, end_hour: float, user: str) -> dict[str, Any]:
    return {"start": iso(NOW + start_hour * HOUR), "end": iso(NOW + end_hour * HOUR), "user": {"id": user}}


def shape(final: list[Any], overrides: list[Any]) -> dict[str, Any]:
    return {
        "schedule": {
            "id": "P1",
            "summary": "Primary",
            "final_schedule": {"rendered_schedule_entries": final},
            "overrides_subschedule": {"rendered_schedule_entries": overrides},
        }
    }


def answer(one: Wanted, item_id: str) -> dict[str, Any]:
    body = {"id": item_id, "start": iso(one.start), "end": iso(one.end), "user": {"id": one.user}}
    return {"status": 201, "override": body}


def iso(moment: datetime) -> str:
    return moment.isoformat()
