"""Words about belonging to a schedule: who was added, changed or removed, and what that leaves them with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.texts.marks import Message, Scene, escape, span

Facts = Mapping[str, Any]

SHOWN_SHIFTS = 10
ACCESS = {"admin": "You administer it", "member": "You are a member of it", "viewer": "You are kept informed of it"}


def membership(facts: Facts, scene: Scene) -> Message:
    """What somebody did about the reader's part in a schedule, and the shifts that are ahead of the reader."""
    who, shifts = scene.name(facts["by"]), _ahead(facts)
    if facts["what"] == "removed":
        still = ("You leave its rotations. These shifts stay yours until somebody else has them:", *shifts)
        return Message(f"{who} removed you from {scene.title}", still if shifts else ("You leave its rotations.",))
    titles = {
        "added": f"{who} added you to {scene.title}",
        "linked": f"{who} linked {scene.title} of PagerDuty with Baton, and you are on call there",
    }
    title = titles.get(facts["what"], f"{who} changed your part in {scene.title}")
    lines = (_part(facts), *(("Ahead of you:", *shifts) if shifts else ()))
    return Message(title, lines)


def _part(facts: Facts) -> str:
    access = ACCESS.get(facts["access"], ACCESS["member"])
    return f"{access}, and you {'can' if facts['assignable'] else 'can not'} be put on call."


def _ahead(facts: Facts) -> tuple[str, ...]:
    shifts = facts["shifts"]
    lines = [f"• {escape(one['role'])}, {span(one)}" for one in shifts[:SHOWN_SHIFTS]]
    if len(shifts) > SHOWN_SHIFTS:
        lines.append(f"… and {len(shifts) - SHOWN_SHIFTS} more")
    return tuple(lines)
