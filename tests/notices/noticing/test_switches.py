"""On-call switches, found by comparing what was told with the shifts as they are."""

from datetime import UTC, datetime, timedelta

from notices.noticing.switches import Step, Switch, on_call, outlook, reminders, switches
from oncall.timeline import Interval, Segment, Timeline

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROLE = 7


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def line(*segments: tuple[float, float, str]) -> Timeline:
    return Timeline.union(Segment(at(start), at(end), tuple(users.split())) for start, end, users in segments)


def found(told: str, told_at: float, timeline: Timeline, now: float) -> tuple[Switch, ...]:
    return switches({ROLE: tuple(told.split())}, at(told_at), {ROLE: timeline}, at(now))


def test_a_handoff_since_the_last_look_is_a_switch_at_its_instant() -> None:
    roster = line((-60, 0, "ann"), (0, 60, "bob"))
    assert found("ann", -5, roster, 1) == (Switch(at(0), (Step(at(0), ROLE, ("ann",), ("bob",)),)),)


def test_a_handoff_at_the_very_instant_of_the_look_is_told() -> None:
    assert [s.at for s in found("ann", -5, line((-60, 0, "ann"), (0, 60, "bob")), 0)] == [at(0)]


def test_what_was_told_is_not_told_again() -> None:
    roster = line((-60, 0, "ann"), (0, 60, "bob"))
    assert found("bob", 0, roster, 0) == ()
    assert found("bob", 1, roster, 30) == ()


def test_a_boundary_at_which_nobody_changes_is_no_switch() -> None:
    assert found("ann", -5, line((-60, 0, "ann"), (0, 60, "ann")), 1) == ()


def test_a_change_of_the_running_shift_is_a_switch_now() -> None:
    assert found("ann", -5, line((-60, 60, "bob")), 3) == (Switch(at(3), (Step(at(3), ROLE, ("ann",), ("bob",)),)),)


def test_a_gap_and_its_end_are_switches() -> None:
    roster = line((-60, 0, "ann"), (5, 60, "bob"))
    steps = [(s.at, s.steps[0].before, s.steps[0].after) for s in found("ann", -5, roster, 6)]
    assert steps == [(at(0), ("ann",), ()), (at(5), (), ("bob",))]


def test_roles_that_change_together_are_told_together() -> None:
    rosters = {1: line((-60, 0, "ann"), (0, 60, "bob")), 2: line((-60, 0, "bob"), (0, 60, "ann"))}
    both = switches({1: ("ann",), 2: ("bob",)}, at(-5), rosters, at(0))
    assert [(s.at, [step.role_id for step in s.steps]) for s in both] == [(at(0), [1, 2])]


def test_somebody_who_joins_is_a_switch_of_the_set() -> None:
    roster = line((-60, 60, "ann"), (0, 30, "bob"))
    assert found("ann", -5, roster, 0)[0].steps == (Step(at(0), ROLE, ("ann",), ("ann", "bob")),)


def test_a_switch_missed_by_ten_minutes_is_still_told_by_itself() -> None:
    (only,) = found("ann", -60, line((-90, 0, "ann"), (0, 60, "bob")), 10)
    assert not only.late
    assert only.at == at(0)


def test_older_ones_become_one_summary_beside_the_fresh_ones() -> None:
    roster = line((-90, -50, "ann"), (-50, -30, "bob"), (-30, 0, "cat"), (0, 60, "ann"))
    late, fresh = found("ann", -60, roster, 1)
    assert late.late
    assert [(s.before, s.after) for s in late.steps] == [(("ann",), ("bob",)), (("bob",), ("cat",))]
    assert (fresh.at, fresh.late) == (at(0), False)


def test_each_look_tells_what_the_one_before_left_whenever_it_happens() -> None:
    roster = line(*((n * 30, n * 30 + 30, "ann" if n % 2 else "bob") for n in range(-4, 20)))
    told, last, steps = roster.at(at(-90)), -90.0, list[Step]()
    for now in (-75, -60, -60, -31, 0, 7, 31, 31, 60, 89):
        for switch in switches({ROLE: told}, at(last), {ROLE: roster}, at(now)):
            steps.extend(switch.steps)
        told, last = on_call({ROLE: roster}, at(now)).get(ROLE, ()), now
    assert [step.at for step in steps] == [at(m) for m in (-60, -30, 0, 30, 60)]


def test_the_outlook_says_until_when_and_who_follows() -> None:
    assert outlook(line((-60, 0, "ann"), (0, 60, "bob")), at(-10)).until == at(0)
    assert outlook(line((-60, 0, "ann"), (0, 60, "bob")), at(-10)).following == ("bob",)


def test_somebody_is_reminded_of_a_whole_stretch_and_not_of_its_parts() -> None:
    roster = line((-60, 10, "ann"), (10, 20, "bob"), (20, 40, "bob cat"), (40, 50, "bob"))
    due = {user: stretch for _, user, stretch in reminders({ROLE: roster}, at(0), timedelta(minutes=15))}
    assert due == {"bob": Interval(at(10), at(50))}


def test_nobody_is_reminded_of_what_has_begun_or_is_too_far_off() -> None:
    roster = line((-60, 10, "ann"), (20, 40, "bob"))
    assert list(reminders({ROLE: roster}, at(0), timedelta(minutes=15))) == []
