"""Baton's part of a channel topic: ``‹On call · Primary: Alice Johnson · Secondary: Bob Smith›``. Pure.

Whatever stands outside of the two marks is a person's, and stays letter by letter. A topic has 250 characters; where
that is too little it is Baton's part that says less, by the first of these that fits:

==========  ===========================================================
schedules   where more than one shows in the channel, and full names
roles       with full names
short       roles with first names
names       full names alone
first       first names alone
few         as many first names as fit, and how many more there are
==========  ===========================================================

Slack gives a topic back with ``& < >`` escaped and is given it so; where it gives them back plain, that is no change.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

MOST = 250
OPEN, CLOSE = "‹On call", "›"
PART = re.compile(rf"{OPEN}[^{CLOSE}]*{CLOSE}")
BETWEEN = " · "
_MARKS = str.maketrans({"‹": "<", "›": ">"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One role with the names of who is on call; ``fallback`` says that they stand in for nobody."""

    schedule: str
    role: str
    names: tuple[str, ...]
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as Slack has it, taken apart: ``part`` is Baton's with its marks, empty where there is none."""

    before: str
    part: str
    after: str

    @classmethod
    def of(cls, text: str, written: str = "") -> Topic:
        """``written`` is the part as it was written last, which is known even where a mark was lost."""
        found = PART.search(text)
        if found:
            return cls(text[: found.start()], found.group(), text[found.end() :])
        for rest in (written[:-1], written[1:]):
            place = text.find(rest) if len(rest) > len(OPEN) else -1
            if place >= 0:
                return cls(text[:place], rest, text[place + len(rest) :])
        return cls(text, "", "")

    @property
    def others(self) -> str:
        """What is a person's."""
        return self.without() if self.part else self.before

    def without(self) -> str:
        """The topic without Baton's part and the blank that set it off."""
        before, after = self.before, self.after
        if before.endswith(" ") and (not after or after.startswith(" ")):
            before = before[:-1]
        elif not before and after.startswith(" "):
            after = after[1:]
        return before + after

    def with_part(self, part: str) -> str:
        """The topic with this in the place of Baton's part, or after what there is."""
        if not part:
            return self.without()
        if self.part:
            return f"{self.before}{part}{self.after}"
        return f"{self.before} {part}" if self.before.strip() else part

    @property
    def room(self) -> int:
        """How long Baton's part may be."""
        return MOST - (length(self.with_part("x")) - 1)


def length(text: str) -> int:
    """As Slack may count: in UTF-16, so never less than it does."""
    return len(text.encode("utf-16-le")) // 2


def same(left: str, right: str) -> bool:
    """Whether two parts say the same, escaped or not."""
    return html.unescape(left) == html.unescape(right)


def fitting(entries: Sequence[Entry], room: int) -> str:
    """Baton's part, as much of it as there is room for; empty where there is none."""
    return next((part for part in _ways(entries) if length(part) <= room), "")


def _ways(entries: Sequence[Entry]) -> Iterator[str]:
    several = len({entry.schedule for entry in entries}) > 1
    if several:
        yield _part(f"{_clean(one.schedule)} {_clean(one.role)}: {_named(one, first=False)}" for one in entries)
    yield _part(f"{_clean(one.role)}: {_named(one, first=False)}" for one in entries)
    yield _part(f"{_clean(one.role)}: {_named(one, first=True)}" for one in entries)
    people = list(dict.fromkeys(name for one in entries for name in one.names))
    yield _part([", ".join(map(_clean, people)) or "nobody"])
    firsts = [_first(name) for name in people]
    yield _part([", ".join(firsts) or "nobody"])
    for count in range(len(firsts) - 1, 0, -1):
        yield _part([f"{', '.join(firsts[:count])} +{len(firsts) - count}"])


def _part(pieces: Iterator[str] | Sequence[str]) -> str:
    return f"{BETWEEN.join([OPEN, *pieces])}{CLOSE}"


def _named(entry: Entry, *, first: bool) -> str:
    names = ", ".join(_first(name) if first else _clean(name) for name in entry.names) or "nobody"
    return f"{names} (fallback)" if entry.fallback and entry.names else names


def _first(name: str) -> str:
    return _clean(name.split()[0] if name.split() else name)


def _clean(text: str) -> str:
    """On one line, without marks of ours, harmless in Slack."""
    return html.escape(" ".join(text.translate(_MARKS).split()), quote=False)
