"""Keys, regions, rights, rate limits and injected faults."""

import pytest

from sandbox.pagerduty import Fault
from sandbox.pagerduty.http import Cut
from tests.sandbox_pagerduty.support import Desk, at, reference, z


@pytest.mark.parametrize("header", ["", "Token", "Token token=", "Token token=nobody", "Basic abc", "Bearer nobody"])
def test_a_missing_or_unknown_key_is_refused(desk, header):
    response = desk.call("GET", "/abilities", headers={"authorization": header})
    assert (response.status, response.body["error"]["code"]) == (401, 2006)


def test_a_key_works_as_token_and_as_bearer(desk):
    for header in (f"Token token={desk.key}", f"Bearer {desk.key}"):
        assert desk.call("GET", "/abilities", headers={"authorization": header}).status == 200


def test_a_revoked_key_is_refused(desk):
    desk.account.revoke_key(desk.key)
    assert desk.call("GET", "/abilities").status == 401


def test_a_european_key_is_refused_on_the_american_host_and_welcome_on_its_own():
    desk = Desk(region="eu")
    assert desk.call("GET", "/abilities").status == 401
    assert desk.call("GET", "/eu/abilities").status == 200
    assert desk.call("GET", "/abilities", headers={"host": "api.eu.pagerduty.com"}).status == 200


def test_an_american_key_is_refused_on_the_european_host_unless_regions_are_ignored(desk):
    assert desk.call("GET", "/eu/abilities").status == 401
    desk.switches.check_region = False
    assert desk.call("GET", "/eu/abilities").status == 200


def test_a_read_only_key_reads_but_does_not_write(desk):
    key = desk.account.add_key(read_only=True)
    assert desk.call("GET", "/schedules", key=key).status == 200
    response = desk.call("POST", "/schedules", {}, key=key)
    assert (response.status, response.body["error"]["code"]) == (403, 2010)


def test_a_key_without_the_scope_is_refused(desk):
    key = desk.account.add_key(scopes=["schedules.read"])
    assert desk.call("GET", "/schedules", key=key).status == 200
    assert desk.call("GET", "/users", key=key).status == 403


def test_the_codes_of_refusals_are_switches(desk):
    desk.switches.change(unauthorized_code=2012, forbidden_code=9)
    assert desk.call("GET", "/schedules", key="nobody").body["error"]["code"] == 2012
    key = desk.account.add_key(read_only=True)
    assert desk.call("POST", "/schedules", {}, key=key).body["error"]["code"] == 9


def test_an_account_sees_nothing_of_another(desk):
    other = desk.world.add_account("other")
    schedule = other.add_schedule("Theirs")
    assert desk.call("GET", f"/schedules/{schedule.id}").status == 404


def test_every_reply_tells_what_is_left_of_the_rate_limit(desk):
    for left in ("959", "958"):
        assert desk.call("GET", "/abilities").headers == {
            "ratelimit-limit": "960",
            "ratelimit-remaining": left,
            "ratelimit-reset": "60",
        }
    assert "ratelimit-limit" in desk.call("GET", "/schedules/PNOBODY").headers


def test_the_961st_request_of_a_minute_is_refused_until_the_window_ends(desk):
    statuses = [desk.call("GET", "/abilities").status for _ in range(961)]
    assert statuses == [200] * 960 + [429]
    desk.world.clock.advance(59)
    refused = desk.call("GET", "/abilities")
    assert refused.body == {"error": {"message": "Rate Limit Exceeded", "code": 2020}}
    assert refused.headers["ratelimit-reset"] == "1"
    desk.world.clock.advance(1)
    assert desk.call("GET", "/abilities").status == 200


def test_account_keys_have_limits_of_their_own_and_a_users_keys_share_one(desk):
    desk.switches.rate_limit_per_minute = 1
    mine = [desk.account.add_key(user_id=desk.ann.id) for _ in range(2)]
    assert desk.call("GET", "/abilities").status == 200
    assert desk.call("GET", "/abilities", key=desk.account.add_key()).status == 200
    assert [desk.call("GET", "/abilities", key=key).status for key in mine] == [200, 429]


def test_on_calls_can_have_a_lower_limit_than_everything_else(desk):
    desk.switches.oncalls_limit_per_minute = 2
    replies = [desk.call("GET", "/oncalls") for _ in range(3)]
    assert [one.status for one in replies] == [200, 200, 429]
    assert replies[0].headers["ratelimit-limit"] == "2"
    assert desk.call("GET", "/abilities").status == 200


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("http_500", 500, 2000), ("http_502", 502, 2000), ("http_408", 408, 2016)]
)
def test_a_server_error_does_nothing(desk, kind, status, code):
    schedule = desk.layered()
    desk.world.faults.next(kind, method="POST")
    response = desk.call("POST", f"/schedules/{schedule}/overrides", {"overrides": []})
    assert (response.status, response.body["error"]["code"]) == (status, code)
    assert not desk.account.schedules[schedule].plan.overrides


def _post_one(desk):
    schedule = desk.layered()
    item = {"start": z(at("3-04")), "end": z(at("3-05")), "user": reference(desk.ann)}
    response = desk.call("POST", f"/schedules/{schedule}/overrides", {"overrides": [item, item]})
    return response, len(desk.account.schedules[schedule].plan.overrides)


def test_a_reply_can_be_lost_after_the_work_was_done(desk):
    desk.world.faults.next(Fault.COMMIT_THEN_DROP)
    response, kept = _post_one(desk)
    assert (response.cut, kept) == (Cut.CLOSED, 2)


def test_a_reply_can_lie_after_the_work_was_done(desk):
    desk.world.faults.next(Fault.COMMIT_THEN_500)
    response, kept = _post_one(desk)
    assert (response.status, kept) == (500, 2)


def test_a_connection_can_break_before_anything_is_done(desk):
    desk.world.faults.next(Fault.DROP_BEFORE)
    response, kept = _post_one(desk)
    assert (response.cut, kept) == (Cut.RESET, 0)
    assert desk.world.log[-1].status == 0


def test_items_of_a_batch_can_be_refused_one_by_one(desk):
    desk.world.faults.next(Fault.ITEM_REFUSED, items=(1,))
    response, kept = _post_one(desk)
    assert [item["status"] for item in response.body] == [201, 400]
    assert kept == 1


def test_a_reply_can_be_slow(desk):
    desk.world.faults.next(Fault.SLOW, seconds=2.5)
    response, kept = _post_one(desk)
    assert (response.status, response.delay_seconds, kept) == (201, 2.5, 2)


def test_a_rate_limit_can_be_injected_with_and_without_headers(desk):
    desk.world.faults.next(Fault.RATE_LIMITED, seconds=7)
    desk.world.faults.next(Fault.RATE_LIMITED_BARE)
    full, bare = (desk.call("GET", "/abilities") for _ in range(2))
    assert (full.status, full.headers["ratelimit-reset"], full.body["error"]["code"]) == (429, "7", 2020)
    assert (bare.status, bare.body, dict(bare.headers)) == (429, None, {})


def test_a_fault_waits_for_its_request_and_happens_as_often_as_told(desk):
    desk.world.faults.next("http_500", method="GET", path_contains="/users", times=2, skip=2)
    statuses = [desk.call("GET", path).status for path in ("/users", "/abilities", *["/users"] * 4)]
    assert statuses == [200, 200, 200, 500, 500, 200]


def test_cleared_faults_never_happen(desk):
    desk.world.faults.next("http_500")
    desk.world.faults.clear()
    assert desk.call("GET", "/users").status == 200


def test_the_log_remembers_every_request(desk):
    desk.call("GET", "/users", query="ann")
    desk.call("POST", "/users", {"user": {}}, key="nobody")
    first, second = desk.world.log
    assert (first.method, first.path, first.query, first.status) == ("GET", "/users", (("query", "ann"),), 200)
    assert (first.account, second.account) == ("acme", None)
    assert second.body == {"user": {}}
    assert desk.world.count("GET", "/users") == 1
    assert desk.world.count(path_contains="/users") == 2


def test_an_unknown_path_is_not_found(desk):
    assert desk.call("GET", "/incidents").body["error"] == {"message": "Not Found", "code": 2100}


def test_an_unknown_switch_is_refused(desk):
    with pytest.raises(KeyError):
        desk.switches.change(no_such_thing=1)
