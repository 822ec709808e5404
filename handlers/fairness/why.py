"""**Why?** beside a shift that was dealt: what decided, who was next, and what they would have cost, in words.

Beside a shift it is about that one; above a list, in the row of its buttons, about all of them, a page at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, View, button, context, modal, section, when
from handlers.kit.listeners import Listeners
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.kit.paging import page_of, page_shown, pager, register_pages
from services.fairness.why import Whys, WhyView, why_shift, whys
from services.kit.wording import escape

TITLE = "Why these shifts"
SHOW, ALL, PAGES = "why.show", "why.all", "why"
SHOWN = 10
PROPOSED = "proposed"


def register(listeners: Listeners) -> None:
    listeners.action(SHOW, show)
    listeners.action(ALL, show_all)
    register_pages(listeners, PAGES, turn)


def why_button(schedule_id: int, shift_id: int) -> Block:
    """For beside a shift."""
    return button(SHOW, "Why?", f"{schedule_id}:{shift_id}")


def all_button(schedule_id: int, *, proposed: bool = False) -> Block:
    """For the row of a list."""
    return button(ALL, "Why?", f"{schedule_id}:{PROPOSED if proposed else ''}")


async def show(ask: Ask) -> None:
    schedule, _, shift = str(ask.slack.action.get("value") or "").partition(":")
    found = await why_shift(ask.house, ask.actor, id_of(schedule) or 0, id_of(shift) or 0)
    await _open(ask, why_view(found, Metadata(schedule_id=found.schedule_id)))


async def show_all(ask: Ask) -> None:
    schedule, _, only = str(ask.slack.action.get("value") or "").partition(":")
    about = Metadata(schedule_id=id_of(schedule) or 0, token=only if only == PROPOSED else "")
    await _open(ask, why_view(await _found(ask, about), about))


async def turn(ask: Ask) -> None:
    about = replace(ask.slack.metadata, page=page_shown(ask))
    await ask.slack.replace(why_view(await _found(ask, about), about))


async def _found(ask: Ask, about: Metadata) -> Whys:
    return await whys(ask.house, ask.actor, about.schedule_id or 0, proposed=about.token == PROPOSED)


async def _open(ask: Ask, view: View) -> None:
    """On top of a modal that is open."""
    show = ask.slack.push if ask.slack.view and not ask.slack.is_home else ask.slack.open
    await show(view)


def why_view(found: Whys, metadata: Metadata) -> View:
    """Each shift with its sentences."""
    page = page_of(found.found, metadata.page or 0, SHOWN)
    blocks = [context(f"Schedule: *{escape(found.schedule)}*")]
    for one in page.items:
        blocks += _blocks(one)
    if not page.items:
        blocks.append(section("No shift ahead was dealt: the roles of this schedule are filled in order, or by hand."))
    return modal(TITLE, [*blocks, *pager(PAGES, page, "shift")], metadata=metadata.dump())


def _blocks(one: WhyView) -> Sequence[Block]:
    who = f"<@{one.user}>" if one.user else "_nobody_"
    proposed = " _(proposed)_" if one.proposed else ""
    head = f"{when(one.start)} – {when(one.end)}: *{escape(one.role)}*, {who}{proposed}"
    changed = [f":pencil2: {one.changed}"] if one.changed else []
    told = section("\n".join([head, *changed, *(f"• {line}" for line in one.lines)]))
    private = [context("Only admins and the person read this: " + "; ".join(one.reasons))] if one.reasons else []
    return [told, context(one.dealt), *private]
