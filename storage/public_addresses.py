"""Which addresses a URL that a person typed may lead to: only those that are everybody's.

The URL of a webhook or of a calendar server is typed by a person, and Baton stands inside somebody's network. So a name
is resolved once, every address it has is looked at, and the connection goes to one that was looked at: a name that
changes its mind between the look and the connection gains nothing. Addresses that carry another one inside (mapped,
6to4, NAT64, Teredo) count as what they carry, too.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
SPECIAL = tuple(
    ipaddress.ip_network(one)
    for one in (
        "192.0.0.0/24",  # protocol assignments; two of them are global, but no web servers
        "192.88.99.0/24",  # the former anycast of 6to4
        "::/96",  # IPv4 inside IPv6, as it was done before mapping
        "64:ff9b:1::/48",  # NAT64 of one's own network
        "100:0:0:1::/64",  # dummies
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing inside one network
        "fec0::/10",  # site-local, as it was done before fc00::/7
    )
)
"""What IANA's registries of special addresses (or those before them) say is nobody's in particular, so far as some
Python that Baton runs on does not know it."""


class Refused(Exception):
    """The address is not one that may be reached; ``str()`` says why."""


class Unresolved(Exception):
    """The name has no address just now."""


async def resolve(host: str, port: int) -> list[Address]:
    """Every address of a name or of an address; raises Unresolved."""
    if (known := _literal(host)) is not None:
        return [known]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unresolved(f"The name {host} can't be resolved.") from error
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))


def _literal(host: str) -> Address | None:
    """The address that ``host`` is, so that nobody has to be asked."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


async def checked(host: str, port: int, *, allow_private: bool) -> Address:
    """An address of ``host`` that may be connected to; raises Refused or Unresolved."""
    addresses = await resolve(host, port)
    if not addresses:
        raise Unresolved(f"The name {host} has no address.")
    bad = next((address for address in addresses if not is_public(address)), None)
    if bad is not None and not allow_private:
        raise Refused(f"{host} is at {bad}, which is a private or special address.")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether it, and whatever it carries, belongs to the public internet."""
    return all(
        one.is_global and not one.is_multicast and not one.is_reserved and not any(one in net for net in SPECIAL)
        for one in _carried(address)
    )


def _carried(address: Address) -> Iterator[Address]:
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    found = [one for one in inner if one is not None]
    if address.ipv4_mapped is None and address not in NAT64:
        yield address
    yield from found
