"""What can go wrong for a person: Slack showed a failure, or what they looked for isn't there."""


class SlackFailure(Exception):  # noqa: N818 - it is what the person sees, not an error of this program
    """The text that Slack showed."""


class NothingThere(Exception):  # noqa: N818
    """Nothing of that name is there; the text lists what is."""
