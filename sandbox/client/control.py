"""One POST to the control API, and its refusals as exceptions."""

from dataclasses import dataclass
from typing import Any

import httpx

from sandbox.client.errors import NothingThere, SlackFailure


@dataclass(frozen=True, slots=True)
class Control:
    http: httpx.AsyncClient
    team: str | None = None

    async def post(self, path: str, **fields: Any) -> Any:
        body = {name: value for name, value in fields.items() if value is not None}
        return await self.post_exactly(path, body)

    async def post_exactly(self, path: str, body: dict[str, Any]) -> Any:
        """For fields where None means something of its own."""
        answer = await self.http.post(path, json=body | ({"team": self.team} if self.team else {}))
        if answer.status_code == 409:
            raise SlackFailure(answer.json()["failure"])
        if answer.status_code == 404 and answer.headers.get("content-type", "").startswith("application/json"):
            raise NothingThere(answer.json()["nothing_there"])
        answer.raise_for_status()
        return answer.json()["result"]
