"""Why a service said no. Each carries words for the person who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Refusal(Exception):
    """The request can't be done; ``str()`` is a sentence for the person who asked, in Slack's mrkdwn."""


class NotAllowed(Refusal):
    """The person may not do this; the sentence says who can."""


class NotFound(Refusal):
    """It isn't there (any more)."""


class Candidate(NamedTuple):
    """A schedule that could be meant, as lists call it."""

    id: int
    label: str


class Unclear(Refusal):
    """A name fits none or several: ``candidates`` are what could be meant. ``word`` and ``kept`` are the word that was
    typed and what was typed beside the name."""

    def __init__(self, message: str, candidates: Sequence[Candidate] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)
        self.word = self.kept = ""


class Warned(Refusal):
    """It can be done, and what it would do is not what people usually want: ``texts`` say what, in Slack's mrkdwn.

    It is done when ``mark`` comes back as what was accepted.
    """

    def __init__(self, texts: Sequence[str], mark: str) -> None:
        super().__init__("\n".join(texts))
        self.texts, self.mark = tuple(texts), mark


class FieldErrors(Refusal):
    """Something typed is not right; ``fields`` maps a draft's attribute to what is wrong with it, in plain text."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class Stale(Refusal):
    """It changed while the person was looking at it; the sentence says who did what meanwhile."""
