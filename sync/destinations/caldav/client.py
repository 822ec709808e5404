"""HTTP with a calendar server for one user: few requests at once, bounded answers, and never a create twice.

    what happens to a request                PROPFIND, REPORT, GET   change, delete          create
    ---------------------------------------  ----------------------  ----------------------  ----------------------
    no connection (certainly not sent)       3 tries, Unavailable    3 tries, Unavailable    Unavailable
    connection lost, time-out, 5xx, 408      3 tries, Unavailable    3 tries, then           OutcomeUnknown,
                                                                     OutcomeUnknown          not sent again
    429 (certainly not done)                 again after the pause   again after the pause   again after the pause
    a redirect                               followed, see below     Refused                 Refused
    anything else                            handed back             handed back             handed back

A redirect is followed to the same host or to another name beside it (``calendar.example.com`` and
``p07.example.com``), never away from https: the password goes along. Each address is looked at before it is connected
to (:mod:`storage.public_transport`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import structlog

from storage.public_addresses import Refused as AddressRefused
from storage.public_addresses import Unresolved
from storage.unreachable import why
from sync.destinations.caldav.credentials import Credentials, host_of
from sync.destinations.caldav.errors import READING, refusal
from sync.ports import NoAccount, OutcomeUnknown, Refused, Unavailable

Sleep = Callable[[float], Awaitable[None]]

TIMEOUTS = httpx.Timeout(20.0, connect=5.0, pool=60.0)
WHOLE_ANSWER = 60.0
"""Seconds that an answer may take in all."""
LARGEST_ANSWER = 16 * 1024 * 1024
RETRY_PAUSES = (0.5, 2.0)
LONGEST_WAIT = 65.0
AT_ONCE = 4
"""Requests at once per server; Radicale closes connections beyond eight."""
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
NOT_DONE = 429
UNSURE = (408, 500, 502, 503, 504)

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``url`` is where it came from in the end."""

    status: int
    url: httpx.URL
    etag: str
    body: bytes

    @property
    def fine(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class _Effort:
    """One call and what has been put into it. ``reached``: a try may have been carried out although no reply came."""

    method: str
    url: httpx.URL
    body: bytes
    headers: dict[str, str]
    once: bool
    waited: float = 0.0
    failures: int = 0
    too_early: int = 0
    redirects: int = 0
    reached: bool = False

    @property
    def reads(self) -> bool:
        return self.method in READING

    def given_up(self, message: str, retry_after: float | None = None) -> Unavailable:
        uncertain = self.reached and not self.reads
        return (OutcomeUnknown if uncertain else Unavailable)(message, retry_after)


@dataclass(slots=True)
class CalDavClient:
    """All requests of one user of one server. Raises the errors of :mod:`sync.ports` and no others.

    ``gate`` is shared by everybody who asks this server; ``asked`` hears of every answer: method, path, status.
    """

    credentials: Credentials
    http: httpx.AsyncClient
    gate: asyncio.Semaphore
    sleep: Sleep
    asked: Callable[[str, str, int], None] = field(default=lambda method, path, status: None)

    @property
    def base(self) -> httpx.URL:
        return httpx.URL(self.credentials.server)

    @property
    def host(self) -> str:
        return host_of(self.base)

    def where(self, href: str) -> httpx.URL:
        """The whole address of an ``href``, which may be a path. Raises Refused for one that the password must not be
        sent to."""
        try:
            url = self.base.join(href)
        except httpx.InvalidURL as error:
            raise Refused(f"{self.host} names an address that can't be used.") from error
        self._check(url)
        return url

    async def propfind(self, href: str | httpx.URL, body: str, depth: int = 0) -> Reply:
        return await self._asked("PROPFIND", href, body, {"Depth": str(depth), **_XML})

    async def report(self, href: str | httpx.URL, body: str) -> Reply:
        return await self._asked("REPORT", href, body, {"Depth": "1", **_XML})

    async def get(self, href: str) -> Reply:
        return await self._asked("GET", href, "", {"Accept": "text/calendar"})

    async def create(self, href: str, body: str) -> Reply:
        return await self._asked("PUT", href, body, {"If-None-Match": "*", **_ICS}, once=True)

    async def change(self, href: str, body: str, etag: str) -> Reply:
        return await self._asked("PUT", href, body, {"If-Match": etag, **_ICS})

    async def delete(self, href: str, etag: str) -> Reply:
        return await self._asked("DELETE", href, "", {"If-Match": etag})

    def refuse(self, method: str, reply: Reply) -> Exception:
        return refusal(method, reply.status, self.host)

    async def aclose(self) -> None:
        await self.http.aclose()

    async def _asked(
        self, method: str, href: str | httpx.URL, body: str, headers: dict[str, str], *, once: bool = False
    ) -> Reply:
        url = self.where(href) if isinstance(href, str) else href
        effort = _Effort(method, url, body.encode(), headers, once)
        while True:
            reply = await self._try(effort)
            if reply is None:
                continue
            if reply.status == 401:
                raise refusal(method, 401, self.host)
            return reply

    async def _try(self, effort: _Effort) -> Reply | None:
        """One try, or None when another one may follow."""
        try:
            async with self.gate, asyncio.timeout(WHOLE_ANSWER):
                response, body = await self._send(effort)
        except AddressRefused as error:
            raise NoAccount(f"{error} Enter another address in /oncall connections.", str(error)) from error
        except Unresolved as error:
            raise Unavailable(f"{error} It is tried again by itself.") from error
        except _NOT_SENT as error:
            return await self._failed(effort, f"{self.host} can't be reached: {why(error)}")
        except (httpx.RequestError, TimeoutError) as error:
            effort.reached = True
            return await self._failed(effort, f"{self.host} did not answer: {self._reason(error)}")
        status = response.status_code
        self.asked(effort.method, effort.url.path, status)
        if status == NOT_DONE:
            return await self._come_back(effort, response)
        if status in UNSURE:
            effort.reached = True
            return await self._failed(effort, f"{self.host} has a problem (HTTP {status})")
        if status in REDIRECTS:
            return self._redirected(effort, response)
        return Reply(status, effort.url, response.headers.get("etag", ""), body)

    async def _send(self, effort: _Effort) -> tuple[httpx.Response, bytes]:
        async with self.http.stream(
            effort.method, effort.url, content=effort.body or None, headers=effort.headers
        ) as response:
            parts: list[bytes] = []
            size = 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > LARGEST_ANSWER:
                    raise Unavailable(f"The calendar on {self.host} is too large to be read. Link one of its own.")
                parts.append(part)
            return response, b"".join(parts)

    def _reason(self, error: Exception) -> str:
        log.info("calendar server did not answer", error=type(error).__name__, said=str(error))
        if isinstance(error, (httpx.TimeoutException, TimeoutError)):
            return "it is too slow"
        return "it hangs up" if isinstance(error, httpx.RemoteProtocolError) else why(error)

    async def _failed(self, effort: _Effort, message: str) -> None:
        effort.failures += 1
        if effort.once or effort.failures > len(RETRY_PAUSES):
            raise effort.given_up(f"{message}; it is tried again by itself.")
        await self._wait(effort, RETRY_PAUSES[effort.failures - 1])

    async def _come_back(self, effort: _Effort, response: httpx.Response) -> None:
        said = response.headers.get("retry-after", "")
        effort.too_early += 1
        await self._wait(effort, float(said) if said.isdecimal() else 2.0**effort.too_early)

    async def _wait(self, effort: _Effort, seconds: float) -> None:
        if effort.waited + seconds > LONGEST_WAIT:
            raise effort.given_up(f"{self.host} takes no more requests now; it is tried again by itself.", seconds)
        effort.waited += seconds
        await self.sleep(seconds)

    def _redirected(self, effort: _Effort, response: httpx.Response) -> None:
        effort.redirects += 1
        try:
            target = effort.url.join(response.headers.get("location", ""))
        except httpx.InvalidURL as error:
            raise Refused(f"{self.host} names an address that can't be used.") from error
        if not effort.reads or effort.redirects > MOST_REDIRECTS or target == effort.url:
            raise Refused(f"{self.host} sends this elsewhere. Enter its new address in /oncall connections.")
        self._check(target)
        effort.url = target

    def _check(self, url: httpx.URL) -> None:
        """Whether the password may be sent there."""
        there, here = url.host.lower(), self.base.host.lower()
        same = there == here and (url.scheme, url.port) == (self.base.scheme, self.base.port)
        beside = url.scheme == "https" and (there == here or _beside(there, here))
        if not (same or beside):
            raise NoAccount(
                f"{self.host} sends Baton on to {url.host or 'nowhere'}, which is not told the password. "
                "Enter that address in /oncall connections if it is right.",
                f"{self.host} sends Baton on to {url.host or 'nowhere'}. Enter that address if it is right.",
            )


_XML = {"Content-Type": "application/xml; charset=utf-8"}
_ICS = {"Content-Type": "text/calendar; charset=utf-8"}


def _beside(one: str, other: str) -> bool:
    """Whether two names are beside or below each other, as p07.example.com and calendar.example.com are."""
    if one.rpartition(".")[2].isdecimal() or ":" in one:
        return False  # an address has nothing beside it
    parents = {one.partition(".")[2], one} & {other.partition(".")[2], other}
    return any(parent.count(".") >= 1 for parent in parents)
