"""What the demo plays on: both sandboxes, a receiver of webhooks, the bot between them, and the clock they share."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.client import Workspace
from sandbox.client.pagerduty import PagerDutyControl
from sandbox.demo.bot import Bot, running_bot
from sandbox.demo.evidence import Evidence
from sandbox.demo.receiver import Receiver, receiving
from sandbox.demo.seeding import settle_in
from sandbox.demo.shared_clock import SharedClock
from sandbox.demo.team import SUBDOMAIN, pagerduty_account
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox

FAULT = "SANDBOX_PAGERDUTY_FAULT"
ALWAYS = 1_000_000
REFRESH_SECONDS = 5
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Stage:
    slack: SlackSandbox
    workspace: Workspace
    pagerduty: PagerDutySandbox
    control: PagerDutyControl
    receiver: Receiver
    bot: Bot
    clock: SharedClock
    evidence: Evidence


@asynccontextmanager
async def staged(fault: str | None = None) -> AsyncIterator[Stage]:
    """Everything running, and the bot on its way to Slack; when the block ends, nothing is."""
    async with AsyncExitStack() as running:
        slack = await running.enter_async_context(SlackSandbox.start())
        pagerduty = await running.enter_async_context(PagerDutySandbox.start(world=pagerduty_account()))
        workspace = await running.enter_async_context(Workspace.connect(slack.control_url))
        control = await running.enter_async_context(PagerDutyControl(pagerduty.control_url, SUBDOMAIN))
        await settle_in(workspace)
        if fault:
            await control.fault(fault, method="POST", path_contains="/overrides", times=ALWAYS)
        receiver = await running.enter_async_context(receiving(slack.clock.now))
        folder = running.enter_context(TemporaryDirectory(prefix="baton-demo-"))
        port = running.enter_context(_kept_port())
        settings = _settings(slack, pagerduty.api_url, port)
        bot = await running.enter_async_context(running_bot(Path(folder), settings))
        clock = SharedClock(slack, pagerduty, bot)
        evidence = Evidence(slack, pagerduty, receiver)
        yield Stage(slack, workspace, pagerduty, control, receiver, bot, clock, evidence)


@contextmanager
def _kept_port() -> Generator[int]:
    """A free port of loopback, known before the bot listens on it, since links to calendars have it in them.

    A socket that is bound and does not listen keeps it from being given to anybody who asks for a free one; who sets
    SO_REUSEADDR, as every server of asyncio's does, can listen there all the same.
    """
    with socket.socket() as kept:
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind((LOOPBACK, 0))
        yield kept.getsockname()[1]


def _settings(slack: SlackSandbox, pagerduty_url: str, port: int) -> dict[str, str]:
    """Refreshes are quick, to be watched; the receiver is on loopback, which webhooks don't reach unless it is said."""
    return {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "PAGERDUTY_API_URL": pagerduty_url,
        "BATON_DATABASE_URL": "sqlite+aiosqlite:///baton.db",
        "BATON_HOST": LOOPBACK,
        "BATON_PORT": str(port),
        "BATON_PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "BATON_REFRESH_SECONDS": str(REFRESH_SECONDS),
        "BATON_WEBHOOK_ALLOW_PRIVATE": "yes",
    }
