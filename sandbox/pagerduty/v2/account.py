"""What an account can do and how it escalates."""

from __future__ import annotations

from sandbox.pagerduty import shapes
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.http import ApiError, Response


def list_abilities(call: Call) -> Response:
    return Response(200, {"abilities": list(call.account.abilities)})


def test_ability(call: Call) -> Response:
    if call.params["id"] in call.account.abilities:
        return Response(204)
    raise ApiError(402, 2014, "Account does not have the abilities to perform the action")


def list_policies(call: Call) -> Response:
    found = sorted(call.matching(call.account.policies.values(), "name"), key=lambda one: (one.name.casefold(), one.id))
    return call.paged("escalation_policies", found, call.page(), lambda one: shapes.policy(call.account, one))


def get_policy(call: Call) -> Response:
    policy = call.account.policies.get(call.params["id"])
    if policy is None:
        raise ApiError(404, 2100, "Not Found")
    return Response(200, {"escalation_policy": shapes.policy(call.account, policy)})


def list_teams(call: Call) -> Response:
    found = sorted(call.matching(call.account.teams.values(), "name"), key=lambda one: (one.name.casefold(), one.id))
    return call.paged("teams", found, call.page(), lambda one: shapes.team(call.account, one))


def list_licenses(call: Call) -> Response:
    """One licence for everybody."""
    left = 0 if call.world.switches.out_of_licenses else 100
    licence = {"id": "PLICENS", "type": "license", "name": "Full User", "summary": "Full User"}
    return Response(
        200, {"licenses": [{**licence, "current_value": len(call.account.users), "allocations_available": left}]}
    )


ROUTES = (
    Route("GET", "/abilities", "abilities", list_abilities),
    Route("GET", "/abilities/{id}", "abilities", test_ability),
    Route("GET", "/escalation_policies", "escalation_policies", list_policies),
    Route("GET", "/escalation_policies/{id}", "escalation_policies", get_policy),
    Route("GET", "/licenses", "licenses", list_licenses),
    Route("GET", "/teams", "teams", list_teams),
)
