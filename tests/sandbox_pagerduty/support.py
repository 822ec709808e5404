"""What the tests of the sandbox's PagerDuty share: a world at a known moment and a client that speaks to it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.pagerduty import Clock, Switches, World
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.api import handle
from sandbox.pagerduty.http import Request, Response
from sandbox.pagerduty.values import User

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
DAY = 86_400


def at(text: str) -> datetime:
    """`3-04 09:30` in UTC of 2026."""
    day, _, clock = text.partition(" ")
    month, number = day.split("-")
    hour, _, minute = (clock or "0:00").partition(":")
    return datetime(2026, int(month), int(number), int(hour), int(minute), tzinfo=UTC)


def z(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reference(user: User | str) -> dict[str, str]:
    return {"id": user if isinstance(user, str) else user.id, "type": "user_reference"}


def schedule_body(*layers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"schedule": {"type": "schedule", "name": "New", "time_zone": "Etc/UTC", "schedule_layers": layers, **more}}


class Desk:
    """A stopped world with one account, three people and one key, and a way to call its API."""

    def __init__(self, region: str = "us") -> None:
        self.world = World(Clock(NOW))
        self.account: Account = self.world.add_account("acme", region=region)
        self.key = self.account.add_key()
        self.ann, self.bob, self.cem = (
            self.account.add_user(name, f"{name.lower()}@example.com") for name in ("Ann", "Bob", "Cem")
        )

    @property
    def switches(self) -> Switches:
        return self.world.switches

    def call(
        self, method: str, path: str, body: Any = None, key: str | None = None, headers: Any = None, **query: Any
    ) -> Response:
        sent = {"authorization": f"Token token={key or self.key}", **(headers or {})}
        pairs = tuple((name, text) for name, value in query.items() for text in _texts(value))
        return handle(self.world, Request(method, path, pairs, sent, _content(body)))

    def get(self, path: str, **query: Any) -> Any:
        """The body of a successful GET."""
        response = self.call("GET", path, **query)
        assert response.status == 200, response
        return response.body

    def layered(self, *layers: dict[str, Any], time_zone: str = "Etc/UTC", name: str = "Primary") -> str:
        return self.account.add_schedule(name, time_zone, layers=layers).id

    def override(self, schedule_id: str, user: User, start: datetime, end: datetime) -> str:
        """Create one override through the API and give back its id."""
        item = {"start": z(start), "end": z(end), "user": reference(user)}
        response = self.call("POST", f"/schedules/{schedule_id}/overrides", {"overrides": [item]})
        assert response.body[0]["status"] == 201, response
        return response.body[0]["override"]["id"]

    def overrides(self, schedule_id: str, since: datetime, until: datetime, **query: Any) -> list[Any]:
        found = self.get(f"/schedules/{schedule_id}/overrides", since=z(since), until=z(until), **query)["overrides"]
        return sorted(found, key=lambda one: one.get("start", one["id"]))

    def final(self, schedule_id: str, since: datetime, until: datetime, **query: Any) -> list[tuple[str, str, str]]:
        """(start, end, name) as the API renders them in UTC."""
        asked = {"time_zone": "UTC", **query}
        shown = self.get(f"/schedules/{schedule_id}", since=z(since), until=z(until), **asked)["schedule"]
        return entries(shown["final_schedule"])


def entries(part: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["start"], one["end"], one["user"]["summary"]) for one in part["rendered_schedule_entries"]]


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [{True: "true", False: "false"}.get(one, str(one)) if isinstance(one, bool) else str(one) for one in values]


def _content(body: Any) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    return json.dumps(body).encode()
