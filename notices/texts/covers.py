"""Words about cover: asked for, how far the asking is, taken and withdrawn.

Whoever is asked has a card, and so has who asks; both are rewritten as others answer (:func:`progress`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, Scene, escape, span, when

Facts = Mapping[str, Any]

SHOWN_ASKED = 20
SAID = {"passed": "no answer yet", "later": "later, if nobody else does", "swap": "offers a swap", "no": "no"}
YOU_SAID = {
    "passed": "Others are asked now. You can still take it until somebody does.",
    "later": "You said later: you are asked again if nobody else takes it. You can still take it now.",
    "swap": "You offered a swap; {asker} has a message with *Accept*. You can still take it without.",
    "no": "You said no, so you are not asked again. If you can after all, take it.",
}
NO_MORE = "Nobody else can be asked: they are away, on call then, or said no."


def requested(facts: Facts, scene: Scene, user: str | None = None) -> Message:
    """A channel is shown who was asked; only who may withdraw the request is offered to, and everybody in a channel."""
    lines = [*_about(facts)]
    if user is None and facts.get("could_cover"):
        lines.append(f"Asked: {scene.everyone(facts['could_cover'][:SHOWN_ASKED])}{_more(facts['could_cover'])}.")
    if user is not None and facts.get("until"):
        lines.append(f"You are the one who is asked now. {_then(facts)}")
    elif user is not None and _was_asked(facts, user):
        lines.append("Nobody has taken it so far, so everybody who could is asked now.")
    buttons = [_take(facts), *(_answers(facts, later=bool(facts.get("until"))) if user is not None else ())]
    if user is None or user == facts["user"] or user in facts.get("admins", ()):
        buttons.append(_withdraw(facts))
    return Message(_title(facts, scene), tuple(lines), tuple(buttons))


def progress(facts: Facts, scene: Scene, user: str | None) -> Message:
    """How far it is, for who asks; for somebody who was asked, what they can still do."""
    if user in (facts["user"], None):
        return _card_of_asker(facts, scene)
    if user in facts["again"]:
        return Message(_title(facts, scene), (*_about(facts), "You are asked again, in a newer message below."))
    said = next((one["answer"] for one in facts["asked"] if one["user"] == user), None)
    if said not in YOU_SAID:
        return requested(facts, scene, user)
    lines = (*_about(facts), YOU_SAID[said].format(asker=scene.name(facts["user"])))
    answers = () if said == "no" else _answers(facts, later=False, swap=said != "swap")
    withdraw = (_withdraw(facts),) if user in facts.get("admins", ()) else ()
    return Message(_title(facts, scene), lines, (_take(facts), *answers, *withdraw))


def _card_of_asker(facts: Facts, scene: Scene) -> Message:
    now = [one["user"] for one in facts["asked"] if one["answer"] == ""]
    if facts["everybody"]:
        state = f"Everybody who could was asked: {_names(now, scene)}." if now else NO_MORE
    else:
        state = f"Asked now: {_names(now, scene)}. {_then(facts)}"
    title = f"Cover for your shift as *{escape(facts['role'])}* of {scene.title}"
    return Message(title, (*_about(facts), state, *_said(facts, scene)), (_withdraw(facts),))


def _said(facts: Facts, scene: Scene) -> tuple[str, ...]:
    """Those who were asked before, with what they said."""
    found = [one for one in facts["asked"] if one["answer"]]
    told = [f"{scene.name(one['user'])} ({SAID[one['answer']]})" for one in found[:SHOWN_ASKED]]
    more = f" and {len(found) - SHOWN_ASKED} more" if len(found) > SHOWN_ASKED else ""
    return (f"Asked before: {', '.join(told)}{more}.",) if told else ()


def stuck(facts: Facts, scene: Scene, user: str | None) -> Message:
    """Nobody is left to ask; the asker keeps the shift, and admins hear of it."""
    whose = "your shift" if user == facts["user"] else f"{scene.name(facts['user'])}'s shift"
    keeps = "You keep" if user == facts["user"] else f"{scene.name(facts['user'])} keeps"
    lines = (
        *_about(facts),
        *_said(facts, scene),
        NO_MORE,
        f"{keeps} it until somebody takes it. An admin can give it to somebody with `/oncall change`.",
    )
    title = f"Nobody can cover {whose} as *{escape(facts['role'])}* of {scene.title}"
    return Message(title, lines, (_withdraw(facts),))


def taken(facts: Facts, scene: Scene, user: str | None) -> Message:
    """Who covers whom."""
    taker = "You cover" if user == facts["taker"] else f"{scene.name(facts['taker'])} covers"
    whom = "you" if user == facts["user"] else scene.name(facts["user"])
    return Message(f"{taker} {whom} as *{escape(facts['role'])}* of {scene.title}", (span(facts),))


def withdrawn(facts: Facts, scene: Scene, user: str | None) -> Message:
    """The request is no longer open."""
    whose = "Your request" if user == facts["user"] else f"{scene.name(facts['user'])}'s request"
    title = f"{whose} for cover as *{escape(facts['role'])}* of {scene.title} is no longer open"
    return Message(title, (span(facts),))


def closed_card(facts: Facts, scene: Scene) -> Message:
    """What the card of who asked says in the end; a message beside it says who has the time."""
    taker = facts.get("taker")
    end = f"{scene.name(taker)} has it." if taker else "It is no longer open."
    return Message(f"Cover for your shift as *{escape(facts['role'])}* of {scene.title}", (span(facts), end))


def _title(facts: Facts, scene: Scene) -> str:
    return f"{scene.name(facts['user'])} asks for cover as *{escape(facts['role'])}* of {scene.title}"


def _about(facts: Facts) -> tuple[str, ...]:
    return (span(facts), *((f"Reason: {escape(facts['reason'])}",) if facts.get("reason") else ()))


def _then(facts: Facts) -> str:
    return f"Without an answer by {when(facts['until'])} the next one is asked."


def _was_asked(facts: Facts, user: str) -> bool:
    return user in facts.get("again", ())


def _take(facts: Facts) -> Button:
    return Button(Action.COVER_TAKE, "Take", str(facts["request_id"]), "primary")


def _withdraw(facts: Facts) -> Button:
    return Button(Action.COVER_WITHDRAW, "Withdraw", str(facts["request_id"]))


def _answers(facts: Facts, *, later: bool, swap: bool = True) -> tuple[Button, ...]:
    """What somebody can say beside taking it."""
    found = [
        (Action.COVER_SWAP, "Swap for one of mine", swap and bool(facts.get("swap"))),
        (Action.COVER_LATER, "Later", later),
        (Action.COVER_NO, "No", True),
    ]
    return tuple(Button(action, label, str(facts["request_id"])) for action, label, offered in found if offered)


def _names(users: Sequence[str], scene: Scene) -> str:
    return f"{scene.everyone(users[:SHOWN_ASKED])}{_more(users)}"


def _more(asked: Sequence[str]) -> str:
    return f" and {len(asked) - SHOWN_ASKED} more" if len(asked) > SHOWN_ASKED else ""
