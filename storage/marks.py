"""Names made harmless in Slack's mrkdwn, which the lines of the history are kept in."""

from __future__ import annotations

import re

_MARKS = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])|`")
"""A star, underscore or tilde at the edge of a word starts or ends a style; a backtick does wherever it stands."""
_UNLIKE = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"}
"""What looks like a mark and is none."""
_TYPED = str.maketrans({unlike: mark for mark, unlike in _UNLIKE.items()})


def escape(text: str) -> str:
    """A name in Slack's mrkdwn that becomes no mention, no link, and changes no style, its own or what is around it.

    Marks inside of words (``snake_case``) mean nothing to Slack and stay as they are.
    """
    plain = _MARKS.sub(lambda mark: _UNLIKE[mark[0]], text)
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_typed(text: str) -> str:
    """A name that somebody copied from what :func:`escape` made of it, as it was."""
    return text.translate(_TYPED)
