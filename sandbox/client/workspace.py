"""Owning a workspace of the sandbox's Slack: people, channels, faults, time, and the log of what the app called."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from aiohttp import ClientSession, ClientTimeout

from sandbox.client.control import Control
from sandbox.client.errors import NothingThere
from sandbox.client.person import Person
from sandbox.client.shapes import Call
from sandbox.client.waiting import until


@dataclass(frozen=True, slots=True)
class Workspace:
    control: Control

    @classmethod
    @asynccontextmanager
    async def connect(cls, control_url: str) -> "AsyncIterator[Workspace]":
        async with ClientSession(timeout=ClientTimeout(30)) as http:
            yield cls(Control(http, control_url.rstrip("/")))

    def person(self, name: str) -> Person:
        return Person(self.control, name)

    async def add_workspace(self, name: str) -> "Workspace":
        """Another workspace of the same Slack, where the app is not installed yet."""
        made = await self.control.post("add_team", name=name)
        return Workspace(replace(self.control, team=made["team"]))

    async def add_user(
        self,
        name: str,
        *,
        real_name: str | None = None,
        display_name: str | None = None,
        email: str | None = None,
        tz: str | None = None,
        is_admin: bool = False,
        is_restricted: bool = False,
        is_ultra_restricted: bool = False,
        home_team: str = "",
        is_bot: bool = False,
        deleted: bool = False,
    ) -> str:
        """`is_restricted` is a guest, with `is_ultra_restricted` one of a single channel; `home_team` names another
        workspace whose person this is, seen in a shared channel."""
        return await self.control.post(
            "add_user",
            name=name,
            real_name=real_name,
            display_name=display_name,
            email=email,
            tz=tz,
            is_admin=is_admin,
            is_restricted=is_restricted,
            is_ultra_restricted=is_ultra_restricted,
            home_team=home_team,
            is_bot=is_bot,
            deleted=deleted,
        )

    async def update_user(self, user: str, **changes: Any) -> None:
        """Change a user's fields (`deleted`, `tz`, `email`, …); the app gets `user_change`."""
        await self.control.post("update_user", user=user, changes=changes)

    async def add_channel(
        self, name: str, *, members: list[str] | None = None, private: bool = False, bot_is_member: bool = False
    ) -> str:
        return await self.control.post(
            "add_channel", name=name, members=members, private=private, bot_is_member=bot_is_member
        )

    async def update_channel(
        self,
        channel: str,
        *,
        archived: bool | None = None,
        members: list[str] | None = None,
        bot_is_member: bool | None = None,
        topic: str | None = None,
    ) -> None:
        await self.control.post(
            "update_channel",
            channel=channel,
            archived=archived,
            members=members,
            bot_is_member=bot_is_member,
            topic=topic,
        )

    async def update_team(self, *, is_paid: bool | None = None, groups_are_everybodys: bool | None = None) -> None:
        """The plan, and whether everyone may edit user groups, apps included."""
        await self.control.post("update_team", is_paid=is_paid, groups_are_everybodys=groups_are_everybodys)

    async def channel(self, channel: str) -> dict[str, Any]:
        """Slack's own shape of a channel, with `topic` as text and `members` as names."""
        return await self.control.post("channel", channel=channel)

    async def add_group(self, handle: str, *, name: str | None = None, users: list[str] | None = None) -> str:
        return await self.control.post("add_group", handle=handle, name=name, users=users)

    async def group(self, handle: str) -> dict[str, Any]:
        """Slack's own shape of a user group, with `users` as names and `enabled`."""
        return await self.control.post("group", handle=handle)

    async def update_group(
        self, handle: str, *, users: list[str] | None = None, is_enabled: bool | None = None
    ) -> None:
        """What a person of the workspace does to a group."""
        await self.control.post("update_group", handle=handle, users=users, is_enabled=is_enabled)

    async def status(self) -> dict[str, Any]:
        return await self.control.post("status")

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.status())["now"])

    async def deliver_to(self, url: str) -> None:
        await self.control.post("deliver_to", url=url)

    async def use_socket_mode(self) -> None:
        await self.control.post("use_socket_mode")

    async def connected(self, timeout: float = 10, connections: int = 1) -> None:
        async def enough() -> bool | None:
            return (await self.status())["connections"] >= connections or None

        if not await until(enough, timeout):
            raise NothingThere("no app is connected by Socket Mode")

    async def reconnect_sockets(
        self, reason: str = "refresh_requested", *, most: int | None = None, cut_handshakes: int = 0
    ) -> None:
        """Ask the ``most`` oldest connections (all) to be replaced; the next handshakes may be cut off."""
        await self.control.post("reconnect_sockets", reason=reason, most=most, cut_handshakes=cut_handshakes)

    async def fail_next(
        self,
        method: str,
        *,
        error: str | None = None,
        retry_after: int | None = None,
        http_status: int | None = None,
        drop: Literal["before", "after"] | None = None,
        times: int = 1,
    ) -> None:
        await self.control.post(
            "fail_next",
            method=method,
            error=error,
            retry_after=retry_after,
            http_status=http_status,
            drop=drop,
            times=times,
        )

    async def rate_limits(self, on: bool) -> None:
        await self.control.post("rate_limits", on=on)

    async def advance(self, seconds: float) -> None:
        await self.control.post("advance", seconds=seconds)

    async def calls(self, method: str | None = None) -> list[Call]:
        return [Call.of(shape) for shape in await self.control.post("calls", method=method)]

    async def event(self, event: dict[str, Any]) -> None:
        await self.control.post("event", event=event)

    async def set_scopes(self, scopes: list[str]) -> None:
        """What the installed bot token may do from now on."""
        await self.control.post("set_scopes", scopes=scopes)

    async def revoke_bot_token(self) -> None:
        await self.control.post("revoke_bot_token")

    async def uninstall(self) -> None:
        await self.control.post("uninstall")

    async def update_app(self, *, rotates_tokens: bool) -> None:
        """Whether tokens of new installations expire after twelve hours."""
        await self.control.post("update_app", rotates_tokens=rotates_tokens)

    async def oauth_code(self, user: str, *, scopes: list[str] | None = None, redirect_uri: str | None = None) -> str:
        """The code that Slack hands to the app's redirect URL when `user` installs it."""
        return await self.control.post("oauth_code", user=user, scopes=scopes, redirect_uri=redirect_uri)
