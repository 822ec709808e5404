"""Blocks as lines of text: what a person sees of a message or a view, without the colours."""

from collections.abc import Callable
from typing import Any

from sandbox.slack.inputs import Control, controls_in
from sandbox.slack.model import ElementKey, Json, Message
from sandbox.slack.mrkdwn import Reader
from sandbox.slack.richtext import rich_text_lines

Typed = dict[ElementKey, Json]


def message_text(message: Message, reader: Reader) -> str:
    """What is shown of a message: its blocks, or its text if it has none."""
    if not message.blocks:
        return reader.mrkdwn(message.text)
    return "\n".join(blocks_lines(message.blocks, reader))


def blocks_lines(blocks: list[Json], reader: Reader, typed: Typed | None = None) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        lines.extend(block_lines(block, reader, typed or {}))
    return [line for line in lines if line]


def block_lines(block: Json, reader: Reader, typed: Typed) -> list[str]:
    draw = _BLOCKS.get(block["type"], _anything)
    lines = draw(block, reader)
    for control in controls_in([block]):
        if control.block is block:
            lines.extend(element_lines(control, reader, typed))
    for inner in _inner_blocks(block):
        lines.extend(block_lines(inner, reader, typed))
    return lines


def _inner_blocks(block: Json) -> list[Json]:
    return list(block.get("child_blocks", ())) + list(block["elements"] if block["type"] == "carousel" else ())


def _section(block: Json, reader: Reader) -> list[str]:
    lines = [reader.text_object(block.get("text"))]
    lines.extend(reader.text_object(field) for field in block.get("fields", ()))
    accessory = block.get("accessory", {})
    return [*lines, f"[{accessory['alt_text']}]"] if accessory.get("type") == "image" else lines


def _input(block: Json, reader: Reader) -> list[str]:
    suffix = " (optional)" if block.get("optional") else ""
    return [f"{reader.text_object(block['label'])}{suffix}", reader.text_object(block.get("hint"))]


def _context(block: Json, reader: Reader) -> list[str]:
    parts = [f"[{e['alt_text']}]" if e["type"] == "image" else reader.text_object(e) for e in block["elements"]]
    return [" ".join(part for part in parts if part)]


def _image(block: Json, reader: Reader) -> list[str]:
    return [reader.text_object(block.get("title")), f"[{block['alt_text']}]"]


def _table(block: Json, reader: Reader) -> list[str]:
    return [" | ".join(_cell(cell, reader) for cell in row) for row in block["rows"]]


def _cell(cell: Json, reader: Reader) -> str:
    if cell.get("type") == "rich_text":
        return " ".join(rich_text_lines(cell, reader))
    return str(cell.get("text", cell.get("value", "")))


def _titled(block: Json, reader: Reader) -> list[str]:
    names = ("title", "subtitle", "body", "text", "description", "subtext", "level_text")
    return [reader.text_object(block[name]) for name in names if isinstance(block.get(name), dict)]


def _anything(block: Json, reader: Reader) -> list[str]:
    """Every text object in a block that has no drawing of its own."""
    return _texts_in({k: v for k, v in block.items() if k not in ("child_blocks", "elements", "actions")}, reader)


def _texts_in(value: Any, reader: Reader) -> list[str]:
    if isinstance(value, list):
        return [line for item in value for line in _texts_in(item, reader)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in ("mrkdwn", "plain_text"):
        return [reader.text_object(value)]
    return [line for item in value.values() for line in _texts_in(item, reader)]


_BLOCKS: dict[str, Callable[[Json, Reader], list[str]]] = {
    "section": _section,
    "header": lambda block, reader: [reader.text_object(block["text"])],
    "divider": lambda block, reader: [],
    "input": _input,
    "actions": lambda block, reader: [],
    "context": _context,
    "image": _image,
    "rich_text": rich_text_lines,
    "markdown": lambda block, reader: [reader.markdown(block["text"])],
    "table": _table,
    "card": _titled,
    "alert": _titled,
    "carousel": lambda block, reader: [],
}


def element_lines(control: Control, reader: Reader, typed: Typed) -> list[str]:
    """A button's label, the choices that are all in view (radio buttons, checkboxes), or what an input shows."""
    element = control.element
    if control.kind in ("button", "workflow_button"):
        return [f"[{reader.text_object(element['text'])}]"]
    if control.kind == "overflow":
        return ["[…]"]
    state = typed.get(control.key) or (control.initial() if control.holding else {})
    if control.kind in ("radio_buttons", "checkboxes"):
        return _choices(control, state, reader)
    shown = shown_value(control, state, reader)
    shown = ", ".join(shown) if isinstance(shown, list) else shown
    return [shown or reader.text_object(element.get("placeholder"))]


def _choices(control: Control, state: Json, reader: Reader) -> list[str]:
    one = [state["selected_option"]] if state.get("selected_option") else []
    chosen = {option.get("value") for option in one + list(state.get("selected_options") or [])}
    marks = ("(•)", "( )") if control.kind == "radio_buttons" else ("[x]", "[ ]")
    lines: list[str] = []
    for option in control.options():
        mark = marks[0] if option.get("value") in chosen else marks[1]
        lines.append(f"{mark} {reader.text_object(option['text'])}")
        lines.append(reader.text_object(option.get("description")))
    return lines


def shown_value(control: Control, state: Json, reader: Reader) -> Any:
    """What an input shows, as text or as a list of texts; a date and time in the reader's zone."""
    holding = control.holding
    if holding is None:
        return None
    value = state.get(holding.state_key)
    if value is None:
        return None
    return (
        [_shown(control.kind, item, reader) for item in value] if holding.many else _shown(control.kind, value, reader)
    )


def _shown(kind: str, value: Any, reader: Reader) -> str:
    if isinstance(value, dict):
        return reader.text_object(value["text"]) if "text" in value else "\n".join(rich_text_lines(value, reader))
    if "users" in kind:
        return reader.user(value)
    if "conversations" in kind or "channels" in kind:
        return reader.channel(value)
    if kind == "datetimepicker":
        return reader.date(int(value), "{date_num} {time}")
    return str(value)
