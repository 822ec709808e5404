"""Sends webhooks as Standard Webhooks describes: signed, quickly answered or tried again, and never led astray.

The URL's name is resolved and looked at once (:mod:`storage.public_addresses`) and that very address is
connected to, with the name in ``Host`` and in TLS. Redirects are not followed, proxies not asked, and of an answer only
its status counts; its body is left unread. Anything but 2xx within :data:`TIMEOUT` is a failure, tried again with
growing pauses for 48 hours. A receiver tells repeats apart by ``webhook-id``, which stays the same.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from datetime import datetime, timedelta
from functools import cached_property
from time import perf_counter
from typing import Any

import httpx
from standardwebhooks.webhooks import Webhook as Signer

from notices.sending.senders import Answer, Failed, Notice, Outcome, Patience, Sent
from notices.sending.webhook_address import address_of
from oncall.clock import Clock
from storage.database import Database
from storage.public_addresses import Refused, Unresolved, checked
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import Webhook
from storage.unreachable import why

PATIENCE = Patience(
    pauses=tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800)),
    give_up=timedelta(hours=48),
)
TIMEOUT = timedelta(seconds=5)
PORTS = {"http": 80, "https": 443}


class WebhookSender:
    """POSTs with a connection of its own per message: two names on one address must not share a TLS session."""

    def __init__(
        self,
        database: Database,
        secrets: SecretBox,
        clock: Clock,
        *,
        allow_private: bool = False,
        timeout: timedelta = TIMEOUT,
        patience: Patience = PATIENCE,
    ) -> None:
        self.patience = patience
        self._database = database
        self._secrets = secrets
        self._clock = clock
        self._allow_private = allow_private
        self._timeout = timeout.total_seconds()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made for the first message: reading the authorities takes longer than all else at a start."""
        return ssl.create_default_context()

    async def send(self, notice: Notice) -> Outcome:
        async with self._database.read() as tx:
            hook = await tx.webhooks.get(int(notice.target))
        if hook is None:
            return Failed("removed", "The webhook was removed.", final=True)
        data = json.dumps(notice.payload["body"], ensure_ascii=False, separators=(",", ":"))
        try:
            address = address_of(self._secrets, hook)
            headers = self._headers(hook, str(notice.payload["id"]), data)
        except SecretUnreadable as error:
            problem = f"The webhook's address or secret can't be read: {error}. Remove it and add it again."
            return Failed("secret", problem, final=True)
        started = perf_counter()
        status, problem, final = await self._post(address, data.encode(), headers)
        answer = Answer(status, timedelta(seconds=perf_counter() - started), problem)
        if not problem:
            return Sent(str(notice.payload["id"]), answer)
        return Failed(f"http_{status}" if status else "unreachable", problem, final, answer)

    def _headers(self, hook: Webhook, message_id: str, data: str) -> dict[str, str]:
        now = self._clock.now()
        secrets = [hook.secret]
        if hook.former_secret and hook.former_until and now < hook.former_until:
            secrets.append(hook.former_secret)
        return {
            "content-type": "application/json",
            "user-agent": "Baton",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(self._signature(sealed, message_id, now, data) for sealed in secrets),
        }

    def _signature(self, sealed: str, message_id: str, now: datetime, data: str) -> str:
        return Signer(self._secrets.open(sealed)).sign(message_id, now, data)

    async def _post(self, url: str, data: bytes, headers: dict[str, str]) -> tuple[int | None, str, bool]:
        """The status, what is wrong (nothing, for 2xx), and whether that is final."""
        try:
            status = await self._call(httpx.URL(url), data, headers)
        except Refused as error:
            return None, str(error), True
        except Unresolved as error:
            return None, str(error), False
        except httpx.InvalidURL:
            return None, "The address can't be used.", False
        except (TimeoutError, httpx.TimeoutException):
            return None, f"There was no answer within {self._timeout:g} seconds.", False
        except (httpx.HTTPError, OSError, ssl.SSLError) as error:
            return None, f"The connection failed: {why(error)}.", False
        return status, "" if 200 <= status < 300 else f"The receiver answered {status}.", False

    async def _call(self, url: httpx.URL, data: bytes, headers: dict[str, str]) -> int:
        async with asyncio.timeout(self._timeout):
            port = url.port or PORTS[url.scheme]
            address = await checked(url.host, port, allow_private=self._allow_private)
            headers = {**headers, "host": url.netloc.decode()}
            extensions: dict[str, Any] = {"sni_hostname": url.raw_host.decode()} if url.scheme == "https" else {}
            async with (
                httpx.AsyncClient(
                    verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout
                ) as client,
                client.stream(
                    "POST", url.copy_with(host=str(address)), content=data, headers=headers, extensions=extensions
                ) as answer,
            ):
                return answer.status_code
