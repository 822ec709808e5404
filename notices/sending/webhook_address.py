"""Where a webhook goes. Many receivers put a secret into the address: it is sealed at rest and shown without its path.

Rows from before addresses were sealed hold them in clear until the next start seals them (:func:`seal_all`).
"""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import or_, select

from storage.again import run_again
from storage.database import Database
from storage.secrets import SecretBox
from storage.tables import Webhook

IN_CLEAR = ("http://", "https://")


def address_of(secrets: SecretBox, hook: Webhook) -> str:
    """The whole address. Raises SecretUnreadable where no configured key opens it."""
    return hook.url if hook.url.lower().startswith(IN_CLEAR) else secrets.open(hook.url)


def shown(url: str) -> str:
    """Scheme, host and port; whatever follows may be a secret."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    rest = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{host}{rest}"


@run_again
async def seal_all(database: Database, secrets: SecretBox) -> int:
    """Seal the addresses that are still in clear; returns how many."""
    async with database.transaction() as tx:
        clear = select(Webhook).where(or_(*(Webhook.url.ilike(f"{start}%") for start in IN_CLEAR)))
        rows = list(await tx.session.scalars(clear.order_by(Webhook.id)))
        for row in rows:
            row.url = secrets.seal(row.url)
    return len(rows)
