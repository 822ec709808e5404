"""What every board of PagerDuty's must do, however it writes.

A subclass has a ``desk`` fixture: a board on an empty schedule and a way to do by hand what people do in the web page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from oncall.timeline import Interval
from sandbox.pagerduty import Fault, PastStart
from sync.ports import Board, CredentialRefused, OutcomeUnknown, ScheduleGone, Unavailable, Wanted
from tests.pagerduty.support import DAY, HOUR, NOW, WEEK, Bench, extents, made, rows, wanted

LOST = [
    Fault.COMMIT_THEN_DROP,
    Fault.COMMIT_THEN_500,
    Fault.DROP_BEFORE,
    Fault.HTTP_500,
    Fault.HTTP_502,
    Fault.HTTP_408,
]


@dataclass(frozen=True, slots=True)
class Desk:
    """A board on a schedule without layers, and the account behind it. ``opened(id, key)`` gives another board."""

    bench: Bench
    board: Board
    schedule: str
    opened: Callable[[str, str | None], Board]

    shifts: bool = False

    def made_by_hand(self, user: str, start_hour: float, end_hour: float) -> str:
        """The id, as the board gives it, of an item that somebody makes in the web page."""
        span = (NOW + start_hour * HOUR, NOW + end_hour * HOUR)
        if self.shifts:
            return f"custom_shifts/{self.bench.account.create_custom_shift(self.schedule, user, *span).id}"
        return self.bench.by_hand(user, *span, schedule=self.schedule).id


class BoardContract:
    """Inherited by the tests of each board."""

    async def test_a_look_shows_who_is_on_call_and_who_by_an_item(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bench.ann, 1, 3)

        seen = await desk.board.look(WEEK)

        assert seen.window == WEEK
        assert rows(seen.effective) == [(NOW + HOUR, NOW + 3 * HOUR, desk.bench.ann)]
        assert seen.pinned == seen.effective
        assert (seen.schedule.id, seen.schedule.name) == (desk.schedule, "Empty")
        assert seen.schedule.url == f"https://acme.pagerduty.com/schedules/{desk.schedule}"

    async def test_a_look_costs_one_request(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bench.ann, 1, 3)

        await desk.board.look(Interval(NOW + timedelta(microseconds=1), NOW + 365 * DAY))

        assert len(desk.bench.world.log) == 1

    async def test_a_look_is_cut_at_its_window_even_within_a_second(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bench.ann, -5, 500)
        window = Interval(NOW + timedelta(seconds=1.25), NOW + timedelta(seconds=90.75))

        seen = await desk.board.look(window)

        assert rows(seen.effective) == rows(seen.pinned) == [(window.start, window.end, desk.bench.ann)]

    async def test_an_empty_schedule_is_seen_empty(self, desk: Desk) -> None:
        seen = await desk.board.look(WEEK)

        assert not seen.effective
        assert not seen.pinned

    async def test_items_come_with_their_whole_extent_in_order(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bench.bob, 2, 400)
        desk.made_by_hand(desk.bench.ann, -3, 1)
        desk.made_by_hand(desk.bench.cem, 1, 2)

        items = await desk.board.items(Interval(NOW, NOW + 4 * HOUR))

        assert extents(items) == [
            (NOW - 3 * HOUR, NOW + HOUR, desk.bench.ann),
            (NOW + HOUR, NOW + 2 * HOUR, desk.bench.cem),
            (NOW + 2 * HOUR, NOW + 400 * HOUR, desk.bench.bob),
        ]

    async def test_items_that_only_border_on_the_window_are_not_listed(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bench.ann, -1, 0)
        desk.made_by_hand(desk.bench.bob, 4, 5)

        assert await desk.board.items(Interval(NOW, NOW + 4 * HOUR)) == []

    async def test_created_items_are_listed_under_the_ids_that_were_given(self, desk: Desk) -> None:
        asked = [wanted(desk.bench.ann, NOW + HOUR), wanted(desk.bench.bob, NOW + 2 * HOUR)]

        results = await desk.board.create(asked)

        assert [result.wanted for result in results] == asked
        assert made(results) == await desk.board.items(WEEK)
        assert extents(made(results)) == [(one.start, one.end, one.user) for one in asked]

    async def test_a_batch_of_fifty_is_answered_in_its_order(self, desk: Desk) -> None:
        people = [desk.bench.ann, desk.bench.bob, desk.bench.cem]
        asked = [wanted(people[n % 3], NOW + (50 - n) * HOUR) for n in range(50)]

        items = made(await desk.board.create(asked))

        assert extents(items) == [(one.start, one.end, one.user) for one in asked]

    async def test_a_person_who_is_not_there_holds_back_only_their_own_item(self, desk: Desk) -> None:
        asked = [wanted("PNOBODY", NOW + HOUR), wanted(desk.bench.bob, NOW + 2 * HOUR)]

        refused, done = await desk.board.create(asked)

        assert refused.item is None
        assert "User not found" in refused.error
        assert done.item is not None
        assert extents(await desk.board.items(WEEK)) == [(NOW + 2 * HOUR, NOW + 3 * HOUR, desk.bench.bob)]

    @pytest.mark.parametrize("past_start", PastStart)
    async def test_an_item_whose_start_has_just_passed_is_created(self, desk: Desk, past_start: PastStart) -> None:
        desk.bench.world.switches.change(past_override_start=past_start, v3_past_shift_start=past_start)
        late = Wanted(desk.bench.ann, NOW - timedelta(seconds=3), NOW + HOUR)

        result, other = await desk.board.create([late, wanted(desk.bench.bob, NOW + HOUR)])

        assert result.wanted == late
        assert result.item is not None
        assert late.start <= result.item.start <= NOW + timedelta(seconds=1)
        assert result.item.end == late.end
        assert other.item is not None
        assert [item.id for item in await desk.board.items(WEEK)] == [result.item.id, other.item.id]

    @pytest.mark.parametrize("fault", LOST)
    async def test_a_create_whose_reply_is_lost_is_not_sent_again(self, desk: Desk, fault: Fault) -> None:
        desk.bench.world.faults.next(fault, "POST")

        with pytest.raises(OutcomeUnknown):
            await desk.board.create([wanted(desk.bench.ann, NOW + HOUR)])

        assert desk.bench.world.count("POST") == 1

    async def test_a_create_whose_reply_is_too_slow_is_not_sent_again(self, desk: Desk) -> None:
        desk.bench.world.faults.next(Fault.SLOW, "POST", seconds=25)

        with pytest.raises(OutcomeUnknown):
            await desk.board.create([wanted(desk.bench.ann, NOW + HOUR)])

        assert desk.bench.world.count("POST") == 1
        assert extents(await desk.board.items(WEEK)) == [(NOW + HOUR, NOW + 2 * HOUR, desk.bench.ann)]

    @pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.RATE_LIMITED_BARE])
    async def test_a_create_that_came_too_early_is_sent_again_after_the_pause(self, desk: Desk, fault: Fault) -> None:
        desk.bench.world.faults.next(fault, "POST", seconds=7)

        created = made(await desk.board.create([wanted(desk.bench.ann, NOW + HOUR)]))

        assert created == await desk.board.items(WEEK)
        assert len(desk.bench.slept) == 1

    async def test_deleting_takes_an_item_away(self, desk: Desk) -> None:
        gone = desk.made_by_hand(desk.bench.ann, 1, 2)
        kept = desk.made_by_hand(desk.bench.bob, 2, 3)

        await desk.board.delete(gone)

        assert [item.id for item in await desk.board.items(WEEK)] == [kept]

    async def test_deleting_a_running_item_ends_it_now(self, desk: Desk) -> None:
        running = desk.made_by_hand(desk.bench.ann, -2, 2)

        await desk.board.delete(running)

        assert not (await desk.board.look(WEEK)).effective
        past = Interval(NOW - DAY, NOW + DAY)
        assert extents(await desk.board.items(past)) == [(NOW - 2 * HOUR, NOW, desk.bench.ann)]

    async def test_deleting_what_is_over_or_was_never_there_is_done(self, desk: Desk) -> None:
        over = desk.made_by_hand(desk.bench.ann, -2, -1)
        twice = desk.made_by_hand(desk.bench.ann, 1, 2)

        for item in (over, "QNEVERTHERE123", twice, twice):
            await desk.board.delete(item)

        assert await desk.board.items(WEEK) == []

    @pytest.mark.parametrize("fault", LOST)
    async def test_a_delete_whose_reply_is_lost_is_sent_again(self, desk: Desk, fault: Fault) -> None:
        item = desk.made_by_hand(desk.bench.ann, 1, 2)
        desk.bench.world.faults.next(fault, "DELETE")

        await desk.board.delete(item)

        assert await desk.board.items(WEEK) == []

    async def test_a_delete_that_is_never_answered_leaves_its_outcome_open(self, desk: Desk) -> None:
        item = desk.made_by_hand(desk.bench.ann, 1, 2)
        desk.bench.world.faults.next(Fault.COMMIT_THEN_DROP, "DELETE", times=3)

        with pytest.raises(OutcomeUnknown):
            await desk.board.delete(item)

    async def test_a_look_that_is_never_answered_says_so(self, desk: Desk) -> None:
        desk.bench.world.faults.next(Fault.HTTP_502, "GET", times=3)

        with pytest.raises(Unavailable) as raised:
            await desk.board.look(WEEK)

        assert not isinstance(raised.value, OutcomeUnknown)
        assert "HTTP 502" in str(raised.value)

    async def test_a_schedule_that_is_gone_is_told_from_an_empty_one(self, desk: Desk) -> None:
        desk.bench.account.remove_schedule(desk.schedule)

        with pytest.raises(ScheduleGone):
            await desk.board.look(WEEK)
        with pytest.raises(ScheduleGone):
            await desk.board.items(WEEK)
        with pytest.raises(ScheduleGone):
            await desk.board.create([wanted(desk.bench.ann, NOW + HOUR)])

    async def test_a_key_that_may_only_read_is_refused_with_what_to_do(self, desk: Desk) -> None:
        item = desk.made_by_hand(desk.bench.ann, 1, 2)
        board = desk.opened(desk.schedule, desk.bench.account.add_key(read_only=True))

        assert (await board.look(WEEK)).effective
        with pytest.raises(CredentialRefused, match=r"may only read.*/oncall connections"):
            await board.create([wanted(desk.bench.ann, NOW + HOUR)])
        with pytest.raises(CredentialRefused, match="may only read"):
            await board.delete(item)
