"""Gets a calendar's text by HTTP, from an address that somebody typed.

Baton stands inside somebody's network, so each address, redirects included, is resolved and looked at, and that very
address is connected to (:mod:`storage.public_addresses`). Size, time and redirects have limits. A server that
knows what it sent last says so with an ETag or a date, and sends nothing then.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

import httpx

from services.availability.calendar_troubles import Trouble
from storage.public_addresses import Refused, Unresolved, checked
from storage.unreachable import why

SECONDS = 20.0
MOST_BYTES = 8 << 20
MOST_REDIRECTS = 5
LONGEST_ADDRESS = 2000
PORTS = {"http": 80, "https": 443}
ELSEWHERE = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({400, 401, 403, 404, 405, 410, 451})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the server said of the text that was read last, to be asked whether there is another."""

    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """The text, and what the server says of it; None where it is the one that was read last."""

    body: bytes | None
    seen: Seen


def address_of(typed: str) -> str:
    """What was typed as an address that can be called: ``webcal:`` is another word for ``https:``. Raises Trouble."""
    text = typed.strip()
    if text.lower().startswith(("webcal://", "webcals://")):
        text = f"https://{text.partition('://')[2]}"
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise Trouble("This is no address that can be called.", for_good=True) from error
    if url.scheme not in PORTS or not url.host or len(text) > LONGEST_ADDRESS:
        raise Trouble("Type a whole address, for example https://calendar.example.com/me.ics.", for_good=True)
    if url.userinfo:
        raise Trouble("An address with a user or password in it is not accepted.", for_good=True)
    return text


async def fetch(address: str, seen: Seen, *, allow_private: bool) -> Fetched:
    """Raises Trouble."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _followed(httpx.URL(address), seen, allow_private=allow_private)
    except Refused as error:
        raise Trouble(f"{error} Only public addresses can be read.", for_good=True) from error
    except Unresolved as error:
        raise Trouble(str(error)) from error
    except (TimeoutError, httpx.TimeoutException) as error:
        raise Trouble(f"It was not there within {SECONDS:g} seconds.") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ssl.SSLError) as error:
        raise Trouble(f"The connection failed: {why(error)}.") from error


async def _followed(url: httpx.URL, seen: Seen, *, allow_private: bool) -> Fetched:
    for _ in range(MOST_REDIRECTS + 1):
        found = await _got(url, seen, allow_private=allow_private)
        if isinstance(found, Fetched):
            return found
        url = httpx.URL(address_of(str(url.join(found))))
    raise Trouble("It leads from one address to another without end.", for_good=True)


async def _got(url: httpx.URL, seen: Seen, *, allow_private: bool) -> Fetched | str:
    """The text, or where it is instead."""
    address = await checked(url.host, url.port or PORTS[url.scheme], allow_private=allow_private)
    headers = {"host": url.netloc.decode(), "user-agent": "Baton", "accept": "text/calendar, text/plain;q=0.5"}
    headers |= {"if-none-match": seen.etag} if seen.etag else {}
    headers |= {"if-modified-since": seen.modified} if seen.modified else {}
    extensions: dict[str, Any] = {"sni_hostname": url.raw_host.decode()} if url.scheme == "https" else {}
    there = url.copy_with(host=str(address))
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client,
        client.stream("GET", there, headers=headers, extensions=extensions) as answer,
    ):
        if answer.status_code in ELSEWHERE and "location" in answer.headers:
            return str(answer.headers["location"])
        if answer.status_code == 304 and (seen.etag or seen.modified):
            return Fetched(None, seen)
        if answer.status_code != 200:
            raise _refused(answer.status_code)
        body = await _read(answer)
        return Fetched(body, Seen(answer.headers.get("etag", "")[:255], answer.headers.get("last-modified", "")[:64]))


async def _read(answer: httpx.Response) -> bytes:
    """Counted as it is unpacked: a small answer may be a large text."""
    pieces, size = list[bytes](), 0
    async for piece in answer.aiter_bytes(1 << 16):
        size += len(piece)
        if size > MOST_BYTES:
            raise Trouble(f"It is larger than {MOST_BYTES >> 20} MB.", for_good=True)
        pieces.append(piece)
    return b"".join(pieces)


def _refused(status: int) -> Trouble:
    if status in GONE:
        return Trouble(f"The server answered {status}: copy the address again, it may have changed.", for_good=True)
    return Trouble(f"The server answered {status}.")
