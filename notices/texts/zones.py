"""Words about time zones whose rules changed: which shifts moved with the clocks, and which did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notices.texts.marks import Message, Scene, escape, span

Facts = Mapping[str, Any]

SHOWN = 10
STAYING = (
    "Somebody decided about these by hand, so they stay at the instant they were at, which is another time on the "
    "clock now. Change them if they should keep their hours:"
)


def rules_changed(facts: Facts, scene: Scene, user: str | None) -> Message | None:
    """All of it for a channel and for admins, their own for everybody else; None when that is nothing."""
    everything = user is None or user in facts["admins"]
    moved = [one for one in facts["moved"] if everything or one["user"] == user]
    staying = facts["staying"] if everything else []
    if not moved and not staying:
        return None
    lines = _listed([f"• {_whose(one, scene, user)}: {_now(one)}, was {span(one)}" for one in moved])
    if staying:
        lines += [STAYING, *_listed([f"• {_whose(one, scene, user)}: {span(one)}" for one in staying])]
    return Message(f"{_title(facts)} {_count(len(moved), everything)} {scene.title} moved with them", tuple(lines))


def _title(facts: Facts) -> str:
    zones = ", ".join(escape(zone.replace("_", " ")) for zone in facts["zones"])
    release = f" (release {escape(facts['version'])} of the rules)" if facts["version"] else ""
    return f"The clocks of {zones} change at other times than was known{release}:"


def _count(moved: int, everything: bool) -> str:
    if not everything:
        return f"{'a shift' if moved == 1 else f'{moved} shifts'} of yours in"
    return "1 shift of" if moved == 1 else f"{moved or 'no'} shifts of"


def _whose(one: Facts, scene: Scene, user: str | None) -> str:
    return escape(one["role"]) if user is not None and one["user"] == user else _named(one, scene)


def _named(one: Facts, scene: Scene) -> str:
    return f"{escape(one['role'])}, {scene.name(one['user'])}"


def _now(one: Facts) -> str:
    return span({"start": one["after"][0], "end": one["after"][1]}) if one["after"] else "it is over"


def _listed(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"… and {more} more"] if more > 0 else [])]
