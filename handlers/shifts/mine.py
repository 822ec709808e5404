"""``/oncall me``: one's own shifts on every schedule, and what can be done about them; the same of somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, actions, button, context, section, when
from handlers.kit.listeners import Listeners, Word
from handlers.kit.paging import Page, page_asked_for, page_of, pager, register_pages
from oncall.shifts import ShiftState
from services.kit.wording import escape
from services.people import directory as people
from services.people.directory import PersonView
from services.shifts import of_one_person as rosters
from services.shifts.of_one_person import PersonShift

PAGES, DO = "mine", "mine.do"
SHOWN = 15
DEEDS = (("cover", "Ask for cover"), ("swap", "Swap a shift"), ("take", "Take over a shift"))


def register(listeners: Listeners) -> None:
    async def do(ask: Ask) -> None:
        """A button stands for a word of the command."""
        word = listeners.words.get(str(ask.slack.action.get("value") or ""))
        if word is not None:
            await word.carry_out(ask, "")

    listeners.word(Word("me", "", "your shifts on every schedule", show_mine))
    register_pages(listeners, PAGES, turn)
    for name, _label in DEEDS:
        listeners.action(f"{DO}.{name}", do)


async def show_mine(ask: Ask, _argument: str) -> None:
    await ask.slack.say(*await _page(ask, ask.actor.user_id, 0))


async def show_person(ask: Ask, person: PersonView) -> None:
    await ask.slack.say(*await _page(ask, person.user_id, 0))


async def turn(ask: Ask) -> None:
    user = str(ask.slack.action.get("block_id") or "").partition(":")[2]
    await ask.slack.rewrite(*await _page(ask, user, page_asked_for(ask)))


async def _page(ask: Ask, user: str, number: int) -> tuple[str, list[Block]]:
    found = await rosters.shifts_of(ask.house, ask.actor, user)
    page, now = page_of(found, number, SHOWN), ask.house.clock.now()
    own = user == ask.actor.user_id
    known = await people.named(ask.house, ask.actor.workspace_id, [user])
    whose = "Your shifts" if own else f"Shifts of {escape(known[user].name if user in known else user)}"
    return f"{whose}: {_now_text(found, now)}", person_blocks(user, page, now, own=own)


def _now_text(found: Sequence[PersonShift], now: datetime) -> str:
    running = [f"{escape(one.shift.role)} of {escape(one.schedule)}" for one in found if one.runs_at(now)]
    return f"on call now as {', '.join(running)}" if running else "not on call now"


def person_blocks(user: str, page: Page[PersonShift], now: datetime, *, own: bool) -> list[Block]:
    """What runs, then what comes; the person's own list has buttons."""
    title = "*Your shifts*" if own else f"*Shifts of* <@{user}>"
    running = [one for one in page.items if one.runs_at(now)]
    coming = [one for one in page.items if not one.runs_at(now)]
    texts = [title, *(_running_line(one) for one in running)]
    if page.number == 0 and not running:
        texts.append("Not on call now.")
    texts += [_line(one) for one in coming] or (["No shifts ahead."] if page.total == len(running) else [])
    blocks = [section("\n".join(texts))]
    blocks += pager(PAGES, page, "shift", block_id=f"{PAGES}:{user}")
    if own and page.total:
        blocks.append(actions(DO, *(button(f"{DO}.{name}", label, name) for name, label in DEEDS)))
    elif not own:
        blocks.append(context("`/oncall take` takes one of these shifts over, `/oncall swap` swaps."))
    return blocks


def _running_line(one: PersonShift) -> str:
    role, schedule = escape(one.shift.role), escape(one.schedule)
    return f":telephone_receiver: On call now: *{role}* of *{schedule}* until {when(one.shift.end)}{_proposed(one)}"


def _line(one: PersonShift) -> str:
    role, schedule = escape(one.shift.role), escape(one.schedule)
    return f"• {when(one.shift.start)} – {when(one.shift.end)}: *{role}* of *{schedule}*{_proposed(one)}"


def _proposed(one: PersonShift) -> str:
    return " _(proposed)_" if one.shift.state is ShiftState.PROPOSED else ""
