"""Overrides of a layer-based schedule."""

import pytest

from sandbox.pagerduty import weekly_layer
from tests.sandbox_pagerduty.support import NOW, at, reference, z

ENVELOPE = {"start": z(at("3-04")), "end": z(at("3-05"))}


@pytest.fixture
def schedule(desk):
    return desk.layered(weekly_layer([desk.ann.id], at("2-23")))


def _post(desk, schedule, *items):
    return desk.call("POST", f"/schedules/{schedule}/overrides", {"overrides": list(items)})


def test_a_batch_answers_201_with_a_bare_array_and_a_status_per_item(desk, schedule):
    good = {**ENVELOPE, "user": reference(desk.bob)}
    response = _post(desk, schedule, good, {**good, "end": good["start"]}, {**good, "user": reference("PNOBODY")})
    assert response.status == 201
    assert [item["status"] for item in response.body] == [201, 400, 400]
    made, late, unknown = response.body
    assert made["override"]["id"].startswith("Q")
    assert len(made["override"]["id"]) == 14
    assert made["override"]["user"]["summary"] == "Bob"
    assert late["errors"] == ["Override must end after its start"]
    assert "id" not in late["override"]
    assert unknown["errors"] == ["User not found"]


def test_a_batch_can_be_wrapped_as_the_upgrade_guide_shows_it(desk, schedule):
    desk.switches.override_batch_envelope = True
    response = _post(desk, schedule, {**ENVELOPE, "user": reference(desk.bob)})
    assert response.body["overrides"][0]["status"] == 201


def test_a_batch_is_created_in_order(desk, schedule):
    item = {**ENVELOPE, "user": reference(desk.bob)}
    _post(desk, schedule, item, {**item, "user": reference(desk.cem)})
    numbers = [one.number for one in desk.account.schedules[schedule].plan.overrides]
    assert numbers == [1, 2]
    assert desk.final(schedule, at("3-04"), at("3-05")) == [(z(at("3-04")), z(at("3-05")), "Cem")]


@pytest.mark.parametrize("body", [b"{", [], {}, {"overrides": {}}, {"overrides": []}, {"overrides": ["x"]}])
def test_only_a_malformed_envelope_is_refused_as_a_whole(desk, schedule, body):
    response = desk.call("POST", f"/schedules/{schedule}/overrides", body)
    assert (response.status, response.body["error"]["code"]) == (400, 2001)


def test_the_old_form_with_one_override_still_works(desk, schedule):
    good = {**ENVELOPE, "user": reference(desk.bob)}
    made = desk.call("POST", f"/schedules/{schedule}/overrides", {"override": good})
    assert (made.status, made.body["override"]["user"]["id"]) == (201, desk.bob.id)
    refused = desk.call("POST", f"/schedules/{schedule}/overrides", {"override": {**good, "end": good["start"]}})
    assert (refused.status, refused.body["error"]["errors"]) == (400, ["Override must end after its start"])


def test_a_time_without_an_offset_is_read_in_the_items_zone(desk, schedule):
    item = {"start": "2026-03-04T09:00:00", "end": "2026-03-04T10:00:00", "user": reference(desk.bob)}
    made = _post(desk, schedule, {**item, "time_zone": "America/New_York"}).body[0]["override"]
    assert made["start"] == "2026-03-04T09:00:00-05:00"


def test_the_last_created_override_wins_and_uncovers_the_one_beneath_when_deleted(desk, schedule):
    desk.override(schedule, desk.bob, at("3-04"), at("3-06"))
    top = desk.override(schedule, desk.cem, at("3-05"), at("3-07"))
    window = at("3-03"), at("3-08")
    assert [name for _, _, name in desk.final(schedule, *window)] == ["Ann", "Bob", "Cem", "Ann"]
    assert len(desk.overrides(schedule, *window)) == 2
    assert desk.call("DELETE", f"/schedules/{schedule}/overrides/{top}").status == 204
    assert desk.final(schedule, *window)[1] == (z(at("3-04")), z(at("3-06")), "Bob")


def test_deleting_a_running_override_ends_it_now(desk, schedule):
    running = desk.override(schedule, desk.bob, at("3-02 10:00"), at("3-03"))
    response = desk.call("DELETE", f"/schedules/{schedule}/overrides/{running}")
    assert (response.status, response.body["override"]["end"]) == (200, z(NOW))
    [left] = desk.overrides(schedule, at("3-01"), at("3-05"))
    assert (left["id"], left["end"]) == (running, z(NOW))


def test_a_past_override_cannot_be_deleted(desk, schedule):
    past = desk.override(schedule, desk.bob, at("3-01"), at("3-02"))
    response = desk.call("DELETE", f"/schedules/{schedule}/overrides/{past}")
    assert (response.status, response.body["error"]["code"]) == (400, 4004)
    assert response.body["error"]["message"] == "You cannot remove a past override"
    desk.switches.change(delete_past_status=403, delete_past_code=2010)
    response = desk.call("DELETE", f"/schedules/{schedule}/overrides/{past}")
    assert (response.status, response.body["error"]["code"]) == (403, 2010)


def test_an_unknown_override_is_not_found(desk, schedule):
    gone = desk.override(schedule, desk.bob, at("3-04"), at("3-05"))
    for expected in (204, 404):
        response = desk.call("DELETE", f"/schedules/{schedule}/overrides/{gone}")
        assert response.status == expected
    assert response.body["error"] == {"message": "Override Not Found", "code": 4004}


def test_one_override_can_neither_be_read_nor_changed(desk, schedule):
    made = desk.override(schedule, desk.bob, at("3-04"), at("3-05"))
    assert [desk.call(verb, f"/schedules/{schedule}/overrides/{made}", {}).status for verb in ("GET", "PUT")] == [
        404
    ] * 2


@pytest.mark.parametrize("given", [{}, {"since": z(at("3-01"))}, {"until": z(at("3-05"))}])
def test_a_list_needs_both_ends_of_its_range(desk, schedule, given):
    response = desk.call("GET", f"/schedules/{schedule}/overrides", **given)
    assert (response.status, response.body["error"]["code"]) == (400, 2003)
    desk.switches.missing_range_code = 2004
    assert desk.call("GET", f"/schedules/{schedule}/overrides", **given).body["error"]["code"] == 2004


def test_a_list_is_cut_at_its_window_unless_it_may_overflow(desk, schedule):
    desk.override(schedule, desk.bob, at("3-04"), at("3-08"))
    window = at("3-05"), at("3-06")
    [cut] = desk.overrides(schedule, *window)
    [whole] = desk.overrides(schedule, *window, overflow=True)
    assert (cut["start"], cut["end"]) == (z(at("3-05")), z(at("3-06")))
    assert (whole["start"], whole["end"]) == (z(at("3-04")), z(at("3-08")))


def test_a_list_holds_what_touches_the_window_and_no_more(desk, schedule):
    for start, end in (("3-03", "3-04"), ("3-04", "3-05"), ("3-05", "3-06"), ("3-06", "3-07")):
        desk.override(schedule, desk.bob, at(start), at(end))
    found = desk.overrides(schedule, at("3-04"), at("3-06"))
    assert [one["start"] for one in found] == [z(at("3-04")), z(at("3-05"))]


def test_a_list_is_not_paged_and_comes_in_no_order(desk, schedule):
    for hour in range(120):
        desk.override(schedule, desk.bob, at("3-04").replace(hour=hour % 24), at("3-09"))
    body = desk.get(f"/schedules/{schedule}/overrides", since=z(at("3-01")), until=z(at("3-20")))
    ids = [one["id"] for one in body["overrides"]]
    made = [one.id for one in desk.account.schedules[schedule].plan.overrides]
    assert list(body) == ["overrides"]
    assert len(ids) == 120
    assert ids != made
    desk.switches.shuffle_overrides = False
    body = desk.get(f"/schedules/{schedule}/overrides", since=z(at("3-01")), until=z(at("3-20")))
    assert [one["id"] for one in body["overrides"]] == made


def test_editable_overrides_are_future_ones_and_show_only_their_ids(desk, schedule):
    desk.override(schedule, desk.bob, at("3-02 10:00"), at("3-03"))
    future = desk.override(schedule, desk.bob, at("3-04"), at("3-05"))
    assert desk.overrides(schedule, at("3-01"), at("3-09"), editable=True) == [{"id": future}]


def test_a_start_in_the_past_is_taken_clamped_or_refused(desk, schedule):
    item = {"start": z(at("3-02 10:00")), "end": z(at("3-03")), "user": reference(desk.bob)}
    assert _post(desk, schedule, item).body[0]["override"]["start"] == z(at("3-02 10:00"))
    desk.switches.change(past_override_start="clamp")
    assert _post(desk, schedule, item).body[0]["override"]["start"] == z(NOW)
    desk.switches.change(past_override_start="refuse")
    assert _post(desk, schedule, item).body[0]["status"] == 400


def test_reads_may_lag_behind_writes(desk, schedule):
    desk.switches.read_lag_seconds = 5
    window = at("3-04"), at("3-05")
    desk.world.clock.advance(60)
    made = desk.override(schedule, desk.bob, *window)
    assert desk.overrides(schedule, *window) == []
    assert desk.final(schedule, *window)[0][2] == "Ann"
    users = desk.get(f"/schedules/{schedule}/users", since=z(window[0]), until=z(window[1]))["users"]
    assert [one["name"] for one in users] == ["Bob"]
    desk.world.clock.advance(5)
    assert [one["id"] for one in desk.overrides(schedule, *window)] == [made]
    desk.call("DELETE", f"/schedules/{schedule}/overrides/{made}")
    assert desk.final(schedule, *window)[0][2] == "Bob"
    desk.world.clock.advance(5)
    assert desk.final(schedule, *window)[0][2] == "Ann"


def test_a_schedule_that_lags_does_not_slow_another(desk, schedule):
    other = desk.layered(weekly_layer([desk.bob.id], at("2-23")), name="Secondary")
    desk.world.clock.advance(3600)
    desk.switches.read_lag_seconds = 5
    desk.override(schedule, desk.cem, at("3-04"), at("3-05"))
    assert desk.final(other, at("3-04"), at("3-05"))[0][2] == "Bob"


def test_nobody_without_an_account_can_be_put_on_call(desk, schedule):
    desk.account.deactivate_user(desk.bob.id)
    refused = _post(desk, schedule, {**ENVELOPE, "user": reference(desk.bob)}).body[0]
    assert (refused["status"], refused["errors"]) == (400, ["User not found"])


def test_somebody_who_left_stays_in_old_overrides_as_a_bare_reference(desk, schedule):
    desk.override(schedule, desk.bob, at("3-04"), at("3-05"))
    desk.account.deactivate_user(desk.bob.id)
    [left] = desk.overrides(schedule, at("3-04"), at("3-05"))
    assert (left["user"]["id"], left["user"]["summary"], left["user"]["self"]) == (desk.bob.id, None, None)


def test_overrides_alone_make_a_schedule_whose_only_layer_has_ended(desk):
    ended = desk.layered(weekly_layer([desk.ann.id], at("2-01"), end=z(at("2-02"))))
    desk.override(ended, desk.bob, at("3-04"), at("3-05"))
    assert desk.final(ended, at("3-03"), at("3-06")) == [(z(at("3-04")), z(at("3-05")), "Bob")]


def test_a_person_edits_in_the_web_page_without_the_api(desk, schedule):
    made = desk.account.create_override(schedule, desk.cem.id, at("3-04"), at("3-05"))
    running = desk.account.create_override(schedule, desk.cem.id, at("3-02"), at("3-03"))
    assert len(desk.overrides(schedule, at("3-01"), at("3-09"))) == 2
    desk.account.delete_override(schedule, made.id)
    desk.account.delete_override(schedule, running.id)
    [left] = desk.overrides(schedule, at("3-01"), at("3-09"))
    assert (left["id"], left["end"]) == (running.id, z(NOW))
