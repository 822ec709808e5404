"""What can go wrong for a person: Slack showed a failure, or what they looked for isn't there."""


class SlackFailure(Exception):
    """The text that Slack showed."""


class NothingThere(Exception):
    """Nothing of that name is there; the text lists what is."""
