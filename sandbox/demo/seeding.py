"""A day of work before the demo begins: everything a team sets up, done in Slack as its members would do it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from sandbox.client import Workspace
from sandbox.demo.acting import Actor, Audience, Nobody, Unexpected
from sandbox.demo.team import (
    AUTHORITATIVE,
    CHANNEL,
    EXISTING,
    PAYMENTS,
    SETUP_CHANNEL,
    SUBDOMAIN,
    SUNS,
    TEAM,
    YOU,
    Existing,
    Sun,
)

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
KEPT_SO = "get overrides that keep them so"
HOOK = "Access management"
TEAM_NAME = "Payments engineering"
OVERRIDE_REMOVED = "Destination override removed"


async def settle_in(workspace: Workspace) -> None:
    """People and channels, before the bot comes."""
    for one in TEAM:
        await workspace.add_user(
            one.name, real_name=one.real_name, email=one.email, tz=one.zone, is_admin=one.name == YOU
        )
    members = [one.name for one in TEAM]
    for channel in (CHANNEL, SETUP_CHANNEL):
        await workspace.add_channel(channel, members=members, bot_is_member=True)


class Seeding:
    """Alice sets everything up; ``now`` is the shared time."""

    def __init__(self, workspace: Workspace, key: str, now: Callable[[], datetime], audience: Audience) -> None:
        self._key = key
        self._now = now
        self._audience = audience
        self._alice = Actor(workspace.person(YOU), f"#{SETUP_CHANNEL}", Nobody())

    async def run(self, webhook_url: str) -> str:
        """Do all of it; returns the webhook's secret, which Slack shows once. Raises Unexpected."""
        await self._connect()
        await self._payments()
        for one in EXISTING:
            await self._link(one)
        await self._be_warned()
        return await self._webhook(webhook_url)

    async def _connect(self) -> None:
        await self._alice.opens("/oncall connections", "Connections")
        await self._alice.presses("Add PagerDuty")
        await self._alice.person.modal("PagerDuty connection")
        answers = {"PagerDuty subdomain": SUBDOMAIN, "PagerDuty API key": self._key}
        await self._alice.fills(answers, shown=False)
        await self._alice.sends()
        await self._alice.sees("Connections", "Works")
        await self._alice.leaves()
        self._audience.does(YOU, f"connected the PagerDuty account {SUBDOMAIN}")

    async def _payments(self) -> None:
        await self._alice.opens("/oncall create", "Create schedule")
        answers = {
            "Name": PAYMENTS,
            "Team": TEAM_NAME,
            "Roles": "Primary, Secondary",
            "Members": [name for sun in SUNS for name in sun.members],
            "Notice channel": f"#{CHANNEL}",
            "Horizon (days)": "14",
            "Confirm shifts": "Automatically",
        }
        await self._alice.fills(answers, shown=False)
        await self._alice.sends()
        await self._alice.hears(f"Created {PAYMENTS}", shown=False)
        for sun in SUNS:
            await self._rotate(sun)
        self._audience.does(YOU, f"made {PAYMENTS}: Primary follows the sun in three zones, Secondary backs up")
        await self._sync()

    async def _rotate(self, sun: Sun) -> None:
        await self._alice.opens(f"/oncall rotation {PAYMENTS}", "Rotation")
        await self._alice.chooses("Coverage", "Daily hours", shows="From")
        await self._alice.chooses("Backup", "Next in line", shows="Backup fills role")
        answers = {
            "Rotation name": sun.name,
            "Fills role": "Primary",
            "Members, in order": list(sun.members),
            "Hands over every": "1",
            "Unit": "Weeks",
            "First handoff": sun.first_handoff(self._now()),
            "Time zone": sun.city,
            "From": sun.opens,
            "To": sun.closes,
            "Backup fills role": "Secondary",
        }
        await self._alice.fills(answers, shown=False)
        await self._alice.sends()
        await self._alice.sees("Rotation: preview", sun.name)
        await self._alice.sends()
        await self._alice.hears(f"Saved the rotation {sun.name}", shown=False)

    async def _sync(self) -> None:
        await self._alice.opens(f"/oncall sync {PAYMENTS}", "PagerDuty sync")
        await self._alice.fills({"Kind": "Layers"}, shown=False)
        await self._alice.sends()
        await self._alice.sees("PagerDuty sync", PAYMENTS)
        await self._alice.leaves()
        self._audience.does(YOU, f"had Baton make {PAYMENTS}'s two schedules in PagerDuty")

    async def _link(self, one: Existing) -> None:
        await self._alice.opens("/oncall link", "Link schedule")
        await self._alice.fills({"PagerDuty schedule": one.name, "Team": one.team}, shown=False)
        await self._alice.sends()
        await self._alice.sees("Link schedule", f"Linked {one.name}")
        await self._alice.leaves()
        await self._alice.opens(f"/oncall destinations {one.name}", "Destinations")
        await (self._export() if one.mode == AUTHORITATIVE else self._change_mode(one))
        await self._alice.leaves()
        self._audience.does(YOU, f"linked {one.name}, which PagerDuty had already ({one.mode})")

    async def _export(self) -> None:
        """Say yes to the first export, once the first refresh has shown what that would write."""
        await self._alice.presses("Refresh")
        await self._alice.sees("Destinations", KEPT_SO)
        await self._alice.presses("Export now")
        await self._alice.sees("Destinations", "OK")

    async def _change_mode(self, one: Existing) -> None:
        """Another mode asks about the first export by itself."""
        await self._alice.presses("Edit")
        await self._alice.person.modal("Update destination")
        await self._alice.fills({"Operating mode": one.mode}, shown=False)
        await self._alice.sends()
        await self._alice.sees("First export", KEPT_SO)
        await self._alice.sends()
        await self._alice.sees(None, "Exported: ")

    async def _be_warned(self) -> None:
        await self._alice.opens("/oncall notifications", "Notifications")
        await self._alice.fills({OVERRIDE_REMOVED: ["Slack"]}, shown=False)
        await self._alice.sends()

    async def _webhook(self, url: str) -> str:
        await self._alice.opens("/oncall webhooks", "Webhooks")
        await self._alice.presses("Add webhook")
        await self._alice.person.modal("Add webhook")
        await self._alice.fills({"Name": HOOK, "URL": url}, shown=False)
        await self._alice.sends()
        shown = SECRET.search((await self._alice.sees("Webhook secret", "whsec_")).text)
        if shown is None:
            raise Unexpected("Slack shows no secret for the webhook")
        await self._alice.leaves()
        self._audience.does(YOU, "added a webhook that hears of every handoff")
        return shown[0]
