"""A Slack with a Bolt app of the test's own, and the page that shows it."""

from collections.abc import AsyncIterator

import pytest

from sandbox.browser import Beside, Command, Features, Shortcut, serve
from sandbox.client import Workspace
from sandbox.slack import SlackSandbox
from tests.sandbox_slack.conftest import alice, app, client, connect, ws
from tests.support.browser import SlackPage, opened

__all__ = ["alice", "app", "client", "connect", "slack", "ws"]

FEATURES = Features(
    (Command("/oncall", "Who is on call", "[help | who | shifts] [schedule]"),),
    (Shortcut("Who is on call", "global", "who"), Shortcut("Ask who is on call", "message", "ask")),
    has_home=True,
    is_read_only=True,
)


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox.start(ack_seconds=1.5) as sandbox:
        yield sandbox


@pytest.fixture
async def page(slack: SlackSandbox, ws: Workspace) -> AsyncIterator[SlackPage]:
    """Alice looks at #ops."""
    async with serve(Beside(slack, features=FEATURES, start_as="alice", start_in="ops")) as url, opened(url) as page:
        yield page
