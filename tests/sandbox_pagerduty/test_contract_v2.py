"""Each layer-based endpoint against PagerDuty's OpenAPI description."""

import pytest
from openapi_core.exceptions import OpenAPIError

from sandbox.pagerduty import layer
from tests.sandbox_pagerduty.contract import CheckedDesk, described
from tests.sandbox_pagerduty.support import DAY, at, reference, z

RANGE = {"since": z(at("3-01")), "until": z(at("3-20"))}


@pytest.fixture
def checked() -> CheckedDesk:
    return CheckedDesk()


def _walk_schedules(desk: CheckedDesk) -> None:
    night = {"type": "daily_restriction", "start_time_of_day": "20:00:00", "duration_seconds": 36_000}
    body = {
        "type": "schedule",
        "name": "New",
        "time_zone": "Europe/Berlin",
        "description": "All of it",
        "schedule_layers": [
            layer([desk.ann.id], at("3-09"), DAY, end=z(at("3-15"))),
            layer([desk.ann.id, desk.bob.id], at("3-09"), DAY, restrictions=[night]),
        ],
    }
    made = desk.checked("POST", "/schedules", {"schedule": body}).body["schedule"]
    desk.account.add_escalation_policy("Platform", [made["id"]])
    path = f"/schedules/{made['id']}"
    desk.checked("POST", "/schedules/preview", {"schedule": body}, **RANGE)
    desk.checked("GET", "/schedules", query="New")
    desk.checked(
        "GET", "/schedules", include_next_oncall_for_user=desk.bob.id, **{"include[]": "final_schedule"}, **RANGE
    )
    desk.checked("GET", path)
    desk.checked("GET", path, time_zone="America/New_York", overflow="true", **RANGE)
    desk.checked("GET", f"{path}/users", **RANGE)
    desk.checked("GET", f"{path}/audit/records")
    whole = {name: value for name, value in made.items() if name not in ("schedule_layers",)}
    desk.checked("PUT", path, {"schedule": {**whole, "schedule_layers": body["schedule_layers"]}})
    desk.checked("DELETE", path)
    desk.checked("GET", "/oncalls", **{"schedule_ids[]": made["id"]}, **RANGE)
    _walk_overrides(desk, path)
    desk.account.policies.clear()
    desk.checked("DELETE", path)
    desk.checked("GET", path)


def _walk_overrides(desk: CheckedDesk, path: str) -> None:
    item = {"start": z(at("3-04")), "end": z(at("3-05")), "user": reference(desk.bob)}
    running = {**item, "start": z(at("3-02"))}
    batch = {"overrides": [item, {**item, "end": item["start"]}, running]}
    results = desk.checked("POST", f"{path}/overrides", batch).body
    desk.malformed("POST", f"{path}/overrides", {"overrides": []})
    desk.checked("GET", f"{path}/overrides", **RANGE)
    desk.malformed("GET", f"{path}/overrides")
    for place in (0, 0, 2):
        desk.checked("DELETE", f"{path}/overrides/{results[place]['override']['id']}")


def _walk_people(desk: CheckedDesk) -> None:
    desk.checked("GET", "/abilities")
    desk.checked("GET", "/users", query="ann", total="true")
    desk.checked("GET", "/users/me")
    made = desk.checked("POST", "/users", {"user": {"type": "user", "name": "Dee", "email": "dee@example.com"}})
    desk.checked("POST", "/users", {"user": {"type": "user", "name": "Dee", "email": "dee@example.com"}})
    path = f"/users/{made.body['user']['id']}"
    desk.checked("GET", path)
    desk.checked("PUT", path, {"user": {"type": "user", "name": "Dee D", "email": "dee@example.com"}})
    desk.checked("DELETE", path)
    desk.checked("GET", path)


def test_every_layer_based_endpoint_keeps_to_the_description(checked):
    _walk_schedules(checked)
    _walk_people(checked)
    walked = {(method, path) for method, path, _ in checked.seen}
    assert walked == described("/") - described("/v3/")
    statuses = {status for *_, status in checked.seen}
    assert statuses == {200, 201, 204, 400, 404}


def test_a_refused_key_and_an_exceeded_limit_keep_to_the_description(checked):
    checked.switches.rate_limit_per_minute = 0
    assert checked.checked("GET", "/schedules").status == 429
    checked.account.revoke_key(checked.key)
    assert checked.checked("GET", "/schedules").status == 401


def test_the_check_notices_a_reply_that_is_wrong(checked, monkeypatch):
    from sandbox.pagerduty import shapes

    monkeypatch.setattr(shapes, "override", lambda *_: {"id": "Q", "start": 5})
    schedule = checked.layered()
    item = {"start": z(at("3-04")), "end": z(at("3-05")), "user": reference(checked.bob)}
    with pytest.raises(OpenAPIError):
        checked.checked("POST", f"/schedules/{schedule}/overrides", {"overrides": [item]})
