"""Wall-clock time against a clock that is watched minute by minute, at every clock change 2025–2030."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oncall.civil import first_instant, last_instant, steady_offset, wall_time
from tests.oncall.clocks import HOUR, MINUTE, clock_changes
from tests.oncall.patterns import wall

NEW_YORK = "America/New_York"
STEP = timedelta(minutes=10)


def test_a_wall_time_is_the_first_and_last_minute_that_shows_it_at_every_clock_change() -> None:
    changes = clock_changes()
    assert len(changes) > 100
    for change in changes:
        instants = [change.at + n * STEP for n in range(-48, 49)]
        shown = {}
        for instant in instants:
            shown.setdefault(wall_time(instant, change.zone), []).append(instant)
        time = wall_time(change.at - 4 * HOUR, change.zone)
        while time <= wall_time(change.at + 4 * HOUR, change.zone):
            at = shown.get(time, [change.at])
            assert (first_instant(time, change.zone), last_instant(time, change.zone)) == (at[0], at[-1])
            time += STEP


def test_a_skipped_wall_time_is_the_instant_at_which_clocks_jump() -> None:
    jump = datetime(2026, 3, 8, 7, tzinfo=UTC)
    for skipped in (wall(2026, 3, 8, 2), wall(2026, 3, 8, 2, 59), wall(2026, 3, 8, 3)):
        assert first_instant(skipped, NEW_YORK) == last_instant(skipped, NEW_YORK) == jump


def test_a_repeated_wall_time_starts_at_its_first_and_ends_at_its_last_occurrence() -> None:
    twice = wall(2026, 11, 1, 1, 30)
    assert first_instant(twice, NEW_YORK) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert last_instant(twice, NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_half_hour_changes_are_handled_as_well() -> None:
    assert first_instant(wall(2026, 4, 5, 1, 45), "Australia/Lord_Howe") == datetime(2026, 4, 4, 14, 45, tzinfo=UTC)
    assert last_instant(wall(2026, 4, 5, 1, 45), "Australia/Lord_Howe") == datetime(2026, 4, 4, 15, 15, tzinfo=UTC)


def test_a_day_is_steady_unless_clocks_change_on_it_or_beside_it() -> None:
    steady = [day for day in range(5, 12) if steady_offset(NEW_YORK, wall(2026, 3, day).toordinal())]
    assert steady == [5, 6, 10, 11]


def test_a_later_wall_time_never_gives_an_earlier_instant() -> None:
    for change in clock_changes():
        walls = [wall_time(change.at - 3 * HOUR, change.zone) + n * 5 * MINUTE for n in range(80)]
        for find in (first_instant, last_instant):
            found = [find(time, change.zone) for time in walls]
            assert found == sorted(found)
