"""All endpoints by method and path."""

from __future__ import annotations

from sandbox.pagerduty.calls import Route
from sandbox.pagerduty.http import ApiError, Request, path_values
from sandbox.pagerduty.v2 import account, oncalls, overrides, schedules, users
from sandbox.pagerduty.v3 import custom_shifts, rotations
from sandbox.pagerduty.v3 import overrides as shift_overrides
from sandbox.pagerduty.v3 import schedules as shift_schedules

ROUTES: tuple[Route, ...] = (
    *schedules.ROUTES,
    *overrides.ROUTES,
    *users.ROUTES,
    *account.ROUTES,
    *oncalls.ROUTES,
    *shift_schedules.ROUTES,
    *custom_shifts.ROUTES,
    *shift_overrides.ROUTES,
    *rotations.ROUTES,
)


def find_route(request: Request) -> tuple[Route, dict[str, str]]:
    """The endpoint of a request with the values in its path; the first that fits, so fixed words come before ids."""
    for route in ROUTES:
        if route.method == request.method:
            params = path_values(route.path, request.path)
            if params is not None:
                return route, params
    raise ApiError(404, 2100, "Not Found")
