"""A Web API call's arguments, however they came: query string, form or JSON, with JSON inside forms where Slack
allows it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web

from sandbox.slack.errors import SlackError
from sandbox.slack.model import Json

_JSON_INSIDE_FORMS = ("blocks", "view", "attachments", "metadata", "files")
_SECRET = ("token", "client_secret")


@dataclass(frozen=True, slots=True)
class Arguments:
    values: Mapping[str, Any]

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError.with_messages("invalid_arguments", [f"missing required field: {name}"])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.text(name) or default)
        except ValueError:
            raise SlackError.with_messages("invalid_arguments", [f"must be an integer: {name}"]) from None

    def listed(self, name: str) -> list[str]:
        """A list that came as one comma-separated string or as JSON."""
        value = self.values.get(name)
        items = cast("list[Any]", value) if isinstance(value, list) else str(value or "").split(",")
        return [str(item).strip() for item in items if str(item).strip()]

    def raw(self, name: str) -> Any:
        return self.values.get(name)

    def for_the_log(self) -> Json:
        return {name: value for name, value in self.values.items() if name not in _SECRET}


async def read_arguments(request: web.Request) -> Arguments:
    values: dict[str, Any] = {**_basic_credentials(request), **request.query}
    if request.method == "POST":
        values |= await _read_body(request)
    return Arguments({name: _unpacked(name, value) for name, value in values.items()})


def _basic_credentials(request: web.Request) -> dict[str, str]:
    """The OAuth methods take the app's own credentials as HTTP Basic, too."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    client_id, _, client_secret = base64.b64decode(value).decode().partition(":")
    return {"client_id": client_id, "client_secret": client_secret}


async def _read_body(request: web.Request) -> Json:
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return cast("Json", body)
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return dict(await request.post())
    if await request.read():
        raise SlackError("invalid_post_type")
    return {}


def _unpacked(name: str, value: Any) -> Any:
    if name not in _JSON_INSIDE_FORMS or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        code = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise SlackError.with_messages(code, [f"not valid JSON: {name}"]) from None


def bearer_token(request: web.Request, args: Arguments) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else args.text("token")
