"""What every board must do, of whichever system and however it writes.

A subclass has a ``desk`` fixture: a board on an empty schedule called "Empty", the hands of people who work on that
schedule in the system itself, and the power to let things go wrong. Time stands still at :data:`NOW` unless the adapter
sleeps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum, auto
from typing import Protocol
from urllib.parse import urlsplit

import pytest

from oncall.timeline import Interval, Timeline
from sync.ports import Board, Created, CredentialRefused, Listed, OutcomeUnknown, ScheduleGone, Unavailable, Wanted

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday, six days before the clocks change in New York
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = Interval(NOW, NOW + 7 * DAY)


class Doing(StrEnum):
    """What is asked of the system."""

    READ = auto()
    CREATE = auto()
    DELETE = auto()


class Loss(StrEnum):
    """How a request may end without an answer that says what became of it."""

    DONE_UNHEARD = auto()
    DONE_AND_BROKEN = auto()
    NEVER_ARRIVED = auto()
    ERROR = auto()
    BROKEN = auto()
    GIVEN_UP = auto()
    TOO_SLOW = auto()


class LateStart(StrEnum):
    """What the system does with an item whose start has just passed."""

    TAKEN = auto()
    MOVED = auto()
    REFUSED = auto()


class Desk(Protocol):
    """What a test of a board works with. ``ann``, ``bob`` and ``cem`` are ids of people, ``nobody`` and ``never_there``
    ids of nobody and of no item."""

    board: Board
    schedule: str
    ann: str
    bob: str
    cem: str
    nobody: str
    never_there: str

    def made_by_hand(self, user: str, start_hour: float, end_hour: float) -> str:
        """Somebody makes an item, in hours from now; its id as the board gives it."""
        ...

    def remove_schedule(self) -> None:
        """Somebody deletes the schedule."""
        ...

    def with_a_key_that_may_only_read(self) -> Board:
        """Another board on the same schedule."""
        ...

    def lose(self, doing: Doing, loss: Loss, times: int = 1) -> None:
        """The next such requests end without an answer."""
        ...

    def send_away(self, doing: Doing, *, says_when: bool) -> None:
        """The next such request comes too early for the system's limits."""
        ...

    def take_late_starts(self, late: LateStart) -> None: ...

    def asked(self, doing: Doing) -> int:
        """How many such requests arrived."""
        ...

    def pauses(self) -> int:
        """How often the adapter waited."""
        ...


def rows(timeline: Timeline) -> list[tuple[datetime, datetime, str]]:
    return [(one.start, one.end, "+".join(one.users)) for one in timeline.segments]


def extents(items: Sequence[Listed]) -> list[tuple[datetime, datetime, str]]:
    return [(item.start, item.end, item.user) for item in items]


def made(results: Sequence[Created]) -> list[Listed]:
    """The items of results that were all successful."""
    assert [result.error for result in results if result.item is None] == []
    return [result.item for result in results if result.item is not None]


def wanted(user: str, start: datetime, hours: float = 1) -> Wanted:
    return Wanted(user, start, start + hours * HOUR)


class BoardContract:
    """Inherited by the tests of each board."""

    async def test_a_look_shows_who_is_on_call_and_who_by_an_item(self, desk: Desk) -> None:
        desk.made_by_hand(desk.ann, 1, 3)

        seen = await desk.board.look(WEEK)

        assert seen.window == WEEK
        assert rows(seen.effective) == [(NOW + HOUR, NOW + 3 * HOUR, desk.ann)]
        assert seen.pinned == seen.effective
        assert (seen.schedule.id, seen.schedule.name) == (desk.schedule, "Empty")
        assert urlsplit(seen.schedule.url).scheme in ("https", "http")

    async def test_a_look_costs_one_request(self, desk: Desk) -> None:
        desk.made_by_hand(desk.ann, 1, 3)

        await desk.board.look(Interval(NOW + timedelta(microseconds=1), NOW + 365 * DAY))

        assert desk.asked(Doing.READ) == 1

    async def test_a_look_is_cut_at_its_window_even_within_a_second(self, desk: Desk) -> None:
        desk.made_by_hand(desk.ann, -5, 500)
        window = Interval(NOW + timedelta(seconds=1.25), NOW + timedelta(seconds=90.75))

        seen = await desk.board.look(window)

        assert rows(seen.effective) == rows(seen.pinned) == [(window.start, window.end, desk.ann)]

    async def test_an_empty_schedule_is_seen_empty(self, desk: Desk) -> None:
        seen = await desk.board.look(WEEK)

        assert not seen.effective
        assert not seen.pinned

    async def test_items_come_with_their_whole_extent_in_order(self, desk: Desk) -> None:
        desk.made_by_hand(desk.bob, 2, 400)
        desk.made_by_hand(desk.ann, -3, 1)
        desk.made_by_hand(desk.cem, 1, 2)

        items = await desk.board.items(Interval(NOW, NOW + 4 * HOUR))

        assert extents(items) == [
            (NOW - 3 * HOUR, NOW + HOUR, desk.ann),
            (NOW + HOUR, NOW + 2 * HOUR, desk.cem),
            (NOW + 2 * HOUR, NOW + 400 * HOUR, desk.bob),
        ]

    async def test_items_that_only_border_on_the_window_are_not_listed(self, desk: Desk) -> None:
        desk.made_by_hand(desk.ann, -1, 0)
        desk.made_by_hand(desk.bob, 4, 5)

        assert await desk.board.items(Interval(NOW, NOW + 4 * HOUR)) == []

    async def test_created_items_are_listed_under_the_ids_that_were_given(self, desk: Desk) -> None:
        asked = [wanted(desk.ann, NOW + HOUR), wanted(desk.bob, NOW + 2 * HOUR)]

        results = await desk.board.create(asked)

        assert [result.wanted for result in results] == asked
        assert made(results) == await desk.board.items(WEEK)
        assert extents(made(results)) == [(one.start, one.end, one.user) for one in asked]

    async def test_a_batch_of_fifty_is_answered_in_its_order(self, desk: Desk) -> None:
        people = [desk.ann, desk.bob, desk.cem]
        asked = [wanted(people[n % 3], NOW + (50 - n) * HOUR) for n in range(50)]

        items = made(await desk.board.create(asked))

        assert extents(items) == [(one.start, one.end, one.user) for one in asked]

    async def test_a_person_who_is_not_there_holds_back_only_their_own_item(self, desk: Desk) -> None:
        asked = [wanted(desk.nobody, NOW + HOUR), wanted(desk.bob, NOW + 2 * HOUR)]

        refused, done = await desk.board.create(asked)

        assert refused.item is None
        assert refused.error
        assert done.item is not None
        assert extents(await desk.board.items(WEEK)) == [(NOW + 2 * HOUR, NOW + 3 * HOUR, desk.bob)]

    @pytest.mark.parametrize("late", LateStart)
    async def test_an_item_whose_start_has_just_passed_is_created(self, desk: Desk, late: LateStart) -> None:
        desk.take_late_starts(late)
        asked = Wanted(desk.ann, NOW - timedelta(seconds=3), NOW + HOUR)

        result, other = await desk.board.create([asked, wanted(desk.bob, NOW + HOUR)])

        assert result.wanted == asked
        assert result.item is not None
        assert asked.start <= result.item.start <= NOW + timedelta(seconds=1)
        assert result.item.end == asked.end
        assert other.item is not None
        assert [item.id for item in await desk.board.items(WEEK)] == [result.item.id, other.item.id]

    @pytest.mark.parametrize("loss", Loss)
    async def test_a_create_whose_reply_is_lost_is_not_sent_again(self, desk: Desk, loss: Loss) -> None:
        desk.lose(Doing.CREATE, loss)

        with pytest.raises(OutcomeUnknown):
            await desk.board.create([wanted(desk.ann, NOW + HOUR)])

        assert desk.asked(Doing.CREATE) == 1

    async def test_a_create_whose_reply_is_too_slow_is_not_sent_again(self, desk: Desk) -> None:
        desk.lose(Doing.CREATE, Loss.TOO_SLOW)

        with pytest.raises(OutcomeUnknown):
            await desk.board.create([wanted(desk.ann, NOW + HOUR)])

        assert desk.asked(Doing.CREATE) == 1
        assert extents(await desk.board.items(WEEK)) == [(NOW + HOUR, NOW + 2 * HOUR, desk.ann)]

    @pytest.mark.parametrize("says_when", [True, False])
    async def test_a_create_that_came_too_early_is_sent_again_after_the_pause(
        self, desk: Desk, *, says_when: bool
    ) -> None:
        desk.send_away(Doing.CREATE, says_when=says_when)

        created = made(await desk.board.create([wanted(desk.ann, NOW + HOUR)]))

        assert created == await desk.board.items(WEEK)
        assert desk.pauses() == 1

    async def test_deleting_takes_an_item_away(self, desk: Desk) -> None:
        gone = desk.made_by_hand(desk.ann, 1, 2)
        kept = desk.made_by_hand(desk.bob, 2, 3)

        await desk.board.delete(gone)

        assert [item.id for item in await desk.board.items(WEEK)] == [kept]

    async def test_deleting_a_running_item_ends_it_now(self, desk: Desk) -> None:
        running = desk.made_by_hand(desk.ann, -2, 2)

        await desk.board.delete(running)

        assert not (await desk.board.look(WEEK)).effective
        past = Interval(NOW - DAY, NOW + DAY)
        assert extents(await desk.board.items(past)) == [(NOW - 2 * HOUR, NOW, desk.ann)]

    async def test_deleting_what_is_over_or_was_never_there_is_done(self, desk: Desk) -> None:
        over = desk.made_by_hand(desk.ann, -2, -1)
        twice = desk.made_by_hand(desk.ann, 1, 2)

        for item in (over, desk.never_there, twice, twice):
            await desk.board.delete(item)

        assert await desk.board.items(WEEK) == []

    @pytest.mark.parametrize("loss", Loss)
    async def test_a_delete_whose_reply_is_lost_is_sent_again(self, desk: Desk, loss: Loss) -> None:
        item = desk.made_by_hand(desk.ann, 1, 2)
        desk.lose(Doing.DELETE, loss)

        await desk.board.delete(item)

        assert await desk.board.items(WEEK) == []

    async def test_a_delete_that_is_never_answered_leaves_its_outcome_open(self, desk: Desk) -> None:
        item = desk.made_by_hand(desk.ann, 1, 2)
        desk.lose(Doing.DELETE, Loss.DONE_UNHEARD, times=3)

        with pytest.raises(OutcomeUnknown):
            await desk.board.delete(item)

    async def test_a_look_that_is_never_answered_says_so(self, desk: Desk) -> None:
        desk.lose(Doing.READ, Loss.BROKEN, times=3)

        with pytest.raises(Unavailable) as raised:
            await desk.board.look(WEEK)

        assert not isinstance(raised.value, OutcomeUnknown)
        assert str(raised.value)

    async def test_a_schedule_that_is_gone_is_told_from_an_empty_one(self, desk: Desk) -> None:
        desk.remove_schedule()

        with pytest.raises(ScheduleGone):
            await desk.board.look(WEEK)
        with pytest.raises(ScheduleGone):
            await desk.board.items(WEEK)
        with pytest.raises(ScheduleGone):
            await desk.board.create([wanted(desk.ann, NOW + HOUR)])

    async def test_a_key_that_may_only_read_is_refused_with_what_to_do(self, desk: Desk) -> None:
        item = desk.made_by_hand(desk.ann, 1, 2)
        board = desk.with_a_key_that_may_only_read()

        assert (await board.look(WEEK)).effective
        with pytest.raises(CredentialRefused, match="/oncall connections"):
            await board.create([wanted(desk.ann, NOW + HOUR)])
        with pytest.raises(CredentialRefused, match="/oncall connections"):
            await board.delete(item)
