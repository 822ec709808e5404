"""Calendar servers as a whole: one client per user, one state per calendar, few requests at once per server.

What is known of calendars is kept in memory, for so many as are looked at; after a restart it is read once more.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import Callable, Container, Mapping
from functools import cached_property

import httpx

from oncall.clock import Clock
from oncall.timeline import Interval
from storage.public_transport import PublicTransport
from sync.destinations.caldav.account import CalDavAccount
from sync.destinations.caldav.board import CalendarBoard
from sync.destinations.caldav.calendar import RemoteCalendar
from sync.destinations.caldav.client import AT_ONCE, TIMEOUTS, CalDavClient, Sleep
from sync.destinations.caldav.credentials import Credentials, unpack
from sync.destinations.caldav.discovery import CALENDAR
from sync.ports import About, Account, Board, Glimpse, KindChanged, LayerBoard, Names

KEPT = 500
"""Calendars whose state is kept."""


class CalDav:
    """Implements :class:`sync.ports.Adapter`. ``allow_private`` lets users name servers inside one's own network."""

    def __init__(
        self,
        *,
        clock: Clock,
        sleep: Sleep = asyncio.sleep,
        allow_private: bool = False,
        transport: Callable[[], httpx.AsyncBaseTransport] | None = None,
        asked: Callable[[str, str, int], None] = lambda method, path, status: None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._allow_private = allow_private
        self._transport = transport
        self._asked = asked
        self._clients: dict[Credentials, CalDavClient] = {}
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._calendars: OrderedDict[tuple[Credentials, str], RemoteCalendar] = OrderedDict()

    def account(self, *, subdomain: str, region: str, key: str) -> CalDavAccount:
        """The key holds everything (:mod:`.credentials`)."""
        credentials = unpack(key)
        if credentials not in self._clients:
            self._clients[credentials] = self._client(credentials)
        return CalDavAccount(self._clients[credentials])

    def owns(self, account: Account) -> bool:
        return isinstance(account, CalDavAccount)

    def board(self, account: Account, external_id: str, kind: str, about: About | None = None) -> Board:
        if kind != CALENDAR:
            raise KindChanged(f"There is no way to write a calendar of the kind {kind!r}.")
        return CalendarBoard(self._calendar(_calendars(account), external_id), self._clock, about)

    def layer_board(self, account: Account, external_id: str) -> LayerBoard:
        raise KindChanged("Calendars have no layers.")

    async def look_at_all(
        self, account: Account, window: Interval, known: Container[str] = (), wanted: Names = None
    ) -> Mapping[str, Glimpse]:
        """Calendars are read one by one."""
        return {}

    async def aclose(self) -> None:
        clients, self._clients = list(self._clients.values()), {}
        self._calendars.clear()
        for client in clients:
            await client.aclose()

    def _calendar(self, account: CalDavAccount, external_id: str) -> RemoteCalendar:
        key = (account.client.credentials, external_id)
        if key not in self._calendars:
            self._calendars[key] = RemoteCalendar(account.client, external_id, self._clock)
        self._calendars.move_to_end(key)
        while len(self._calendars) > KEPT:
            self._calendars.popitem(last=False)
        return self._calendars[key]

    def _client(self, credentials: Credentials) -> CalDavClient:
        server = httpx.URL(credentials.server)
        http = httpx.AsyncClient(
            auth=httpx.BasicAuth(credentials.user, credentials.password),
            headers={"User-Agent": "Baton", "Accept-Encoding": "identity"},
            timeout=TIMEOUTS,
            transport=self._transport() if self._transport is not None else self._looked_at(),
            follow_redirects=False,
        )
        gate = self._gates.setdefault(server.netloc.decode().lower(), asyncio.Semaphore(AT_ONCE))
        return CalDavClient(credentials, http, gate, self._sleep, self._asked)

    def _looked_at(self) -> PublicTransport:
        return PublicTransport(allow_private=self._allow_private, tls=self._tls, connections=AT_ONCE)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Loading the certificates takes a while, so it is done once for all clients."""
        return ssl.create_default_context()


def _calendars(account: Account) -> CalDavAccount:
    if not isinstance(account, CalDavAccount):
        raise TypeError(f"not an account of a calendar server: {type(account).__name__}")
    return account
