"""A user of a calendar server, as the engine knows an account.

People are whoever has an e-mail address: a calendar invites anybody, so there is nobody to look up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sync.destinations.caldav import discovery
from sync.destinations.caldav.client import CalDavClient
from sync.ports import NewSchedule, NewUser, NoAccount, Refused, RemoteSchedule, RemoteUser

_ADDRESS = re.compile(r"[^@\s<>\"':;,/\\]+@[^@\s<>\"':;,/\\]+")


class CalDavAccount:
    """Implements :class:`sync.ports.Editor`."""

    def __init__(self, client: CalDavClient) -> None:
        self.client = client
        self._homes: list[str] = []

    async def check(self) -> str:
        """Find the user's calendars, one of which can be written."""
        if not await self.schedules():
            why = f"This user of {self.client.host} has no calendar that can be written."
            raise NoAccount(f"{why} Make one there.", f"{why} Make one there first.")
        return self.client.credentials.identity

    async def schedules(self) -> Sequence[RemoteSchedule]:
        if not self._homes:
            self._homes = await discovery.homes(self.client)
        found = [one for home in self._homes for one in await discovery.calendars(self.client, home)]
        return list({one.id: one for one in found}.values())

    async def schedule(self, external_id: str) -> RemoteSchedule:
        known, _ = await discovery.calendar(self.client, external_id)
        return known

    async def find_user(self, email: str) -> RemoteUser | None:
        return person(email)

    async def get_user(self, user_id: str) -> RemoteUser | None:
        return person(user_id)

    async def kinds(self) -> Sequence[str]:
        return (discovery.CALENDAR,)

    async def create_schedule(self, new: NewSchedule) -> RemoteSchedule:
        raise Refused("Baton makes no calendars. Make one in your calendar app, then link it.")

    async def rename_schedule(self, schedule: RemoteSchedule, name: str) -> None:
        raise Refused("Baton renames no calendars. Rename it in your calendar app.")

    async def delete_schedule(self, schedule: RemoteSchedule) -> None:
        raise Refused("Baton deletes no calendars. Delete it in your calendar app.")

    async def create_user(self, new: NewUser) -> RemoteUser:
        raise Refused("A calendar knows people by their e-mail address; nobody has to be added.")

    async def search_users(self, text: str) -> Sequence[RemoteUser]:
        found = person(text)
        return [] if found is None else [found]

    async def owner(self) -> RemoteUser | None:
        return person(self.client.credentials.user)


def person(email: str) -> RemoteUser | None:
    """Whoever has this address; None where it is none."""
    text = email.strip().lower()
    return RemoteUser(text, text, text) if _ADDRESS.fullmatch(text) else None
