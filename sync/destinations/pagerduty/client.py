"""HTTP with PagerDuty for one key: one request at a time, at the account's pace, and never a create twice.

What is read together (:meth:`PagerDutyClient.together`) is asked for at once, in one turn.

    what happens to a request                   GET, PUT, DELETE             POST
    ------------------------------------------  ---------------------------  -----------------------------
    no connection (certainly not sent)          3 tries, then Unavailable    Unavailable
    connection lost, time-out, 5xx, 408         3 tries, then Unavailable    OutcomeUnknown, not sent again
                                                (not GET: OutcomeUnknown)
    429 (certainly not done)                    sent again after the pause   sent again after the pause
    any other refusal                           see :mod:`.errors`           see :mod:`.errors`

No call waits for much longer than a minute in all; it raises Unavailable with the rest of the pause instead.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlencode

import httpx
import structlog

from oncall.clock import Clock
from storage.unreachable import why
from sync.core.urgency import is_urgent
from sync.destinations.pagerduty.budget import Budget
from sync.destinations.pagerduty.errors import refusal
from sync.destinations.pagerduty.pace import TOO_MANY_REQUESTS, Pace
from sync.destinations.pagerduty.reading import reading
from sync.destinations.pagerduty.turnstile import Turnstile
from sync.ports import CredentialRefused, OutcomeUnknown, Unavailable

Sleep = Callable[[float], Awaitable[None]]

TIMEOUTS = httpx.Timeout(20.0, connect=5.0)
RETRY_PAUSES = (0.5, 2.0)
LONGEST_WAIT = 65.0
JITTER = 0.5
REQUEST_TIMEOUT = 408

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_WORDS: tuple[tuple[type[httpx.RequestError], str], ...] = (
    (httpx.PoolTimeout, "too many requests wait for it already"),
    (httpx.TimeoutException, "it does not answer in time"),
    (httpx.ProxyError, "the proxy between lets nobody through"),
    (httpx.UnsupportedProtocol, "its address is no http:// or https:// address"),
    (httpx.RemoteProtocolError, "it hangs up"),
)
"""What the causes below would not say."""

_has_turn: ContextVar[bool] = ContextVar("baton_pagerduty_turn", default=False)

A = TypeVar("A")
B = TypeVar("B")

_KEY = re.compile(r"[\x21-\x7e]+")

log = structlog.get_logger()


def _reason(error: httpx.RequestError) -> str:
    """For people; what the error is called is for the log."""
    log.info("pagerduty did not answer", error=type(error).__name__, said=str(error))
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "") or why(error)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was answered (``status``) or not (``status`` 0), for logs and counters."""

    method: str
    path: str
    status: int
    milliseconds: int


def log_exchange(exchange: Exchange) -> None:
    log.debug(
        "pagerduty",
        method=exchange.method,
        path=exchange.path,
        status=exchange.status,
        ms=exchange.milliseconds,
    )


class KeyAuth(httpx.Auth):
    """Puts the key on requests and shows it nowhere else."""

    def __init__(self, key: str) -> None:
        if not _KEY.fullmatch(key):
            raise CredentialRefused(
                "This is no PagerDuty key. Enter it anew in /oncall connections.",
                "This is no PagerDuty key. Copy it again.",
            )
        self._header = f"Token token={key}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class _NotNow(Exception):
    """A pause was demanded of what is read together."""


@dataclass(slots=True)
class _Effort:
    """One call and what has been put into it. ``reached``: a try may have been carried out although no reply came;
    ``heeded``: the reply whose pause was kept last."""

    method: str
    path: str
    params: Mapping[str, str | list[str]] | None = None
    body: Any = None
    waited: float = 0.0
    failures: int = 0
    reached: bool = False
    once: bool = False
    heeded: int = -1
    author: str = ""

    def given_up(self, message: str, retry_after: float | None = None) -> Unavailable:
        uncertain = self.reached and self.method != "GET"
        return (OutcomeUnknown if uncertain else Unavailable)(message, retry_after)


class PagerDutyClient:
    """All requests that are made with one key. Raises the errors of :mod:`sync.ports` and no others."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        region: str,
        *,
        clock: Clock,
        sleep: Sleep,
        watch: Callable[[Exchange], None] = log_exchange,
        budget: Budget | None = None,
    ) -> None:
        self._http = http
        self._base = str(http.base_url).rstrip("/")
        self._region = region
        self._clock = clock
        self._sleep = sleep
        self._watch = watch
        self._pace = Pace()
        self._budget = budget
        self._turnstile = Turnstile()

    async def get(self, path: str, **params: str | list[str]) -> Any:
        """The body of the reply."""
        response = await self._call(_Effort("GET", path, params))
        with reading():
            return response.json()

    async def together(self, one: Callable[[], Awaitable[A]], other: Callable[[], Awaitable[B]]) -> tuple[A, B]:
        """What both give, which only read; asked for at once, or one after the other where a pause is demanded.

        Where both fail, what the first raised is raised.
        """
        try:
            async with self._turnstile.turn(urgent=is_urgent()):
                return await _both(one, other)
        except _NotNow:
            return await one(), await other()

    def now(self) -> datetime:
        return self._clock.now()

    async def post(self, path: str, body: Any, *, author: str = "") -> Any:
        """The body of the reply. One that can't be read leaves open what was done.

        ``author`` is the e-mail address of whoever it is done for, where PagerDuty wants to know.
        """
        response = await self._call(_Effort("POST", path, body=body, author=author))
        with reading(OutcomeUnknown):
            return response.json()

    async def put(self, path: str, body: Any, *, repeatable: bool = True) -> Any:
        """The body of the reply. Most PUTs do the same when they are sent twice; those that make something don't."""
        response = await self._call(_Effort("PUT", path, body=body, once=not repeatable))
        with reading(OutcomeUnknown):
            return response.json()

    async def delete(self, path: str) -> None:
        await self._call(_Effort("DELETE", path))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _call(self, effort: _Effort) -> httpx.Response:
        response = None
        if _has_turn.get():
            response = None if await self._pause(effort) else await self._try(effort)
            if response is None:
                raise _NotNow
        while response is None:
            async with self._turnstile.turn(urgent=is_urgent()):
                pause = await self._pause(effort)
                response = None if pause else await self._try(effort)
            if pause:  # outside, so that what is urgent can pass
                await self._wait(effort, pause + random.uniform(0, JITTER))  # noqa: S311 - spreads load, guards nothing
        if response.is_success:
            return response
        raise refusal(response, self._region)

    async def _pause(self, effort: _Effort) -> float:
        """Seconds to wait by what replies have said, and by what this key's other processes have taken."""
        pause = self._demanded(effort)
        if pause or self._budget is None:
            return pause
        return await self._budget.pause(self._clock.now(), urgent=is_urgent())

    def _demanded(self, effort: _Effort) -> float:
        """What one reply demanded is waited for once, even by a clock that stands still."""
        if effort.heeded == self._pace.replies:
            return 0.0
        effort.heeded = self._pace.replies
        return self._pace.pause(self._clock.now(), urgent=is_urgent())

    async def _try(self, effort: _Effort) -> httpx.Response | None:
        """One try, or None when another one may follow."""
        try:
            response = await self._send(effort)
        except _NOT_SENT as error:
            return await self._failed(effort, f"PagerDuty can't be reached: {_reason(error)}")
        except httpx.RequestError as error:
            effort.reached = True
            return await self._failed(effort, f"PagerDuty did not answer: {_reason(error)}")
        self._pace.heard(response, self._clock.now())
        if self._budget is not None:
            await self._budget.heard(self._pace)
        if response.status_code == TOO_MANY_REQUESTS:
            return None
        if response.is_server_error or response.status_code == REQUEST_TIMEOUT:
            effort.reached = True
            return await self._failed(effort, f"PagerDuty has a problem (HTTP {response.status_code})")
        return response

    async def _send(self, effort: _Effort) -> httpx.Response:
        started, status = self._clock.now(), 0
        try:
            headers = {"From": effort.author} if effort.author else None
            url = self._url(effort)
            response = await self._http.request(effort.method, url, json=effort.body, headers=headers)
            status = response.status_code
            return response
        finally:
            took = self._clock.now() - started
            self._watch(Exchange(effort.method, effort.path, status, round(took.total_seconds() * 1000)))

    def _url(self, effort: _Effort) -> httpx.URL:
        """The whole address, taken apart once: httpx does so for the base, for the path and for the parameters."""
        asked = urlencode(effort.params, doseq=True, quote_via=quote) if effort.params else ""
        return httpx.URL(f"{self._base}{effort.path}" + (f"?{asked}" if asked else ""))

    async def _failed(self, effort: _Effort, message: str) -> None:
        effort.failures += 1
        if effort.method == "POST" or effort.once or effort.failures > len(RETRY_PAUSES):
            raise effort.given_up(f"{message}; it is tried again by itself.")
        await self._wait(effort, RETRY_PAUSES[effort.failures - 1])

    async def _wait(self, effort: _Effort, seconds: float) -> None:
        if effort.waited + seconds > LONGEST_WAIT + JITTER:
            raise effort.given_up("PagerDuty's rate limit is used up; it is tried again by itself.", seconds)
        effort.waited += seconds
        await self._sleep(seconds)


async def _both(one: Callable[[], Awaitable[A]], other: Callable[[], Awaitable[B]]) -> tuple[A, B]:
    """Both inside the turn that is had; neither is left alone when the other fails."""

    async def inside(ask: Callable[[], Awaitable[Any]]) -> Any:
        _has_turn.set(True)
        return await ask()

    found = await asyncio.gather(inside(one), inside(other), return_exceptions=True)
    for answer in found:
        if isinstance(answer, BaseException):
            raise answer
    return cast("tuple[A, B]", tuple(found))
