"""Who is on call in a channel, asked where everybody sees it: *Ask who is on call* on a message, or ``@Baton``.

The answer stands in the thread of that message and is about the schedules whose notice channel this is. It mentions
whoever is on call now, so that they find the question; who comes next is only named. Where Baton can't post, the person
alone is told why, with the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from slack_sdk.errors import SlackApiError

from handlers.kit.asker import Ask
from handlers.kit.blocks import MOST_PEOPLE, Block, context, lines
from handlers.kit.command_text import COMMAND
from handlers.kit.exchange import error_code
from handlers.kit.listeners import Listeners
from handlers.kit.refused_posts import why_refused
from handlers.schedules.who import role_line, who_text
from services.kit.wording import counted, escape
from services.people import directory as people
from services.schedules.creating import ScheduleName
from services.schedules.finding import schedules_of_channel
from services.shifts import assigning as shifts
from services.shifts.assigning import RoleNow

ASK = "who.ask"
SHOWN_SCHEDULES = 10
NO_SCHEDULE = (
    "No schedule has this channel as its notice channel, so there is nobody on call for it. "
    f"`{COMMAND} who` shows every schedule; its admins choose its channel with `{COMMAND} channel`."
)
Found = Sequence[tuple[ScheduleName, Sequence[RoleNow]]]


def register(listeners: Listeners) -> None:
    listeners.message_shortcut(ASK, ask_in_thread)
    listeners.mention(answer_mention)


async def ask_in_thread(ask: Ask) -> None:
    await _answer(ask, ask.slack.say, "here")


async def answer_mention(ask: Ask) -> None:
    await _answer(ask, ask.slack.tell_alone, f"in <#{ask.slack.channel_id}>")


async def _answer(ask: Ask, alone: Callable[[str], Awaitable[None]], where: str) -> None:
    """For everybody, or ``alone`` with the reason."""
    found = await schedules_of_channel(ask.house, ask.actor, ask.slack.channel_id)
    shown = found[:SHOWN_SCHEDULES]
    on_call = await shifts.on_call_in(ask.house, ask.actor, [one.id for one in shown])
    pairs = list(zip(shown, on_call, strict=True))
    names = await _names(ask, on_call)
    text, blocks = answer_text(pairs), answer_blocks(pairs, names, len(found) - len(shown))
    message = ask.slack.message
    thread = str(message.get("thread_ts") or message.get("ts") or "")
    try:
        await ask.slack.post(ask.slack.channel_id, text, blocks, thread=thread)
    except SlackApiError as error:
        await alone(refused(error_code(error), where, text))


async def _names(ask: Ask, on_call: Iterable[Sequence[RoleNow]]) -> dict[str, str]:
    following = {user for roles in on_call for now in roles for user in now.next_users}
    known = await people.named(ask.house, ask.actor.workspace_id, following)
    return {user: person.name for user, person in known.items()}


def answer_text(shown: Found) -> str:
    return who_text(shown) if shown else NO_SCHEDULE


def answer_blocks(shown: Found, names: Mapping[str, str], hidden: int = 0) -> list[Block]:
    """A section per schedule with a line per role; ``names`` of those who come next, ``hidden`` schedules left out."""

    def called(users: Iterable[str]) -> str:
        listed = list(users)
        more = f" and {len(listed) - MOST_PEOPLE} more" if len(listed) > MOST_PEOPLE else ""
        return (", ".join(escape(names.get(user, user)) for user in listed[:MOST_PEOPLE]) or "nobody") + more

    blocks: list[Block] = [] if shown else lines([NO_SCHEDULE])
    for schedule, roles in shown:
        title = f"*{escape(schedule.name)}* ({escape(schedule.team)})"
        blocks += lines([title, *(role_line(now, called) for now in roles)])
    if hidden:
        more = f"{counted(hidden, 'more schedule')} of this channel: `{COMMAND} who`"
        blocks.append(context(more))
    return blocks


def refused(code: str, where: str, text: str) -> str:
    """Why there is no answer for all to see, and the answer."""
    return f":warning: Baton can't answer for everybody {where}: {why_refused(code)}.\n{text}"
