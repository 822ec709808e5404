"""The account behind a key: whose it is, which schedules it shows, who is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from sync.destinations.pagerduty.client import PagerDutyClient
from sync.destinations.pagerduty.reading import Json, an_object, objects, reading
from sync.ports import KindChanged, Refused, RemoteSchedule, RemoteUser

LAYERED = "v2"
"""The kind of a layer-based schedule."""
SHIFTED = "v3"
"""The kind of a shift-based schedule."""

PAGE = 100


class PagerDutyAccount:
    """Implements :class:`sync.ports.Account`."""

    def __init__(self, client: PagerDutyClient) -> None:
        self.client = client

    async def check(self) -> str:
        await self.client.get("/abilities")
        answer = await self.client.get("/users", limit="1")
        with reading():
            users = objects(an_object(answer)["users"])
            return _subdomain(str(users[0].get("html_url") or "")) if users else ""

    async def schedules(self) -> Sequence[RemoteSchedule]:
        layered = [schedule(one, LAYERED) async for one in self._pages("/schedules", "schedules")]
        return [*layered, *await self._shifted()]

    async def _shifted(self) -> list[RemoteSchedule]:
        """None where the account has no shift-based schedules at all, which shows as an unknown address."""
        try:
            return [schedule(one, SHIFTED) async for one in self._pages("/v3/schedules", "schedules")]
        except Refused:
            return []

    async def schedule(self, external_id: str) -> RemoteSchedule:
        """An upgraded schedule keeps its id, so the newer kind is tried first."""
        place = quote(external_id, safe="")
        try:
            return schedule(_one(await self.client.get(f"/v3/schedules/{place}")), SHIFTED)
        except KindChanged:
            return schedule(_one(await self.client.get(f"/schedules/{place}")), LAYERED)

    async def find_user(self, email: str) -> RemoteUser | None:
        """PagerDuty finds parts of names and addresses alike, so the exact address is picked out here."""
        async for one in self._pages("/users", "users", query=email):
            with reading():
                found = RemoteUser(str(one["id"]), str(one["name"]), str(one.get("email") or "").lower())
            if found.email.casefold() == email.casefold():
                return found
        return None

    async def get_user(self, user_id: str) -> RemoteUser | None:
        try:
            answer = await self.client.get(f"/users/{user_id}")
        except Refused:
            return None
        with reading():
            one = an_object(an_object(answer)["user"])
            return RemoteUser(str(one["id"]), str(one.get("name") or user_id), str(one.get("email") or "").lower())

    async def _pages(self, path: str, name: str, **params: str) -> AsyncIterator[Json]:
        offset, more = 0, True
        while more:
            answer = await self.client.get(path, limit=str(PAGE), offset=str(offset), **params)
            with reading():
                page = objects(an_object(answer)[name])
                more = bool(page) and bool(answer.get("more"))
            for one in page:
                yield one
            offset += len(page)


def _one(answer: Any) -> Json:
    with reading():
        return an_object(an_object(answer)["schedule"])


def schedule(shape: Json, kind: str) -> RemoteSchedule:
    """A schedule from PagerDuty's shape of it."""
    with reading():
        return RemoteSchedule(
            id=str(shape["id"]),
            name=str(shape.get("name") or shape["summary"]),
            kind=kind,
            url=str(shape.get("html_url") or ""),
            time_zone=str(shape.get("time_zone") or ""),
        )


def _subdomain(url: str) -> str:
    """``acme`` of https://acme.pagerduty.com/… and of https://acme.eu.pagerduty.com/…"""
    return (urlsplit(url).hostname or "").partition(".")[0]
