"""Words about shifts: changed, waiting for confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notices.actions import Action
from notices.texts.fairness import quality_line
from notices.texts.marks import Button, Message, Scene, escape, span, when
from oncall.systems import SYSTEMS

Facts = Mapping[str, Any]

DEEDS = {
    "reassigned": "was given to somebody else",
    "swapped": "was swapped",
    "taken": "was taken over",
    "covered": "is covered",
    "ended": "ends earlier",
    "unassigned": "was left unassigned",
    "assigned": "was assigned",
    "confirmed": "was confirmed",
    "imported": "was changed",
    "removed": "was removed",
}
GIVEN = {
    "reassigned": "was given to you",
    "assigned": "was assigned to you",
    "confirmed": "is yours: it was confirmed",
    "imported": "was given to you",
}
LOST = {
    "assigned": "was assigned to somebody else",
    "confirmed": "is not yours any more: others were confirmed",
    "imported": "was taken from you",
}
SHOWN_CHANGES = 10


def changed(facts: Facts, scene: Scene, user: str | None) -> Message | None:
    """What changed for one person, summed up, or everything for a channel; None when nothing did."""
    mine = [c for c in facts["changes"] if _concerns(c, user)]
    if not mine:
        return None
    lines = [f"• {escape(c['role'])}, {span(c)}: {_change(c, scene, user)}" for c in mine[:SHOWN_CHANGES]]
    if len(mine) > SHOWN_CHANGES:
        lines.append(f"… and {len(mine) - SHOWN_CHANGES} more until {when(max(c['end'] for c in mine))}")
    lines += [f"Reason: {escape(facts['reason'])}"] if facts.get("reason") else []
    if len(mine) > 1:
        title = f"Shifts of {scene.title} changed by {_by(facts['by'], scene)}{_tally(mine, user)}"
    else:
        title = f"A shift of {scene.title} {_deed(facts['action'], mine[0], user)} by {_by(facts['by'], scene)}"
    return Message(title, tuple(lines))


def readers(change: Facts) -> list[str]:
    """Whom one change is news for; facts say so where that is not everybody concerned."""
    return [user for user in change.get("readers", (change["before"], change["after"])) if user]


def _concerns(change: Facts, user: str | None) -> bool:
    return not change.get("runs") if user is None else user in readers(change)


def _tally(mine: Sequence[Facts], user: str | None) -> str:
    """How many one person gains and loses."""
    more = sum(change["after"] == user for change in mine)
    counts = [(more, "more"), (len(mine) - more, "fewer")]
    return ": " + ", ".join(f"{count} {word} for you" for count, word in counts if count) if user else ""


def _deed(action: str, change: Facts, user: str | None) -> str:
    what = DEEDS.get(action, "changed")
    if user is None:
        return what
    return (GIVEN if change["after"] == user else LOST).get(action, what)


def _by(who: str, scene: Scene) -> str:
    return "Baton" if who == "baton" else f"somebody in {SYSTEMS[who].name}" if who in SYSTEMS else scene.name(who)


def _change(change: Facts, scene: Scene, user: str | None) -> str:
    if user is not None and change["after"] == user:
        return "you will be on call" + (f" instead of {scene.name(change['before'])}" if change["before"] else "")
    if user is not None:
        return f"{scene.name(change['after'])} is on call instead of you"
    return f"{scene.name(change['after'])} instead of {scene.name(change['before'])}"


def to_confirm(facts: Facts, scene: Scene) -> Message:
    shifts = facts["shifts"]
    how = facts.get("fair")
    quality = [quality_line(how["quality"], how["solver"], proven=how["proven"])] if how else []
    lines = (*quality, *(f"• {escape(s['role'])}: {scene.name(s['user'])}, {span(s)}" for s in shifts))
    counted = "1 shift waits" if len(shifts) == 1 else f"{len(shifts)} shifts wait"
    confirm = Button(Action.CONFIRM_SHIFTS, "Confirm", str(scene.schedule_id), "primary")
    return Message(f"{counted} for your confirmation in {scene.title}", lines, (confirm,))
