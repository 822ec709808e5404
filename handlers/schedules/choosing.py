"""Which schedule a word is about: named, the channel's own, the only one, or chosen from a list.

The list comes as a message with a select. Choosing goes on with the word as if the schedule had been named; the
question is taken away. The select's block id holds the word and what else was typed with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    MOST_OPTIONS,
    Block,
    Choice,
    actions,
    search,
    section,
    select,
)
from services.kit.errors import Unclear
from services.schedules.creating import ScheduleName, ScheduleView, list_schedules
from services.schedules.finding import Among, candidates, channel_first, find_schedule, fitting

CHOOSE, FIND = "choose.schedule", "choose.find_schedule"
MOST_BLOCK_ID = 255


async def named_schedule(ask: Ask, argument: str, among: Among = Among.ANY, *, kept: str = "") -> ScheduleView:
    """The schedule that is meant here; ``kept`` is what else was typed. Raises Unclear."""
    try:
        return await find_schedule(ask.house, ask.actor, argument, channel_id=ask.slack.channel_id, among=among)
    except Unclear as error:
        error.kept = kept
        raise


def schedule_choices(offered: Sequence[ScheduleName]) -> list[Choice]:
    """Schedules by name, with their team where the name alone is not enough."""
    return [Choice(str(one.id), one.label) for one in candidates(offered)]


async def search_schedules(ask: Ask) -> Sequence[Choice]:
    """Schedules that fit what was typed, those of this channel first."""
    known = await list_schedules(ask.house, ask.actor)
    return schedule_choices(channel_first(fitting(known, ask.slack.query), ask.slack.channel_id))


def question(error: Unclear) -> list[Block]:
    """The sentence, and the schedules to go on with."""
    offered = [Choice(str(one.id), one.label) for one in error.candidates]
    if not offered:
        return [section(str(error))]
    element = (
        select(CHOOSE, offered, placeholder="Choose a schedule")
        if len(offered) <= MOST_OPTIONS
        else search(FIND, placeholder="Type a part of its name")
    )
    return [section(str(error)), actions(f"word:{error.word}:{error.kept}"[:MOST_BLOCK_ID], element)]


def meant(block_id: str) -> tuple[str, str]:
    """The word and what was typed with it, as :func:`question` wrote them."""
    _, _, rest = block_id.partition(":")
    word, _, kept = rest.partition(":")
    return word, kept
