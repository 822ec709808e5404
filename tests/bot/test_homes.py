"""Home tabs outlive the process that drew them."""

from __future__ import annotations

from pathlib import Path

from sandbox.client import Modal, Person, Workspace
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from tests.support.processes import environment, running, socket_mode
from tests.support.running import baton_beside
from tests.support.slack_steps import make_schedule


async def test_killed_before_it_drew_what_changed_it_draws_that_as_soon_as_it_is_back(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, alice: Person, tmp_path: Path
) -> None:
    settings = environment(tmp_path, **socket_mode(slack, pagerduty))
    async with running(tmp_path, settings) as bot:
        assert "Welcome to Baton" in (await alice.open_home()).text
        bot.process.kill()
        await bot.process.wait()

    async with baton_beside(slack, pagerduty, tmp_path / "baton.db", settings["BATON_ENCRYPTION_KEYS"]) as beside:
        await make_schedule(beside)
    home = await alice.home()
    assert home is not None
    assert "Payments" not in home.text, "nobody has looked yet"

    async def follows() -> Modal | None:
        shown = await alice.home()
        return shown if shown is not None and "Payments" in shown.text else None

    async with running(tmp_path, settings):
        assert await until(follows, 10) is not None
