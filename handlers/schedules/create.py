"""``/oncall create``: a modal for a new schedule. ``/oncall schedules``: the ones there are."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    Block,
    Choice,
    View,
    field,
    lines,
    modal,
    people,
    plain,
    radio,
    search,
    text_input,
)
from handlers.kit.forms import Form
from handlers.kit.listeners import Group, Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_asked_for, page_of, pager, register_pages
from handlers.notices.channel_field import channel_field, check_channel
from handlers.schedules import zone_search as zones
from services.kit.wording import counted, escape
from services.schedules import creating as schedules
from services.schedules.creating import (
    MAX_HORIZON_DAYS,
    ConfirmMode,
    ScheduleDraft,
    ScheduleName,
    ScheduleView,
)
from services.schedules.finding import none_yet

SHOWN_SCHEDULES = 50
PAGES = "schedules"


class Id(StrEnum):
    VIEW = "create"
    VALUE = "create.value"
    ZONE = "create.time_zone"


CONFIRM = (
    Choice(ConfirmMode.BY_HAND, "By hand", "New shifts wait until an admin confirms them"),
    Choice(ConfirmMode.AUTOMATICALLY, "Automatically", "New shifts are confirmed as they are made"),
)


def register(listeners: Listeners) -> None:
    listeners.word(Word("create", "", "make a schedule", open_form, group=Group.SETTING_UP, may=May.CREATORS))
    listeners.word(Word("schedules", "", "list all schedules", list_all))
    register_pages(listeners, PAGES, turn)
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, _argument: str) -> None:
    await schedules.check_creator(ask.house, ask.actor)
    zone = zones.choice(await ask.time_zone(), ask.house.clock.now())
    await ask.slack.open(form(ask.actor.user_id, zone, Metadata(reply_to=ask.slack.reply_to)))


async def search_zones(ask: Ask) -> Sequence[Choice]:
    return zones.search(ask.slack.query, ask.house.clock.now())


async def submit(ask: Ask) -> None:
    await check_channel(ask)
    made = await schedules.create_schedule(ask.house, ask.actor, draft(ask.slack.form))
    await ask.slack.ack()
    await ask.slack.say(created(made))


async def list_all(ask: Ask, _argument: str) -> None:
    known = await schedules.list_schedules(ask.house, ask.actor)
    if not known:
        await ask.slack.say(await none_yet(ask.house, ask.actor))
        return
    await ask.slack.say(*listed(known))


async def turn(ask: Ask) -> None:
    known = await schedules.list_schedules(ask.house, ask.actor)
    await ask.slack.rewrite(*listed(known, page_asked_for(ask)))


def draft(typed: Form) -> ScheduleDraft:
    return ScheduleDraft(
        name=typed.text("name"),
        team=typed.text("team"),
        time_zone=typed.option("time_zone") or "",
        roles=typed.text("roles").split(","),
        members=typed.users("members"),
        admins=typed.users("admins"),
        channel_id=typed.conversation("channel_id"),
        horizon_days=typed.text("horizon_days"),
        confirm=typed.choice("confirm", ConfirmMode, ConfirmMode.BY_HAND),
    )


def form(user_id: str, zone: Choice, metadata: Metadata) -> View:
    """The modal; the person who opens it is its first admin."""
    blocks = [
        field("name", "Name", text_input(Id.VALUE, placeholder="Payments", most=150)),
        field("team", "Team", text_input(Id.VALUE, placeholder="Payments engineering", most=150)),
        field("time_zone", "Time zone", search(Id.ZONE, zone, placeholder="City or offset")),
        field(
            "roles",
            "Roles",
            text_input(Id.VALUE, "Primary", most=500),
            hint="Separated by commas, for example: Primary, Secondary",
        ),
        field("members", "Members", _users(), hint="Who can be on call, in this order"),
        field("admins", "Admins", _users(user_id), hint="Who can change this schedule"),
        channel_field(Id.VALUE),
        field("horizon_days", "Horizon (days)", _horizon(), hint="How far ahead shifts are assigned"),
        field("confirm", "Confirm shifts", radio(Id.VALUE, CONFIRM, ConfirmMode.BY_HAND)),
    ]
    return modal(
        "Create schedule", blocks, callback_id=Id.VIEW, submit="Create", close="Cancel", metadata=metadata.dump()
    )


def _users(*chosen: str) -> Block:
    shape: Block = {"type": "multi_users_select", "action_id": Id.VALUE, "placeholder": plain("Choose people")}
    return shape | ({"initial_users": list(chosen)} if chosen else {})


def _horizon() -> Block:
    return {
        "type": "number_input",
        "action_id": Id.VALUE,
        "is_decimal_allowed": False,
        "initial_value": "30",
        "min_value": "1",
        "max_value": str(MAX_HORIZON_DAYS),
    }


def created(made: ScheduleView) -> str:
    name = escape(made.name)
    return (
        f":white_check_mark: Created *{name}* with {counted(len(made.assignable), 'member')}, administered by "
        f"{people(member.user_id for member in made.admins)}.\n"
        f"Next: `/oncall rotation {name}` says who takes turns, `/oncall assign {name}` puts somebody on call once, "
        f"`/oncall destinations {name}` exports it to PagerDuty or a calendar."
    )


def listed(known: Sequence[ScheduleName], number: int = 0) -> tuple[str, list[Block]]:
    """Every schedule with its team, page by page."""
    page = page_of(known, number, SHOWN_SCHEDULES)
    entries = [f"• *{escape(schedule.name)}* ({escape(schedule.team)})" for schedule in page.items]
    blocks = [*lines(entries), *pager(PAGES, page, "schedule")]
    return f"{counted(len(known), 'schedule')} in this workspace", blocks
