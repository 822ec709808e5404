"""Who made an item, so far as a schedule's change log says.

Not every account has change logs, not every key may read them, and not every change is in them. It is worth a request,
never a failure: whatever goes wrong, nobody is named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading, written
from sync.ports import Maker, RemoteError

REACH = timedelta(days=31)
"""How far back one request may look."""

LEEWAY = timedelta(minutes=1)
"""How far ahead it looks: whole seconds are asked for, and clocks differ."""

FRESH = timedelta(seconds=5)
"""What was read so lately is not read again."""

PAGE = "100"

OURS = "api_token"
"""How a change was made that may be one of Baton's."""


class ChangeLog:
    """The change log of one schedule, read when somebody is asked for who isn't in what was read lately."""

    def __init__(self, client: PagerDutyClient, path: str) -> None:
        self._client = client
        self._path = path
        self._records: Sequence[Json] = ()
        self._read_at: datetime | None = None

    async def maker(self, item_id: str) -> Maker:
        """Whoever is behind the oldest record about an item; nobody when there is none."""
        with contextlib.suppress(RemoteError), reading():
            about = await self._about(item_id)
            first = min(about, key=lambda record: str(record["execution_time"]), default=None)
            if first:
                names = ", ".join(str(actor["summary"]) for actor in _parts(first, "actors"))
                method = an_object(first.get("method") or {}).get("type")
                return Maker(names, by_hand=method not in (None, OURS))
        return Maker()

    async def _about(self, item_id: str) -> list[Json]:
        now = self._client.now()
        found = [record for record in self._records if item_id in _subjects(record)]
        if not found and (self._read_at is None or now - self._read_at >= FRESH):
            self._records, self._read_at = await self._read(now), now
            found = [record for record in self._records if item_id in _subjects(record)]
        return found

    async def _read(self, now: datetime) -> Sequence[Json]:
        until = now + LEEWAY
        with contextlib.suppress(RemoteError):
            answer = await self._client.get(
                f"{self._path}/audit/records", since=written(until - REACH), until=written(until), limit=PAGE
            )
            with reading():
                return objects(answer["records"])
        return ()


def _subjects(record: Json) -> Iterator[str]:
    """The ids of what a record is about."""
    details = an_object(record.get("details") or {})
    yield str(an_object(details.get("resource") or {}).get("id"))
    for reference in _parts(details, "references"):
        yield from (str(added.get("id")) for added in _parts(reference, "added"))


def _parts(whole: Json, name: str) -> list[Json]:
    parts: Any = whole.get(name)
    return objects(parts or [])
