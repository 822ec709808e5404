"""Requests and replies as values, so that the whole API is a function from one to the other without sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]


class Cut(StrEnum):
    """What happens to the connection instead of a reply."""

    NONE = "none"
    RESET = "reset"  # the peer resets the connection
    CLOSED = "closed"  # the peer closes it without a word


class ApiError(Exception):
    """A refusal in the form in which PagerDuty words it; `errors` is a list on v2 and mostly a map on v3."""

    def __init__(self, status: int, code: int, message: str, errors: list[str] | Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors

    def response(self) -> Response:
        error: Json = {"message": self.message, "code": self.code}
        if self.errors is not None:
            error["errors"] = self.errors
        return Response(self.status, {"error": error})


def invalid(*errors: str) -> ApiError:
    return ApiError(400, 2001, "Invalid Input Provided", list(errors))


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    content: bytes = b""

    @classmethod
    def of(cls, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes) -> Request:
        lowered = {name.lower(): value for name, value in headers.items()}
        return cls(method, path, tuple(parse_qsl(query, keep_blank_values=True)), lowered, content)

    def param(self, name: str) -> str | None:
        return next((value for key, value in self.query if key == name), None)

    def params(self, name: str) -> list[str]:
        return [value for key, value in self.query if key in (name, f"{name}[]")]

    def flag(self, name: str) -> bool:
        return (self.param(name) or "").lower() in ("true", "1")

    def json(self) -> Json:
        """The body as an object; anything else is refused as a malformed request."""
        try:
            body = json.loads(self.content)
        except ValueError as error:
            raise invalid("Request body is not valid JSON") from error
        if not isinstance(body, dict):
            raise invalid("Request body must be an object")
        return body

    def wrapped(self, name: str) -> Any:
        """The value under the envelope's only key."""
        body = self.json()
        if name not in body:
            raise invalid(f"{name} is missing")
        return body[name]

    def entity(self, name: str) -> Json:
        value = self.wrapped(name)
        if not isinstance(value, dict):
            raise invalid(f"{name} must be an object")
        return value


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None  # a reply that is not JSON
    delay_seconds: float = 0.0
    cut: Cut = Cut.NONE

    def content(self) -> bytes:
        if self.text is not None:
            return self.text.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()

    def content_type(self) -> str:
        return "text/plain; charset=utf-8" if self.text is not None else "application/json; charset=utf-8"


def path_values(pattern: str, path: str) -> dict[str, str] | None:
    """What a path has in the pattern's {placeholders}; None if it has another shape."""
    expected, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    if len(expected) != len(given):
        return None
    pairs = list(zip(expected, given, strict=True))
    if any(not one.startswith("{") and one != other for one, other in pairs):
        return None
    return {one.strip("{}"): other for one, other in pairs if one.startswith("{")}
