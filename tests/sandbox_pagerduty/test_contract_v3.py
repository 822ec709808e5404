"""Each shift-based endpoint against PagerDuty's OpenAPI description."""

import pytest

from tests.sandbox_pagerduty.contract import CheckedDesk, described
from tests.sandbox_pagerduty.shifts import EMPTY, event_body, shift_body, user_member
from tests.sandbox_pagerduty.support import at, z

RANGE = {"since": z(at("3-01")), "until": z(at("3-20"))}


@pytest.fixture
def checked() -> CheckedDesk:
    return CheckedDesk()


def _walk_schedules(desk: CheckedDesk) -> str:
    team = desk.account.add_team("Payments")
    body = {"name": "New", "time_zone": "Europe/Berlin", "teams": [{"id": team.id, "type": "team_reference"}]}
    made = desk.checked("POST", "/v3/schedules", {"schedule": body}).body["schedule"]
    path = f"/v3/schedules/{made['id']}"
    desk.account.add_escalation_policy("Platform", [made["id"]])
    desk.malformed("POST", "/v3/schedules", {"schedule": {"name": "No zone"}})
    desk.checked("GET", "/v3/schedules", query="New")
    desk.checked("PUT", path, {"schedule": {"name": "Newer", "time_zone": "Etc/UTC"}})
    desk.checked("PUT", path, {"schedule": {"name": "Newer", "time_zone": "Nowhere"}})
    desk.checked("GET", path)
    desk.checked("GET", f"{path}/audit/records")
    return path


def _walk_rotations(desk: CheckedDesk, path: str) -> str:
    made = desk.checked("POST", f"{path}/rotations", {}).body["rotation"]
    one = f"{path}/rotations/{made['id']}"
    event = desk.checked("POST", f"{one}/events", {"event": event_body(desk.ann, EMPTY)}).body["event"]
    late = event_body(desk.ann, effective_since="2028-01-01T00:00:00Z")
    desk.checked("POST", f"{one}/events", {"event": late})
    desk.checked("GET", f"{path}/rotations")
    desk.checked("GET", one)
    desk.checked("GET", f"{one}/events")
    desk.checked("GET", f"{one}/events/{event['id']}")
    desk.checked("PUT", f"{one}/events/{event['id']}", {"event": {"name": "Renamed"}})
    return one


def _walk_overrides(desk: CheckedDesk, path: str, rotation: str) -> None:
    body = {
        "type": "override_shift",
        "rotation_id": rotation,
        "start_time": z(at("3-03")),
        "end_time": z(at("3-04")),
        "overridden_member": user_member(desk.ann),
        "overriding_member": user_member(desk.bob),
    }
    made = desk.checked("POST", f"{path}/overrides", {"overrides": [body]}).body["overrides"][0]
    one = f"{path}/overrides/{made['id']}"
    desk.checked("POST", f"{path}/overrides", {"overrides": [{**body, "rotation_id": "ANOTHER"}]})
    desk.checked("GET", f"{path}/overrides", **RANGE)
    desk.checked("GET", one)
    desk.checked("PUT", one, {"override": {"overriding_member": user_member(desk.cem)}})
    desk.checked("GET", path, **{"include[]": "final_schedule"}, **RANGE)
    desk.checked("DELETE", one)


def _walk_custom_shifts(desk: CheckedDesk, path: str) -> None:
    batch = {"custom_shifts": [shift_body(desk.ann, at("3-04"), at("3-05"))]}
    made = desk.checked("POST", f"{path}/custom_shifts", batch).body["custom_shifts"][0]
    one = f"{path}/custom_shifts/{made['id']}"
    desk.checked("GET", f"{path}/custom_shifts", **RANGE)
    desk.malformed("GET", f"{path}/custom_shifts")
    desk.checked("GET", one)
    desk.checked("PUT", one, {"custom_shift": {"end_time": z(at("3-06"))}})
    desk.checked("GET", path, **{"include[]": "final_schedule"}, **RANGE)
    desk.checked("DELETE", one)
    desk.checked("GET", one)


def test_every_shift_based_endpoint_keeps_to_the_description(checked):
    path = _walk_schedules(checked)
    rotation = _walk_rotations(checked, path)
    _walk_overrides(checked, path, rotation.rpartition("/")[2])
    _walk_custom_shifts(checked, path)
    checked.checked("GET", "/oncalls", **RANGE)
    [event] = checked.get(f"{rotation}/events")["events"]
    checked.checked("DELETE", f"{rotation}/events/{event['id']}")
    checked.checked("DELETE", rotation)
    checked.checked("DELETE", path)
    checked.account.policies.clear()
    checked.checked("DELETE", path)
    walked = {(method, path) for method, path, _ in checked.seen if path != "/oncalls"}
    assert walked == described("/v3/")
    assert {status for *_, status in checked.seen} == {200, 201, 204, 400, 404}


def test_an_id_of_the_other_kind_keeps_to_the_description_of_errors(checked):
    assert checked.checked("GET", f"/v3/schedules/{checked.layered()}").status == 400
    shifts = checked.account.add_shift_schedule("Shifts")
    assert checked.checked("GET", f"/schedules/{shifts.id}").status == 400
