"""Users, on-calls, abilities, escalation policies."""

import pytest

from sandbox.pagerduty import layer, weekly_layer
from tests.sandbox_pagerduty.support import DAY, at, z

NEW = {"user": {"type": "user", "name": "Dee", "email": "dee@example.com"}}


def _post(desk, body=NEW, **options):
    return desk.call("POST", "/users", body, headers={"from": "ann@example.com"}, **options)


def test_users_are_found_by_a_part_of_their_name_or_email(desk):
    assert [one["name"] for one in desk.get("/users", query="BOB@exam")["users"]] == ["Bob"]
    assert [one["name"] for one in desk.get("/users")["users"]] == ["Ann", "Bob", "Cem"]


def test_users_are_paged(desk):
    body = desk.get("/users", limit=2, offset=2)
    assert ([one["name"] for one in body["users"]], body["more"]) == (["Cem"], False)


def test_one_user_is_shown_and_an_unknown_one_is_not_found(desk):
    assert desk.get(f"/users/{desk.ann.id}")["user"]["email"] == "ann@example.com"
    response = desk.call("GET", "/users/PNOBODY")
    assert (response.status, response.body["error"]["code"]) == (404, 2013)


def test_me_is_known_for_a_users_key_only(desk):
    mine = desk.account.add_key(user_id=desk.bob.id)
    assert desk.call("GET", "/users/me", key=mine).body["user"]["name"] == "Bob"
    assert desk.call("GET", "/users/me").status == 400


def test_an_account_key_creates_users_only_in_somebodys_name(desk):
    assert desk.call("POST", "/users", NEW).status == 400
    assert desk.call("POST", "/users", NEW, headers={"from": "nobody@example.com"}).status == 400
    made = _post(desk)
    assert (made.status, made.body["user"]["role"]) == (201, "user")
    assert made.body["user"]["html_url"].startswith("https://acme.pagerduty.com/users/P")


def test_a_users_key_needs_no_name_to_write_in(desk):
    assert desk.call("POST", "/users", NEW, key=desk.account.add_key(user_id=desk.ann.id)).status == 201


def test_an_email_is_taken_once(desk):
    taken = {"user": {**NEW["user"], "email": "BOB@example.com"}}
    assert _post(desk, taken).body["error"]["errors"] == ["Email has already been taken"]


@pytest.mark.parametrize("changes", [{"email": "dee"}, {"name": ""}, {"role": "king"}, {"time_zone": "Mars/Base"}])
def test_a_user_who_makes_no_sense_is_refused(desk, changes):
    assert _post(desk, {"user": {**NEW["user"], **changes}}).status == 400
    assert len(desk.account.users) == 3


def test_without_a_licence_left_nobody_is_created(desk):
    desk.switches.out_of_licenses = True
    assert _post(desk).body["error"]["errors"] == ["License is not available"]
    assert desk.get("/licenses")["licenses"][0]["allocations_available"] == 0


def test_a_user_can_be_changed(desk):
    response = desk.call("PUT", f"/users/{desk.bob.id}", {"user": {"name": "Bobby", "time_zone": "Asia/Tokyo"}})
    assert (response.status, response.body["user"]["name"], response.body["user"]["email"]) == (
        200,
        "Bobby",
        "bob@example.com",
    )
    taken = desk.call("PUT", f"/users/{desk.bob.id}", {"user": {"email": "ann@example.com"}})
    assert taken.status == 400
    same = desk.call("PUT", f"/users/{desk.bob.id}", {"user": {"email": "bob@example.com"}})
    assert same.status == 200


def test_a_user_who_is_on_call_somewhere_cannot_be_deleted(desk):
    desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    desk.account.add_escalation_policy("Platform", [desk.bob.id])
    statuses = [desk.call("DELETE", f"/users/{one.id}").status for one in (desk.ann, desk.bob, desk.cem)]
    assert statuses == [400, 400, 204]


def test_somebody_deactivated_is_in_no_list(desk):
    desk.account.deactivate_user(desk.bob.id)
    assert [one["name"] for one in desk.get("/users")["users"]] == ["Ann", "Cem"]
    assert desk.call("GET", f"/users/{desk.bob.id}").status == 404


def test_abilities_are_listed_and_tested(desk):
    assert "teams" in desk.get("/abilities")["abilities"]
    assert desk.call("GET", "/abilities/teams").status == 204
    assert desk.call("GET", "/abilities/flying").status == 402


def test_escalation_policies_name_their_targets(desk):
    schedule = desk.layered()
    policy = desk.account.add_escalation_policy("Platform", [schedule, desk.ann.id])
    [listed] = desk.get("/escalation_policies")["escalation_policies"]
    assert listed == desk.get(f"/escalation_policies/{policy.id}")["escalation_policy"]
    targets = [rule["targets"][0]["type"] for rule in listed["escalation_rules"]]
    assert targets == ["schedule_reference", "user_reference"]
    assert desk.call("GET", "/escalation_policies/PNOBODY").status == 404


def test_teams_are_listed(desk):
    desk.account.add_team("Payments")
    assert [one["name"] for one in desk.get("/teams")["teams"]] == ["Payments"]


@pytest.fixture
def rota(desk):
    return desk.layered(layer([desk.ann.id, desk.bob.id], at("3-02"), DAY))


def _oncalls(desk, **query):
    return [
        (one["user"]["summary"], one["escalation_level"], one["start"], one["end"])
        for one in desk.get("/oncalls", time_zone="UTC", **query)["oncalls"]
    ]


def test_only_schedules_of_an_escalation_policy_have_on_calls(desk, rota):
    assert _oncalls(desk) == []
    desk.account.add_escalation_policy("Platform", [rota, desk.cem.id])
    assert _oncalls(desk) == [("Ann", 1, z(at("3-02")), z(at("3-03"))), ("Cem", 2, None, None)]


def test_on_calls_reach_90_days_ahead_and_25_at_a_time(desk, rota):
    desk.account.add_escalation_policy("Platform", [rota])
    body = desk.get("/oncalls", since=z(at("3-02")), until=z(at("12-01")))
    assert (len(body["oncalls"]), body["more"]) == (25, True)
    total = desk.get("/oncalls", since=z(at("3-02")), until=z(at("12-01")), total=True)["total"]
    assert total == 91


def test_on_calls_are_narrowed_by_schedule_user_and_policy(desk, rota):
    policy = desk.account.add_escalation_policy("Platform", [rota])
    span = {"since": z(at("3-02")), "until": z(at("3-06"))}
    assert len(_oncalls(desk, **span)) == 4
    assert len(_oncalls(desk, **span, **{"user_ids[]": desk.ann.id})) == 2
    assert len(_oncalls(desk, **span, **{"schedule_ids[]": [rota, "PNOBODY"]})) == 4
    assert len(_oncalls(desk, **span, **{"escalation_policy_ids[]": policy.id})) == 4
    assert _oncalls(desk, **span, **{"schedule_ids[]": "PNOBODY"}) == []


def test_earliest_keeps_the_first_on_call_of_each_person(desk, rota):
    desk.account.add_escalation_policy("Platform", [rota])
    found = _oncalls(desk, since=z(at("3-02")), until=z(at("3-20")), earliest=True)
    assert [(name, start) for name, _, start, _ in found] == [("Ann", z(at("3-02"))), ("Bob", z(at("3-03")))]


def test_on_calls_can_include_whole_things(desk, rota):
    desk.account.add_escalation_policy("Platform", [rota])
    [plain] = desk.get("/oncalls")["oncalls"]
    [rich] = desk.get("/oncalls", **{"include[]": ["users", "schedules", "escalation_policies"]})["oncalls"]
    kinds = [[one[part]["type"] for part in ("user", "schedule", "escalation_policy")] for one in (plain, rich)]
    assert kinds == [
        ["user_reference", "schedule_reference", "escalation_policy_reference"],
        ["user", "schedule", "escalation_policy"],
    ]


def test_a_range_of_on_calls_that_ends_before_it_starts_is_refused(desk):
    assert desk.call("GET", "/oncalls", since=z(at("3-05")), until=z(at("3-04"))).status == 400
