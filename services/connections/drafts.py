"""What somebody types to connect an account: each kind knows what to check, what is kept of it, and where its errors
belong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from oncall.systems import CALDAV, PAGERDUTY
from sync.destinations.caldav.credentials import Credentials, address, pack
from sync.ports import CredentialRefused, NoAccount, RemoteError, Unavailable

SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
LONGEST_ACCOUNT = 255


class Region(StrEnum):
    """Where PagerDuty keeps the account."""

    US = "us"
    EU = "eu"


class Draft(Protocol):
    """Credentials of one account as they were typed."""

    @property
    def kind(self) -> str:
        """The kind of external system."""
        ...

    @property
    def account(self) -> str:
        """What tells one account from another; raises CredentialRefused for what names none."""
        ...

    @property
    def sealed_region(self) -> str:
        """The region, where the system has several; else nothing."""
        ...

    @property
    def secret(self) -> str:
        """What is sealed and kept. Raises CredentialRefused."""
        ...

    def problems(self) -> Mapping[str, str]:
        """What is wrong with it before anybody is asked, by field."""
        ...

    def field_of(self, error: RemoteError) -> str:
        """The field that an answer is about."""
        ...

    @property
    def account_field(self) -> str:
        """The field that names the account."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionDraft:
    """A PagerDuty account. ``subdomain`` may be a whole address of it."""

    subdomain: str
    key: str
    region: Region = Region.US

    @property
    def kind(self) -> str:
        return PAGERDUTY

    @property
    def account(self) -> str:
        host = re.sub(r"^https?://", "", self.subdomain.strip().casefold()).split("/")[0]
        return re.sub(r"(\.eu)?\.pagerduty\.com$", "", host)

    @property
    def sealed_region(self) -> str:
        return self.region.value

    @property
    def secret(self) -> str:
        return self.key.strip()

    @property
    def account_field(self) -> str:
        return "subdomain"

    def problems(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        if not SUBDOMAIN.fullmatch(self.account):
            found["subdomain"] = "Type the part before .pagerduty.com in your account's address, for example acme."
        if not self.secret:
            found["key"] = "Paste a REST API key of your PagerDuty account."
        elif re.search(r"\s", self.secret) or not (self.key.isascii() and self.secret.isprintable()):
            found["key"] = "This does not look like a key: it holds blanks or other odd characters."
        return found

    def field_of(self, error: RemoteError) -> str:
        return "subdomain" if isinstance(error, Unavailable) else "key"

    def __repr__(self) -> str:
        return f"ConnectionDraft({self.account!r}, key=…, {self.region!s})"


@dataclass(frozen=True, slots=True)
class CalendarDraft:
    """A user of a calendar server. ``server`` may be its name alone, or any address of it."""

    server: str
    user: str
    password: str

    @property
    def kind(self) -> str:
        return CALDAV

    @property
    def account(self) -> str:
        return Credentials(address(self.server), self.user.strip(), "").identity

    @property
    def sealed_region(self) -> str:
        return ""

    @property
    def secret(self) -> str:
        return pack(self.server, self.user, self.password.strip())

    @property
    def account_field(self) -> str:
        return "server"

    def problems(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        try:
            if len(self.account) > LONGEST_ACCOUNT:
                found["server"] = "This address and user name are longer than Baton can keep."
        except CredentialRefused as error:
            found["server"] = error.at_field
        if not self.user.strip():
            found["user"] = "Type the user name that you sign in to the calendar server with."
        if not self.password.strip():
            found["password"] = "Paste an app password of this user."  # noqa: S105 - a sentence
        return found

    def field_of(self, error: RemoteError) -> str:
        return "password" if isinstance(error, CredentialRefused) and not isinstance(error, NoAccount) else "server"

    def __repr__(self) -> str:
        return f"CalendarDraft({self.server!r}, {self.user!r}, password=…)"


Typed = ConnectionDraft | CalendarDraft
"""Whatever a form asks for."""
