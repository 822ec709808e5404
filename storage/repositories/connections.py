"""Connections to external accounts: who administers them, and their schedules and people as last listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.order import Place, missing
from storage.plain import rows_of
from storage.swift import swift
from storage.tables import (
    Connection,
    ConnectionAdmin,
    ExternalSchedule,
    ExternalUser,
)

_ACCOUNT = bindparam("account")
_USERS = select(ExternalUser).where(ExternalUser.connection_id == _ACCOUNT)
_WHO = swift(_USERS.with_only_columns(ExternalUser.external_id, ExternalUser.user_id, ExternalUser.name))


class Connections:
    """External accounts, and their schedules and people as last listed."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, connection: Connection) -> Connection:
        self._session.add(connection)
        await self._session.flush()
        return connection

    async def get(self, connection_id: int) -> Connection | None:
        """The connection, unless it was removed."""
        found = await self._session.get(Connection, connection_id)
        return found if found is not None and found.removed_at is None else None

    async def lock(self, connection_id: int) -> None:
        """Nobody else matches people of the account until the transaction ends."""
        if missing(self._session, Place.CONNECTION, [connection_id]):
            wanted = select(Connection.id).where(Connection.id == connection_id)
            await self._session.execute(wanted.with_for_update(key_share=True))

    async def of_workspace(self, workspace_id: int) -> list[Connection]:
        query = select(Connection).where(Connection.workspace_id == workspace_id, Connection.removed_at.is_(None))
        return list(await self._session.scalars(query.order_by(Connection.subdomain)))

    async def admins(self, connection_id: int) -> list[str]:
        """Who was named an admin of a connection, by id."""
        query = select(ConnectionAdmin.user_id).where(ConnectionAdmin.connection_id == connection_id)
        return list(await self._session.scalars(query.order_by(ConnectionAdmin.user_id)))

    async def set_admins(self, connection_id: int, users: Iterable[str]) -> None:
        """These and nobody else are named from now on."""
        await self._session.execute(delete(ConnectionAdmin).where(ConnectionAdmin.connection_id == connection_id))
        for user in dict.fromkeys(users):
            self._session.add(ConnectionAdmin(connection_id=connection_id, user_id=user))
        await self._session.flush()

    async def find(self, workspace_id: int, kind: str, subdomain: str) -> Connection | None:
        """The connection to an account, also one that was removed: each account has one row."""
        return await self._session.scalar(
            select(Connection).where(
                Connection.workspace_id == workspace_id, Connection.kind == kind, Connection.subdomain == subdomain
            )
        )

    async def all(self) -> list[Connection]:
        query = select(Connection).where(Connection.removed_at.is_(None))
        return list(await self._session.scalars(query.order_by(Connection.id)))

    async def to_relist(self, now: datetime, again: datetime, limit: int) -> list[int]:
        """Accounts whose schedules are to be listed anew, the longest waiting first; they are again at ``again``."""
        due = select(Connection.id).where(Connection.removed_at.is_(None), Connection.relist_at <= now)
        due = due.order_by(Connection.relist_at, Connection.id).limit(limit).with_for_update(skip_locked=True)
        found = list(await self._session.scalars(due))
        await self._session.execute(update(Connection).where(Connection.id.in_(found)).values(relist_at=again))
        return found

    async def replace_schedules(self, connection_id: int, schedules: Iterable[ExternalSchedule]) -> None:
        """What the account lists now takes the place of what it listed before."""
        await self._session.execute(delete(ExternalSchedule).where(ExternalSchedule.connection_id == connection_id))
        self._session.add_all(schedules)

    async def search_schedules(self, connection_id: int, text: str, limit: int) -> list[ExternalSchedule]:
        """Cached schedules whose name or id contains ``text``, without regard to case."""
        query = select(ExternalSchedule).where(ExternalSchedule.connection_id == connection_id)
        if text:
            wanted = text.casefold()
            query = query.where(
                or_(
                    func.lower(ExternalSchedule.name).contains(wanted, autoescape=True),
                    func.lower(ExternalSchedule.external_id).contains(wanted, autoescape=True),
                )
            )
        return list(await self._session.scalars(query.order_by(ExternalSchedule.name).limit(limit)))

    async def schedules(self, connection_id: int) -> list[ExternalSchedule]:
        """Everything that the account listed last."""
        query = select(ExternalSchedule).where(ExternalSchedule.connection_id == connection_id)
        return list(await self._session.scalars(query.order_by(ExternalSchedule.name)))

    async def schedule(self, connection_id: int, external_id: str) -> ExternalSchedule | None:
        return await self._session.get(ExternalSchedule, (connection_id, external_id))

    async def policies(self, connection_id: int, external_ids: Sequence[str]) -> dict[str, list[Any]]:
        """Which escalation policies use these schedules, as last seen."""
        columns = (ExternalSchedule.external_id, ExternalSchedule.escalation_policies)
        wanted = (ExternalSchedule.connection_id == connection_id, ExternalSchedule.external_id.in_(external_ids))
        rows = await self._session.execute(select(*columns).where(*wanted))
        return {external_id: policies for external_id, policies in rows.all()}

    async def count_schedules(self, connection_id: int) -> int:
        query = select(func.count()).where(ExternalSchedule.connection_id == connection_id)
        return await self._session.scalar(query) or 0

    async def users(self, connection_id: int) -> list[ExternalUser]:
        return list(await self._session.scalars(_USERS, {"account": connection_id}))

    async def who_is_who(self, connection_id: int) -> list[tuple[str, str | None, str]]:
        """The account's people that were looked up: id, Slack user (None for strangers) and name there."""
        found = await rows_of(self._session, _WHO, {"account": connection_id})
        return [(known, user, name) for known, user, name in found]

    async def keep_users(self, users: Iterable[ExternalUser]) -> None:
        for user in users:
            await self._session.merge(user)

    async def forget_users(self, connection_id: int, external_ids: Sequence[str]) -> None:
        here = ExternalUser.connection_id == connection_id
        await self._session.execute(delete(ExternalUser).where(here, ExternalUser.external_id.in_(external_ids)))
