"""Slack's client, by a shorter way for what a handoff sends by the thousand: JSON, on a session that is kept open.

slack_sdk takes as long for what it does around a call, for retries, files, logs and parameters, as the call itself
takes. None of that is for a post that the courier tries again, so here is only the call; what Slack answers is read and
raised as slack_sdk does.
"""

from __future__ import annotations

import json as text_of_json
from functools import cache
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

JSON = "application/json"


class PostingClient(AsyncWebClient):
    """An :class:`AsyncWebClient` that repeats nothing and keeps no log of its calls; made once per token."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        super().__init__(token=token, base_url=base_url, retry_handlers=[], session=session)
        self._open = session
        self._told = {
            **self.headers,
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json;charset=utf-8",
        }

    async def api_call(
        self, api_method: str, *, json: dict[str, Any] | None = None, **others: Any
    ) -> AsyncSlackResponse:
        if json is None or others or self.proxy or self.ssl is not None:
            return await super().api_call(api_method, json=json, **others)
        url, body = _address(self.base_url, api_method), text_of_json.dumps(json).encode()
        async with self._open.post(url, data=body, headers=self._told) as answer:
            found = AsyncSlackResponse(
                client=self,
                http_verb="POST",
                api_url=str(url),
                req_args={},
                data=await _read(answer),
                headers=answer.headers,  # type: ignore[arg-type]
                status_code=answer.status,
            )
        return found.validate()


@cache
def _address(base_url: str, api_method: str) -> URL:
    """Taken to pieces once."""
    return URL(base_url + api_method)


async def _read(answer: aiohttp.ClientResponse) -> Any:
    """Raises SlackApiError for what is said to be JSON and is none. JSON is in UTF-8, whatever else is said."""
    body = await answer.read()
    if answer.content_type != JSON:
        return {}
    try:
        return text_of_json.loads(body)
    except ValueError as error:
        raise SlackApiError("what came back is no JSON", answer) from error
