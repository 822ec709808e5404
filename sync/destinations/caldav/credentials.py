"""What opens a calendar server, as one string that is sealed at rest, and what tells one account from another."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import cast

import httpx

from sync.ports import CredentialRefused

PORTS = {"http": 80, "https": 443}

_HOST = re.compile(r"[^\s%/]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """``server`` is the address that somebody typed, as :func:`address` completes it; ``password`` is never shown."""

    server: str
    user: str
    password: str = field(repr=False)

    @property
    def identity(self) -> str:
        """Whose calendars these are, for people and to tell accounts apart: the connection's ``subdomain``."""
        return f"{self.user} on {host_of(httpx.URL(self.server))}"


def address(typed: str) -> str:
    """The address of a server from what somebody typed: https where they named no scheme. Raises CredentialRefused."""
    text = typed.strip()
    try:
        url = httpx.URL(text if "://" in text else f"https://{text}")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in PORTS or not _HOST.fullmatch(url.host) or url.userinfo:
        raise CredentialRefused(
            "This is no address of a calendar server. Enter it again in /oncall connections.",
            "Enter an address such as https://calendar.example.com",
        )
    return str(url.copy_with(query=None, fragment=None))


def host_of(url: httpx.URL) -> str:
    """Name and, where it is not the usual one, port."""
    usual = url.port is None or url.port == PORTS.get(url.scheme)
    return url.host if usual else f"{url.host}:{url.port}"


def pack(server: str, user: str, password: str) -> str:
    """Credentials as a connection's key. Raises CredentialRefused for what can't be an address."""
    return json.dumps({"server": address(server), "user": user.strip(), "password": password}, ensure_ascii=False)


def unpack(key: str) -> Credentials:
    """What :func:`pack` made; raises CredentialRefused for anything else."""
    try:
        found: object = json.loads(key)
        known = cast(dict[str, object], found) if isinstance(found, dict) else {}
        parts = [known[name] for name in ("server", "user", "password")]
    except (ValueError, KeyError) as error:
        raise _unusable() from error
    if not all(isinstance(part, str) and part for part in parts):
        raise _unusable()
    server, user, password = map(str, parts)
    return Credentials(address(server), user, password)


def _unusable() -> CredentialRefused:
    return CredentialRefused(
        "The address, the user name or the app password is missing. Enter them again in /oncall connections.",
        "Enter a server address, a user name and an app password.",
    )
