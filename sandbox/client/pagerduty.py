"""A small client for the control API of the sandbox's PagerDuty: what tests and the demo do there as people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout

Json = dict[str, Any]
OnCall = tuple[datetime, datetime, str]


class PagerDutyControl:
    """`async with PagerDutyControl(pd.control_url) as control: …`; each method mirrors one control endpoint."""

    def __init__(self, control_url: str, account: str = "acme", verify: bool = True) -> None:
        self._url, self._verify = control_url.rstrip("/"), verify
        self._account = account
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def _call(self, method: str, path: str, body: Json | None = None, query: Json | None = None) -> Json:
        params = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        json = {name: _plain(value) for name, value in body.items()} if body is not None else None
        self._session = self._session or ClientSession(timeout=ClientTimeout(10))
        async with self._session.request(
            method, self._url + path, params=params, json=json, ssl=self._verify
        ) as response:
            if not response.ok:
                raise ValueError(f"{method} {path}: {await response.text()}")
            return await response.json()

    def _of(self, account: str | None) -> str:
        return f"/accounts/{account or self._account}"

    async def state(self) -> Json:
        return await self._call("GET", "/state")

    async def reset(self, seeded: bool = True) -> Json:
        return await self._call("POST", "/reset", {"seeded": seeded})

    async def add_account(self, subdomain: str, region: str = "us", time_zone: str = "Etc/UTC") -> Json:
        body = {"subdomain": subdomain, "region": region, "time_zone": time_zone}
        return await self._call("POST", "/accounts", body)

    async def add_key(self, account: str | None = None, **options: Any) -> str:
        """Options: read_only, user_id, scopes, token."""
        return (await self._call("POST", f"{self._of(account)}/keys", options))["key"]

    async def revoke_key(self, token: str, account: str | None = None) -> None:
        await self._call("DELETE", f"{self._of(account)}/keys/{token}")

    async def add_user(self, name: str, email: str, time_zone: str | None = None, account: str | None = None) -> str:
        body = {"name": name, "email": email, "time_zone": time_zone}
        return (await self._call("POST", f"{self._of(account)}/users", body))["id"]

    async def deactivate_user(self, user: str, account: str | None = None) -> None:
        await self._call("DELETE", f"{self._of(account)}/users/{user}")

    async def add_schedule(
        self, name: str, time_zone: str = "Etc/UTC", layers: Sequence[Json] = (), account: str | None = None
    ) -> str:
        """Layers are in the API's form, lowest first."""
        body = {"name": name, "time_zone": time_zone, "layers": list(layers)}
        return (await self._call("POST", f"{self._of(account)}/schedules", body))["id"]

    async def add_shift_schedule(self, name: str, time_zone: str = "Etc/UTC", account: str | None = None) -> str:
        body = {"name": name, "time_zone": time_zone}
        return (await self._call("POST", f"{self._of(account)}/shift_schedules", body))["id"]

    async def add_escalation_policy(self, name: str, schedule_ids: Sequence[str], account: str | None = None) -> str:
        body = {"name": name, "schedule_ids": list(schedule_ids)}
        return (await self._call("POST", f"{self._of(account)}/escalation_policies", body))["id"]

    async def remove_schedule(self, schedule_id: str) -> None:
        await self._call("DELETE", f"/schedules/{schedule_id}")

    async def set_layers(self, schedule_id: str, layers: Sequence[Json]) -> None:
        await self._call("PUT", f"/schedules/{schedule_id}/layers", {"layers": list(layers)})

    async def create_override(
        self, schedule_id: str, user: str, start: datetime, end: datetime, *, by: str = ""
    ) -> str:
        """As a person in the web page; `user` is an id, an e-mail or a name. Returns the override's id.

        The change log names whoever does it, `by`; left out, it has nothing of it.
        """
        body = {"user": user, "start": start, "end": end, "by": by}
        return (await self._call("POST", f"/schedules/{schedule_id}/overrides", body))["id"]

    async def delete_override(self, schedule_id: str, override_id: str) -> None:
        await self._call("DELETE", f"/schedules/{schedule_id}/overrides/{override_id}")

    async def upgrade(self, schedule_id: str) -> None:
        """Turn a layer-based schedule into a shift-based one; it keeps its id."""
        await self._call("POST", f"/schedules/{schedule_id}/upgrade")

    async def custom_shifts(self, schedule_id: str) -> list[Json]:
        """All of them, each with id, start, end, user_id and user (name)."""
        return (await self._call("GET", f"/schedules/{schedule_id}/custom_shifts"))["custom_shifts"]

    async def create_custom_shift(self, schedule_id: str, user: str, start: datetime, end: datetime) -> str:
        body = {"user": user, "start": start, "end": end}
        return (await self._call("POST", f"/schedules/{schedule_id}/custom_shifts", body))["id"]

    async def delete_custom_shift(self, schedule_id: str, shift_id: str) -> None:
        await self._call("DELETE", f"/schedules/{schedule_id}/custom_shifts/{shift_id}")

    async def overrides(self, schedule_id: str, since: datetime, until: datetime) -> list[Json]:
        """Each with id, start, end, user_id, user (name), made_by (api or person) and number."""
        found = await self._call("GET", f"/schedules/{schedule_id}/overrides", query={"since": since, "until": until})
        return found["overrides"]

    async def final_schedule(self, schedule_id: str, since: datetime, until: datetime) -> list[OnCall]:
        """Who is in effect on call: (start, end, user's name)."""
        found = await self._call("GET", f"/schedules/{schedule_id}/final", query={"since": since, "until": until})
        return [(_instant(one["start"]), _instant(one["end"]), one["user"]) for one in found["entries"]]

    async def fault(self, kind: str, **options: Any) -> None:
        """Options: method, path_contains, times, skip, seconds, items."""
        await self._call("POST", "/faults", {"kind": kind, **options})

    async def clear_faults(self) -> None:
        await self._call("DELETE", "/faults")

    async def switches(self, **changes: Any) -> Json:
        """Set switches by name; without any, show them."""
        return await self._call("PATCH", "/switches", changes) if changes else await self._call("GET", "/switches")

    async def now(self) -> datetime:
        return _instant((await self._call("GET", "/clock"))["now"])

    async def set_clock(self, now: datetime, stop: bool = False) -> datetime:
        return _instant((await self._call("POST", "/clock", {"now": now, "stop": stop}))["now"])

    async def advance_clock(self, seconds: float) -> datetime:
        return _instant((await self._call("POST", "/clock", {"advance": seconds}))["now"])

    async def log(self, method: str | None = None, path_contains: str | None = None) -> list[Json]:
        return (await self._call("GET", "/log", query={"method": method, "path_contains": path_contains}))["requests"]

    async def clear_log(self) -> None:
        await self._call("DELETE", "/log")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
