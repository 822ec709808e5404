"""Checks requests and replies of the sandbox against PagerDuty's own OpenAPI description, where it is at hand."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from sandbox.pagerduty.api import handle
from sandbox.pagerduty.http import Request, Response
from tests.sandbox_pagerduty.support import Desk

DESCRIPTION = Path(__file__).parents[2].parent / "shared/reference/pagerduty-openapi-schedules-subset.json"

# Where the description and the service (or its own prose) part: the schema, the property, and why null is right there.
NULLABLE = [
    ("ScheduleLayer", "end", "its text says: if null, the layer does not end"),
    ("ScheduleLayer", "rendered_coverage_percentage", "its text says: null unless since or until are set"),
    ("User", "job_title", "people without one have null, as they have with description"),
    ("SubSchedule", "rendered_coverage_percentage", "the same as of a layer"),
]
BAD_REQUEST = {"$ref": "#/components/responses/BadRequest"}
# (method, path, status sent, status described if any, why)
STATUSES = [
    ("get", "/schedules/{id}/overrides", 200, 201, "a list is documented as 201; the prose and every client say 200"),
    ("get", "/v3/schedules/{id}", 400, None, "an id of the other kind is refused with 400, which is not described"),
    ("delete", "/v3/schedules/{id}", 400, None, "a schedule in use is refused with 400, which is not described"),
]


# Ids, types and summaries are described as read-only, though the description's own examples send references and whole
# entities back; so nothing counts as read-only here.


def description() -> dict[str, Any]:
    if not DESCRIPTION.exists():
        pytest.skip(f"NOT CHECKED AGAINST THE OPENAPI DESCRIPTION: {DESCRIPTION.name} is not here")
    return json.loads(DESCRIPTION.read_text())


def adapted(found: dict[str, Any]) -> dict[str, Any]:
    """The description with the known deviations taken into account."""
    spec = _writable(found)
    for schema, name, _ in NULLABLE:
        found_schema = spec["components"]["schemas"][schema]
        parts = found_schema.get("allOf", [found_schema])
        next(part["properties"][name] for part in parts if name in part.get("properties", ()))["nullable"] = True
    for method, path, sent, described, _ in STATUSES:
        responses = spec["paths"][path][method]["responses"]
        responses.setdefault(str(sent), responses[str(described)] if described else BAD_REQUEST)
    return spec


def _writable(part: Any) -> Any:
    """A copy without any readOnly."""
    if isinstance(part, dict):
        return {name: _writable(value) for name, value in part.items() if name != "readOnly"}
    return [_writable(one) for one in part] if isinstance(part, list) else part


@cache
def _opened() -> OpenAPI:
    return OpenAPI.from_dict(adapted(description()))


class CheckedDesk(Desk):
    """A desk whose every request and reply is checked."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[str, str, int]] = set()

    def checked(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        asked, response = self._exchanged(method, path, body, query)
        _opened().validate_request(asked)
        return self._checked_reply(asked, response)

    def malformed(self, method: str, path: str, body: Any = None, **query: Any) -> Response:
        """A request that is meant to break the description; only its reply is checked."""
        return self._checked_reply(*self._exchanged(method, path, body, query))

    def _exchanged(self, method: str, path: str, body: Any, query: dict[str, Any]) -> tuple[MockRequest, Response]:
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "accept": "application/vnd.pagerduty+json;version=2",
            "content-type": "application/json",
            "authorization": f"Token token={self.key}",
            "from": self.ann.email,
        }
        pairs = tuple((name, str(value)) for name, value in query.items())
        response = handle(self.world, Request(method, path, pairs, headers, content))
        host, args = "https://api.pagerduty.com", dict(pairs)
        asked = MockRequest(host, method.lower(), path, args=args, headers=headers, data=content or None)
        return asked, response

    def _checked_reply(self, asked: MockRequest, response: Response) -> Response:
        told = MockResponse(response.content(), response.status, dict(response.headers))
        _opened().validate_response(asked, told)
        self.seen.add((asked.method.upper(), _pattern(asked.path), response.status))
        return response


def _pattern(path: str) -> str:
    """The described path that a real path fits best: fixed words before placeholders."""
    fitting = [one for one in description()["paths"] if re.fullmatch(re.sub(r"{\w+}", "[^/]+", one), path)]
    return min(fitting, key=lambda one: one.count("{"))


def described(prefix: str) -> set[tuple[str, str]]:
    """Every described method and path below a prefix."""
    verbs = {"get", "post", "put", "delete"}
    paths = description()["paths"].items()
    return {(verb.upper(), path) for path, item in paths if path.startswith(prefix) for verb in verbs & set(item)}
