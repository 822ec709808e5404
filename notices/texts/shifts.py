"""Words about shifts: changed, waiting for confirmation, cover asked for, taken and withdrawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, span, when

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
SHOWN_ASKED = 20


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
    return {"baton": "Baton", "pagerduty": "somebody in PagerDuty"}.get(who) or scene.name(who)


def _change(change: Facts, scene: Scene, user: str | None) -> str:
    if user is not None and change["after"] == user:
        return "you will be on call" + (f" instead of {scene.name(change['before'])}" if change["before"] else "")
    if user is not None:
        return f"{scene.name(change['after'])} is on call instead of you"
    return f"{scene.name(change['after'])} instead of {scene.name(change['before'])}"


def to_confirm(facts: Facts, scene: Scene) -> Message:
    shifts = facts["shifts"]
    lines = tuple(f"• {escape(s['role'])}: {scene.name(s['user'])}, {span(s)}" for s in shifts)
    counted = "1 shift waits" if len(shifts) == 1 else f"{len(shifts)} shifts wait"
    confirm = Button(Action.CONFIRM_SHIFTS, "Confirm", str(scene.schedule_id), "primary")
    return Message(f"{counted} for your confirmation in {scene.title}", lines, (confirm,))


def cover_requested(facts: Facts, scene: Scene, user: str | None = None) -> Message:
    """A channel is shown who was asked; only who may withdraw the request is offered to, and everybody in a channel."""
    request = str(facts["request_id"])
    lines = [span(facts)] + ([f"Reason: {escape(facts['reason'])}"] if facts.get("reason") else [])
    if user is None and facts.get("could_cover"):
        lines.append(f"Asked: {scene.everyone(facts['could_cover'][:SHOWN_ASKED])}{_more(facts['could_cover'])}.")
    buttons = [Button(Action.COVER_TAKE, "Take", request, "primary")]
    if user is None or user == facts["user"] or user in facts.get("admins", ()):
        buttons.append(Button(Action.COVER_WITHDRAW, "Withdraw", request))
    title = f"{scene.name(facts['user'])} asks for cover as *{escape(facts['role'])}* of {scene.title}"
    return Message(title, tuple(lines), tuple(buttons))


def _more(asked: Sequence[str]) -> str:
    return f" and {len(asked) - SHOWN_ASKED} more" if len(asked) > SHOWN_ASKED else ""


def cover_taken(facts: Facts, scene: Scene, user: str | None) -> Message:
    taker = "You cover" if user == facts["taker"] else f"{scene.name(facts['taker'])} covers"
    whom = "you" if user == facts["user"] else scene.name(facts["user"])
    return Message(f"{taker} {whom} as *{escape(facts['role'])}* of {scene.title}", (span(facts),))


def cover_withdrawn(facts: Facts, scene: Scene, user: str | None) -> Message:
    whose = "Your request" if user == facts["user"] else f"{scene.name(facts['user'])}'s request"
    title = f"{whose} for cover as *{escape(facts['role'])}* of {scene.title} is no longer open"
    return Message(title, (span(facts),))
