"""What sessions of units have in common: SQLAlchemy's own is made where objects are kept, and not before.

What carries out marked statements alone (:mod:`storage.swift`) needs a connection and nothing more. So a session of
Baton's (:mod:`storage.inline`, :mod:`storage.near_session`) begins without SQLAlchemy's, whose interface it has as far
as Baton uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

Kept = TypeVar("Kept", Session, AsyncSession)


class LateSession(ABC, Generic[Kept]):
    """One transaction long."""

    def __init__(self) -> None:
        self._kept: Kept | None = None
        self.info: dict[Any, Any] = {}
        """What repositories note for as long as the transaction lasts."""

    @property
    def keeps_objects(self) -> bool:
        """Whether rows may have been read as objects that are kept."""
        return self._kept is not None

    def add(self, row: Any) -> None:
        self._session.add(row)

    def add_all(self, rows: Iterable[Any]) -> None:
        self._session.add_all(rows)

    def expunge_all(self) -> None:
        self._session.expunge_all()

    @property
    def _session(self) -> Kept:
        """SQLAlchemy's own."""
        if self._kept is None:
            self._kept = self._made()
        return self._kept

    @abstractmethod
    def _made(self) -> Kept:
        """One with the connection that there is by now, if any, and with :attr:`info`."""


def keeps_objects(session: AsyncSession) -> bool:
    """Whether rows may have been read as objects that this session, one of Baton's or of SQLAlchemy's, keeps."""
    return not isinstance(session, LateSession) or session.keeps_objects
