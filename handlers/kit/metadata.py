"""What a modal remembers between two requests, in Slack's ``private_metadata``.

Only ids, and the ``response_url`` of the command that opened the modal: it lets Baton answer in that conversation
without being a member of it. People can't change it, but a modal may be older than this version of Baton, so whatever
can't be read is taken as not there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from handlers.kit.numbers import id_of


@dataclass(frozen=True, slots=True)
class Metadata:
    """Which things a modal is about, and where the command that opened it is answered.

    ``revision`` and ``seen_at`` (ISO 8601) are how and when the person saw the rotation,
    ``page`` is where in a list they are, from 0, ``token`` names something that is kept while modals are open.
    """

    schedule_id: int | None = None
    destination_id: int | None = None
    connection_id: int | None = None
    rotation_id: int | None = None
    webhook_id: int | None = None
    request_id: int | None = None
    revision: int | None = None
    page: int | None = None
    user_id: str = ""
    token: str = ""
    seen_at: str = ""
    reply_to: str = ""

    def dump(self) -> str:
        return json.dumps({key: value for key, value in asdict(self).items() if value}, separators=(",", ":"))

    @classmethod
    def load(cls, text: str | None) -> Self:
        try:
            found = json.loads(text or "{}")
        except ValueError:
            return cls()
        return cls._of(found) if isinstance(found, Mapping) else cls()

    @classmethod
    def _of(cls, found: Mapping[str, Any]) -> Self:
        def number(key: str) -> int | None:
            return id_of(found.get(key))

        def text(key: str) -> str:
            value = found.get(key)
            return value if isinstance(value, str) else ""

        return cls(
            schedule_id=number("schedule_id"),
            destination_id=number("destination_id"),
            connection_id=number("connection_id"),
            rotation_id=number("rotation_id"),
            webhook_id=number("webhook_id"),
            request_id=number("request_id"),
            page=number("page"),
            revision=number("revision"),
            user_id=text("user_id"),
            token=text("token"),
            seen_at=text("seen_at"),
            reply_to=text("reply_to"),
        )
