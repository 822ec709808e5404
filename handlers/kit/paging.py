"""Lists that are longer than a screen: pages of them, and the buttons that turn the pages.

In a message the buttons carry all that is needed to draw another page; in a modal the page stands in the metadata.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, actions, button, context
from handlers.kit.listeners import Listeners
from services.kit.wording import counted

T = TypeVar("T")
BACK, ON = ".page_back", ".page_on"


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list: ``number`` counts from 0, ``first`` is the place of its first item in the list."""

    items: Sequence[T]
    number: int
    pages: int
    first: int
    total: int


def page_of(found: Sequence[T], number: int, size: int) -> Page[T]:
    """Page ``number`` of these, or the last one where the list has become shorter."""
    pages = max(1, -(-len(found) // size))
    number = min(max(number, 0), pages - 1)
    first = number * size
    return Page(found[first : first + size], number, pages, first, len(found))


def register_pages(listeners: Listeners, prefix: str, turn: Callable[[Ask], Awaitable[None]]) -> None:
    """``turn`` draws the page whose number the button carries (:func:`page_asked_for`)."""
    listeners.action(prefix + BACK, turn)
    listeners.action(prefix + ON, turn)


def pager(prefix: str, page: Page[T], noun: str, *others: Block, block_id: str = "") -> list[Block]:
    """Where in the list this is, and buttons to the pages beside it; only ``others`` where there is one page."""
    buttons: list[Block] = []
    if page.number > 0:
        buttons.append(button(prefix + BACK, "Previous", str(page.number - 1)))
    if page.number < page.pages - 1:
        buttons.append(button(prefix + ON, "Next", str(page.number + 1)))
    row = [actions(block_id or f"{prefix}.pages", *buttons, *others)] if buttons or others else []
    if page.pages == 1:
        return row
    span = f"{page.first + 1}–{page.first + len(page.items)} of {counted(page.total, noun)}"
    return [context(span), *row]


def page_shown(ask: Ask) -> int:
    """In a modal: the page that a button asks for, else the one that is shown."""
    turned = str(ask.slack.action.get("action_id") or "").endswith((BACK, ON))
    return ask.slack.action_number if turned else ask.slack.metadata.page or 0


def page_asked_for(ask: Ask) -> int:
    return ask.slack.action_number
