"""The public API: one function from a request to a reply.

A request passes, in this order: the key (401), the rate limit (429), an injected fault, the key's rights (403), the
route.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.calls import Call, Route
from sandbox.pagerduty.faults import Fault, FaultRule
from sandbox.pagerduty.http import ApiError, Cut, Request, Response
from sandbox.pagerduty.limits import Allowance
from sandbox.pagerduty.routes import find_route
from sandbox.pagerduty.values import Key, Region
from sandbox.pagerduty.world import LogEntry, World

EU_PREFIX = "/eu"  # the European host, where one address serves both


def handle(world: World, request: Request) -> Response:
    region, request = _on_host(request)
    fault = world.faults.take(request)
    account: Account | None = None
    try:
        account, key = _authenticated(world, request, region)
        response = _limited(world, account, key, request, fault)
    except ApiError as error:
        response = error.response()
    _log(world, request, response, account, fault)
    return response


def _on_host(request: Request) -> tuple[Region, Request]:
    """The region that a request went to, by host name or by the path's prefix, and the request without the prefix."""
    if request.path == EU_PREFIX or request.path.startswith(EU_PREFIX + "/"):
        return Region.EU, replace(request, path=request.path.removeprefix(EU_PREFIX) or "/")
    european = request.headers.get("host", "").startswith("api.eu.")
    return Region.EU if european else Region.US, request


def _authenticated(world: World, request: Request, region: Region) -> tuple[Account, Key]:
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    token = rest.strip().removeprefix("token=") if scheme == "Token" else rest.strip()
    found = world.owner_of_key(token) if scheme in ("Token", "Bearer") else None
    if found is None or found[1].revoked or (world.switches.check_region and found[0].region is not region):
        raise ApiError(401, world.switches.unauthorized_code, "Authentication Failed")
    return found


def _limited(world: World, account: Account, key: Key, request: Request, fault: FaultRule | None) -> Response:
    allowance = _spent(world, account, key, request)
    if fault and fault.kind is Fault.RATE_LIMITED_BARE:
        return Response(429, text="Too Many Requests")
    if fault and fault.kind is Fault.RATE_LIMITED:
        allowance = replace(allowance, remaining=0, reset_seconds=int(fault.seconds) or 1, exceeded=True)
    if allowance.exceeded:
        response = ApiError(429, 2020, "Rate Limit Exceeded").response()
    else:
        response = _faulty(world, account, key, request, fault)
    return replace(response, headers={**response.headers, **allowance.headers()})


def _spent(world: World, account: Account, key: Key, request: Request) -> Allowance:
    owner = f"{account.subdomain}:{key.user_id or key.token}"
    now, switches = world.clock.now(), world.switches
    allowance = world.limits.spend(owner, switches.rate_limit_per_minute, now)
    if request.path != "/oncalls" or switches.oncalls_limit_per_minute is None:
        return allowance
    narrow = world.limits.spend(f"{owner}:oncalls", switches.oncalls_limit_per_minute, now)
    return min(allowance, narrow, key=lambda one: (not one.exceeded, one.remaining))


FAILED_BEFORE = {
    Fault.HTTP_500: (500, 2000, "Internal Server Error"),
    Fault.HTTP_502: (502, 2000, "Bad Gateway"),
    Fault.HTTP_408: (408, 2016, "Request Timed Out"),
}


def _faulty(world: World, account: Account, key: Key, request: Request, fault: FaultRule | None) -> Response:
    if fault is None:
        return _routed(world, account, key, request, None)
    if fault.kind in FAILED_BEFORE:
        return ApiError(*FAILED_BEFORE[fault.kind]).response()
    if fault.kind is Fault.DROP_BEFORE:
        return Response(0, cut=Cut.RESET)
    response = _routed(world, account, key, request, fault)
    if fault.kind is Fault.COMMIT_THEN_DROP:
        return replace(response, cut=Cut.CLOSED)
    if fault.kind is Fault.COMMIT_THEN_500:
        return ApiError(*FAILED_BEFORE[Fault.HTTP_500]).response()
    return replace(response, delay_seconds=fault.seconds)


def _routed(world: World, account: Account, key: Key, request: Request, fault: FaultRule | None) -> Response:
    try:
        route, params = find_route(request)
        _check_rights(world, route, key, request)
        return route.answer(Call(world, account, key, request, params, fault))
    except ApiError as error:
        return error.response()


def _check_rights(world: World, route: Route, key: Key, request: Request) -> None:
    scope = f"{route.scope}.{'read' if request.method == 'GET' else 'write'}"
    lacking = key.scopes is not None and scope not in key.scopes
    if lacking or (key.read_only and request.method != "GET"):
        raise ApiError(403, world.switches.forbidden_code, "Access Denied")


def _log(world: World, request: Request, response: Response, account: Account | None, fault: FaultRule | None) -> None:
    subdomain = account.subdomain if account else None
    kind = fault.kind if fault else None
    at = world.clock.now()
    body = _body(request)
    world.log.append(LogEntry(request.method, request.path, request.query, response.status, at, subdomain, body, kind))


def _body(request: Request) -> Any:
    try:
        return json.loads(request.content) if request.content else None
    except ValueError:
        return request.content.decode(errors="replace")
