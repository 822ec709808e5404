"""Words about a database that is an older copy of itself, and what an admin can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, link, span
from notices.texts.trouble import deed, system_of

Facts = Mapping[str, Any]


def older_copy(facts: Facts, scene: Scene) -> Message:
    by_hand = facts["why"] == "started paused"
    began = "Baton was started with every destination paused"
    title = began if by_hand else "Baton was started from an older copy of its database"
    count = facts["destinations"]
    where = "its destination" if count == 1 else f"its {count} destinations"
    lines = (
        f"For {scene.title} nothing is written to {where} before you have chosen. As soon as what is there has been "
        "read, you are shown what differs.",
        "Notices from before were not sent; `/oncall doctor` lists them and can still send them.",
    )
    return Message(title, lines if by_hand else ("What was done here since that copy was made is lost.", *lines))


def copy_differs(facts: Facts, scene: Scene) -> Message:
    """What Baton would write, and what this copy doesn't know; the export is bound to exactly this list."""
    where = link(facts.get("external_url") or "", facts["external_schedule"])
    there = system_of(facts)
    lines = [escape(facts["reason"])]
    if facts["changes"]:
        lines += ["*Export now* would do:", *(f"• {span(one)}: {deed(one, scene, there)}" for one in facts["changes"])]
    elif facts["plan"]:
        lines.append("*Export now* would arrange the layers there; nobody's confirmed shifts change.")
    if facts["unknown"]:
        lines.append(f"On call there by {there.item}s that this copy does not know; an export leaves them:")
        lines += [f"• {span(one)}: {scene.name(one['user'])}" for one in facts["unknown"]]
    if not (facts["changes"] or facts["plan"] or facts["unknown"]):
        lines.append("Nothing differs: *Export now* ends the pause and writes nothing.")
    number = str(facts["destination_id"])
    buttons = (
        Button(Action.COPY_EXPORT, "Export now", f"{number}:{facts['plan']}", confirm=_EXPORT.format(there.name)),
        Button(Action.COPY_TAKE, f"Import what {there.name} has", number, confirm=_TAKE.format(there.name)),
        Button(Action.COPY_LEAVE, "Leave paused", number),
    )
    return Message(f"{where} waits for your choice: {scene.title}", tuple(lines), buttons)


_EXPORT = "Baton will write what it knows to {}: everything that is listed here."
_TAKE = "The schedule here takes over who is on call in {}. Nothing that differs is overwritten there."
