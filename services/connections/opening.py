"""The account behind a stored connection, opened for a person who waits for it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from services.kit.errors import Refusal
from services.kit.house import House
from services.kit.wording import escape, for_now
from storage.secrets import SecretUnreadable
from storage.tables import Connection
from sync.ports import Editor, RemoteError, Unavailable

NO_KEY = "No key is stored for this account any more. Enter one with `/oncall connections`."


class Unreachable(Refusal):
    """The external system did not do what was asked; the sentence says why, and nothing was stored."""


def opened(house: House, connection: Connection) -> Editor:
    """Raises Unreachable when the key can't be read."""
    try:
        key = house.secrets.open(connection.secret)
    except SecretUnreadable as error:
        raise Unreachable(NO_KEY) from error
    return house.external.account(
        connection.id, subdomain=connection.subdomain, region=connection.region, key=key, system=connection.kind
    )


@contextmanager
def asking(*passed_on: type[RemoteError]) -> Generator[None]:
    """Turn what an external system says no with into words for whoever asked; these are passed on as they are."""
    try:
        yield
    except passed_on:
        raise
    except Unavailable as error:
        raise Unreachable(f"{escape(for_now(error))} Try again in a moment.") from error
    except RemoteError as error:
        raise Unreachable(escape(str(error))) from error
