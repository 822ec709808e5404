"""PagerDuty as a whole: one client per key, one board per kind of schedule.

With a database, the clients of one key in all processes share its budget of requests.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Callable, Container, Mapping
from functools import cache
from ipaddress import ip_address

import httpx

from oncall.clock import Clock
from oncall.timeline import Interval
from storage.database import Database
from sync.destinations.pagerduty.account import PagerDutyAccount
from sync.destinations.pagerduty.budget import Budget
from sync.destinations.pagerduty.bulk import look_at_all
from sync.destinations.pagerduty.client import (
    TIMEOUTS,
    Exchange,
    KeyAuth,
    PagerDutyClient,
    Sleep,
    log_exchange,
)
from sync.destinations.pagerduty.layers import PagerDutyLayerBoard
from sync.destinations.pagerduty.overrides import OverrideBoard
from sync.destinations.pagerduty.shifts import ShiftBoard
from sync.destinations.pagerduty.spending import StoredSpending
from sync.ports import (
    LAYERED,
    SHIFTED,
    About,
    Account,
    Board,
    CredentialRefused,
    Glimpse,
    KindChanged,
    LayerBoard,
    Names,
)

API_URLS = {"us": "https://api.pagerduty.com", "eu": "https://api.eu.pagerduty.com"}
ACCEPT = "application/vnd.pagerduty+json;version=2"


class PagerDuty:
    """Implements :class:`sync.ports.Adapter`. Requests of one key share a client and thereby its pace."""

    def __init__(
        self,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        api_url: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        watch: Callable[[Exchange], None] = log_exchange,
        database: Database | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._api_url = api_url
        self._transport = transport
        self._watch = watch
        self._spending = StoredSpending(database) if database is not None else None
        self._clients: dict[tuple[str, str], PagerDutyClient] = {}

    def account(self, *, subdomain: str, region: str, key: str) -> PagerDutyAccount:
        """The key alone decides the account; ``subdomain`` is for systems where it does not."""
        known = (region, key)
        if known not in self._clients:
            self._clients[known] = PagerDutyClient(
                self._http(region, key),
                region,
                clock=self._clock,
                sleep=self._sleep,
                watch=self._watch,
                budget=self._budget(region, key),
            )
        return PagerDutyAccount(self._clients[known])

    def owns(self, account: Account) -> bool:
        return isinstance(account, PagerDutyAccount)

    def board(self, account: Account, external_id: str, kind: str, about: About | None = None) -> Board:
        if kind == SHIFTED:
            return ShiftBoard(_pagerduty(account).client, external_id, self._clock)
        if kind != LAYERED:
            raise KindChanged(f"There is no way to write a PagerDuty schedule of the kind {kind!r}.")
        return OverrideBoard(_pagerduty(account).client, external_id, self._clock)

    def layer_board(self, account: Account, external_id: str) -> LayerBoard:
        return PagerDutyLayerBoard(_pagerduty(account).client, external_id, self._clock)

    async def look_at_all(
        self, account: Account, window: Interval, known: Container[str] = (), wanted: Names = None
    ) -> Mapping[str, Glimpse]:
        return await look_at_all(_pagerduty(account).client, window, known, wanted)

    async def aclose(self) -> None:
        """Close every connection."""
        clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            await client.aclose()

    def _budget(self, region: str, key: str) -> Budget | None:
        if self._spending is None:
            return None
        return Budget(self._spending, hashlib.blake2b(f"{region}:{key}".encode(), digest_size=16).hexdigest())

    def _http(self, region: str, key: str) -> httpx.AsyncClient:
        url = self._api_url or API_URLS.get(region)
        if url is None:
            raise CredentialRefused(f"PagerDuty has no region {region!r}; choose US or EU in /oncall connections.")
        return httpx.AsyncClient(
            auth=KeyAuth(key),
            base_url=url,
            headers={"Accept": ACCEPT},
            timeout=TIMEOUTS,
            transport=self._transport,
            trust_env=not _is_loopback(url),
            verify=_tls() if self._transport is None else True,
        )


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes a while, so it is done once for all clients."""
    return httpx.create_ssl_context()


def _is_loopback(url: str) -> bool:
    """A proxy from the environment can't reach this machine's own addresses."""
    host = httpx.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pagerduty(account: Account) -> PagerDutyAccount:
    if not isinstance(account, PagerDutyAccount):
        raise TypeError(f"not an account of PagerDuty: {type(account).__name__}")
    return account
