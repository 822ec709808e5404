"""One POST to the control API, and its refusals as exceptions."""

from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession

from sandbox.client.errors import NothingThere, SlackFailure


@dataclass(frozen=True, slots=True)
class Control:
    http: ClientSession
    url: str
    team: str | None = None

    async def post(self, path: str, **fields: Any) -> Any:
        body = {name: value for name, value in fields.items() if value is not None}
        return await self.post_exactly(path, body)

    async def post_exactly(self, path: str, body: dict[str, Any]) -> Any:
        """For fields where None means something of its own."""
        whole = body | ({"team": self.team} if self.team else {})
        async with self.http.post(f"{self.url}/{path}", json=whole) as answer:
            if answer.status == 409:
                raise SlackFailure((await answer.json())["failure"])
            if answer.status == 404 and answer.content_type == "application/json":
                raise NothingThere((await answer.json())["nothing_there"])
            answer.raise_for_status()
            return (await answer.json())["result"]
