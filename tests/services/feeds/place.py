"""A schedule and its feeds, without the web server."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from icalendar import Calendar, Component

from services.feeds import links
from services.feeds.links import Link, Scope
from services.feeds.serving import Answer, FeedDesk, Wanted
from services.kit.house import Actor, House, Offers
from tests.support.service_world import Desk

PUBLIC = "https://baton.example.com"


@dataclass(slots=True)
class Place:
    """``house`` is the desk's with a public address."""

    desk: Desk
    house: House
    feeds: FeedDesk

    @classmethod
    def of(cls, desk: Desk) -> Place:
        house = replace(desk.house, offers=Offers(public_url=PUBLIC))
        return cls(desk, house, FeedDesk(house))

    @property
    def whole(self) -> Scope:
        return Scope(self.desk.id)

    def role(self, number: int) -> Scope:
        return Scope(self.desk.id, self.desk.roles[number])

    async def link(self, actor: Actor, scope: Scope | None = None) -> Link:
        return await links.link_to(self.house, actor, scope or Scope())

    async def get(self, link: Link, has: Collection[str] = (), **wanted: Any) -> Answer:
        return await self.feeds.answer(secret_in(link), Wanted(**wanted), has)

    async def events(self, link: Link, **wanted: Any) -> list[Component]:
        answer = await self.get(link, **wanted)
        assert answer.body is not None
        return list(Calendar.from_ical(answer.body).walk("VEVENT"))

    async def told(self, link: Link, **wanted: Any) -> list[tuple[str, float, float]]:
        """Title, beginning and end in hours, of what is not cancelled."""
        found = await self.events(link, **wanted)
        return [(str(one["SUMMARY"]), *self._hours(one)) for one in found if one["STATUS"] != "CANCELLED"]

    async def cancelled(self, link: Link) -> list[tuple[str, float, float]]:
        found = await self.events(link)
        return [(str(one["SUMMARY"]), *self._hours(one)) for one in found if one["STATUS"] == "CANCELLED"]

    def _hours(self, event: Component) -> tuple[float, float]:
        start, end = (self._hour(event[name].dt) for name in ("DTSTART", "DTEND"))
        return start, end

    def _hour(self, at: datetime) -> float:
        return (at - self.desk.world.at(0)).total_seconds() / 3600


def secret_in(link: Link) -> str:
    return link.url.removeprefix(f"{PUBLIC}/calendar/").removesuffix(".ics")
