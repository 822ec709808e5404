"""Building blocks of messages and modals: plain functions that return Block Kit as dictionaries.

Slack refuses a whole view for one text that is too long or empty, so every function here cuts what it is given to
Slack's limits and puts a dash where there is nothing. Text in ``mrkdwn`` must be escaped by whoever puts names into
it (:func:`services.kit.wording.escape`); plain text is taken as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any, NamedTuple

from services.kit.wording import when as when

Block = dict[str, Any]
View = dict[str, Any]

MOST_OPTIONS = 100
MOST_TEXT = 3000
MOST_OPTION_TEXT = 75
MOST_OPTION_VALUE = 150
MOST_PEOPLE = 20
ELLIPSIS = "…"


class Choice(NamedTuple):
    """One option of a select: what is sent back, what is shown, and a line of explanation below it."""

    value: str
    text: str
    description: str = ""


def cut(text: str, most: int) -> str:
    """At most ``most`` characters, at least one."""
    text = text.strip() or "–"
    return text if len(text) <= most else text[: most - 1].rstrip() + ELLIPSIS


def plain(text: str, most: int = MOST_TEXT) -> Block:
    return {"type": "plain_text", "text": cut(text, most)}


def mrkdwn(text: str, most: int = MOST_TEXT) -> Block:
    return {"type": "mrkdwn", "text": cut(text, most)}


def section(text: str, block_id: str | None = None) -> Block:
    return _with_id({"type": "section", "text": mrkdwn(text)}, block_id)


def context(text: str, block_id: str | None = None) -> Block:
    return _with_id({"type": "context", "elements": [mrkdwn(text)]}, block_id)


def divider() -> Block:
    return {"type": "divider"}


def beside(block: Block, element: Block) -> Block:
    """A section with a button or menu at its side."""
    return block | {"accessory": element}


def actions(block_id: str, *elements: Block) -> Block:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(action_id: str, label: str, value: str = "", *, style: str = "", confirm: Block | None = None) -> Block:
    shape: Block = {"type": "button", "action_id": action_id, "text": plain(label, 75)}
    extras = {"value": value, "style": style, "confirm": confirm}
    return shape | {key: extra for key, extra in extras.items() if extra}


def confirm(title: str, text: str, yes: str, no: str) -> Block:
    return {
        "title": plain(title, 100),
        "text": mrkdwn(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def field(block_id: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """An input of a modal. Its block id is the name of the draft's attribute, so that errors find their field."""
    shape: Block = {"type": "input", "block_id": block_id, "label": plain(label, 2000), "element": element}
    if hint:
        shape["hint"] = plain(hint, 2000)
    return shape | ({"optional": True} if optional else {})


def asking(block: Block) -> Block:
    """The same input, but what is chosen in it is told at once."""
    return block | {"dispatch_action": True}


def text_input(action_id: str, initial: str = "", *, placeholder: str = "", most: int = MOST_TEXT) -> Block:
    shape: Block = {"type": "plain_text_input", "action_id": action_id, "max_length": most}
    extras = {"initial_value": initial[:most], "placeholder": placeholder and plain(placeholder, 150)}
    return shape | {key: extra for key, extra in extras.items() if extra}


def option(choice: Choice) -> Block:
    shape: Block = {"text": plain(choice.text, MOST_OPTION_TEXT), "value": choice.value[:MOST_OPTION_VALUE]}
    return shape | ({"description": plain(choice.description, 75)} if choice.description else {})


def options(choices: Iterable[Choice]) -> list[Block]:
    """As many options as Slack takes; those that would look alike are told apart by their values."""
    cut_off = list(choices)[:MOST_OPTIONS]
    shown = Counter(cut(choice.text, MOST_OPTION_TEXT) for choice in cut_off)
    return [option(_distinct(choice, shown)) for choice in cut_off]


def _distinct(choice: Choice, shown: Counter[str]) -> Choice:
    if shown[cut(choice.text, MOST_OPTION_TEXT)] == 1:
        return choice
    mark = f" ({cut(choice.value, 20)})"
    return choice._replace(text=cut(choice.text, MOST_OPTION_TEXT - len(mark)) + mark)


def select(action_id: str, choices: Sequence[Choice], chosen: str | None = None, *, placeholder: str = "") -> Block:
    """A static select; ``chosen`` is the value that it starts with."""
    return _choosing("static_select", action_id, choices, chosen) | _placeholder(placeholder)


def radio(action_id: str, choices: Sequence[Choice], chosen: str | None = None) -> Block:
    return _choosing("radio_buttons", action_id, choices, chosen)


def grouped(choices: Sequence[Choice]) -> Block:
    """All of them: Slack takes a hundred in a list, and a hundred lists."""
    if len(choices) <= MOST_OPTIONS:
        return {"options": options(choices)}
    starts = range(0, min(len(choices), MOST_OPTIONS**2), MOST_OPTIONS)
    parts = [choices[start : start + MOST_OPTIONS] for start in starts]
    return {"option_groups": [{"label": plain(_reach(part), 75), "options": options(part)} for part in parts]}


def _reach(part: Sequence[Choice]) -> str:
    return f"{cut(part[0].text, 30)} – {cut(part[-1].text, 30)}"


def _choosing(kind: str, action_id: str, choices: Sequence[Choice], chosen: str | None) -> Block:
    offered = options(choices)
    shape: Block = {"type": kind, "action_id": action_id, "options": offered}
    initial = next((o for o in offered if o["value"] == chosen), None)
    return shape | ({"initial_option": initial} if initial else {})


def search(action_id: str, chosen: Choice | None = None, *, placeholder: str = "") -> Block:
    """An external select: Baton is asked for options as the person types, the first time when it is opened."""
    shape: Block = {"type": "external_select", "action_id": action_id, "min_query_length": 0}
    return shape | ({"initial_option": option(chosen)} if chosen else {}) | _placeholder(placeholder)


def users(action_id: str, chosen: Iterable[str] = (), *, placeholder: str = "Choose people") -> Block:
    """Several people, in the order in which they are chosen; as many as a modal can remember."""
    shape: Block = {"type": "multi_users_select", "action_id": action_id, "max_selected_items": MOST_OPTIONS}
    initial = list(chosen)[:MOST_OPTIONS]
    return shape | ({"initial_users": initial} if initial else {}) | _placeholder(placeholder)


def user(action_id: str, chosen: str | None = None, *, placeholder: str = "Choose a person") -> Block:
    shape: Block = {"type": "users_select", "action_id": action_id} | _placeholder(placeholder)
    return shape | ({"initial_user": chosen} if chosen else {})


def moment(action_id: str, instant: datetime | None = None) -> Block:
    """A date and time in the reader's own zone."""
    shape: Block = {"type": "datetimepicker", "action_id": action_id}
    return shape | ({"initial_date_time": int(instant.timestamp())} if instant else {})


def of_day(action_id: str, initial: time | None = None) -> Block:
    shape: Block = {"type": "timepicker", "action_id": action_id}
    return shape | ({"initial_time": initial.strftime("%H:%M")} if initial else {})


def number(action_id: str, initial: int | str | None, least: int, most: int) -> Block:
    shape: Block = {
        "type": "number_input",
        "action_id": action_id,
        "is_decimal_allowed": False,
        "min_value": str(least),
        "max_value": str(most),
    }
    return shape | ({"initial_value": str(initial)} if initial else {})


def checkboxes(action_id: str, choices: Sequence[Choice], chosen: Iterable[str] = ()) -> Block:
    """At most ten of them; ``chosen`` are the values that are ticked at first."""
    offered = [option(choice) for choice in choices[:10]]
    ticked = set(chosen)
    shape: Block = {"type": "checkboxes", "action_id": action_id, "options": offered}
    initial = [o for o in offered if o["value"] in ticked]
    return shape | ({"initial_options": initial} if initial else {})


def _placeholder(text: str) -> Block:
    return {"placeholder": plain(text, 150)} if text else {}


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str = "",
    submit: str = "",
    close: str = "Close",
    metadata: str = "",
) -> View:
    shape: View = {"type": "modal", "title": plain(title, 24), "close": plain(close, 24), "blocks": list(blocks)}
    extras = {"callback_id": callback_id, "submit": submit and plain(submit, 24), "private_metadata": metadata}
    return shape | {key: extra for key, extra in extras.items() if extra}


def people(users: Iterable[str], most: int = MOST_PEOPLE) -> str:
    """Mentions of these users, and how many more there are; they are quiet in what only one person sees."""
    named = list(users)
    more = f" and {len(named) - most} more" if len(named) > most else ""
    return (", ".join(f"<@{user}>" for user in named[:most]) or "nobody") + more


def lines(texts: Iterable[str], most: int = MOST_TEXT) -> list[Block]:
    """Sections that hold these lines in order, as few as Slack's limit allows."""
    chunks: list[str] = []
    for text in (cut(line, most) for line in texts):
        if chunks and len(chunks[-1]) + 1 + len(text) <= most:
            chunks[-1] += "\n" + text
        else:
            chunks.append(text)
    return [section(chunk) for chunk in chunks]


def _with_id(block: Block, block_id: str | None) -> Block:
    return block | {"block_id": block_id} if block_id else block
