"""A refresh of a calendar in which nothing changed, of a thousand events, on a real Radicale on loopback.

The peer is the one request that cannot be spared (what changed since the token?), sent with httpx, its answer unread.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.measure import Report, Sample, Target, compete
from oncall.timeline import Interval
from sync.destinations import CalDav
from sync.destinations.caldav.account import CalDavAccount
from sync.destinations.caldav.asking import changes_since, propfind
from sync.destinations.caldav.board import CalendarBoard
from sync.destinations.caldav.credentials import pack
from sync.destinations.caldav.multistatus import read
from tests.caldav.support import ABOUT, ANN, by_hand
from tests.support.calendar_servers import PASSWORD, USER, CalendarServer, event, radicale, vcalendar

EVENTS = 1000
MOST = 1.3
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WINDOW = Interval(NOW, NOW + timedelta(days=365))
HEADERS = {"Depth": "1", "Content-Type": "application/xml; charset=utf-8"}


class Still:
    def now(self) -> datetime:
        return NOW


def filled(server: CalendarServer) -> str:
    """A calendar with a year of shifts, written at once."""
    calendar = server.new_calendar()
    hours = [NOW + timedelta(hours=8 * n) for n in range(EVENTS)]
    events = [event(f"baton-{n}", *by_hand(ANN, at, at + timedelta(hours=8))) for n, at in enumerate(hours)]
    text = vcalendar(*events).replace("\n", "\r\n")
    answer = server.http.put(calendar.path, content=text, headers={"Content-Type": "text/calendar"})
    assert answer.is_success, answer.text
    return calendar.path


class Sides:
    """Baton and the bare request, on one loop and one server, each with a connection that stays open."""

    def __init__(self, server: CalendarServer) -> None:
        self.loop = asyncio.new_event_loop()
        self.asked = Counter[str]()
        self.system = CalDav(clock=Still(), allow_private=True, asked=lambda method, path, status: self._count(method))
        self.account: CalDavAccount = self.system.account(subdomain="", region="", key=pack(server.url, USER, PASSWORD))
        self.path = filled(server)
        self.http = httpx.AsyncClient(base_url=server.url, auth=(USER, PASSWORD), trust_env=False)
        self.look()
        self.body = changes_since(self._token())
        self.asked.clear()

    def _count(self, method: str) -> None:
        self.asked[method] += 1

    def _token(self) -> str:
        asked = propfind("d:sync-token")
        answer = self.http.request("PROPFIND", self.path, content=asked, headers={**HEADERS, "Depth": "0"})
        return read(self.loop.run_until_complete(answer).content).found[0].text("{DAV:}sync-token") or ""

    def _board(self) -> CalendarBoard:
        return self.system.board(self.account, self.path, "calendar", ABOUT)

    def look(self) -> None:
        seen = self.loop.run_until_complete(self._board().look(WINDOW))
        assert len(seen.lines) == EVENTS

    def bare(self) -> None:
        asked = self.http.request("REPORT", self.path, content=self.body, headers=HEADERS)
        assert self.loop.run_until_complete(asked).status_code == 207

    def close(self) -> None:
        self.loop.run_until_complete(self.system.aclose())
        self.loop.run_until_complete(self.http.aclose())
        self.loop.close()


def run() -> Report:
    with TemporaryDirectory() as folder, radicale(Path(folder)) as server:
        sides = Sides(server)
        try:
            sides.look()
            requests = sides.asked.total()
            samples = compete({"Baton: look again": sides.look, "httpx: the bare request": sides.bare}, repeats=21)
        finally:
            sides.close()
    return Report(
        "caldav", f"A refresh of an unchanged calendar of {EVENTS} events", samples, targets(samples, requests)
    )


def targets(samples: tuple[Sample, ...], requests: int) -> tuple[Target, ...]:
    baton, bare = (sample.median for sample in samples)
    return (
        Target(f"one request ({requests})", requests == 1),
        Target(f"at most {MOST} × the bare request ({baton / bare:.2f} ×)", baton <= MOST * bare),
    )
