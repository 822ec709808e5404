"""Shift-based schedules: the schedules themselves, custom shifts, and the flip from layers to shifts."""

from datetime import timedelta

import pytest

from sandbox.pagerduty import layer, weekly_layer
from sandbox.pagerduty.v3.upgrade import upgrade
from tests.sandbox_pagerduty.shifts import assignments, create_shift, on_call, shift_body, user_member
from tests.sandbox_pagerduty.support import DAY, NOW, at, reference, z


@pytest.fixture
def schedule(desk):
    return desk.account.add_shift_schedule("Shifts").id


def _post(desk, **fields):
    return desk.call("POST", "/v3/schedules", {"schedule": {"name": "New", "time_zone": "Europe/Berlin", **fields}})


def test_a_created_schedule_is_empty_and_known_as_shift_based(desk):
    shown = _post(desk, description="why").body["schedule"]
    assert (shown["type"], shown["name"], shown["time_zone"]) == ("schedule_v3", "New", "Europe/Berlin")
    assert shown["self"] == f"https://api.pagerduty.com/v3/schedules/{shown['id']}"
    assert shown["rotations"] == []
    assert "final_schedule" not in shown


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"name": ""}, "schedule.name"),
        ({"name": "x" * 256}, "schedule.name"),
        ({"description": "x" * 1025}, "schedule.description"),
        ({"time_zone": "Mars/Base"}, "schedule.time_zone"),
        ({"time_zone": None}, "schedule.time_zone"),
        ({"rotations": []}, "schedule.rotations"),
        ({"escalation_policies": []}, "schedule.escalation_policies"),
        ({"teams": [{"id": "PNOBODY"}]}, "schedule.teams"),
    ],
)
def test_a_senseless_schedule_is_refused_with_complaints_per_field(desk, fields, key):
    response = _post(desk, **fields)
    assert (response.status, response.body["error"]["code"]) == (400, 2001)
    assert list(response.body["error"]["errors"]) == [key]


def test_complaints_can_come_as_a_list(desk):
    desk.switches.v3_errors_as_list = True
    assert _post(desk, name="").body["error"]["errors"] == ["can't be blank"]


def test_plain_utc_is_refused_on_writing_and_shown_on_reading(desk):
    assert _post(desk, time_zone="UTC").status == 400
    assert _post(desk, time_zone="Etc/UTC").body["schedule"]["time_zone"] == "UTC"
    desk.switches.v3_refuses_plain_utc = False
    assert _post(desk, time_zone="UTC").status == 201


def test_an_update_needs_the_time_zone_and_says_so_in_a_list(desk, schedule):
    response = desk.call("PUT", f"/v3/schedules/{schedule}", {"schedule": {"description": "new"}})
    assert (response.status, response.body["error"]["errors"]) == (400, ["Time zone cannot be empty."])
    whole = {"schedule": {"name": "Renamed", "time_zone": "Asia/Tokyo", "description": "new"}}
    changed = desk.call("PUT", f"/v3/schedules/{schedule}", whole).body["schedule"]
    assert (changed["name"], changed["time_zone"], changed["description"]) == ("Renamed", "Asia/Tokyo", "new")
    desk.switches.v3_put_needs_time_zone = False
    changed = desk.call("PUT", f"/v3/schedules/{schedule}", {"schedule": {"name": "Again"}}).body["schedule"]
    assert (changed["name"], changed["time_zone"], changed["description"]) == ("Again", "Asia/Tokyo", "new")


def test_each_kind_is_listed_on_its_own_side_only(desk, schedule):
    layered = desk.layered(name="Layers")
    assert [one["id"] for one in desk.get("/schedules")["schedules"]] == [layered]
    [only] = desk.get("/v3/schedules")["schedules"]
    assert (only["id"], only["type"], only["summary"]) == (schedule, "schedule_v3_reference", "Shifts")
    assert "time_zone" not in only


def test_a_list_of_shift_based_schedules_has_larger_pages(desk, schedule):
    assert desk.get("/v3/schedules")["limit"] == 100
    assert desk.get("/v3/schedules", limit=5000)["limit"] == 1000
    assert desk.get("/v3/schedules", query="nothing")["schedules"] == []


@pytest.mark.parametrize("rest", ["", "/overrides", "/users", "/audit/records"])
def test_a_shift_based_schedule_is_refused_on_the_layered_side(desk, schedule, rest):
    response = desk.call("GET", f"/schedules/{schedule}{rest}", since=z(at("3-01")), until=z(at("3-02")))
    message = "This is a shift-based schedule. Use the v3 Schedules API to access it."
    assert (response.status, response.body["error"]["message"]) == (400, message)


@pytest.mark.parametrize("rest", ["", "/overrides", "/custom_shifts", "/rotations"])
def test_a_layered_schedule_is_refused_on_the_shift_based_side(desk, rest):
    response = desk.call("GET", f"/v3/schedules/{desk.layered()}{rest}", since=z(at("3-01")), until=z(at("3-02")))
    message = "This is a layer-based schedule. Use the v2 Schedules API to access it."
    assert (response.status, response.body["error"]["message"]) == (400, message)


def test_writes_across_kinds_are_refused_too(desk, schedule):
    item = {"start": z(at("3-04")), "end": z(at("3-05")), "user": reference(desk.ann)}
    assert desk.call("POST", f"/schedules/{schedule}/overrides", {"overrides": [item]}).status == 400
    assert desk.call("DELETE", f"/schedules/{schedule}").status == 400
    assert desk.call("DELETE", f"/v3/schedules/{desk.layered()}").status == 400


def test_a_schedule_in_use_stays_and_an_unused_one_goes(desk, schedule):
    policy = desk.account.add_escalation_policy("Platform", [schedule])
    assert desk.call("DELETE", f"/v3/schedules/{schedule}").status == 400
    del desk.account.policies[policy.id]
    assert desk.call("DELETE", f"/v3/schedules/{schedule}").status == 204
    assert desk.call("GET", f"/v3/schedules/{schedule}").status == 404


def test_custom_shifts_add_up_and_replace_nobody(desk, schedule):
    create_shift(desk, schedule, desk.ann, at("3-04"), at("3-06"))
    create_shift(desk, schedule, desk.bob, at("3-05"), at("3-07"))
    create_shift(desk, schedule, desk.bob, at("3-05"), at("3-07"))
    assert on_call(desk, schedule, at("3-04"), at("3-08")) == [
        (z(at("3-04")), z(at("3-06")), "Ann"),
        (z(at("3-05")), z(at("3-07")), "Bob"),
        (z(at("3-05")), z(at("3-07")), "Bob"),
    ]


def test_the_final_schedule_names_its_sources_and_shows_gaps_as_empty_members(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    before, during, after = assignments(desk, schedule, at("3-03"), at("3-06"))
    assert during["source"] == {"type": "custom_shift", "shift_id": shift}
    assert during["member"] == {"type": "user_member", "user_id": desk.ann.id}
    for gap, start in ((before, at("3-03")), (after, at("3-05"))):
        assert gap["member"] == {"type": "empty_member"}
        assert (gap["start_time"], gap["end_time"]) == (z(start), z(start + timedelta(days=1)))
    desk.switches.v3_gaps_shown = False
    assert len(assignments(desk, schedule, at("3-03"), at("3-06"))) == 1


def test_the_final_schedule_comes_only_when_included_with_a_range(desk, schedule):
    create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    path, span = f"/v3/schedules/{schedule}", {"since": z(at("3-03")), "until": z(at("3-05"))}
    assert "final_schedule" not in desk.get(path, **span)["schedule"]
    assert "final_schedule" not in desk.get(path, **{"include[]": "final_schedule"})["schedule"]
    shown = desk.get(path, **span, **{"include[]": "final_schedule"})["schedule"]["final_schedule"]
    assert shown["rendered_coverage_percentage"] == 50.0


def test_times_come_in_utc_whatever_was_sent(desk):
    schedule = desk.account.add_shift_schedule("Berlin", "Europe/Berlin").id
    body = shift_body(desk.ann, at("3-04"), at("3-05"))
    body |= {"start_time": "2026-03-04T05:00:00+05:00"}
    made = desk.call("POST", f"/v3/schedules/{schedule}/custom_shifts", {"custom_shifts": [body]})
    assert made.body["custom_shifts"][0]["start_time"] == z(at("3-04"))
    asked = assignments(desk, schedule, at("3-04"), at("3-05"), time_zone="Asia/Tokyo")
    assert asked[0]["start_time"] == "2026-03-04T09:00:00+09:00"
    desk.switches.v3_times_in_utc = False
    assert assignments(desk, schedule, at("3-04"), at("3-05"))[0]["start_time"] == "2026-03-04T01:00:00+01:00"


def test_shifts_are_cut_at_the_window_unless_they_may_overflow(desk, schedule):
    create_shift(desk, schedule, desk.ann, at("3-04"), at("3-08"))
    window = at("3-05"), at("3-06")
    whole = [(z(at("3-04")), z(at("3-08")), "Ann")]
    assert on_call(desk, schedule, *window) == [(z(at("3-05")), z(at("3-06")), "Ann")]
    assert on_call(desk, schedule, *window, overflow=True) == whole
    query = {"since": z(window[0]), "until": z(window[1])}
    for overflow, start in ((False, at("3-05")), (True, at("3-04"))):
        [one] = desk.get(f"/v3/schedules/{schedule}/custom_shifts", **query, overflow=overflow)["custom_shifts"]
        assert one["start_time"] == z(start)


def test_a_list_of_custom_shifts_needs_a_range_and_is_paged(desk, schedule):
    path = f"/v3/schedules/{schedule}/custom_shifts"
    assert desk.call("GET", path).status == 400
    for hour in range(30):
        create_shift(desk, schedule, desk.ann, at("3-04") + timedelta(hours=hour), at("3-09"))
    body = desk.get(path, since=z(at("3-01")), until=z(at("3-20")))
    assert (len(body["custom_shifts"]), body["limit"], body["more"]) == (25, 25, True)
    assert len(desk.get(path, since=z(at("3-01")), until=z(at("3-20")), offset=25)["custom_shifts"]) == 5


def test_ids_of_shifts_have_26_characters(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    assert len(shift) == 26
    shown = desk.get(f"/v3/schedules/{schedule}/custom_shifts/{shift}")["custom_shift"]
    assert (shown["id"], shown["assignments"][0]["member"]) == (shift, user_member(desk.ann))


def test_a_wrong_custom_shift_refuses_the_whole_batch_or_only_itself(desk, schedule):
    path = f"/v3/schedules/{schedule}/custom_shifts"
    good = shift_body(desk.ann, at("3-04"), at("3-05"))
    batch = {"custom_shifts": [good, {**good, "end_time": good["start_time"]}]}
    response = desk.call("POST", path, batch)
    assert response.status == 400
    assert response.body["error"]["errors"] == {"custom_shifts.1.end_time": ["must be after start_time"]}
    assert on_call(desk, schedule, at("3-04"), at("3-05")) == []
    desk.switches.change(v3_batch="keep_good")
    assert len(desk.call("POST", path, batch).body["custom_shifts"]) == 1


@pytest.mark.parametrize("change", ["none", "two", "unknown", "empty", "no time"])
def test_a_custom_shift_has_exactly_one_known_person_and_two_times(desk, schedule, change):
    body = shift_body(desk.ann, at("3-04"), at("3-05"))
    [one] = body["assignments"]
    wrong = {
        "none": {"assignments": []},
        "two": {"assignments": [one, one]},
        "unknown": {"assignments": [{**one, "member": {"type": "user_member", "user_id": "PNOBODY"}}]},
        "empty": {"assignments": [{**one, "member": {"type": "empty_member"}}]},
        "no time": {"start_time": "soon"},
    }[change]
    response = desk.call("POST", f"/v3/schedules/{schedule}/custom_shifts", {"custom_shifts": [{**body, **wrong}]})
    assert response.status == 400


@pytest.mark.parametrize("body", [{}, {"custom_shifts": []}, {"custom_shifts": {}}])
def test_a_batch_without_shifts_is_refused(desk, schedule, body):
    assert desk.call("POST", f"/v3/schedules/{schedule}/custom_shifts", body).status == 400


def test_a_past_start_of_a_shift_is_taken_clamped_or_refused(desk, schedule):
    body = {"custom_shifts": [shift_body(desk.ann, at("3-02 10:00"), at("3-03"))]}
    path = f"/v3/schedules/{schedule}/custom_shifts"
    assert desk.call("POST", path, body).body["custom_shifts"][0]["start_time"] == z(at("3-02 10:00"))
    desk.switches.change(v3_past_shift_start="clamp")
    assert desk.call("POST", path, body).body["custom_shifts"][0]["start_time"] == z(NOW)
    desk.switches.change(v3_past_shift_start="refuse")
    assert desk.call("POST", path, body).status == 400


def _put(desk, schedule, shift, **changes):
    return desk.call("PUT", f"/v3/schedules/{schedule}/custom_shifts/{shift}", {"custom_shift": changes})


def test_a_future_shift_can_be_changed_in_everything_and_keeps_its_id(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    body = shift_body(desk.bob, at("3-06"), at("3-07"))
    changed = _put(desk, schedule, shift, **{key: body[key] for key in ("start_time", "end_time", "assignments")})
    assert (changed.status, changed.body["custom_shift"]["id"]) == (200, shift)
    assert on_call(desk, schedule, at("3-03"), at("3-08")) == [(z(at("3-06")), z(at("3-07")), "Bob")]


def test_a_running_shift_can_only_change_its_end(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-02 10:00"), at("3-03"))
    assert _put(desk, schedule, shift, start_time=z(at("3-02 11:00"))).status == 400
    assert _put(desk, schedule, shift, assignments=shift_body(desk.bob, NOW, NOW)["assignments"]).status == 400
    assert _put(desk, schedule, shift, end_time=z(at("3-02 11:00"))).status == 400
    changed = _put(desk, schedule, shift, end_time=z(at("3-04")))
    assert (changed.status, changed.body["custom_shift"]["end_time"]) == (200, z(at("3-04")))


def test_a_past_shift_can_neither_be_changed_nor_deleted(desk, schedule):
    shift = create_shift(desk, schedule, desk.ann, at("3-01"), at("3-02"))
    assert _put(desk, schedule, shift, end_time=z(at("3-04"))).status == 400
    assert desk.call("DELETE", f"/v3/schedules/{schedule}/custom_shifts/{shift}").status == 400


def test_deleting_a_future_shift_removes_it_and_a_running_one_ends_now_both_with_204(desk, schedule):
    future = create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    running = create_shift(desk, schedule, desk.bob, at("3-02 10:00"), at("3-03"))
    path = f"/v3/schedules/{schedule}/custom_shifts"
    assert [desk.call("DELETE", f"{path}/{one}").status for one in (future, running)] == [204, 204]
    assert on_call(desk, schedule, at("3-02"), at("3-06")) == [(z(at("3-02 10:00")), z(NOW), "Bob")]
    assert desk.call("GET", f"{path}/{future}").status == 404


def test_shift_based_reads_may_lag_too(desk, schedule):
    desk.world.clock.advance(60)
    desk.switches.read_lag_seconds = 5
    create_shift(desk, schedule, desk.ann, at("3-04"), at("3-05"))
    assert on_call(desk, schedule, at("3-04"), at("3-05")) == []
    desk.world.clock.advance(5)
    assert len(on_call(desk, schedule, at("3-04"), at("3-05"))) == 1


def test_on_calls_of_a_shift_based_schedule_name_it_as_one(desk, schedule):
    create_shift(desk, schedule, desk.ann, at("3-02"), at("3-05"))
    desk.account.add_escalation_policy("Platform", [schedule])
    [one] = desk.get("/oncalls")["oncalls"]
    assert (one["schedule"]["type"], one["user"]["summary"]) == ("schedule_v3_reference", "Ann")
    assert desk.call("DELETE", f"/users/{desk.ann.id}").status == 400


def _upgraded(desk, *layers, time_zone="Etc/UTC"):
    schedule = desk.layered(*layers, time_zone=time_zone)
    before = desk.account.final_schedule(schedule, at("3-02"), at("3-30"))
    upgrade(desk.account, desk.account.schedules[schedule])
    return schedule, before


def _spans(entries):
    """Entries with neighbours of one person joined, so that both kinds can be compared."""
    joined = []
    for one in entries:
        if joined and joined[-1][2] == one.user_id and joined[-1][1] == one.start:
            joined[-1] = (joined[-1][0], one.end, one.user_id)
        else:
            joined.append((one.start, one.end, one.user_id))
    return joined


NIGHT = {"type": "daily_restriction", "start_time_of_day": "20:00:00", "duration_seconds": 43_200}
MORNING = {"type": "daily_restriction", "start_time_of_day": "06:00:00", "duration_seconds": 7_200}
WEEKEND = {
    "type": "weekly_restriction",
    "start_day_of_week": 6,
    "start_time_of_day": "00:00:00",
    "duration_seconds": 172_800,
}


@pytest.mark.parametrize(
    ("hours", "restrictions"),
    [(168, []), (24, []), (12, []), (5, []), (336, []), (168, [WEEKEND]), (24, [NIGHT]), (48, [MORNING])],
)
def test_an_upgraded_schedule_keeps_its_id_and_who_is_on_call(desk, hours, restrictions):
    people = [desk.ann.id, desk.bob.id, desk.cem.id]
    start = at("2-23 20:00") if restrictions in ([NIGHT], [MORNING]) else at("2-23")
    body = layer(people, start, hours * 3600, restrictions=restrictions)
    schedule, before = _upgraded(desk, body, time_zone="Europe/Berlin" if not restrictions else "Etc/UTC")
    assert desk.call("GET", f"/schedules/{schedule}").status == 400
    assert desk.get(f"/v3/schedules/{schedule}")["schedule"]["id"] == schedule
    after = desk.account.final_schedule(schedule, at("3-02"), at("3-30"))
    assert before
    assert _spans(after) == _spans(before)


def test_an_upgrade_keeps_overrides_in_effect(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id, desk.bob.id], at("2-23"), end=z(at("3-16"))))
    desk.override(schedule, desk.cem, at("3-08"), at("3-10"))
    desk.override(schedule, desk.bob, at("3-09 12:00"), at("3-11"))
    desk.override(schedule, desk.cem, at("3-18"), at("3-19"))
    before = desk.account.final_schedule(schedule, at("3-02"), at("3-30"))
    upgrade(desk.account, desk.account.schedules[schedule])
    after = desk.account.final_schedule(schedule, at("3-02"), at("3-30"))
    assert _spans(after) == _spans(before)
    kinds = {one["source"]["type"] for one in assignments(desk, schedule, at("3-02"), at("3-30"))}
    assert kinds == {"schedule_rotation", "schedule_rotation_override", "custom_shift"}


def test_an_upgrade_over_two_layers_puts_one_person_in_the_place_of_both(desk):
    bodies = [weekly_layer([user.id], at("2-23"), user.name) for user in (desk.ann, desk.bob)]
    schedule = desk.layered(*bodies)
    desk.override(schedule, desk.cem, at("3-04"), at("3-05"))
    upgrade(desk.account, desk.account.schedules[schedule])
    assert [name for *_, name in on_call(desk, schedule, at("3-04"), at("3-05"))] == ["Cem"]
    assert sorted(name for *_, name in on_call(desk, schedule, at("3-06"), at("3-07"))) == ["Ann", "Bob"]


def test_a_schedule_is_upgraded_once(desk, schedule):
    with pytest.raises(ValueError, match="already"):
        upgrade(desk.account, desk.account.schedules[schedule])


def test_what_a_layer_was_before_an_edit_survives_the_upgrade(desk):
    schedule = desk.layered(layer([desk.ann.id], NOW, DAY))
    desk.world.clock.advance(DAY)
    shown = desk.get(f"/schedules/{schedule}")["schedule"]
    [top] = shown["schedule_layers"]
    changed = {**shown, "schedule_layers": [{**top, "users": [{"user": {"id": desk.bob.id}}]}]}
    assert desk.call("PUT", f"/schedules/{schedule}", {"schedule": changed}).status == 200
    upgrade(desk.account, desk.account.schedules[schedule])
    assert [name for *_, name in on_call(desk, schedule, at("3-02"), at("3-04"))] == ["Ann", "Bob"]
