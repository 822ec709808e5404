"""Whole payloads: modals, Home tabs and messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.slack.blockkit.blocks import Surface
from sandbox.slack.blockkit.engine import (
    NONE,
    Check,
    Problem,
    Problems,
    a_type,
    boolean,
    problem,
    render,
    tagged,
    text,
    typed,
    under,
)
from sandbox.slack.blockkit.objects import plain_text
from sandbox.slack.blockkit.surfaces import block_problems

MAX_VIEW_BYTES = 250_000
MAX_MESSAGE_TEXT = 40_000
_MOST_ATTACHMENTS = 100
_BUTTON_LABEL = plain_text(24)
_MESSAGE_CONTENT = ("text", "blocks", "attachments", "markdown_text")

_SHARED: Mapping[str, Check] = {
    "private_metadata": text(0, 3000),
    "callback_id": text(0, 255),
    "external_id": text(0, 255),
}


def view_size(view: object) -> int:
    """Bytes of a view as compact JSON."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))


def _view_blocks(surface: Surface) -> Check:
    def check(blocks: Any) -> Problems:
        return problem("must have at least 1 block") if blocks == [] else block_problems(blocks, surface)

    return check


def _submit_beside_inputs(view: dict[str, Any]) -> Problems:
    asks = any(block["type"] == "input" for block in view["blocks"])
    return problem("a modal with input blocks needs 'submit'", "submit") if asks and "submit" not in view else NONE


_VIEW = tagged(
    {
        "modal": typed(
            {"title": plain_text(24), "blocks": _view_blocks(Surface.MODAL)},
            {
                **_SHARED,
                "submit": _BUTTON_LABEL,
                "close": _BUTTON_LABEL,
                "clear_on_close": boolean,
                "notify_on_close": boolean,
                "submit_disabled": boolean,
            },
            _submit_beside_inputs,
        ),
        "home": typed({"blocks": _view_blocks(Surface.HOME)}, _SHARED),
    },
    "view type",
)


def check_view(view: object) -> list[str]:
    """What Slack would refuse about a modal or Home view; places are relative to the view."""
    found = list(_VIEW(view))
    if isinstance(view, dict) and (size := view_size(view)) > MAX_VIEW_BYTES:
        found += problem(f"the view has {size} bytes; at most {MAX_VIEW_BYTES} are allowed")
    return render(found)


def check_message(payload: dict[str, Any]) -> list[str]:
    """What is wrong with a message's content. Arguments that aren't content (channel, thread_ts, …) are not looked at.

    Slack takes blocks without `text`; notifications and screen readers are then left without words, so that is refused.
    """
    found: list[Problem] = []
    if "text" in payload:
        found += under("text", text(0, MAX_MESSAGE_TEXT)(payload["text"]))
    if "blocks" in payload:
        found += under("blocks", block_problems(payload["blocks"], Surface.MESSAGE))
    if "attachments" in payload:
        found += under("attachments", _attachment_problems(payload["attachments"]))
    return render([*found, *_missing_words(payload)])


def _missing_words(payload: dict[str, Any]) -> Problems:
    if payload.get("text"):
        return NONE
    if payload.get("blocks"):
        return problem("is needed beside blocks, for notifications and screen readers", "text")
    if any(payload.get(key) for key in _MESSAGE_CONTENT):
        return NONE
    return problem("a message needs text, blocks or attachments", "text")


def _attachment_problems(attachments: object) -> Problems:
    if not isinstance(attachments, list):
        return problem(f"must be a list, not {a_type(attachments)}")
    found: list[Problem] = []
    if len(attachments) > _MOST_ATTACHMENTS:
        found += problem(f"has {len(attachments)} attachments; at most {_MOST_ATTACHMENTS} are allowed")
    for index, attachment in enumerate(attachments):
        if not isinstance(attachment, dict):
            found += problem(f"must be an object, not {a_type(attachment)}", str(index))
        elif "blocks" in attachment:
            found += under(str(index), under("blocks", block_problems(attachment["blocks"], Surface.MESSAGE)))
    return found
