"""Workspaces and the people in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from storage.order import Place, missing
from storage.plain import Plain
from storage.tables import Person, Workspace

_NAMED = Plain(
    select(Person).where(
        Person.workspace_id == bindparam("workspace_id"), Person.user_id.in_(bindparam("user_ids", expanding=True))
    )
)
_WORKSPACE = select(Workspace).where(
    Workspace.team_id == bindparam("team_id"), Workspace.enterprise_id == bindparam("enterprise_id")
)
_ASKING = Plain(
    select(Workspace.id, Person)
    .outerjoin(Person, and_(Person.workspace_id == Workspace.id, Person.user_id == bindparam("user_id")))
    .where(Workspace.team_id == bindparam("team_id"), Workspace.enterprise_id == bindparam("enterprise_id"))
)
"""Asked at every refresh and with each request, so built once."""


class People:
    """Slack's side of the house as last seen."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def workspace(self, team_id: str, enterprise_id: str = "") -> Workspace | None:
        return await self._session.scalar(_WORKSPACE, {"team_id": team_id, "enterprise_id": enterprise_id})

    async def asking(self, team_id: str, enterprise_id: str, user_id: str) -> tuple[int, Person | None] | None:
        """The workspace's own id, and somebody of it, to be looked at only; None where the workspace is not known."""
        wanted = {"team_id": team_id, "enterprise_id": enterprise_id, "user_id": user_id}
        row = await _ASKING.first(self._session, wanted)
        return (row[0], row[1]) if row is not None else None

    async def workspaces(self) -> list[Workspace]:
        return list(await self._session.scalars(select(Workspace).order_by(Workspace.id)))

    async def read_since(self, instant: datetime) -> set[tuple[str, str]]:
        """The organisation and the team of each workspace whose people were read whole since then."""
        query = select(Workspace.enterprise_id, Workspace.team_id).where(Workspace.people_seen_at > instant)
        return {(enterprise, team) for enterprise, team in await self._session.execute(query)}

    async def read_anew(self, enterprise_id: str, team_id: str) -> None:
        """Have the people of a team's workspace, or of an organisation's, read as if they never were."""
        mine = _served(enterprise_id, team_id)
        await self._session.execute(update(Workspace).where(mine).values(people_seen_at=None))

    async def workspaces_of(self, enterprise_id: str, team_id: str) -> list[int]:
        """The workspace of a team, or of an organisation without one, by id."""
        query = select(Workspace.id).where(_served(enterprise_id, team_id))
        return list(await self._session.scalars(query.order_by(Workspace.id)))

    async def to_look_through(self, now: datetime, again: datetime, limit: int) -> list[int]:
        """Workspaces in which it is time to see who has left, the longest waiting first; it is again at ``again``."""
        due = select(Workspace.id).where(Workspace.look_at <= now).order_by(Workspace.look_at, Workspace.id)
        found = list(await self._session.scalars(due.limit(limit).with_for_update(skip_locked=True, key_share=True)))
        await self._session.execute(update(Workspace).where(Workspace.id.in_(found)).values(look_at=again))
        return found

    async def workspace_by_id(self, workspace_id: int) -> Workspace | None:
        return await self._session.get(Workspace, workspace_id)

    async def lock_workspace(self, workspace_id: int) -> None:
        """Nobody else adds schedules, destinations, webhooks or connections until the transaction ends."""
        if missing(self._session, Place.WORKSPACE, [workspace_id]):
            wanted = select(Workspace.id).where(Workspace.id == workspace_id)
            await self._session.execute(wanted.with_for_update(key_share=True))

    async def ensure_workspace(self, team_id: str, enterprise_id: str, name: str, now: datetime) -> Workspace:
        """The workspace, made when it was not known yet."""
        found = await self.workspace(team_id, enterprise_id)
        if found is None:
            found = Workspace(team_id=team_id, enterprise_id=enterprise_id, name=name, created_at=now)
            self._session.add(found)
            await self._session.flush()
        return found

    async def get(self, workspace_id: int, user_id: str) -> Person | None:
        return await self._session.get(Person, (workspace_id, user_id))

    async def named(self, workspace_id: int, user_ids: Iterable[str]) -> Mapping[str, Person]:
        """Those of ``user_ids`` that are known, by id, to be looked at only."""
        wanted = sorted(set(user_ids))
        if not wanted:
            return {}
        rows = await _NAMED.rows(self._session, {"workspace_id": workspace_id, "user_ids": wanted})
        return {person.user_id: person for [person] in rows}

    async def by_email(self, workspace_id: int, email: str) -> Person | None:
        """The living person with this e-mail, which is kept in lower case."""
        if not email:
            return None
        query = select(Person).where(
            Person.workspace_id == workspace_id, Person.email == email.lower(), Person.deleted.is_(False)
        )
        return await self._session.scalar(query.order_by(Person.user_id).limit(1))

    async def with_emails(self, workspace_id: int, emails: Collection[str]) -> frozenset[str]:
        """Those of these e-mail addresses, in lower case, that living people have."""
        query = select(Person.email).where(
            Person.workspace_id == workspace_id,
            Person.email.in_(emails),
            Person.deleted.is_(False),
            Person.is_bot.is_(False),
        )
        return frozenset(await self._session.scalars(query))

    async def workspace_admins(self, workspace_id: int) -> list[Person]:
        """Those who administer the Slack workspace and are still in it, by id."""
        query = select(Person).where(
            Person.workspace_id == workspace_id,
            Person.is_admin.is_(True),
            Person.is_bot.is_(False),
            Person.deleted.is_(False),
        )
        return list(await self._session.scalars(query.order_by(Person.user_id)))

    async def all(self, workspace_id: int) -> list[Person]:
        return list(await self._session.scalars(select(Person).where(Person.workspace_id == workspace_id)))

    async def keep(self, people: Iterable[Person]) -> None:
        """Insert or update each person; who is known is read at once, and not one after the other."""
        met = {(person.workspace_id, person.user_id): person for person in people}
        known: dict[tuple[int, str], Person] = {}
        for workspace_id in {workspace_id for workspace_id, _ in met}:
            there = await self.named(workspace_id, [user for workspace, user in met if workspace == workspace_id])
            known |= {(workspace_id, user_id): person for user_id, person in there.items()}
        self._session.add_all(person for key, person in met.items() if key not in known)
        for key in known:
            await self._session.merge(met[key])


def _served(enterprise_id: str, team_id: str) -> ColumnElement[bool]:
    """A team keeps its id when it joins an organisation."""
    mine = Workspace.team_id == team_id
    return mine if team_id else and_(mine, Workspace.enterprise_id == enterprise_id)
