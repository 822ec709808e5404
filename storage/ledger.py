"""The entries of the ledger as plain objects: a refresh reads all of an external schedule's, and changes few."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import bindparam, select

from storage.swift import swift
from storage.tables import LedgerItem


@dataclass(slots=True, eq=False)
class Entry:
    """A remote item that Baton created or adopted, as :class:`~storage.tables.LedgerItem` keeps it; instants in UTC.

    Changing one changes nothing that is stored. One that is not stored yet has the id 0.
    """

    connection_id: int
    external_schedule_id: str
    destination_id: int
    remote_id: str
    user: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    on_line: str = ""
    overridden: str = ""
    adopted: bool = False
    removed_at: datetime | None = None
    taken_back: bool = False
    taken_out: bool = False
    id: int = 0


NAMES = tuple(one.name for one in fields(Entry))
ENTRIES = swift(
    select(*(getattr(LedgerItem, name) for name in NAMES))
    .where(
        LedgerItem.connection_id == bindparam("connection_id"),
        LedgerItem.external_schedule_id == bindparam("external_id"),
        LedgerItem.ends_at > bindparam("since"),
    )
    .order_by(LedgerItem.starts_at, LedgerItem.id)
)
"""Everything ever written to an external schedule that ends after ``since``."""
