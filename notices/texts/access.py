"""Words about the use of connections: the card that asks for it, what became of that, and who decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notices.actions import Action
from notices.texts.marks import Button, Message, escape, mention, mentions, when
from oncall.systems import System, system

Facts = Mapping[str, Any]

MOST_NAMED = 5
HEADS = {
    "destination": "asks to export *{schedule}* to {some}",
    "update": "asks to change what *{schedule}* writes to {some}",
    "sync": "asks to make a PagerDuty schedule for *{schedule}*",
    "merge": "asks to merge *{schedule}* into a PagerDuty schedule",
    "link": "asks to take over a schedule from PagerDuty",
}
DEEDS = {
    "destination": "export *{schedule}* to {place}",
    "update": "change what *{schedule}* writes to {place}",
    "sync": "make “{external}” in PagerDuty for *{schedule}*",
    "merge": "merge *{schedule}* into “{external}” in PagerDuty",
    "link": "take over “{external}” from PagerDuty",
}
SHOWN_FIRST = ("destination", "update", "merge")
"""What an admin of the schedule sees before it is written."""
NOT_YET = "Nothing is written yet: look at what would be, and say *Export now* or *Not yet*."
MODES = {"authoritative": "Authoritative", "bidirectional": "Bidirectional", "manual_export": "Manual Export"}


def card(facts: Facts) -> Message:
    """Who asks for what; with buttons as long as nobody has answered."""
    value = str(facts["request_id"])
    buttons = (
        Button(Action.ACCESS_ALLOW, "Allow", value, "primary"),
        Button(Action.ACCESS_REFUSE, "Refuse", value, "danger"),
    )
    nothing = f"Nothing is read from or written to {_there(facts).name} for this before you allow it."
    footer = f"{nothing} The request lapses {when(facts['expires'])}."
    return Message(_head(facts), _details(facts), buttons, footer)


def settled_card(facts: Facts, outcome: str) -> Message:
    """The card once it was answered; whoever else has it sees by whom."""
    return Message(_head(facts), (*_details(facts), outcome))


def _head(facts: Facts) -> str:
    head = HEADS[facts["kind"]].format(schedule=escape(facts.get("schedule", "")), some=_some_place(facts))
    return f"{mention(facts['asked_by'])} {head}, with the connection *{escape(facts['account'])}*"


def _there(facts: Facts) -> System:
    return system(facts.get("system", ""))


def _some_place(facts: Facts) -> str:
    return "a calendar" if _there(facts).is_calendar else "PagerDuty"


def _named(facts: Facts) -> str:
    words = _there(facts).schedule
    return f"{words[0].upper()}{words[1:]}"


def _details(facts: Facts) -> tuple[str, ...]:
    lines = [f"• {_named(facts)}: “{escape(facts['external'])}”"]
    if facts.get("role"):
        lines.append(f"• Role: {escape(facts['role'])}")
    if facts.get("mode"):
        lines.append(f"• Operating mode: {MODES.get(facts['mode'], escape(facts['mode']))}")
    lines.append(f"• What would be written: {_written(facts)}")
    return tuple(lines)


def _written(facts: Facts) -> str:
    if facts["kind"] == "link":
        return "nothing at first. It is read, and paused until an admin of the new schedule exports."
    count, users = facts.get("shifts", 0), facts.get("users", ())
    now = f"{count} confirmed shift{'' if count == 1 else 's'} ahead" if count else "no confirmed shifts yet"
    who = f" ({_some(users)})" if users else ""
    later = "only when an admin of the schedule exports" if facts.get("mode") == "manual_export" else "from then on"
    return f"{now}{who}, and whatever is confirmed later, {later}."


def _some(users: Sequence[str]) -> str:
    more = f" and {len(users) - MOST_NAMED} more" if len(users) > MOST_NAMED else ""
    return mentions(users[:MOST_NAMED]) + more


def _deed(facts: Facts) -> str:
    named = {"schedule": escape(facts.get("schedule", "")), "external": escape(facts["external"])}
    place = f"“{named['external']}” in PagerDuty"
    if _there(facts).is_calendar:
        place = f"the calendar “{named['external']}”"
    return DEEDS[facts["kind"]].format(**named, place=place)


def done(facts: Facts, by: str) -> Message:
    title = f":white_check_mark: {mention(by)} allowed you to {_deed(facts)}. It is done."
    if facts["kind"] not in SHOWN_FIRST:
        return Message(title)
    look = Button(Action.FIRST_EXPORT, "Show what it writes", str(facts["request_id"]), "primary")
    return Message(title, (NOT_YET,), (look,))


def go_on(facts: Facts, by: str) -> Message:
    """What was allowed needs answers by who asked."""
    button = Button(Action.ACCESS_GO_ON, "Go on", str(facts["request_id"]), "primary")
    lines = (f"Press *Go on* to do so, until {when(facts['expires'])}. It is good for this schedule, once.",)
    return Message(f":white_check_mark: {mention(by)} allowed you to {_deed(facts)}.", lines, (button,))


def refused(facts: Facts, by: str) -> Message:
    return Message(f"{mention(by)} refused your request to {_deed(facts)}.", ("Nothing was read or written there.",))


def failed(facts: Facts, by: str, reason: str) -> Message:
    title = f":warning: {mention(by)} allowed you to {_deed(facts)}, but that did not work out."
    return Message(title, (reason, "Nothing goes on by itself: put that right, and ask again."))


def lapsed(facts: Facts) -> Message:
    lines = (f"Nobody has answered since {when(facts['asked'])}. Ask again if you still need it.",)
    return Message(f"Your request to {_deed(facts)} has lapsed.", lines)


def admins_named(facts: Facts) -> Message:
    """Told once to everybody who administers a connection since connections have admins."""
    uses = [f"• {escape(name)}" for name in facts["uses"][:20]] or ["• nothing so far"]
    if len(facts["uses"]) > 20:
        uses.append(f"• … and {len(facts['uses']) - 20} more")
    lines = [
        "What it is used for goes on as before. From now on others ask before they use it, and you get a card with "
        "*Allow* and *Refuse*.",
        f"Its admins: {_some(facts['admins'])}. It is used for:",
        *uses,
        *facts.get("also", ()),
        "`/oncall connections` shows it and lets you name other admins.",
    ]
    return Message(f"You are an admin of the {_there(facts).connection} *{escape(facts['account'])}*", tuple(lines))


def connection_removed(facts: Facts) -> Message:
    lines = [f"• *{escape(u['schedule'])}* ({escape(u['role'])}) to {escape(u['external'])}" for u in facts["uses"]]
    title = f"{mention(facts['by'])} removed the {_there(facts).connection} *{escape(facts['account'])}*"
    stays = f"What was exported stays in {_there(facts).name} as it is."
    return Message(title, ("This is not exported any more:", *lines, stays))
