"""What of a schedule is to be dealt, what a re-plan may move, and what members did: from shifts as they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall.availability import Leaning, Wish
from oncall.fairness.arrangement import Arrangement, FairMember
from oncall.fairness.batches import batches, problem_of
from oncall.fairness.history import loads, served
from oncall.fairness.patterns import Days, Pattern
from oncall.fairness.pieces import pieces, replaced, stale
from oncall.fairness.problem import Measure
from oncall.fairness.situation import Situation
from oncall.shifts import Shift, ShiftSource, ShiftState
from oncall.timeline import Interval, Segment, Timeline

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEAM = tuple(FairMember(user, since=MONDAY) for user in ("UA", "UB", "UC"))
DAILY = Arrangement(role_id=1, zone="UTC", patterns=(Pattern(Days.DAILY, time(9)),), members=TEAM, since=MONDAY)
WEEKS = (Pattern(Days.WEEKDAYS, time(9)), Pattern(Days.SATURDAY, time(21)))

bounds = st.lists(st.integers(-48, 24 * 40), max_size=12, unique=True).map(sorted)


def at(hours: float) -> datetime:
    return MONDAY + hours * HOUR


def shift(user: str | None, start: float, end: float, **options: object) -> Shift:
    return replace(Shift(1, user, at(start), at(end), source=ShiftSource.OPTIMISER), **options)  # type: ignore[arg-type]


def situation(*shifts: Shift, version: Arrangement = DAILY, **options: object) -> Situation:
    plain = Situation(now=MONDAY, roles={1: "Primary"}, versions={1: (version,)}, shifts=shifts)
    return replace(plain, **options)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(edges=bounds)
def test_pieces_are_just_the_wanted_time_that_is_free(edges: list[int]) -> None:
    taken = [shift("UA", *pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    found = pieces(situation(*taken, version=replace(DAILY, patterns=WEEKS)), MONDAY + 30 * DAY, taken)

    dealt = Timeline.of(sorted(piece_segment(one.start, one.end) for one in found))
    busy = Timeline.union(piece_segment(one.start, one.end) for one in taken)
    assert not [one for one in found for other in taken if one.interval.overlaps(other.interval)]
    free = busy.gaps(Interval(MONDAY, MONDAY + 30 * DAY))
    assert all(dealt.at(gap.start) for gap in free)


def piece_segment(start: datetime, end: datetime) -> Segment:
    return Segment(start, end, ("x",))


@settings(max_examples=60, deadline=None)
@given(edges=bounds, since=st.integers(0, 20))
def test_batches_hold_every_piece_once_in_order(edges: list[int], since: int) -> None:
    taken = [shift("UA", *pair) for pair in zip(edges[::2], edges[1::2], strict=False)]
    second = replace(DAILY, role_id=2, rest_hours=since % 3)
    both = situation(*taken, roles={1: "Primary", 2: "Secondary"}, versions={1: (DAILY,), 2: (second,)})
    found = pieces(both, MONDAY + 90 * DAY, taken)

    made = list(batches(found))

    assert sorted(piece.id for batch in made for piece in batch) == sorted(piece.id for piece in found)
    assert all(batch[-1].start - batch[0].start < 42 * DAY for batch in made)
    assert all(len({one.wanted.arrangement.rest_hours for one in batch}) == 1 for batch in made)


def test_a_shift_that_two_people_shared_counts_once_for_who_had_most_of_it() -> None:
    shared = situation(shift("UA", 0, 16), shift("UB", 16, 24), shift("UB", 24, 48))

    assert [one.stand.user for one in served(shared, shared.shifts)] == ["UA", "UB"]


def test_each_shift_is_shared_among_who_was_there_by_the_shares_of_its_time() -> None:
    first = replace(DAILY, until=at(48))
    halved = tuple(replace(member, share=50) if member.user == "UA" else member for member in TEAM)
    later = replace(DAILY, since=at(48), members=(*halved, FairMember("UD", since=at(48))))
    known = situation(*(shift("UA", 24 * n, 24 * n + 24) for n in range(4)), versions={1: (first, later)})

    found = loads(known, known.shifts, [1], ["UA", "UB", "UC", "UD"])

    targets = {one.user: one.target for one in found if one.measure is Measure.ALL}
    assert targets == {"UA": 667 + 286, "UB": 667 + 571, "UC": 667 + 571, "UD": 571}
    assert {one.user: one.done for one in found if one.measure is Measure.ALL}["UA"] == 4000


def test_only_a_proposal_whose_person_cannot_have_it_is_stale() -> None:
    proposals = [
        shift(user, 24 * n, 24 * n + 24, state=ShiftState.PROPOSED) for n, user in enumerate(("UA", "UB", "UC", "UX"))
    ]
    confirmed = shift("UA", 96, 120)
    away = Wish(at(30), at(31), "UB", Leaning.CANNOT)
    rather = Wish(at(0), at(24), "UA", Leaning.RATHER_NOT)
    known = situation(*proposals, confirmed, wishes=(rather, away), unfit=frozenset({"UC"}))

    assert stale(known) == tuple(proposals[1:])


def test_what_a_person_decided_is_moved_only_where_they_cannot() -> None:
    by_hand = [shift(u, 24 * n, 24 * n + 24, source=ShiftSource.PERSON) for n, u in enumerate(("UA", "UB", None), 1)]
    dealt = shift("UC", 96, 120)
    known = situation(*by_hand, dealt, wishes=(Wish(at(50), at(51), "UB", Leaning.CANNOT),))

    found, movable = replaced(known)

    assert movable == [by_hand[1], dealt]
    assert [(piece.start, piece.announced) for piece in found] == [(at(48), "UB"), (at(96), "UC")]


def test_a_problem_says_what_members_do_in_other_roles_and_schedules() -> None:
    other = Shift(2, "UA", at(0), at(24))
    known = situation(other, roles={1: "Primary", 2: "Secondary"})
    batch = next(batches(pieces(known, MONDAY + DAY, ())))

    problem = problem_of(known, known.shifts, batch)

    assert [(duty.user, duty.where, duty.elsewhere) for duty in problem.duties] == [("UA", "Secondary", False)]
    assert problem.standing == ()
