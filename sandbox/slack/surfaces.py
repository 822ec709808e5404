"""Something a person looks at and can touch: a modal, their Home tab or a message. Finds fields and buttons by what
they say.

A field is found by its label: exactly, or by the first line of a label that has several. Labels that repeat on one
surface are told apart as "Start", "Start (2)", … A button is found by its text, and by the text near it: that of its
own block and of the nearest section or header above.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.inputs import Control, carry_over, controls_in
from sandbox.slack.model import Channel, ElementKey, Json, Message, Team, User, View
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.rendering import block_lines, shown_value
from sandbox.slack.world import World


class NothingThereError(Exception):
    """The person looked for something that isn't there."""


class SlackFailureError(Exception):
    """Slack showed the person that something failed."""


@dataclass(frozen=True, slots=True)
class Field:
    label: str
    control: Control


@dataclass(frozen=True, slots=True)
class Pressable:
    text: str
    control: Control
    near: str
    option: Json | None = None


@dataclass(frozen=True, slots=True)
class Surface:
    team: Team
    user: User
    blocks: list[Json]
    typed: dict[ElementKey, Json]
    view: View | None = None
    message: Message | None = None
    channel: Channel | None = None
    errors: dict[str, str] = field(default_factory=dict[str, str])


def view_surface(team: Team, user: User, view: View) -> Surface:
    return Surface(team, user, view.blocks, view.typed, view=view, errors=view.errors)


def message_surface(world: World, team: Team, user: User, channel: Channel, message: Message) -> Surface:
    typed = world.message_inputs.setdefault((message.ts, user.id), {})
    carry_over(typed, message.blocks)
    return Surface(team, user, message.blocks, typed, message=message, channel=channel)


def fields_on(surface: Surface, reader: Reader) -> list[Field]:
    seen: Counter[str] = Counter()
    fields: list[Field] = []
    for control in controls_in(surface.blocks):
        if control.holding is None:
            continue
        label = _label(control, reader)
        seen[label] += 1
        fields.append(Field(label if seen[label] == 1 else f"{label} ({seen[label]})", control))
    return fields


def _label(control: Control, reader: Reader) -> str:
    named = control.block.get("label") or control.block.get("text") or control.element.get("placeholder")
    return reader.text_object(named) or control.element["action_id"]


def find_field(surface: Surface, label: str, reader: Reader) -> Control:
    fields = fields_on(surface, reader)
    for matches in (lambda have: have == label, lambda have: have.split("\n")[0] == label):
        found = [field for field in fields if matches(field.label)]
        if found:
            return found[0].control
    raise NothingThereError(f"no field {label!r}; there are: {', '.join(repr(f.label) for f in fields) or 'none'}")


def control_on(surface: Surface, block_id: str, action_id: str) -> Control:
    """An element by its ids, as Slack's own client knows it."""
    for control in controls_in(surface.blocks):
        if control.key == (block_id, action_id):
            return control
    raise NothingThereError(f"there is no element {action_id!r} in a block {block_id!r} any more")


def pressables_on(surface: Surface, reader: Reader) -> Iterator[Pressable]:
    above = ""
    for block in _flattened(surface.blocks):
        own = "\n".join(block_lines(block, reader, surface.typed))
        above = own if block["type"] in ("section", "header") else f"{above}\n{own}"
        for control in controls_in([block]):
            if control.block is block:
                yield from _pressables(control, above, reader)


def _flattened(blocks: list[Json]) -> Iterator[Json]:
    for block in blocks:
        yield block
        yield from _flattened(block.get("child_blocks", []))
        if block["type"] == "carousel":
            yield from block["elements"]


def _pressables(control: Control, near: str, reader: Reader) -> Iterator[Pressable]:
    if control.kind in ("button", "workflow_button"):
        yield Pressable(reader.text_object(control.element["text"]), control, near)
    if control.kind in ("overflow", "radio_buttons", "checkboxes") and control.dispatches:
        for option in control.options():
            yield Pressable(reader.text_object(option["text"]), control, near, option)


def find_pressable(surface: Surface, text: str, within: str | None, reader: Reader) -> Pressable | None:
    for pressable in pressables_on(surface, reader):
        if pressable.text == text and (within is None or within in pressable.near):
            return pressable
    return None


def field_value(control: Control, state: Json, team: Team, reader: Reader) -> Any:
    """The value in the form in which a person would enter it: names, option texts, ISO dates."""
    holding = control.holding
    value = state.get(holding.state_key) if holding else None
    if value is None:
        return None
    if "users" in control.kind:
        return _each(value, lambda user_id: team.users[user_id].name if user_id in team.users else user_id)
    if control.kind == "datetimepicker":
        return int(value)
    return shown_value(control, state, reader)


def _each(value: Any, convert: Any) -> Any:
    return [convert(item) for item in value] if isinstance(value, list) else convert(value)
