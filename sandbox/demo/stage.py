"""What the story needs around it: both sandboxes, people in both of them, and the bot between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.client import Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.demo.bot import Bot, running_bot
from sandbox.demo.screen import Screen
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox

FAULT = "SANDBOX_PAGERDUTY_FAULT"
ALWAYS = 1_000_000
REFRESH_SECONDS = 5
SUBDOMAIN = "acme"
CHANNEL = "#payments"
ZONE = "Europe/Berlin"
TEAM = {"alice": "Alice Johnson", "bob": "Bob Smith", "carol": "Carol Diaz"}
"""Slack names, and the names by which both Slack and PagerDuty know them."""


@dataclass(frozen=True, slots=True)
class Stage:
    slack: SlackSandbox
    workspace: Workspace
    pagerduty: PagerDutyControl
    bot: Bot


@asynccontextmanager
async def staged(screen: Screen, fault: str | None) -> AsyncIterator[Stage]:
    """Everything running; when the block ends, nothing is."""
    async with AsyncExitStack() as running:
        slack = await running.enter_async_context(SlackSandbox.start())
        sandbox = await running.enter_async_context(PagerDutySandbox.start())
        workspace = await running.enter_async_context(Workspace.connect(slack.control_url))
        control = await running.enter_async_context(PagerDutyControl(sandbox.control_url, SUBDOMAIN))
        await _settle_in(workspace)
        if fault:
            await control.fault(fault, method="POST", path_contains="/overrides", times=ALWAYS)
        screen.opening(slack.base_url, sandbox.api_url)
        folder = running.enter_context(TemporaryDirectory(prefix="baton-demo-"))
        bot = await running.enter_async_context(running_bot(Path(folder), _settings(slack, sandbox.api_url)))
        yield Stage(slack, workspace, control, bot)


async def _settle_in(workspace: Workspace) -> None:
    for name, real_name in TEAM.items():
        await workspace.add_user(name, real_name=real_name, email=f"{name}@example.com", tz=ZONE)
    await workspace.add_channel(CHANNEL.removeprefix("#"), members=list(TEAM), bot_is_member=True)


def _settings(slack: SlackSandbox, pagerduty_url: str) -> dict[str, str]:
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "PAGERDUTY_API_URL": pagerduty_url,
        "BATON_DATABASE_URL": "sqlite+aiosqlite:///baton.db",
        "BATON_HOST": "127.0.0.1",
        "BATON_PORT": "0",
        "BATON_REFRESH_SECONDS": str(REFRESH_SECONDS),
    }
