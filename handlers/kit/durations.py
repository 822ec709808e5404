"""How long, as people type it: ``2h``, ``90 min``, ``1 hour 30 minutes``, ``for 2 hours``."""

from __future__ import annotations

import re
from datetime import timedelta

_PIECE = r"(\d{1,6}(?:[.,]\d{1,2})?)\s*(d|days?|h|hrs?|hours?|m|min|mins|minutes?)(?![a-z])"
_WHOLE = re.compile(rf"(?:for\s+)?{_PIECE}(?:\s*(?:and\s+)?{_PIECE})?(?:\s*(?:and\s+)?{_PIECE})?\s*", re.IGNORECASE)
_AT_END = re.compile(rf"(?:^|\s+)(?:for\s+)?({_PIECE}(?:\s*(?:and\s+)?{_PIECE})*)$", re.IGNORECASE)
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_MEANT = re.compile(r"(?:^|\s)for\s+(\S.*)$", re.IGNORECASE)
LONGEST = timedelta(days=366)


def duration(text: str) -> timedelta | None:
    """The time that is meant; None when it can't be read, is nothing, or is longer than a year."""
    if not _WHOLE.fullmatch(text.strip()):
        return None
    pieces = re.findall(_PIECE, text, re.IGNORECASE)
    total = sum((float(n.replace(",", ".")) * _UNITS[unit[0].casefold()] for n, unit in pieces), timedelta())
    return total if timedelta(0) < total <= LONGEST else None


def split_off(text: str) -> tuple[str, str]:
    """A name and the duration typed after it: ``Payments for 2 hours`` is (``Payments``, ``2 hours``)."""
    match = _AT_END.search(text)
    if match is None or duration(match[1]) is None:
        return text, ""
    return text[: match.start()].strip(), match[1]


def unread(text: str) -> str:
    """What was typed after a last ``for`` where a duration was meant; "" where nothing was."""
    match = _MEANT.search(text)
    return match[1] if match else ""
