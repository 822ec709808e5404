"""A board on a calendar of a real server, with the power to let requests go wrong on their way."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx

from oncall.timeline import Interval
from sync.destinations.caldav.account import CalDavAccount
from sync.destinations.caldav.board import CalendarBoard
from sync.destinations.caldav.credentials import pack
from sync.destinations.caldav.system import CalDav
from sync.ports import About, Listed, Seen
from tests.adapters.contract import DAY, HOUR, NOW, WEEK, Doing, LateStart, Loss
from tests.support.calendar_servers import PASSWORD, READER, USER, Calendar, CalendarServer, utc

ANN, BOB, CEM, DAN = "ann@example.com", "bob@example.com", "cem@example.com", "dan@elsewhere.example"
NAMES = {ANN: "Ann Lee", BOB: "Bob Smith", CEM: "Cem Kaya"}
SCHEDULE, ROLE, ZONE = "Support", "Primary", "Europe/Berlin"
CHANGE = "change"
STATUSES = {Loss.DONE_AND_BROKEN: 500, Loss.ERROR: 500, Loss.BROKEN: 502, Loss.GIVEN_UP: 408}
DONE = (Loss.DONE_UNHEARD, Loss.DONE_AND_BROKEN, Loss.TOO_SLOW)

Act = Doing | str


@dataclass(slots=True)
class StillClock:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def doing(request: httpx.Request) -> Act:
    if request.method == "DELETE":
        return Doing.DELETE
    if request.method == "PUT":
        return Doing.CREATE if "if-none-match" in request.headers else CHANGE
    return Doing.READ


@dataclass(slots=True)
class Line(httpx.AsyncBaseTransport):
    """The line to the server: what is asked over it is counted, and goes wrong as it is told. ``answers`` are given
    in the server's place."""

    real: httpx.AsyncHTTPTransport = field(default_factory=lambda: httpx.AsyncHTTPTransport(trust_env=False))
    asked: Counter[Act] = field(default_factory=Counter[Act])
    troubles: dict[Act, deque[Loss | httpx.Response]] = field(default_factory=dict[Act, deque[Loss | httpx.Response]])
    before: Callable[[httpx.Request], None] = lambda request: None
    after: Callable[[httpx.Request], None] = lambda request: None
    at_once: int = 0
    most_at_once: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        act = doing(request)
        self.asked[act] += 1
        self.before(request)
        waiting = self.troubles.get(act)
        trouble = waiting.popleft() if waiting else None
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            answer = await self._answer(request, trouble)
        finally:
            self.at_once -= 1
        self.after(request)
        return answer

    async def _answer(self, request: httpx.Request, trouble: Loss | httpx.Response | None) -> httpx.Response:
        if isinstance(trouble, httpx.Response):
            return trouble
        if trouble is None or trouble in DONE:
            answer = await self.real.handle_async_request(request)
            if trouble is None:
                return answer
            await answer.aread()
        if status := STATUSES.get(trouble):
            return httpx.Response(status)
        if trouble is Loss.TOO_SLOW:
            raise httpx.ReadTimeout("", request=request)
        raise httpx.ReadError("", request=request)

    async def aclose(self) -> None:
        await self.real.aclose()


class ReadOnly(Line):
    """What stands before a server that knows no rights itself."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method in ("PUT", "DELETE"):
            return httpx.Response(403)
        return await Line.handle_async_request(self, request)


async def everybody_here(emails: Collection[str]) -> frozenset[str]:
    return frozenset(NAMES).intersection(emails)


def called(user: str) -> str:
    return NAMES.get(user, user)


ABOUT = About(SCHEDULE, ROLE, ZONE, called, everybody_here)


@dataclass(slots=True)
class CalendarDesk:
    """Implements :class:`tests.adapters.contract.Desk`, and has the hands of people in calendar apps."""

    server: CalendarServer
    calendar: Calendar
    line: Line
    system: CalDav
    account: CalDavAccount
    board: CalendarBoard
    clock: StillClock
    slept: list[float]
    others: list[CalDav] = field(default_factory=list[CalDav])
    ann: str = ANN
    bob: str = BOB
    cem: str = CEM
    nobody: str = "nobody"
    never_there: str = "baton-never"

    @classmethod
    @asynccontextmanager
    async def at(cls, server: CalendarServer, line: Line | None = None) -> AsyncIterator[CalendarDesk]:
        line, clock, slept = line or Line(), StillClock(), list[float]()

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        system = CalDav(clock=clock, sleep=sleep, transport=lambda: line)
        account = system.account(subdomain="", region="", key=pack(server.url, USER, PASSWORD))
        calendar = server.new_calendar()
        board = system.board(account, calendar.path, "calendar", ABOUT)
        await board.look(WEEK)
        line.asked.clear()
        desk = cls(server, calendar, line, system, account, board, clock, slept)
        try:
            yield desk
        finally:
            for one in (system, *desk.others):
                await one.aclose()

    @property
    def schedule(self) -> str:
        return self.calendar.path

    def another_board(self) -> CalendarBoard:
        """As every refresh has one of its own."""
        return self.system.board(self.account, self.schedule, "calendar", ABOUT)

    def another_process(self, line: Line | None = None, user: str = USER) -> CalendarBoard:
        """A board that knows nothing of what was read before."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        system = CalDav(clock=self.clock, sleep=sleep, transport=lambda: line or self.line)
        self.others.append(system)
        account = system.account(subdomain="", region="", key=pack(self.server.url, user, PASSWORD))
        return system.board(account, self.schedule, "calendar", ABOUT)

    def made_by_hand(self, user: str, start_hour: float, end_hour: float) -> str:
        return self.calendar.add(*by_hand(user, NOW + start_hour * HOUR, NOW + end_hour * HOUR))

    def remove_schedule(self) -> None:
        self.calendar.remove()

    def with_a_key_that_may_only_read(self) -> CalendarBoard:
        if self.server.guards:
            return self.another_process(user=READER)
        return self.another_process(ReadOnly())

    def lose(self, doing: Act, loss: Loss, times: int = 1) -> None:
        self.line.troubles[doing] = deque([loss] * times)

    def answer(self, doing: Act, *answers: httpx.Response) -> None:
        """The next such requests are answered like this."""
        self.line.troubles[doing] = deque(answers)

    def send_away(self, doing: Doing, *, says_when: bool) -> None:
        self.answer(doing, httpx.Response(429, headers={"Retry-After": "7"} if says_when else {}))

    def take_late_starts(self, late: LateStart) -> None:
        """A calendar takes any start."""

    def asked(self, doing: Act) -> int:
        return self.line.asked[doing]

    def pauses(self) -> int:
        return len(self.slept)

    async def seen(self, window: Interval = WEEK) -> Seen:
        return await self.another_board().look(window)

    async def items(self, window: Interval = WEEK) -> list[Listed]:
        return list(await self.another_board().items(window))


def by_hand(user: str, start: datetime, end: datetime, title: str = f"{SCHEDULE} on call") -> tuple[str, ...]:
    """The lines of an event that somebody makes."""
    return (f"DTSTART:{utc(start)}", f"DTEND:{utc(end)}", f"SUMMARY:{title}", f"ATTENDEE:mailto:{user}")


__all__ = ["ANN", "BOB", "CEM", "CHANGE", "DAN", "DAY", "HOUR", "NOW", "WEEK", "CalendarDesk", "by_hand"]
