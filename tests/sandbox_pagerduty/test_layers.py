"""Layers: their order, what an update does to them, and which are refused."""

import pytest

from sandbox.pagerduty import layer, weekly_layer
from tests.sandbox_pagerduty.support import DAY, NOW, at, schedule_body, z


def _refused(desk, **changes):
    response = desk.call("POST", "/schedules", schedule_body({**layer([desk.ann.id], at("3-09"), DAY), **changes}))
    return response.status == 400 and response.body["error"]["code"] == 2001


def test_layers_come_back_in_reverse_and_the_last_given_wins(desk):
    lower = layer([desk.ann.id], at("3-09"), DAY, "Lower")
    upper = layer([desk.bob.id], at("3-10"), DAY, "Upper")
    made = desk.call("POST", "/schedules", schedule_body(lower, upper)).body["schedule"]
    assert [one["name"] for one in made["schedule_layers"]] == ["Upper", "Lower"]
    assert [name for *_, name in desk.final(made["id"], at("3-09"), at("3-11"))] == ["Ann", "Bob"]


def test_putting_back_what_was_read_turns_the_layers_round(desk):
    bodies = [layer([user.id], at("3-09"), DAY, user.name) for user in (desk.ann, desk.bob)]
    made = desk.call("POST", "/schedules", schedule_body(*bodies)).body["schedule"]
    put = desk.call("PUT", f"/schedules/{made['id']}", {"schedule": made})
    assert put.status == 200
    assert [name for *_, name in desk.final(made["id"], at("3-09"), at("3-11"))] == ["Ann"]


def test_a_layers_past_start_becomes_the_time_of_the_request(desk):
    made = desk.call("POST", "/schedules", schedule_body(weekly_layer([desk.ann.id], at("2-23")))).body["schedule"]
    assert made["schedule_layers"][0]["start"] == z(NOW)
    assert made["schedule_layers"][0]["rotation_virtual_start"] == z(at("2-23"))
    desk.world.clock.advance(3600)
    put = desk.call("PUT", f"/schedules/{made['id']}", {"schedule": made}).body["schedule"]
    assert put["schedule_layers"][0]["start"] == z(at("3-02 13:00"))
    assert desk.final(made["id"], at("3-02 11:00"), at("3-02 14:00")) == [(z(NOW), z(at("3-02 14:00")), "Ann")]


def test_a_layers_past_start_stays_when_the_rewriting_is_switched_off(desk):
    desk.switches.rewrite_past_layer_start = False
    made = desk.call("POST", "/schedules", schedule_body(weekly_layer([desk.ann.id], at("2-23")))).body["schedule"]
    assert made["schedule_layers"][0]["start"] == z(at("2-23"))


def test_what_an_edited_layer_was_before_stays_visible_in_the_past(desk):
    made = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], NOW, DAY))).body["schedule"]
    desk.world.clock.advance(DAY)
    [top] = made["schedule_layers"]
    changed = {**made, "schedule_layers": [{**top, "users": [{"user": {"id": desk.bob.id}}]}]}
    assert desk.call("PUT", f"/schedules/{made['id']}", {"schedule": changed}).status == 200
    turns = desk.final(made["id"], at("3-02"), at("3-04"))
    assert turns == [(z(NOW), z(at("3-03 12:00")), "Ann"), (z(at("3-03 12:00")), z(at("3-04")), "Bob")]


def test_an_ended_layer_that_is_taken_up_again_leaves_the_time_between_empty(desk):
    body = layer([desk.ann.id], NOW, DAY, end=z(at("3-03")))
    made = desk.call("POST", "/schedules", schedule_body(body)).body["schedule"]
    desk.world.clock.set(at("3-05"))
    again = {**made["schedule_layers"][0], "start": z(at("3-10")), "end": None}
    _put_layers(desk, made, again)
    turns = desk.final(made["id"], at("3-02"), at("3-11"))
    assert turns == [(z(NOW), z(at("3-03")), "Ann"), (z(at("3-10")), z(at("3-11")), "Ann")]


def _put_layers(desk, made, *layers):
    response = desk.call("PUT", f"/schedules/{made['id']}", {"schedule": {**made, "schedule_layers": list(layers)}})
    assert response.status == 200, response
    return response.body["schedule"]["schedule_layers"]


def test_a_layers_end_sticks_until_it_is_null(desk):
    body = layer([desk.ann.id], at("3-09"), DAY, end=z(at("4-01")))
    made = desk.call("POST", "/schedules", schedule_body(body)).body["schedule"]
    [top] = made["schedule_layers"]
    silent = {name: value for name, value in top.items() if name != "end"}
    assert _put_layers(desk, made, silent)[0]["end"] == z(at("4-01"))
    assert _put_layers(desk, made, {**top, "end": None})[0]["end"] is None


def test_a_layer_that_is_left_out_stays_or_ends(desk):
    bodies = [layer([user.id], at("3-01"), DAY, user.name) for user in (desk.ann, desk.bob)]
    made = desk.call("POST", "/schedules", schedule_body(*bodies)).body["schedule"]
    bob, ann = made["schedule_layers"]
    assert [one["name"] for one in _put_layers(desk, made, ann)] == ["Ann", "Bob"]
    desk.switches.change(omitted_layers="end")
    desk.world.clock.advance(3600)
    shown = _put_layers(desk, made, ann)
    assert [(one["name"], one["end"]) for one in shown] == [("Ann", None), ("Bob", z(at("3-02 13:00")))]
    assert bob["id"] == shown[1]["id"]


def test_a_new_layer_lies_on_top_of_an_ended_one(desk):
    made = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], NOW, DAY))).body["schedule"]
    [old] = made["schedule_layers"]
    _put_layers(desk, made, {**old, "end": z(at("3-04"))}, layer([desk.bob.id], at("3-04"), DAY, "Layer 2"))
    assert [name for *_, name in desk.final(made["id"], at("3-03"), at("3-05"))] == ["Ann", "Bob"]


def test_a_layer_that_ends_before_it_starts_is_taken_and_renders_nothing(desk):
    body = layer([desk.ann.id], at("3-09"), DAY, end=z(at("3-08")))
    made = desk.call("POST", "/schedules", schedule_body(body)).body["schedule"]
    assert desk.final(made["id"], at("3-05"), at("3-20")) == []


@pytest.mark.parametrize("seconds", [3599, 31_536_001, None, "86400"])
def test_a_turn_lasts_an_hour_to_a_year(desk, seconds):
    assert _refused(desk, rotation_turn_length_seconds=seconds)


@pytest.mark.parametrize("seconds", [3600, 31_536_000])
def test_a_turn_of_an_hour_or_a_year_is_taken(desk, seconds):
    assert not _refused(desk, rotation_turn_length_seconds=seconds)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "daily_restriction", "duration_seconds": 86_400},
        {"type": "daily_restriction", "start_day_of_week": 1},
        {"type": "weekly_restriction", "start_day_of_week": 1, "duration_seconds": 604_800},
        {"type": "weekly_restriction"},
        {"type": "weekly_restriction", "start_day_of_week": 0},
        {"type": "weekly_restriction", "start_day_of_week": 8},
        {"type": "hourly_restriction"},
        {"duration_seconds": 0},
        {"start_time_of_day": "noon"},
    ],
)
def test_a_restriction_out_of_bounds_is_refused(desk, changes):
    good = {"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 3600}
    assert not _refused(desk, restrictions=[good])
    assert _refused(desk, restrictions=[{**good, **changes}])


@pytest.mark.parametrize(
    "changes",
    [
        {"rotation_virtual_start": "2026-03-09T00:00:30Z"},
        {"rotation_virtual_start": None},
        {"start": "soon"},
        {"users": []},
        {"users": [{"user": {"id": "PNOBODY"}}]},
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(desk, changes):
    assert _refused(desk, **changes)


def test_somebody_who_left_cannot_be_put_into_a_layer(desk):
    desk.account.deactivate_user(desk.bob.id)
    assert _refused(desk, users=[{"user": {"id": desk.bob.id}}])
