"""Why a calendar could not be read."""

from __future__ import annotations


class Trouble(Exception):
    """``str()`` is a sentence for its owner, without the address; ``for_good`` says that waiting will not help.

    ``place`` is the field of a form at which it stands, where that is another than the address's.
    """

    def __init__(self, sentence: str, *, for_good: bool = False, place: str = "") -> None:
        super().__init__(sentence)
        self.for_good, self.place = for_good, place
