"""Rules about blocks as parts of one surface: which types may appear there, how many, and what must be unique.

Each block is first checked by itself (`blocks.BLOCK`). The rules of this module look across blocks, and because they
have to work beside broken blocks too, they read every key defensively and skip what isn't there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from sandbox.slack.blockkit.blocks import BLOCK, MARKDOWN_LIMIT, Surface, allowed_on
from sandbox.slack.blockkit.engine import NONE, Place, Problem, Problems, items, problem, render, under

SurfaceName = Literal["message", "modal", "home"]

MOST_BLOCKS = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}
MOST_TABLE_CHARACTERS = 10_000
_TABLES = frozenset({"table", "data_table"})
_WITHIN_MODALS_ONLY = frozenset({"file_input"})

_BLOCK_LISTS = {surface: items(BLOCK, 0, most, "block") for surface, most in MOST_BLOCKS.items()}


def check_blocks(blocks: object, surface: SurfaceName) -> list[str]:
    """What Slack would refuse about these blocks on this surface; empty when it would take them."""
    return render(under("blocks", block_problems(blocks, Surface(surface))))


def block_problems(blocks: object, surface: Surface) -> Problems:
    """The same with places relative to the list of blocks."""
    found = _BLOCK_LISTS[surface](blocks)
    if not isinstance(blocks, list):
        return found
    placed = list(_placed_blocks(blocks))
    return [*found, *_across_blocks(placed, surface)]


def _placed_blocks(blocks: list[Any], outer: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every block with its place, those inside containers and carousels included."""
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            continue
        place = (*outer, str(index))
        yield place, block
        for key, holder in (("child_blocks", "container"), ("elements", "carousel")):
            if block.get("type") == holder and isinstance(block.get(key), list):
                yield from _placed_blocks(block[key], (*place, key))


def _placed_elements(block: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Every interactive element of a block with its place in the block."""
    for key in ("accessory", "element"):
        if isinstance(element := block.get(key), dict):
            yield (key,), element
    for key in ("elements", "actions"):
        if isinstance(elements := block.get(key), list):
            yield from (((key, str(index)), item) for index, item in enumerate(elements) if isinstance(item, dict))


def _across_blocks(placed: list[tuple[Place, dict[str, Any]]], surface: Surface) -> list[Problem]:
    found: list[Problem] = []
    block_ids: set[str] = set()
    focused = 0
    for place, block in placed:
        found += _at(place, _surface_problems(block, surface))
        found += _at(place, _repeated_block_id(block, block_ids))
        found += _at(place, _repeated_action_ids(block))
        for inner, element in _placed_elements(block):
            found += _at((*place, *inner), _element_on_surface(element, block, surface))
            if element.get("focus_on_load") is True:
                focused += 1
                if focused > 1:
                    found.append(((*place, *inner, "focus_on_load"), "only one element of a view can have the focus"))
    return [*found, *_message_totals(placed)]


def _at(place: Place, problems: Problems) -> list[Problem]:
    return [((*place, *inner), reason) for inner, reason in problems]


def _surface_problems(block: dict[str, Any], surface: Surface) -> Problems:
    kind = block.get("type")
    if isinstance(kind, str) and not allowed_on(kind, surface):
        return problem(f"'{kind}' blocks are not allowed on a {surface} surface")
    return NONE


def _repeated_block_id(block: dict[str, Any], seen: set[str]) -> Problems:
    block_id = block.get("block_id")
    if not isinstance(block_id, str):
        return NONE
    if block_id in seen:
        return problem(f"the block_id '{block_id}' is already used on this surface", "block_id")
    seen.add(block_id)
    return NONE


def _repeated_action_ids(block: dict[str, Any]) -> Problems:
    named = [
        (place, element["action_id"])
        for place, element in _placed_elements(block)
        if isinstance(element.get("action_id"), str)
    ]
    if len(named) < 2 or len({action_id for _, action_id in named}) == len(named):
        return NONE
    return [
        ((*place, "action_id"), f"the action_id '{action_id}' is already used in this block")
        for index, (place, action_id) in enumerate(named)
        if action_id in {earlier for _, earlier in named[:index]}
    ]


def _element_on_surface(element: dict[str, Any], block: dict[str, Any], surface: Surface) -> Problems:
    kind = str(element.get("type"))
    in_modal = surface is Surface.MODAL
    if kind in _WITHIN_MODALS_ONLY and not in_modal:
        return problem(f"'{kind}' elements are allowed in modals only")
    if element.get("response_url_enabled") is True and not (in_modal and block.get("type") == "input"):
        return problem("is allowed in the input blocks of modals only", "response_url_enabled")
    return NONE


def _message_totals(placed: list[tuple[Place, dict[str, Any]]]) -> list[Problem]:
    kinds = Counter(str(block.get("type")) for _, block in placed)
    found: list[Problem] = []
    if kinds["markdown"] > 1:
        texts = [block.get("text") for _, block in placed if block.get("type") == "markdown"]
        total = sum(len(shown) for shown in texts if isinstance(shown, str))
        if total > MARKDOWN_LIMIT:
            found += problem(f"markdown blocks have {total} characters together; at most {MARKDOWN_LIMIT} are allowed")
    if kinds["table"] > 1:
        found += problem("only one 'table' block is allowed per message")
    written = sum(_written(block.get("rows")) for _, block in placed if str(block.get("type")) in _TABLES)
    if written > MOST_TABLE_CHARACTERS:
        found += problem(f"table cells have {written} characters together; at most {MOST_TABLE_CHARACTERS} are allowed")
    return found


def _written(value: Any) -> int:
    """Characters of text anywhere in the cells of a table."""
    if isinstance(value, list):
        return sum(map(_written, value))
    if not isinstance(value, dict):
        return 0
    shown = value.get("text")
    return (len(shown) if isinstance(shown, str) else 0) + _written(value.get("elements"))
