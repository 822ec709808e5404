"""Blocks and views for the tests, as an app would build them."""

from typing import Any

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(text: str, value: str | None = None) -> Json:
    return {"text": plain(text), "value": value or text.lower()}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def button(text: str, action_id: str, **more: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, **more}


def actions(*elements: Json, **more: Any) -> Json:
    return {"type": "actions", "elements": list(elements), **more}


def field(label: str, kind: str = "plain_text_input", **element: Any) -> Json:
    """An input block; `optional`, `dispatch_action` and `block_id` go to the block, the rest to the element."""
    name = label.lower().replace(" ", "_")
    block = {key: element.pop(key) for key in ("optional", "dispatch_action", "hint") if key in element}
    block_id = element.pop("block_id", name)
    shape = {"type": kind, "action_id": f"{name}_value", **element}
    return {"type": "input", "block_id": block_id, "label": plain(label), "element": shape, **block}


def modal(title: str, *blocks: Json, **more: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Save"),
        "blocks": list(blocks) or [section("Nothing here")],
        **more,
    }


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}
