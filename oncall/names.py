"""Names and numbers that people type: what is stored of them, and whether they can be used."""

from __future__ import annotations

import unicodedata

MOST_ID = 10**18 - 1
"""No id is larger; every database takes that."""

BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols by their category that show nothing: fillers of Hangul, and Braille without dots."""


def clean(text: str) -> str:
    """The name as it is stored: control characters become blanks, blanks at the ends and doubled ones go."""
    return " ".join("".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).split())


def is_visible(text: str) -> bool:
    """Whether a name shows anything at all: it isn't only blanks, marks without a letter, or what steers text."""
    return any(unicodedata.category(c)[0] in "LNPS" and c not in BLANK_LETTERS for c in text)


def whole(text: str, least: int, most: int) -> int | None:
    """The whole number that was typed, or None; however long it is, it is only read where it can be within reach."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdecimal() or len(digits.lstrip("0")) > len(str(most)):
        return None
    number = int(digits)
    return number if least <= number <= most else None
