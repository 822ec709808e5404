"""Why a calendar could not be read."""

from __future__ import annotations


class Trouble(Exception):
    """``str()`` is a sentence for its owner, without the address; ``for_good`` says that waiting will not help."""

    def __init__(self, sentence: str, *, for_good: bool = False) -> None:
        super().__init__(sentence)
        self.for_good = for_good
