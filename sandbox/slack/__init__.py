"""A Slack workspace on loopback: `async with SlackSandbox.start() as slack: ...`."""

from sandbox.slack.server import SlackSandbox

__all__ = ["SlackSandbox"]
