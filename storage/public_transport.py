"""HTTP that goes only to addresses that were looked at (:mod:`storage.public_addresses`), for URLs that people type.

Each name has connections of its own, since two names on one address must not share a TLS session. A name is looked at
again for every request; the connection goes to the address that was looked at, with the name in ``Host`` and in TLS.
"""

from __future__ import annotations

import ssl

import httpx

from storage.public_addresses import Refused, checked

PORTS = {"http": 80, "https": 443}


class PublicTransport(httpx.AsyncBaseTransport):
    """Raises :class:`storage.public_addresses.Refused` and ``Unresolved`` beside httpx's own errors. Without
    ``allow_private`` it speaks TLS or not at all."""

    def __init__(self, *, allow_private: bool, tls: ssl.SSLContext, connections: int) -> None:
        self._allow_private = allow_private
        self._tls = tls
        self._limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._pools: dict[tuple[str, str, int], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        if url.scheme not in PORTS or not url.host:
            raise httpx.UnsupportedProtocol("no http:// or https:// address", request=request)
        if url.scheme == "http" and not self._allow_private:
            raise Refused(f"What is sent to {url.host} would be readable on its way; use an https:// address.")
        port = url.port or PORTS[url.scheme]
        address = await checked(url.host, port, allow_private=self._allow_private)
        named = {"sni_hostname": url.raw_host.decode()} if url.scheme == "https" else {}
        pinned = httpx.Request(
            request.method,
            url.copy_with(host=str(address)),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, **named},
        )
        return await self._pool(url.scheme, url.host, port).handle_async_request(pinned)

    async def aclose(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    def _pool(self, scheme: str, host: str, port: int) -> httpx.AsyncHTTPTransport:
        key = (scheme, host, port)
        if key not in self._pools:
            self._pools[key] = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=self._limits)
        return self._pools[key]
