"""`python -m sandbox`: a Slack workspace and a PagerDuty account on this machine, until Ctrl-C.

It says where they are and which environment variables point an app at them. Other sub-commands are modules of this
package with a `main(arguments)`; each is there when its module is.
"""

import argparse
import asyncio
import importlib
import importlib.util
import signal
import sys
from contextlib import AsyncExitStack

from rich.console import Console

from sandbox.client import Workspace
from sandbox.slack import SlackSandbox

SUBCOMMANDS = {"demo": "sandbox.demo"}
PEOPLE = (("alice", "Alice Johnson", "Europe/Berlin"), ("bob", "Bob Smith", "America/New_York"))


def main(arguments: list[str] | None = None) -> None:
    words = sys.argv[1:] if arguments is None else arguments
    if words and words[0] in SUBCOMMANDS and importlib.util.find_spec(SUBCOMMANDS[words[0]]):
        importlib.import_module(SUBCOMMANDS[words[0]]).main(words[1:])
        return
    asyncio.run(serve(_options(words)))


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Serve a Slack and a PagerDuty sandbox.")
    parser.add_argument("command", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--slack-port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--pagerduty-port", type=int, default=0, help="0, the default, takes a free one")
    return parser.parse_args(words)


async def serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as running:
        slack = await running.enter_async_context(SlackSandbox.start(port=options.slack_port))
        await _settle_in(slack)
        lines = slack_lines(slack)
        if importlib.util.find_spec("sandbox.pagerduty"):
            module = importlib.import_module("sandbox.pagerduty")
            pagerduty = await running.enter_async_context(module.PagerDutySandbox.start(port=options.pagerduty_port))
            lines += ["", f"PAGERDUTY_API_URL={pagerduty.api_url}", f"# PagerDuty control API: {pagerduty.control_url}"]
        _show(lines)
        await stop.wait()


async def _settle_in(slack: SlackSandbox) -> None:
    """Somebody to be, and a channel to be in."""
    async with Workspace.connect(slack.control_url) as workspace:
        for name, real_name, zone in PEOPLE:
            await workspace.add_user(name, real_name=real_name, tz=zone)
        await workspace.add_channel("ops", members=[name for name, _, _ in PEOPLE], bot_is_member=True)


def slack_lines(slack: SlackSandbox) -> list[str]:
    return [
        f"SLACK_API_URL={slack.api_url}",
        f"SLACK_BOT_TOKEN={slack.bot_token}",
        f"SLACK_APP_TOKEN={slack.app_token}",
        f"SLACK_SIGNING_SECRET={slack.signing_secret}",
        f"SLACK_CLIENT_ID={slack.client_id}",
        f"SLACK_CLIENT_SECRET={slack.client_secret}",
        f"# Slack control API: {slack.control_url}",
        f"# Slack to look at: {slack.base_url}/",
    ]


def _show(lines: list[str]) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for line in lines:
        console.print(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
