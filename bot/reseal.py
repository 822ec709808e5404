"""Seal every stored secret anew under the newest encryption key, so that older keys can be retired."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from notices.sending.webhook_address import seal_all
from storage.again import run_again
from storage.database import Database
from storage.secrets import SecretBox, SecretUnreadable
from storage.tables import AwayCalendar, Connection, Feed, Installation, Webhook

SEALED = (
    (AwayCalendar, "address"),
    (AwayCalendar, "password"),
    (Connection, "secret"),
    (Installation, "data"),
    (Webhook, "url"),
    (Webhook, "secret"),
    (Webhook, "former_secret"),
    (Feed, "secret"),
)
FEW = 5
FERNET = "gAAAA"
"""What a Fernet token begins with: its version and the upper bytes of the time."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many secrets are under the newest key now, and how many no configured key opens."""

    done: int
    unreadable: int


async def reseal(database: Database, secrets: SecretBox) -> Resealed:
    """What is still in clear is sealed first; what can't be opened stays as it is."""
    await seal_all(database, secrets)
    return await _rotate(database, secrets)


@run_again
async def _rotate(database: Database, secrets: SecretBox) -> Resealed:
    """All of them in one transaction."""
    done = unreadable = 0
    async with database.transaction() as tx:
        for table, column in SEALED:
            for row in await tx.session.scalars(select(table).where(getattr(table, column).is_not(None))):
                try:
                    setattr(row, column, secrets.rotate(getattr(row, column)))
                except SecretUnreadable:
                    unreadable += 1
                else:
                    done += 1
    return Resealed(done, unreadable)


async def has_other_keys(database: Database, secrets: SecretBox) -> bool:
    """Whether something stored is under a key that is not configured here; the first few of each kind are tried."""
    async with database.read() as tx:
        for table, column in SEALED:
            sealed = getattr(table, column)
            for one in await tx.session.scalars(select(sealed).where(sealed.is_not(None), sealed != "").limit(FEW)):
                if _is_closed(secrets, one):
                    return True
    return False


def _is_closed(secrets: SecretBox, sealed: str) -> bool:
    """Not so of what is still in clear."""
    try:
        secrets.open(sealed)
    except SecretUnreadable:
        return sealed.startswith(FERNET)
    return False
