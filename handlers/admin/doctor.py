"""``/oncall doctor``: what is not well, for admins: connections, and notices that could not be delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import zonedata
from handlers.connections.views import connection_text
from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    Block,
    View,
    actions,
    button,
    confirm,
    context,
    modal,
    section,
    when,
)
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_of, page_shown, pager, register_pages
from services.connections import credentials as connections
from services.connections.credentials import ConnectionView
from services.kit.wording import escape
from services.notices import dead_letters as letters
from services.notices.dead_letters import DeadLetter, DeadLetters
from services.presence import choices as presence
from services.presence.choices import Ailing
from services.schedules import horizon

TITLE = "Doctor"
SHOWN_CONNECTIONS, SHOWN_LETTERS, SHOWN_REASON, SHOWN_WHY = 30, 20, 500, 300
SHOWN_AILING = 20
PAGES = "doctor"
METHODS = {"slack": "in Slack", "email": "by e-mail", "webhook": "to the webhook", "fanout": "to anybody"}


class Id(StrEnum):
    SEND_AGAIN = "doctor.send_again"
    SEND_ALL_AGAIN = "doctor.send_all_again"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "doctor",
            "",
            "what is not well: connections, notices that were not delivered",
            open_view,
            group=Group.SETTING_UP,
            may=May.SOME_ADMINS,
        )
    )
    register_pages(listeners, PAGES, turn)
    listeners.action(Id.SEND_AGAIN, send_again)
    listeners.action(Id.SEND_ALL_AGAIN, send_all_again)


async def open_view(ask: Ask, _argument: str) -> None:
    await ask.slack.open(await _current(ask))


async def turn(ask: Ask) -> None:
    await ask.slack.replace(await _current(ask))


async def send_again(ask: Ask) -> None:
    await letters.send_again(ask.house, ask.actor, ask.slack.action_number)
    await ask.slack.replace(await _current(ask, ":hourglass_flowing_sand: It is on its way again."))


async def send_all_again(ask: Ask) -> None:
    count = await letters.send_all_again(ask.house, ask.actor)
    told = f":hourglass_flowing_sand: On their way again: {count}." if count else "There was nothing to send again."
    await ask.slack.replace(await _current(ask, told))


async def _current(ask: Ask, told: str = "") -> View:
    dead = await letters.dead_letters(ask.house, ask.actor)
    known = await connections.list_connections(ask.house, ask.actor)
    stuck = await horizon.failing(ask.house, ask.actor)
    ailing = await presence.ailing(ask.house, ask.actor)
    return view(known, dead, told, _zone_data(ask.house.clock.now().date()), stuck, page_shown(ask), ailing)


def _zone_data(today: date) -> str:
    data = zonedata.in_use()
    return f":warning: {data.describe(today)}" if data.is_old(today) else data.describe(today)


def view(
    known: Sequence[ConnectionView],
    dead: DeadLetters,
    told: str = "",
    rules: str = "",
    stuck: Sequence[tuple[str, str]] = (),
    number: int = 0,
    ailing: Sequence[Ailing] = (),
) -> View:
    """Connections first, then dead letters, each with a button; ``told`` is what was just done.

    ``rules`` says how old the time zone rules are; ``stuck`` names schedules that can't be extended, and why;
    ``ailing`` the user groups and topics that are not in step.
    """
    blocks: list[Block] = [section(told)] if told else []
    blocks.append(section("*Connections*"))
    failing_first = sorted(known, key=lambda one: one.ok)
    blocks += [section(connection_text(connection)) for connection in failing_first[:SHOWN_CONNECTIONS]]
    if len(known) > SHOWN_CONNECTIONS:
        more = len(known) - SHOWN_CONNECTIONS
        blocks.append(context(f"… and {more} more; `/oncall connections` lists them all. Those that fail come first."))
    if not known:
        blocks.append(context("There are none."))
    blocks.append(section("*Notices that could not be delivered*"))
    page = page_of(dead.shown, number, SHOWN_LETTERS)
    blocks += [_letter(letter) for letter in page.items]
    blocks += pager(PAGES, page, "notice")
    if dead.total > 1:
        blocks.append(_all_again(dead.total))
    if not dead.total:
        blocks.append(context("There are none."))
    if stuck:
        blocks.append(section("*Schedules that can't be extended to their horizon*"))
        blocks += kit.lines([f":warning: *{escape(name)}*: {escape(kit.cut(why, SHOWN_WHY))}" for name, why in stuck])
    if ailing:
        blocks.append(section("*User groups and topics that are not in step*"))
        blocks += kit.lines([_ailing(one) for one in ailing[:SHOWN_AILING]])
    if rules:
        blocks.append(context(rules))
    return modal(TITLE, blocks, metadata=Metadata(page=page.number).dump())


def _ailing(one: Ailing) -> str:
    return f":warning: {one.target} (*{escape(kit.cut(one.schedule, 100))}*): {one.why}"


def _all_again(total: int) -> Block:
    sure = confirm("Send all again", f"All {total} notices are sent once more, however old they are.", "Send", "Cancel")
    return actions("all", button(Id.SEND_ALL_AGAIN, "Send all again", confirm=sure))


def _letter(letter: DeadLetter) -> Block:
    what = escape(letter.kind.replace("_", " "))
    reason = escape(kit.cut(letter.reason, SHOWN_REASON))
    text = f"*{what}* {METHODS.get(letter.method, '')} to {_target(letter)} · {when(letter.at)}\n{reason}"
    return section(text) | {"accessory": button(Id.SEND_AGAIN, "Send again", str(letter.id))}


def _target(letter: DeadLetter) -> str:
    if letter.method == "webhook" or letter.method == "fanout":
        return escape(letter.target)
    return f"<#{letter.target}>" if letter.target.startswith(("C", "G")) else f"<@{letter.target}>"
