"""Owning an Enterprise organisation of the sandbox's Slack: its workspaces, and the app in all of it."""

from dataclasses import dataclass

from sandbox.client.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Organisation:
    """``first`` is one of its workspaces, by whose control API it is reached."""

    id: str
    first: Workspace

    @classmethod
    async def of(cls, name: str, *workspaces: Workspace) -> "Organisation":
        """Made of these workspaces."""
        first = workspaces[0]
        made = cls(await first.control.post("organisation/make", name=name), first)
        for workspace in workspaces:
            await workspace.control.post("organisation/join", organisation=made.id)
        return made

    async def bring(self, user: str, of: Workspace, into: Workspace) -> None:
        """Have somebody be in another workspace as well."""
        team = (await into.status())["team"]
        await of.control.post("organisation/bring", organisation=self.id, user=user, into=team)

    async def oauth_code(self, user: str, *, redirect_uri: str | None = None) -> str:
        """The code that Slack hands to the app's redirect URL when `user` installs it for the whole organisation."""
        return await self.first.control.post(
            "organisation/oauth_code", organisation=self.id, user=user, redirect_uri=redirect_uri
        )

    async def grant(self, workspace: Workspace) -> None:
        """Add the app that the organisation has installed to a workspace."""
        await workspace.control.post("organisation/grant", organisation=self.id)

    async def withdraw(self, workspace: Workspace) -> None:
        """Remove it from one workspace."""
        await workspace.control.post("organisation/withdraw", organisation=self.id)

    async def uninstall(self) -> None:
        """Remove it from the organisation."""
        await self.first.control.post("organisation/uninstall", organisation=self.id)
