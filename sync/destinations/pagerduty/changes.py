"""Who made an item, so far as a schedule's change log says.

Not every account has change logs, not every key may read them, and not every change is in them. It is worth a request,
never a failure: whatever goes wrong, nobody is named.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading, written
from sync.ports import RemoteError

REACH = timedelta(days=31)
"""How far back one request may look."""

PAGE = "100"


class ChangeLog:
    """The change log of one schedule, read once, when somebody is asked for first."""

    def __init__(self, client: PagerDutyClient, path: str) -> None:
        self._client = client
        self._path = path
        self._records: Sequence[Json] | None = None

    async def maker(self, item_id: str) -> str:
        """The name of whoever is behind the oldest record about an item; empty when there is none."""
        records = self._records if self._records is not None else await self._read()
        self._records = records
        with contextlib.suppress(RemoteError), reading():
            about: list[Json] = [record for record in records if item_id in _subjects(record)]
            first = min(about, key=lambda record: str(record["execution_time"]), default=None)
            actors = _parts(first, "actors") if first else []
            return ", ".join(str(actor["summary"]) for actor in actors)
        return ""

    async def _read(self) -> Sequence[Json]:
        now = self._client.now()
        with contextlib.suppress(RemoteError):
            answer = await self._client.get(
                f"{self._path}/audit/records", since=written(now - REACH), until=written(now), limit=PAGE
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
