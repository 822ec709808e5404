"""Layer-based schedules and their layers."""

import pytest

from sandbox.pagerduty import layer, weekly_layer
from tests.sandbox_pagerduty.support import DAY, at, entries, schedule_body, z


def test_a_created_schedule_carries_what_a_real_one_does(desk):
    response = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], at("3-09"), DAY), description="why"))
    assert response.status == 201
    shown = response.body["schedule"]
    assert shown["id"].startswith("P")
    assert len(shown["id"]) == 7
    assert (shown["type"], shown["summary"], shown["description"]) == ("schedule", "New", "why")
    assert shown["self"] == f"https://api.pagerduty.com/schedules/{shown['id']}"
    assert shown["html_url"] == f"https://acme.pagerduty.com/schedules/{shown['id']}"
    assert [user["summary"] for user in shown["users"]] == ["Ann"]
    assert shown["final_schedule"]["name"] == "Final Schedule"
    assert shown["overrides_subschedule"]["name"] == "Overrides"


def test_without_a_range_nothing_is_rendered(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    shown = desk.get(f"/schedules/{schedule}")["schedule"]
    for part in (shown["final_schedule"], shown["overrides_subschedule"], shown["schedule_layers"][0]):
        assert part["rendered_schedule_entries"] == []
        assert part["rendered_coverage_percentage"] is None


def test_half_a_range_is_completed_to_two_weeks(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-02")))
    for given in ({"since": z(at("3-09"))}, {"until": z(at("3-23"))}):
        shown = desk.get(f"/schedules/{schedule}", **given)["schedule"]["final_schedule"]
        assert entries(shown) == [(z(at("3-09")), z(at("3-23")), "Ann")]


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [("soon", "2026-03-04T00:00:00Z", 2004), ("2026-03-04", "2026-03-04", 2005), ("2026-01-01", "2027-06-01", 2005)],
)
def test_a_senseless_or_overlong_range_is_refused(desk, since, until, code):
    schedule = desk.layered()
    for path in (f"/schedules/{schedule}", f"/schedules/{schedule}/overrides"):
        response = desk.call("GET", path, since=since, until=until)
        assert (response.status, response.body["error"]["code"]) == (400, code)


def test_how_long_a_range_may_be_is_a_switch(desk):
    schedule, long = desk.layered(), {"since": "2026-01-01", "until": "2027-06-01"}
    desk.switches.longest_window_days = 0
    assert desk.call("GET", f"/schedules/{schedule}", **long).status == 200
    desk.switches.longest_window_days = 90
    assert desk.call("GET", f"/schedules/{schedule}", since="2026-01-01", until="2026-04-05").status == 400


def test_times_come_in_the_asked_zone_or_the_schedules(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-23")), time_zone="Europe/Berlin")
    asked = {"since": z(at("3-03")), "until": z(at("3-04"))}
    for zone, text in ((None, "2026-03-03T01:00:00+01:00"), ("America/New_York", "2026-03-02T19:00:00-05:00")):
        query = {**asked, "time_zone": zone} if zone else asked
        shown = desk.get(f"/schedules/{schedule}", **query)["schedule"]["final_schedule"]
        assert entries(shown)[0][0] == text


def test_a_range_without_offsets_is_read_in_the_asked_zone(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    query = {"since": "2026-03-03", "until": "2026-03-04", "time_zone": "America/New_York"}
    shown = desk.get(f"/schedules/{schedule}", **query)["schedule"]["final_schedule"]
    assert entries(shown)[0][:2] == ("2026-03-03T00:00:00-05:00", "2026-03-04T00:00:00-05:00")


def test_only_utc_itself_is_written_with_z(desk):
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    assert desk.final(schedule, at("3-03"), at("3-04"), time_zone="Etc/UTC")[0][0].endswith("Z")
    assert desk.final(schedule, at("3-03"), at("3-04"), time_zone="Europe/London")[0][0].endswith("+00:00")


def test_entries_are_cut_at_the_window_unless_they_may_overflow(desk):
    schedule = desk.layered(layer([desk.ann.id, desk.bob.id], at("3-01"), DAY))
    window = at("3-05 10:00"), at("3-05 14:00")
    assert desk.final(schedule, *window) == [(z(window[0]), z(window[1]), "Ann")]
    assert desk.final(schedule, *window, overflow=True) == [(z(at("3-05")), z(at("3-06")), "Ann")]


def test_equal_neighbours_are_one_entry_in_the_final_schedule_unless_switched_off(desk):
    schedule = desk.layered(layer([desk.ann.id], at("3-01"), DAY))
    assert len(desk.final(schedule, at("3-03"), at("3-05"))) == 1
    desk.switches.merge_final_neighbours = False
    assert len(desk.final(schedule, at("3-03"), at("3-05"))) == 2


def test_coverage_is_told_in_percent(desk):
    morning = {"type": "daily_restriction", "start_time_of_day": "06:00:00", "duration_seconds": 6 * 3600}
    schedule = desk.layered(layer([desk.ann.id], at("3-01"), DAY, restrictions=[morning]))
    desk.override(schedule, desk.bob, at("3-03 06:00"), at("3-03 18:00"))
    shown = desk.get(f"/schedules/{schedule}", since=z(at("3-03")), until=z(at("3-04")))["schedule"]
    percents = [shown[part]["rendered_coverage_percentage"] for part in ("final_schedule", "overrides_subschedule")]
    assert percents == [50.0, 50.0]
    assert shown["schedule_layers"][0]["rendered_coverage_percentage"] == 25.0


@pytest.mark.parametrize("changes", [{"name": " "}, {"name": None}, {"time_zone": "Mars/Base"}, {"time_zone": None}])
def test_a_schedule_without_a_name_or_a_known_zone_is_refused(desk, changes):
    response = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], at("3-09"), DAY), **changes))
    assert (response.status, response.body["error"]["code"]) == (400, 2001)


@pytest.mark.parametrize("layers", [{"name": "x"}, ["x"]])
def test_layers_that_are_no_list_of_objects_are_refused(desk, layers):
    body = {"schedule": {"name": "New", "time_zone": "Etc/UTC", "schedule_layers": layers}}
    assert desk.call("POST", "/schedules", body).status == 400


def test_an_update_of_a_layer_that_is_not_there_is_refused(desk):
    made = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], at("3-09"), DAY))).body["schedule"]
    stranger = {**layer([desk.bob.id], at("3-09"), DAY), "id": "PNOBODY"}
    response = desk.call("PUT", f"/schedules/{made['id']}", {"schedule": {**made, "schedule_layers": [stranger]}})
    assert response.status == 400
    assert [name for *_, name in desk.final(made["id"], at("3-09"), at("3-10"))] == ["Ann"]


def test_a_schedule_needs_a_layer(desk):
    assert desk.call("POST", "/schedules", schedule_body()).status == 400


def test_zones_go_by_iana_or_friendly_names_and_can_be_narrowed_to_the_documented_list(desk):
    body = layer([desk.ann.id], at("3-09"), DAY)
    names = ("Eastern Time (US & Canada)", "Europe/Berlin", "Australia/Lord_Howe")
    assert [desk.call("POST", "/schedules", schedule_body(body, time_zone=one)).status for one in names] == [201] * 3
    desk.switches.only_active_support_zones = True
    statuses = [desk.call("POST", "/schedules", schedule_body(body, time_zone=one)).status for one in names]
    assert statuses == [201, 201, 400]


def test_a_preview_shows_a_schedule_and_keeps_nothing(desk):
    body = schedule_body(layer([desk.ann.id, desk.bob.id], at("3-01"), DAY))
    query = {"since": z(at("3-03")), "until": z(at("3-05"))}
    shown = desk.call("POST", "/schedules/preview", body, **query)
    assert [name for *_, name in entries(shown.body["schedule"]["final_schedule"])] == ["Ann", "Bob"]
    assert desk.get("/schedules")["schedules"] == []


def test_a_list_is_sorted_searched_and_paged(desk):
    for number in (3, 1, 2):
        desk.layered(name=f"Team {number}")
    body = desk.get("/schedules", limit=2)
    assert ([one["name"] for one in body["schedules"]], body["more"], body["total"]) == (
        ["Team 1", "Team 2"],
        True,
        None,
    )
    rest = desk.get("/schedules", limit=2, offset=2, total=True)
    assert (len(rest["schedules"]), rest["more"], rest["total"]) == (1, False, 3)
    assert [one["name"] for one in desk.get("/schedules", query="TEAM 3")["schedules"]] == ["Team 3"]


def test_a_list_renders_only_what_is_included(desk):
    desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    query = {"since": z(at("3-03")), "until": z(at("3-04"))}
    [plain] = desk.get("/schedules", **query)["schedules"]
    assert not {"schedule_layers", "final_schedule", "overrides_subschedule"} & set(plain)
    include = {"include[]": ["final_schedule", "overrides_subschedule"]}
    [rich] = desk.get("/schedules", **query, **include)["schedules"]
    assert entries(rich["final_schedule"]) == [(z(at("3-03")), z(at("3-04")), "Ann")]
    assert "overrides_subschedule" in rich
    assert "schedule_layers" not in rich


def test_a_list_shows_times_in_the_accounts_zone(desk):
    desk.account.time_zone = "Asia/Tokyo"
    desk.layered(weekly_layer([desk.ann.id], at("2-23")), time_zone="Etc/UTC")
    query = {"since": z(at("3-03")), "until": z(at("3-04")), "include[]": "final_schedule"}
    [shown] = desk.get("/schedules", **query)["schedules"]
    assert entries(shown["final_schedule"])[0][0] == "2026-03-03T09:00:00+09:00"


def test_a_page_over_100_is_clamped_or_refused(desk):
    assert desk.get("/schedules", limit=500)["limit"] == 100
    desk.switches.change(limit_over_100="refuse")
    assert desk.call("GET", "/schedules", limit=500).status == 400


def test_a_page_beyond_ten_thousand_is_refused(desk):
    assert desk.call("GET", "/schedules", limit=100, offset=9_900).status == 200
    assert desk.call("GET", "/schedules", limit=100, offset=9_901).status == 400


@pytest.mark.parametrize("query", [{"limit": "many"}, {"offset": "-1"}])
def test_a_page_that_is_no_number_is_refused(desk, query):
    assert desk.call("GET", "/schedules", **query).status == 400


def test_schedules_can_be_narrowed_to_teams(desk):
    team = desk.account.add_team("Payments")
    body = schedule_body(layer([desk.ann.id], at("3-09"), DAY), teams=[{"id": team.id, "type": "team_reference"}])
    made = desk.call("POST", "/schedules", body).body["schedule"]
    desk.layered(name="Other")
    assert made["teams"][0]["summary"] == "Payments"
    found = desk.get("/schedules", **{"team_ids[]": team.id})["schedules"]
    assert [one["id"] for one in found] == [made["id"]]


def test_a_list_can_tell_when_somebody_is_next_on_call(desk):
    desk.layered(layer([desk.ann.id, desk.bob.id], at("3-02"), DAY))
    [shown] = desk.get("/schedules", include_next_oncall_for_user=desk.bob.id, time_zone="UTC")["schedules"]
    assert shown["next_oncall_for_user"]["start"] == z(at("3-03"))
    [shown] = desk.get("/schedules", include_next_oncall_for_user=desk.cem.id)["schedules"]
    assert shown["next_oncall_for_user"] is None


def test_a_schedule_in_use_cannot_be_deleted(desk):
    schedule = desk.layered()
    desk.account.add_escalation_policy("Platform", [schedule])
    response = desk.call("DELETE", f"/schedules/{schedule}")
    assert response.status == 400
    assert response.body["error"]["errors"] == ["Schedule can't be deleted if it's being used by escalation policies"]
    desk.account.policies.clear()
    desk.switches.open_incidents = True
    assert "open incidents" in desk.call("DELETE", f"/schedules/{schedule}").body["error"]["errors"][0]


def test_a_deleted_schedule_is_not_found(desk):
    schedule = desk.layered()
    assert desk.call("DELETE", f"/schedules/{schedule}").status == 204
    response = desk.call("GET", f"/schedules/{schedule}")
    assert (response.status, response.body["error"]["code"]) == (404, 3004)


def test_a_schedule_names_the_policies_that_use_it(desk):
    schedule = desk.layered()
    desk.account.add_escalation_policy("Platform", [schedule])
    [policy] = desk.get(f"/schedules/{schedule}")["schedule"]["escalation_policies"]
    assert (policy["summary"], policy["type"]) == ("Platform", "escalation_policy_reference")


def test_the_people_of_a_schedule_are_those_on_call_in_the_range(desk):
    schedule = desk.layered(layer([desk.ann.id, desk.bob.id], at("3-02"), DAY))
    everybody = desk.get(f"/schedules/{schedule}/users")["users"]
    assert [one["email"] for one in everybody] == ["ann@example.com", "bob@example.com"]
    query = {"since": z(at("3-03")), "until": z(at("3-04"))}
    assert [one["name"] for one in desk.get(f"/schedules/{schedule}/users", **query)["users"]] == ["Bob"]


def test_changes_through_the_api_leave_audit_records(desk):
    made = desk.call("POST", "/schedules", schedule_body(layer([desk.ann.id], at("3-09"), DAY))).body["schedule"]
    desk.override(made["id"], desk.bob, at("3-10"), at("3-11"))
    records = desk.get(f"/schedules/{made['id']}/audit/records")["records"]
    assert [one["action"] for one in records] == ["create", "update"]
    desk.world.clock.advance(2 * DAY)
    assert desk.get(f"/schedules/{made['id']}/audit/records")["records"] == []
    month = desk.call("GET", f"/schedules/{made['id']}/audit/records", since="2026-01-01", until="2026-03-01")
    assert month.status == 400
    desk.switches.audit_available = False
    assert desk.call("GET", f"/schedules/{made['id']}/audit/records").status == 402
