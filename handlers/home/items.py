"""What waits for a person on their Home tab: each a line, and buttons that decide it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from handlers.home.words import DEEDS, press
from handlers.kit.blocks import Block, actions, beside, button, cut, lines, people, section, when
from notices.actions import Action
from notices.texts import access
from services.home.waiting import AccessWanted, CoverWanted, SwapWanted, ToConfirm, ToExport, Unmatched, Wait
from services.kit.wording import counted, escape
from services.schedules.creating import ScheduleName

MOST_NAME, MOST_REASON, MOST_PEOPLE = 100, 300, 10


def wait_blocks(wait: Wait) -> list[Block]:
    """A section, and a row of buttons where there are two."""
    match wait:
        case ToConfirm():
            text = (
                f"*{_name(wait.schedule.name)}*: {_counted(wait.count, 'shift waits', 'shifts wait')} to be confirmed"
            )
            return [_beside(text, "confirm", wait.schedule, "Confirm shifts")]
        case ToExport():
            return [_beside(_export(wait), "pending", wait.schedule, "Show changes")]
        case Unmatched():
            return [_beside(_unmatched(wait), "members", wait.schedule, "Match people")]
        case CoverWanted():
            return [_cover(wait)]
        case SwapWanted():
            return _swap(wait)
        case AccessWanted():
            return _access(wait)


def _beside(text: str, word: str, schedule: ScheduleName, label: str) -> Block:
    return beside(section(text), press(DEEDS[word], f"#{schedule.id}", label=label))


def _name(text: str) -> str:
    return escape(cut(text, MOST_NAME))


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _export(wait: ToExport) -> str:
    where = f"*{_name(wait.schedule.name)}* at *{_name(wait.destination)}*"
    if wait.held:
        changes = counted(wait.count, "change") if wait.count else "a change of its layers"
        return f":no_entry: {where}: Baton holds {changes} back, because it is too much at once to go without a word"
    waits = _counted(wait.count, "change waits", "changes wait") if wait.count else "a change of its layers waits"
    return f"{where}: {waits} to be exported"


def _unmatched(wait: Unmatched) -> str:
    has = "has" if len(wait.users) == 1 else "have"
    who = people(wait.users, MOST_PEOPLE)
    return f":warning: *{_name(wait.schedule.name)}*: PagerDuty does not know {who}, who {has} shifts ahead"


def _cover(wait: CoverWanted) -> Block:
    asked = wait.request
    what = f"as *{escape(asked.role)}* of *{_name(asked.schedule)}*, {when(asked.start)} – {when(asked.end)}"
    why = f"\n>{escape(cut(_one_line(asked.reason), MOST_REASON))}" if asked.reason.strip() else ""
    if wait.own:
        withdraw = button(Action.COVER_WITHDRAW, "Withdraw", str(asked.id))
        return beside(section(f":raised_hand: You asked for cover {what}{why}"), withdraw)
    take = button(Action.COVER_TAKE, "Take", str(asked.id), style="primary")
    return beside(section(f":raised_hand: <@{asked.user_id}> asks for cover {what}{why}"), take)


def _swap(wait: SwapWanted) -> list[Block]:
    sides = "\n".join(f"• {_side(side)}" for side in wait.facts["sides"])
    reason = str(wait.facts["reason"])
    why = f"\n>{escape(cut(_one_line(reason), MOST_REASON))}" if reason.strip() else ""
    number = str(wait.id)
    if wait.own:
        head = f":arrows_counterclockwise: You asked {people(wait.facts['waits_for'], MOST_PEOPLE)} to swap shifts"
        withdraw = button(Action.SWAP_WITHDRAW, "Withdraw", number)
        return [beside(section(f"{head} of *{_name(wait.schedule)}*\n{sides}{why}"), withdraw)]
    head = f":arrows_counterclockwise: <@{wait.facts['asked_by']}> asks to swap shifts"
    row = actions(
        f"home.swap.{number}",
        button(Action.SWAP_ACCEPT, "Accept", number, style="primary"),
        button(Action.SWAP_DECLINE, "Decline", number),
    )
    return [section(f"{head} of *{_name(wait.schedule)}*\n{sides}{why}"), row]


def _side(side: Mapping[str, Any]) -> str:
    start, end = (when(datetime.fromisoformat(side[name])) for name in ("start", "end"))
    return f"<@{side['user']}>: *{escape(str(side['role']))}*, {start} – {end}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _access(wait: AccessWanted) -> list[Block]:
    """As its card says it."""
    card = access.card(wait.facts)
    buttons = (button(one.action_id, one.label, one.value, style=one.style) for one in card.buttons)
    text = lines([f":key: {card.title}", *card.lines])
    return [*text, actions(f"home.access.{wait.facts['request_id']}", *buttons)]
