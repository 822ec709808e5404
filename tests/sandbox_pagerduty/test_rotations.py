"""Rotations, their events, and overrides of them."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.pagerduty import layer
from sandbox.pagerduty.v3.upgrade import upgrade
from tests.sandbox_pagerduty.shifts import EMPTY, assignments, create_shift, event_body, on_call, user_member
from tests.sandbox_pagerduty.support import NOW, Desk, at, z
from tests.support.soaking import examples


@pytest.fixture
def schedule(desk):
    return desk.account.add_shift_schedule("Shifts").id


@pytest.fixture
def rotation(desk, schedule):
    return desk.call("POST", f"/v3/schedules/{schedule}/rotations").body["rotation"]["id"]


@pytest.fixture
def events(schedule, rotation):
    """The path of the rotation's events."""
    return f"/v3/schedules/{schedule}/rotations/{rotation}/events"


def create_event(desk, events, body):
    response = desk.call("POST", events, {"event": body})
    assert response.status == 201, response
    return response.body["event"]["id"]


def _names(desk, schedule, since, until):
    return "".join(name[0] for *_, name in on_call(desk, schedule, since, until))


def test_a_rotation_is_made_empty_and_takes_no_body(desk, schedule):
    path = f"/v3/schedules/{schedule}/rotations"
    assert desk.call("POST", path, {"events": []}).status == 400
    made = desk.call("POST", path, {}).body["rotation"]
    assert (made["type"], made["events"], len(made["id"])) == ("schedule_rotation", [], 26)
    assert [one["id"] for one in desk.get(path)["rotations"]] == [made["id"]]
    assert desk.get(f"{path}/{made['id']}")["rotation"] == made


def test_members_rotate_shift_by_shift(desk, schedule, events):
    create_event(desk, events, event_body(desk.ann, desk.bob, desk.cem))
    assert _names(desk, schedule, at("3-03"), at("3-08")) == "ABCAB"


def test_members_keep_as_many_shifts_as_told(desk, schedule, events):
    create_event(desk, events, event_body(desk.ann, desk.bob, per_member=2))
    assert _names(desk, schedule, at("3-03"), at("3-09")) == "AABBAA"


def test_every_member_is_on_call_at_once_when_the_strategy_says_so(desk, schedule, events):
    everyone = {"type": "every_member_assignment_strategy", "members": [user_member(desk.ann), user_member(desk.bob)]}
    create_event(desk, events, event_body(assignment_strategy=everyone))
    assert sorted(on_call(desk, schedule, at("3-03"), at("3-04"))) == [
        (z(at("3-03")), z(at("3-04")), "Ann"),
        (z(at("3-03")), z(at("3-04")), "Bob"),
    ]


def test_an_empty_member_leaves_a_gap_with_a_source(desk, schedule, rotation, events):
    create_event(desk, events, event_body(desk.ann, EMPTY))
    first, second = assignments(desk, schedule, at("3-03"), at("3-05"))
    assert first["source"] == second["source"] == {"type": "schedule_rotation", "rotation_id": rotation}
    assert second["member"] == EMPTY


def test_weekly_days_follow_the_rule(desk, schedule, events):
    create_event(desk, events, event_body(desk.ann, hours=8, rule="FREQ=WEEKLY;BYDAY=TU,TH"))
    days = [datetime.fromisoformat(start).strftime("%a") for start, *_ in on_call(desk, schedule, NOW, at("3-15"))]
    assert days == ["Tue", "Thu", "Tue", "Thu"]


def test_dates_can_be_taken_out_and_added(desk, schedule, events):
    lines = ["RRULE:FREQ=DAILY;UNTIL=20260306T000000Z", "EXDATE:20260304T000000Z", "RDATE:20260310T000000Z"]
    create_event(desk, events, event_body(desk.ann, recurrence=lines))
    days = [datetime.fromisoformat(start).day for start, *_ in on_call(desk, schedule, at("3-03"), at("3-20"))]
    assert days == [3, 5, 6, 10]


@pytest.mark.parametrize(
    ("zone", "change", "jump"),
    [
        ("America/New_York", "3-08", timedelta(hours=1)),
        ("Europe/Berlin", "3-29", timedelta(hours=1)),
        ("Australia/Lord_Howe", "4-05", timedelta(minutes=-30)),
    ],
)
def test_an_event_keeps_its_hour_across_a_clock_change(desk, schedule, events, zone, change, jump):
    wall = datetime.combine(at(change).date() - timedelta(days=2), time(9), ZoneInfo(zone))
    start = wall.astimezone(UTC)
    create_event(desk, events, event_body(desk.ann, start=start, zone=zone))
    shown = on_call(desk, schedule, start, start + timedelta(days=3))[:3]
    hours = [datetime.fromisoformat(begin).astimezone(ZoneInfo(zone)).time() for begin, *_ in shown]
    assert hours == [time(9)] * 3
    begin, end, _ = shown[1]
    assert datetime.fromisoformat(end) - datetime.fromisoformat(begin) == timedelta(days=1) - jump


def test_whether_an_event_reads_its_offset_is_a_switch(desk, schedule, events):
    desk.switches.event_times_ignore_offset = True
    body = event_body(desk.ann, start=at("3-03 09:00"), hours=8, zone="America/New_York")
    create_event(desk, events, body)
    assert on_call(desk, schedule, at("3-03"), at("3-04"))[0][0] == z(at("3-03 14:00"))


def test_an_event_counts_from_now_at_the_earliest_and_a_year_ahead_at_the_latest(desk, schedule, events):
    made = desk.call("POST", events, {"event": event_body(desk.ann, start=at("2-01"))}).body["event"]
    assert made["effective_since"] == z(NOW)
    assert on_call(desk, schedule, at("3-01"), at("3-03")) == [(z(NOW), z(at("3-03")), "Ann")]
    late = event_body(desk.ann, effective_since="2027-06-01T00:00:00Z")
    response = desk.call("POST", events, {"event": late})
    assert response.body["error"]["errors"] == {
        "event.effective_since": ["Date cannot be more than 12 months in the future"]
    }


def test_an_event_stops_when_it_stops_being_effective(desk, schedule, events):
    create_event(desk, events, event_body(desk.ann, effective_until=z(at("3-05 12:00"))))
    assert on_call(desk, schedule, at("3-03"), at("3-09"))[-1][1] == z(at("3-05 12:00"))


def test_a_rotation_has_at_most_five_events(desk, events):
    for day in range(5):
        create_event(
            desk, events, event_body(desk.ann, start=at("3-03") + timedelta(days=day), rule="FREQ=DAILY;COUNT=1")
        )
    response = desk.call("POST", events, {"event": event_body(desk.ann, start=at("4-03"), rule="FREQ=DAILY;COUNT=1")})
    assert "rotation.events" in response.body["error"]["errors"]


def test_events_of_one_rotation_must_not_overlap(desk, schedule, events):
    create_event(desk, events, event_body(desk.ann, hours=8, rule="FREQ=WEEKLY"))
    clash = event_body(desk.bob, start=at("3-10 04:00"), hours=8, rule="FREQ=WEEKLY")
    assert desk.call("POST", events, {"event": clash}).status == 400
    create_event(desk, events, event_body(desk.bob, start=at("3-10 08:00"), hours=8, rule="FREQ=WEEKLY"))
    other = desk.call("POST", f"/v3/schedules/{schedule}/rotations").body["rotation"]["id"]
    assert desk.call("POST", f"/v3/schedules/{schedule}/rotations/{other}/events", {"event": clash}).status == 201


def _strategy(**changes):
    return lambda body: {"assignment_strategy": {**body["assignment_strategy"], **changes}}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {"name": ""},
        lambda body: {"name": "x" * 256},
        lambda body: {"end_time": body["start_time"]},
        lambda body: {"start_time": None},
        lambda body: {"start_time": {**body["start_time"], "time_zone": "Mars/Base"}},
        lambda body: {"start_time": {**body["start_time"], "date_time": "soon"}},
        lambda body: {"effective_since": None},
        lambda body: {"effective_until": body["effective_since"]},
        lambda body: {"recurrence": []},
        lambda body: {"recurrence": "RRULE:FREQ=DAILY"},
        lambda body: {"recurrence": [*body["recurrence"], *body["recurrence"]]},
        lambda body: {"recurrence": ["RRULE:FREQ=SOMETIMES"]},
        lambda body: {"recurrence": ["RRULE:FREQ=DAILY\nEXDATE:20260304T000000"]},
        lambda body: {"recurrence": ["RRULE:FREQ=DAILY", "EXRULE:FREQ=WEEKLY"]},
        lambda body: {"assignment_strategy": None},
        _strategy(type="nobody"),
        _strategy(shifts_per_member=0),
        _strategy(shifts_per_member=None),
        _strategy(members=[]),
        _strategy(members=[EMPTY] * 21),
        _strategy(members=[{"type": "user_member", "user_id": "PNOBODY"}]),
        _strategy(members=[{"type": "robot"}]),
    ],
)
def test_an_event_that_makes_no_sense_is_refused(desk, events, change):
    body = event_body(desk.ann)
    assert desk.call("POST", events, {"event": {**body, **change(body)}}).status == 400
    assert desk.call("POST", events, {"event": body}).status == 201


def test_a_future_event_can_be_changed_at_will(desk, schedule, events):
    event = create_event(desk, events, event_body(desk.ann))
    body = event_body(desk.bob, start=at("3-04"))
    changed = desk.call("PUT", f"{events}/{event}", {"event": body})
    assert (changed.status, changed.body["event"]["id"]) == (200, event)
    assert on_call(desk, schedule, at("3-03"), at("3-05")) == [(z(at("3-04")), z(at("3-05")), "Bob")]
    renamed = desk.call("PUT", f"{events}/{event}", {"event": {"name": "Other"}}).body["event"]
    assert (renamed["name"], renamed["recurrence"]) == ("Other", ["RRULE:FREQ=DAILY"])


def test_an_active_event_can_only_change_when_it_stops(desk, schedule, events):
    event = create_event(desk, events, event_body(desk.ann))
    desk.world.clock.set(at("3-04"))
    assert desk.call("PUT", f"{events}/{event}", {"event": {"name": "Other"}}).status == 400
    stopped = desk.call("PUT", f"{events}/{event}", {"event": {"effective_until": z(at("3-05"))}})
    assert stopped.status == 200
    assert _names(desk, schedule, at("3-03"), at("3-09")) == "AA"


def test_a_past_event_can_neither_be_changed_nor_deleted(desk, events):
    event = create_event(desk, events, event_body(desk.ann, effective_until=z(at("3-04"))))
    desk.world.clock.set(at("3-05"))
    assert desk.call("PUT", f"{events}/{event}", {"event": {"effective_until": z(at("3-09"))}}).status == 400
    assert desk.call("DELETE", f"{events}/{event}").status == 400


def test_a_deleted_future_event_is_gone_and_an_active_one_stops_now(desk, schedule, events):
    event = create_event(desk, events, event_body(desk.ann))
    desk.world.clock.set(at("3-04 12:00"))
    assert desk.call("DELETE", f"{events}/{event}").status == 204
    assert on_call(desk, schedule, at("3-03"), at("3-09"))[-1][1] == z(at("3-04 12:00"))
    fresh = create_event(desk, events, event_body(desk.bob, start=at("3-06")))
    assert desk.call("DELETE", f"{events}/{fresh}").status == 204
    assert desk.call("GET", f"{events}/{fresh}").status == 404


def test_a_deleted_rotation_stops_now_and_keeps_its_past(desk, schedule, rotation, events):
    create_event(desk, events, event_body(desk.ann))
    desk.world.clock.set(at("3-04"))
    path = f"/v3/schedules/{schedule}/rotations"
    assert desk.call("DELETE", f"{path}/{rotation}").status == 204
    assert on_call(desk, schedule, at("3-03"), at("3-09")) == [(z(at("3-03")), z(at("3-04")), "Ann")]
    assert desk.call("GET", f"{path}/{rotation}").status == 404
    assert desk.get(path)["rotations"] == []


def _override(desk, schedule, overridden, overriding, start, end, **origin):
    member = {"overridden_member": overridden, "overriding_member": overriding}
    body = {"type": "override_shift", "start_time": z(start), "end_time": z(end), **member, **origin}
    return desk.call("POST", f"/v3/schedules/{schedule}/overrides", {"overrides": [body]})


@pytest.fixture
def rotating(desk, rotation, events):
    """Ann and Bob in turns of a day from the third."""
    create_event(desk, events, event_body(desk.ann, desk.bob))
    return rotation


def test_an_override_takes_one_members_place_on_a_rotation(desk, schedule, rotating):
    made = _override(
        desk,
        schedule,
        user_member(desk.ann),
        user_member(desk.cem),
        at("3-03 06:00"),
        at("3-04 06:00"),
        rotation_id=rotating,
    )
    override = made.body["overrides"][0]["id"]
    shown = assignments(desk, schedule, at("3-03"), at("3-05"))
    assert [desk.account.users[one["member"]["user_id"]].name for one in shown] == ["Ann", "Cem", "Bob"]
    source = {"type": "schedule_rotation_override", "rotation_id": rotating, "override_id": override}
    assert (shown[1]["source"], shown[1]["end_time"]) == (source, z(at("3-04")))


def test_an_override_takes_the_place_on_a_custom_shift(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-04"), at("3-06"))
    made = _override(
        desk, schedule, user_member(desk.ann), user_member(desk.bob), at("3-05"), at("3-06"), custom_shift_id=shift
    )
    override = made.body["overrides"][0]["id"]
    first, second = assignments(desk, schedule, at("3-04"), at("3-06"))
    assert first["source"] == {"type": "custom_shift", "shift_id": shift}
    assert second["source"] == {"type": "custom_shift_override", "shift_id": shift, "override_id": override}


def test_the_last_override_of_a_place_wins_and_an_empty_member_can_take_it(desk, schedule, rotating):
    for who in (user_member(desk.cem), EMPTY):
        _override(desk, schedule, user_member(desk.ann), who, at("3-03"), at("3-04"), rotation_id=rotating)
    assert on_call(desk, schedule, at("3-03"), at("3-04")) == []


@pytest.mark.parametrize(
    "origin", [{}, {"rotation_id": "A", "custom_shift_id": "B"}, {"rotation_id": "A"}, {"custom_shift_id": "B"}]
)
def test_an_override_names_exactly_one_known_place(desk, schedule, rotating, origin):
    response = _override(desk, schedule, user_member(desk.ann), EMPTY, at("3-03"), at("3-04"), **origin)
    assert response.status == 400


def test_an_override_cannot_be_on_a_rotation_and_a_shift_at_once(desk, schedule, rotating):
    shift = create_shift(desk, schedule, desk.ann, at("3-03"), at("3-04"))
    places = {"rotation_id": rotating, "custom_shift_id": shift}
    swap = (user_member(desk.ann), user_member(desk.bob), at("3-03"), at("3-04"))
    assert _override(desk, schedule, *swap, **places).status == 400
    assert [_override(desk, schedule, *swap, **{name: value}).status for name, value in places.items()] == [201, 201]


def test_an_override_replaces_only_who_is_there_unless_switched_off(desk, schedule, rotating):
    absent = (user_member(desk.cem), user_member(desk.bob), at("3-03"), at("3-04"))
    assert _override(desk, schedule, *absent, rotation_id=rotating).status == 400
    desk.switches.v3_overridden_must_be_scheduled = False
    assert _override(desk, schedule, *absent, rotation_id=rotating).status == 201
    assert _names(desk, schedule, at("3-03"), at("3-04")) == "A"


def test_overrides_are_listed_read_changed_and_deleted(desk, schedule, rotating):
    made = _override(
        desk, schedule, user_member(desk.ann), user_member(desk.cem), at("3-03"), at("3-04"), rotation_id=rotating
    ).body["overrides"][0]
    path = f"/v3/schedules/{schedule}/overrides"
    assert desk.get(path, since=z(at("3-01")), until=z(at("3-09")))["overrides"] == [made]
    assert desk.get(f"{path}/{made['id']}")["override"] == made
    changes = {"override": {"end_time": z(at("3-03 12:00")), "overriding_member": user_member(desk.bob)}}
    changed = desk.call("PUT", f"{path}/{made['id']}", changes).body["override"]
    assert (changed["end_time"], changed["overriding_member"]) == (z(at("3-03 12:00")), user_member(desk.bob))
    assert desk.call("DELETE", f"{path}/{made['id']}").status == 204
    assert desk.call("GET", f"{path}/{made['id']}").status == 404


def test_deleting_a_running_override_ends_or_removes_it(desk, schedule, rotating):
    path = f"/v3/schedules/{schedule}/overrides"
    ids = [
        _override(
            desk, schedule, user_member(desk.ann), user_member(desk.cem), at("3-03"), at("3-04"), rotation_id=rotating
        ).body["overrides"][0]["id"]
        for _ in range(2)
    ]
    desk.world.clock.set(at("3-03 12:00"))
    assert desk.call("PUT", f"{path}/{ids[0]}", {"override": {"start_time": z(at("3-03 01:00"))}}).status == 400
    assert desk.call("DELETE", f"{path}/{ids[0]}").status == 204
    assert desk.get(f"{path}/{ids[0]}")["override"]["end_time"] == z(at("3-03 12:00"))
    assert desk.call("DELETE", f"{path}/{ids[0]}").status == 400
    assert desk.call("PUT", f"{path}/{ids[0]}", {"override": {"end_time": z(at("3-04"))}}).status == 400
    desk.switches.change(v3_running_override="remove")
    assert desk.call("DELETE", f"{path}/{ids[1]}").status == 204
    assert desk.call("GET", f"{path}/{ids[1]}").status == 404


@settings(max_examples=examples(60), deadline=None)
@given(
    hours=st.sampled_from([4, 12, 24, 48, 168]),
    day=st.integers(0, 300),
    hour=st.integers(0, 23),
    people=st.integers(1, 3),
    zone=st.sampled_from(["Etc/UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"]),
    overrides=st.lists(st.tuples(st.integers(-20, 200), st.integers(1, 90), st.integers(0, 2)), max_size=5),
)
def test_an_upgrade_changes_nobodys_on_call_of_a_schedule_with_one_layer(hours, day, hour, people, zone, overrides):
    desk = Desk()
    users = [desk.ann, desk.bob, desk.cem]
    start = datetime(2026, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)
    schedule = desk.layered(layer([one.id for one in users[:people]], start, hours * 3600), time_zone=zone)
    for offset, length, who in overrides:
        begin = start + timedelta(hours=offset)
        desk.account.create_override(schedule, users[who].id, begin, begin + timedelta(hours=length))
    window = start - timedelta(days=1), start + timedelta(days=12)
    before = desk.account.final_schedule(schedule, *window)
    upgrade(desk.account, desk.account.schedules[schedule])
    assert _joined(desk.account.final_schedule(schedule, *window)) == _joined(before)


def _joined(entries):
    joined = []
    for one in entries:
        if joined and joined[-1][1:] == (one.start, one.user_id):
            joined[-1] = (joined[-1][0], one.end, one.user_id)
        else:
            joined.append((one.start, one.end, one.user_id))
    return joined
