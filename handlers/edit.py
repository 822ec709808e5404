"""``/oncall edit`` and ``/oncall archive``: the schedule itself."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers import blocks as kit
from handlers import zones
from handlers.blocks import Block, Choice, View, field, modal, plain, radio, search, section, text_input
from handlers.choosing import named_schedule
from handlers.context import Ask
from handlers.create import CONFIRM
from handlers.listeners import Group, Listeners, Word
from handlers.metadata import Metadata
from services import editing, schedules
from services.editing import Archiving, EditDraft, Edited
from services.finding import Among
from services.schedules import MAX_HORIZON_DAYS, ConfirmMode, ScheduleView
from services.wording import counted, escape

EDIT_TITLE = "Edit schedule"
ARCHIVE_TITLE = "Archive schedule"
SHOWN_NAMES = 20


class Id(StrEnum):
    EDIT = "edit"
    ARCHIVE = "archive"
    ZONE = "edit.time_zone"
    VALUE = "edit.value"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "edit",
            "[schedule]",
            "change a schedule's name, zone, admins, channel or horizon",
            open_edit,
            group=Group.ADMINS,
        )
    )
    listeners.word(Word("archive", "[schedule]", "put a schedule away", open_archive, group=Group.ADMINS))
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.EDIT, edit)
    listeners.view(Id.ARCHIVE, archive)


async def open_edit(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    zone = zones.choice(schedule.time_zone, ask.house.clock.now())
    await ask.slack.open(edit_form(schedule, zone, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def open_archive(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    stops = await editing.archiving(ask.house, ask.actor, schedule.id)
    await ask.slack.open(archive_view(stops, Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)))


async def search_zones(ask: Ask) -> Sequence[Choice]:
    return zones.search(ask.slack.query, ask.house.clock.now())


async def edit(ask: Ask) -> None:
    typed = ask.slack.form
    draft = EditDraft(
        schedule_id=ask.slack.metadata.schedule_id or 0,
        name=typed.text("name"),
        time_zone=typed.option("time_zone") or "",
        admins=typed.users("admins"),
        channel_id=typed.conversation("channel_id"),
        horizon_days=typed.text("horizon_days"),
        confirm=typed.choice("confirm", ConfirmMode, ConfirmMode.BY_HAND),
    )
    edited = await editing.edit_schedule(ask.house, ask.actor, draft)
    await ask.slack.ack()
    await ask.slack.say(edited_text(edited))


async def archive(ask: Ask) -> None:
    stopped = await editing.archive_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    await ask.slack.ack()
    kept = "Its history is kept; `/oncall archived` shows it and brings it back."
    await ask.slack.say(f":file_cabinet: Archived *{escape(stopped.schedule.name)}*. {kept}")


def edit_form(schedule: ScheduleView, zone: Choice, metadata: Metadata) -> View:
    admins = [member.user_id for member in schedule.admins]
    horizon = kit.number(Id.VALUE, schedule.horizon_days, 1, MAX_HORIZON_DAYS)
    blocks = [
        field("name", "Name", text_input(Id.VALUE, schedule.name, most=150)),
        field("time_zone", "Time zone", search(Id.ZONE, zone, placeholder="City or offset")),
        field("admins", "Admins", kit.users(Id.VALUE, admins), hint="Who can change this schedule"),
        field(
            "channel_id",
            "Notice channel",
            _channel(schedule.channel_id),
            hint="Where handoffs are told",
            optional=True,
        ),
        field("horizon_days", "Horizon (days)", horizon, hint="How far ahead shifts are assigned"),
        field("confirm", "Confirm shifts", radio(Id.VALUE, CONFIRM, schedule.confirm)),
    ]
    return modal(EDIT_TITLE, blocks, callback_id=Id.EDIT, submit="Save", close="Cancel", metadata=metadata.dump())


def _channel(chosen: str | None) -> Block:
    shape: Block = {
        "type": "conversations_select",
        "action_id": Id.VALUE,
        "placeholder": plain("Choose a channel"),
        "filter": {"include": ["public", "private"], "exclude_bot_users": True},
    }
    return shape | ({"initial_conversation": chosen} if chosen else {})


def edited_text(edited: Edited) -> str:
    name = escape(edited.schedule.name)
    text = f":white_check_mark: Saved *{name}*."
    if edited.extended.proposed:
        waiting = counted(len(edited.extended.proposed), "new shift")
        return f"{text} {waiting} to confirm: `/oncall confirm {name}`."
    if edited.extended.confirmed:
        return f"{text} {counted(len(edited.extended.confirmed), 'shift')} confirmed."
    return text


def archive_view(stops: Archiving, metadata: Metadata) -> View:
    """What stops, and what stays."""
    name = escape(stops.schedule.name)
    lines = [f"• {counted(stops.shifts, 'confirmed shift')} ahead: nobody is told of handoffs any more"]
    lines += _some("• the rotation {}", stops.rotations)
    lines += _some("• the export to {}; what was exported stays in PagerDuty", stops.destinations)
    back = "`/oncall archived` lists it, shows its history and brings it back, without its exports."
    blocks = [section(f"If *{name}* is archived, this stops:"), *kit.lines(lines), kit.context(back)]
    return modal(
        ARCHIVE_TITLE, blocks, callback_id=Id.ARCHIVE, submit="Archive", close="Cancel", metadata=metadata.dump()
    )


def _some(line: str, names: Sequence[str]) -> list[str]:
    """A line for each of the first few names."""
    lines = [line.format(escape(kit.cut(name, 150))) for name in names[:SHOWN_NAMES]]
    return [*lines, *([f"• … and {len(names) - SHOWN_NAMES} more"] if len(names) > SHOWN_NAMES else [])]
