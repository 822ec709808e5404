"""Words about swaps: asked for, done, and what became of a request otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, span, when

Facts = Mapping[str, Any]


def requested(facts: Facts, scene: Scene, user: str | None) -> Message:
    """For who is asked, with both answers; for who asks, with the way back."""
    number, asker = str(facts["request_id"]), scene.name(facts["asked_by"])
    first = min(side["start"] for side in facts["sides"])
    if user in facts["waits_for"]:
        lines = (
            *_lines(facts, scene, user, "would have"),
            *_reason(facts),
            f"Nothing changes before you accept. Until {when(first)} you can.",
        )
        accept = Button(Action.SWAP_ACCEPT, "Accept", number, "primary")
        buttons = (accept, Button(Action.SWAP_DECLINE, "Decline", number))
        return Message(f"{asker} asks you to swap shifts of {scene.title}", lines, buttons)
    waits_for = scene.everyone(facts["waits_for"])
    lines = (*_lines(facts, scene, user, "would have"), *_reason(facts), f"Nothing changes before {waits_for} accepts.")
    whose = "You asked" if user == facts["asked_by"] else f"{asker} asked"
    title = f"{whose} {waits_for} to swap shifts of {scene.title}"
    return Message(title, lines, (Button(Action.SWAP_WITHDRAW, "Withdraw", number),))


def swapped(facts: Facts, scene: Scene, user: str | None) -> Message:
    """What each has now; both can take it back for a while."""
    people = [side["user"] for side in facts["sides"]]
    who = _doer(facts, scene, user)
    title = f"{who} accepted: shifts of {scene.title} are swapped"
    if facts["by"] not in people:
        title = f"{who} swapped shifts of {scene.title} as an admin"
    elif facts["by"] == facts["asked_by"]:
        title = f"{who} swapped shifts of {scene.title} with {_other(facts, scene)}, as an admin"
    lines = (*_lines(facts, scene, user, "has"), *_reason(facts))
    if user not in people or not facts.get("until"):
        return Message(title, lines)
    undo = Button(Action.SWAP_UNDO, "Undo", str(facts["request_id"]))
    return Message(title, (*lines, f"Until {when(facts['until'])} either of you can undo it."), (undo,))


def closed(facts: Facts, scene: Scene, user: str | None) -> Message:
    """What became of it; nothing can be pressed any more."""
    if facts["state"] == "settled":
        return swapped({**facts, "until": ""}, scene, user)
    who = _doer(facts, scene, user)
    titles = {
        "declined": f"{who} declined to swap shifts of {scene.title}",
        "withdrawn": f"{who} withdrew the request to swap shifts of {scene.title}",
        "lapsed": f"A swap of shifts of {scene.title} is not possible any more: {escape(facts['why'])}",
        "undone": f"{who} undid the swap of shifts of {scene.title}",
    }
    back = "has again" if facts["state"] == "undone" else "keeps"
    lines = tuple(
        f"• {_subject(side['user'], scene, user)} {_verb(back, own=side['user'] == user)} "
        f"{escape(side['role'])}, {span(side)}"
        for side in facts["sides"]
    )
    return Message(titles[facts["state"]], lines)


def _lines(facts: Facts, scene: Scene, user: str | None, verb: str) -> tuple[str, ...]:
    """Who has which shift after the swap."""
    first, second = facts["sides"]
    pairs = ((second["user"], first), (first["user"], second))
    return tuple(
        f"• {_subject(who, scene, user)} {_verb(verb, own=who == user)} {escape(side['role'])}, {span(side)}"
        for who, side in pairs
    )


def _subject(who: str, scene: Scene, user: str | None) -> str:
    return "You" if who == user else scene.name(who)


def _verb(verb: str, *, own: bool) -> str:
    return {"has": "have", "keeps": "keep", "has again": "have again"}.get(verb, verb) if own else verb


def _doer(facts: Facts, scene: Scene, user: str | None) -> str:
    return "You" if facts["by"] == user else scene.name(facts["by"])


def _other(facts: Facts, scene: Scene) -> str:
    return scene.everyone(side["user"] for side in facts["sides"] if side["user"] != facts["by"])


def _reason(facts: Facts) -> tuple[str, ...]:
    return (f"Reason: {escape(facts['reason'])}",) if facts.get("reason") else ()
