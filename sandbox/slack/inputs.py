"""The interactive elements of a surface and what they hold: `state.values`, initial values, and what Slack checks
itself.

Each kind of element keeps its value under its own key:

    text inputs          value                 initial_value
    one of options       selected_option       initial_option
    several of options   selected_options      initial_options
    people, channels …   selected_user(s) …    initial_user(s) …
    dates and times      selected_date …       initial_date …

An update keeps what an input shows when its block_id and action_id stay the same, even if a new initial value came
with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sandbox.slack.model import ElementKey, Json
from sandbox.slack.world import new_id


@dataclass(frozen=True, slots=True)
class Holding:
    """Where an element keeps its value: in its state, and in its definition to start with."""

    state_key: str
    initial_key: str
    many: bool = False


_ONE_TEXT = Holding("value", "initial_value")
_ONE_OPTION = Holding("selected_option", "initial_option")
_OPTIONS = Holding("selected_options", "initial_options", many=True)
HOLDINGS: dict[str, Holding] = {
    "plain_text_input": _ONE_TEXT,
    "email_text_input": _ONE_TEXT,
    "url_text_input": _ONE_TEXT,
    "number_input": _ONE_TEXT,
    "rich_text_input": Holding("rich_text_value", "initial_value"),
    "file_input": Holding("files", "files", many=True),
    "static_select": _ONE_OPTION,
    "external_select": _ONE_OPTION,
    "radio_buttons": _ONE_OPTION,
    "multi_static_select": _OPTIONS,
    "multi_external_select": _OPTIONS,
    "checkboxes": _OPTIONS,
    "users_select": Holding("selected_user", "initial_user"),
    "multi_users_select": Holding("selected_users", "initial_users", many=True),
    "conversations_select": Holding("selected_conversation", "initial_conversation"),
    "multi_conversations_select": Holding("selected_conversations", "initial_conversations", many=True),
    "channels_select": Holding("selected_channel", "initial_channel"),
    "multi_channels_select": Holding("selected_channels", "initial_channels", many=True),
    "datepicker": Holding("selected_date", "initial_date"),
    "timepicker": Holding("selected_time", "initial_time"),
    "datetimepicker": Holding("selected_date_time", "initial_date_time"),
}
TEXT_KINDS = ("plain_text_input", "email_text_input", "url_text_input", "number_input")
EXTERNAL_KINDS = ("external_select", "multi_external_select")


@dataclass(frozen=True, slots=True)
class Control:
    """One interactive element and the block it is in."""

    block: Json
    element: Json

    @property
    def key(self) -> ElementKey:
        return self.block["block_id"], self.element["action_id"]

    @property
    def kind(self) -> str:
        return self.element["type"]

    @property
    def is_input(self) -> bool:
        return self.block["type"] == "input"

    @property
    def optional(self) -> bool:
        return bool(self.block.get("optional", False))

    @property
    def holding(self) -> Holding | None:
        return HOLDINGS.get(self.kind)

    @property
    def dispatches(self) -> bool:
        return not self.is_input or bool(self.block.get("dispatch_action", False))

    def initial(self) -> Json:
        holding = cast("Holding", self.holding)
        value = self.element.get(holding.initial_key, [] if holding.many else None)
        return self.state(value)

    def state(self, value: Any) -> Json:
        state: Json = {"type": self.kind, cast("Holding", self.holding).state_key: value}
        if self.kind == "timepicker" and "timezone" in self.element:
            state["timezone"] = self.element["timezone"]
        return state

    def options(self) -> list[Json]:
        flat = list(self.element.get("options") or [])
        for group in self.element.get("option_groups") or []:
            flat.extend(group.get("options") or [])
        return flat


def controls_in(blocks: list[Json]) -> Iterator[Control]:
    for block in blocks:
        for element in _elements_of(block):
            if "action_id" in element:
                yield Control(block, element)
        for inner in (
            *block.get("child_blocks", ()),
            *(block.get("elements", ()) if block["type"] == "carousel" else ()),
        ):
            yield from controls_in([inner])


def _elements_of(block: Json) -> list[Json]:
    found: list[Json] = [block[name] for name in ("element", "accessory") if isinstance(block.get(name), dict)]
    if block["type"] in ("actions", "context_actions"):
        found.extend(block.get("elements", ()))
    if block["type"] == "card":
        found.extend(block.get("actions", ()))
    return [element for element in found if element.get("type") not in ("image", "mrkdwn", "plain_text")]


def with_ids(blocks: list[Json]) -> list[Json]:
    """A copy of the blocks in which everything has the ids that Slack makes up when the app gave none."""
    return [_block_with_ids(block) for block in blocks]


def _block_with_ids(block: Json) -> Json:
    copy = {"block_id": new_id("", 5), **block}
    for name in ("element", "accessory"):
        if isinstance(copy.get(name), dict) and copy[name].get("type") != "image":
            copy[name] = {"action_id": new_id("", 5), **copy[name]}
    for name in ("elements", "actions"):
        if copy["type"] in ("actions", "context_actions", "card") and name in copy:
            copy[name] = [{"action_id": new_id("", 5), **element} for element in copy[name]]
    for name in ("child_blocks", "elements"):
        if name in copy and (name == "child_blocks" or copy["type"] == "carousel"):
            copy[name] = [_block_with_ids(inner) for inner in copy[name]]
    return copy


def initial_state(blocks: list[Json]) -> dict[ElementKey, Json]:
    return {control.key: control.initial() for control in controls_in(blocks) if control.holding}


def carry_over(typed: dict[ElementKey, Json], blocks: list[Json]) -> None:
    """Change the state in place for new blocks: a value stays where the same input still is, the rest start anew."""
    state = initial_state(blocks)
    for control in controls_in(blocks):
        kept = typed.get(control.key)
        if kept and kept["type"] == control.kind and _still_on_offer(control, kept):
            state[control.key] = kept
    typed.clear()
    typed.update(state)


def _still_on_offer(control: Control, state: Json) -> bool:
    offered = [option.get("value") for option in control.options()]
    if not offered:
        return True
    chosen = [state["selected_option"]] if state.get("selected_option") else state.get("selected_options") or []
    return all(option.get("value") in offered for option in chosen)


def state_values(typed: dict[ElementKey, Json]) -> Json:
    values: Json = {}
    for (block_id, action_id), state in typed.items():
        values.setdefault(block_id, {})[action_id] = state
    return {"values": values}


def refused_by_slack(blocks: list[Json], typed: dict[ElementKey, Json]) -> dict[str, str]:
    """What the person's own Slack says about the inputs before anything is sent, by block_id."""
    errors: dict[str, str] = {}
    for control in controls_in(blocks):
        if control.is_input and (complaint := _complaint(control, typed[control.key])):
            errors[control.key[0]] = complaint
    return errors


def _complaint(control: Control, state: Json) -> str | None:
    value = state[cast("Holding", control.holding).state_key]
    if value in (None, "", []):
        return None if control.optional else "Please complete this required field."
    if control.kind == "number_input":
        return _number_complaint(control.element, value)
    if control.kind in ("email_text_input", "url_text_input"):
        return _format_complaint(control.kind, value)
    if control.kind == "plain_text_input":
        return _length_complaint(control.element, value)
    return None


def _length_complaint(element: Json, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Must be at least {least} characters."
    return f"Must be less than {most + 1} characters." if len(value) > most else None


def _number_complaint(element: Json, value: str) -> str | None:
    pattern = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a valid number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Please enter a number that's {least} or more."
    if most is not None and float(value) > float(most):
        return f"Please enter a number that's {most} or less."
    return None


def _format_complaint(kind: str, value: str) -> str | None:
    if kind == "email_text_input":
        return None if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value) else "Please enter a valid email address."
    return None if re.fullmatch(r"https?://\S+", value) else "Please enter a valid URL."
