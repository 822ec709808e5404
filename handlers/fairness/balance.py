"""``/oncall balance``: who has how much of each role against their fair share, a page for each role. Anyone may look.

**Show picture** posts the same as a picture. The id of the block with the buttons keeps the schedule.
"""

from __future__ import annotations

from handlers.kit.asker import Ask
from handlers.kit.blocks import Block, context, lines, section
from handlers.kit.listeners import Listeners, Word
from handlers.kit.numbers import id_of
from handlers.kit.paging import Page, page_asked_for, page_of, pager, register_pages
from handlers.schedules.choosing import named_schedule
from handlers.shifts.picture import picture_button, post_drawn, register_picture
from oncall.fairness.balance import Standing
from oncall.fairness.measures import Row, Table
from services.fairness.balance import BalanceView, RoleBalance, balance_of
from services.fairness.balance_picture import drawn, number
from services.kit.wording import escape, when

PAGES, PICTURE = "balance", "balance.picture"
LIGHTS = {
    Standing.BALANCED: ":large_green_circle:",
    Standing.SLIGHTLY: ":large_orange_circle:",
    Standing.IMPROVING: ":red_circle: :chart_with_upwards_trend:",
    Standing.FAR: ":red_circle:",
}
LEGEND = (
    f"{LIGHTS[Standing.BALANCED]} balanced: within one shift · {LIGHTS[Standing.SLIGHTLY]} slightly off: within two · "
    f"{LIGHTS[Standing.FAR]} far off · {LIGHTS[Standing.IMPROVING]} far off, but what is ahead makes it better"
)


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "balance",
            "[schedule]",
            "who has done how much, and what their fair share is",
            show_balance,
            example="Payments",
            more="By shift type, hours, nights, weekends and public holidays; of roles that are filled in order, too.",
        )
    )
    register_pages(listeners, PAGES, turn)
    register_picture(listeners, PICTURE, show_picture)


async def show_balance(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument)
    await ask.slack.say(*await _page(ask, schedule.id, 0))


async def turn(ask: Ask) -> None:
    await ask.slack.rewrite(*await _page(ask, _schedule_of(ask), page_asked_for(ask)))


async def show_picture(ask: Ask) -> None:
    role = id_of(ask.slack.action.get("value")) or 0
    await post_drawn(ask, await drawn(ask.house, ask.actor, _schedule_of(ask), role))


def _schedule_of(ask: Ask) -> int:
    return id_of(str(ask.slack.action.get("block_id") or "").partition(":")[2]) or 0


async def _page(ask: Ask, schedule_id: int, which: int) -> tuple[str, list[Block]]:
    view = await balance_of(ask.house, ask.actor, schedule_id)
    page = page_of(view.roles, which, 1)
    return f"Balance of {escape(view.schedule)}", role_blocks(view, page)


def role_blocks(view: BalanceView, page: Page[RoleBalance]) -> list[Block]:
    """One role, by every measure, and what leads to the others."""
    blocks: list[Block] = []
    others: list[Block] = []
    for role in page.items:
        blocks.append(section(f"*{escape(view.schedule)}*: balance of *{escape(role.role)}*"))
        if role.tables:
            blocks += [context(f"{_counted(role)}\n{LEGEND}"), *lines(_lines(role))]
            others = [picture_button(PICTURE, str(role.role_id))]
        else:
            blocks.append(section("Nobody has had a shift in the last year, and none is ahead."))
    return blocks + pager(PAGES, page, "role", *others, block_id=f"{PAGES}:{view.schedule_id}")


def _counted(role: RoleBalance) -> str:
    """How it is counted, in a sentence."""
    how = "Filled fairly: by the shares of its members" if role.is_fair else "Filled in order: equal shares"
    since = f", from {when(role.since)} on" if role.since else ""
    return f"{how}{since}. Whoever joined later has no part of what was before. What runs counts as done."


def _lines(role: RoleBalance) -> list[str]:
    found: list[str] = []
    for table in role.tables:
        found += [f"*{escape(table.name)}*", *(_line(table, row) for row in table.rows)]
    return found


def _line(table: Table, row: Row) -> str:
    line, unit = row.line, " h" if table.hours else ""
    off = number(line.difference)
    difference = f"+{off}" if line.difference > 0 and off != "0" else off
    said = f"{number(line.done)} done, {number(line.ahead)} ahead, target {number(line.target)}{unit}"
    return f"{LIGHTS[row.standing]} <@{row.user}>: {said}, *{difference}*"
