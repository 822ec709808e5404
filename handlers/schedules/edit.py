"""``/oncall edit`` and ``/oncall archive``: the schedule itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum

from handlers.kit import blocks as kit
from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    Choice,
    View,
    field,
    modal,
    radio,
    search,
    section,
    text_input,
)
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of
from handlers.notices.channel_field import channel_field, check_channel
from handlers.schedules import zone_search as zones
from handlers.schedules.choosing import named_schedule
from handlers.schedules.create import CONFIRM
from oncall.timeline import Interval
from services.kit.errors import NotFound
from services.kit.wording import counted, escape, span
from services.schedules import creating as schedules
from services.schedules import editing, roles
from services.schedules.creating import MAX_HORIZON_DAYS, ConfirmMode, ScheduleView
from services.schedules.editing import Archiving, EditDraft, Edited
from services.schedules.finding import Among
from services.schedules.roles import Loss, RoleEdits

EDIT_TITLE = "Edit schedule"
ARCHIVE_TITLE = "Archive schedule"
SHOWN_NAMES = 20
SHOWN_TIMES = 5
ROLE = "role-"
ROLES_HINT = "Separated by commas. To remove a role, empty its field; what goes with it is shown before it does."
TEAM_HINT = "A team of this schedule alone is renamed; otherwise the schedule moves to the team that you type."


class Id(StrEnum):
    EDIT = "edit"
    EDIT_ANYWAY = "edit.anyway"
    ARCHIVE = "archive"
    ZONE = "edit.time_zone"
    VALUE = "edit.value"


def register(listeners: Listeners) -> None:
    listeners.word(
        Word(
            "edit",
            "[schedule]",
            "change a schedule's name, team, roles, zone, admins, channel or horizon",
            open_edit,
            group=Group.ADMINS,
        )
    )
    listeners.word(Word("archive", "[schedule]", "put a schedule away", open_archive, group=Group.ADMINS))
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.EDIT, edit)
    listeners.view(Id.EDIT_ANYWAY, edit_anyway)
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
    """Roles that go with what hangs on them are named first."""
    draft = _draft(ask)
    known = await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id)
    await check_channel(ask, before=known.channel_id)
    lost = await roles.losses(ask.house, ask.actor, draft.schedule_id, draft.roles)
    if any(one.shifts or one.rotations or one.backups or one.destinations for one in lost):
        await ask.slack.ack(response_action="update", view=losses_view(lost, pack(draft, ask.slack.metadata)))
        return
    await _save(ask, draft)


async def edit_anyway(ask: Ask) -> None:
    """After what goes was shown."""
    draft = unpack(str(ask.slack.view.get("private_metadata") or ""))
    await _save(ask, draft)


async def _save(ask: Ask, draft: EditDraft) -> None:
    edited = await editing.edit_schedule(ask.house, ask.actor, draft)
    await ask.slack.ack()
    await ask.slack.say(edited_text(edited))


def _draft(ask: Ask) -> EditDraft:
    typed = ask.slack.form
    names = {id_of(name.removeprefix(ROLE)) or 0: typed.text(name) for name in typed.names() if name.startswith(ROLE)}
    return EditDraft(
        schedule_id=ask.slack.metadata.schedule_id or 0,
        name=typed.text("name"),
        time_zone=typed.option("time_zone") or "",
        admins=typed.users("admins"),
        channel_id=typed.conversation("channel_id"),
        horizon_days=typed.text("horizon_days"),
        confirm=typed.choice("confirm", ConfirmMode, ConfirmMode.BY_HAND),
        team=typed.text("team"),
        roles=RoleEdits(names, [name for name in typed.text("new_roles").split(",") if name.strip()]),
    )


def pack(draft: EditDraft, metadata: Metadata) -> str:
    """What was typed, kept with what the modal knows while somebody thinks about it."""
    return json.dumps(json.loads(metadata.dump()) | {"draft": asdict(draft)}, separators=(",", ":"))


def unpack(text: str) -> EditDraft:
    """The draft that :func:`pack` put there. Raises NotFound for one of another version."""
    try:
        typed = json.loads(text)["draft"]
        edits = typed.pop("roles")
        names = {int(role): str(name) for role, name in edits["names"].items()}
        confirm = ConfirmMode(typed.pop("confirm"))
        return EditDraft(**typed, confirm=confirm, roles=RoleEdits(names, edits["new"]))
    except (ValueError, KeyError, TypeError) as error:
        raise NotFound("That form is too old. Open it again with `/oncall edit`.") from error


def losses_view(lost: Sequence[Loss], metadata: str) -> View:
    """What goes with the roles that were emptied."""
    told = [line for loss in lost for line in _loss_lines(loss)]
    blocks = [section("This goes with the roles that you remove. What is over stays as it was."), *kit.lines(told)]
    return modal(
        EDIT_TITLE, blocks, callback_id=Id.EDIT_ANYWAY, submit="Remove and save", close="Cancel", metadata=metadata
    )


def _loss_lines(loss: Loss) -> list[str]:
    whose = f" of {kit.people(loss.users, SHOWN_NAMES)}, who are told" if loss.users else ""
    lines = [f"*{escape(loss.role)}*", f"• {counted(loss.shifts, 'confirmed shift')} ahead{whose}"]
    lines += _times(loss.times)
    lines += _some("• the rotation {}", loss.rotations)
    lines += _some("• the backup of the rotation {}, which goes on without", loss.backups)
    return lines + _some("• the export to {}; what was exported stays there", loss.destinations)


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
        field("team", "Team", text_input(Id.VALUE, schedule.team, most=150), hint=TEAM_HINT),
        *(
            field(f"{ROLE}{role.id}", f"Role {number}", text_input(Id.VALUE, role.name, most=75), optional=True)
            for number, role in enumerate(schedule.roles, 1)
        ),
        field("new_roles", "New roles", text_input(Id.VALUE, most=400), hint=ROLES_HINT, optional=True),
        field("time_zone", "Time zone", search(Id.ZONE, zone, placeholder="City or offset")),
        field("admins", "Admins", kit.users(Id.VALUE, admins), hint="Who can change this schedule"),
        channel_field(Id.VALUE, schedule.channel_id),
        field("horizon_days", "Horizon (days)", horizon, hint="How far ahead shifts are assigned"),
        field("confirm", "Confirm shifts", radio(Id.VALUE, CONFIRM, schedule.confirm)),
    ]
    return modal(EDIT_TITLE, blocks, callback_id=Id.EDIT, submit="Save", close="Cancel", metadata=metadata.dump())


def edited_text(edited: Edited) -> str:
    name = escape(edited.schedule.name)
    text = "\n".join([f":white_check_mark: Saved *{name}*.", *map(_went, edited.lost)])
    after = "\n" if edited.lost else " "
    if edited.extended.proposed:
        waiting = counted(len(edited.extended.proposed), "new shift")
        return f"{text}{after}{waiting} to confirm: `/oncall confirm {name}`."
    if edited.extended.confirmed:
        return f"{text}{after}{counted(len(edited.extended.confirmed), 'shift')} confirmed."
    return text


def _went(loss: Loss) -> str:
    """A role that was removed, with what went with it."""
    gone = [
        counted(loss.shifts, "confirmed shift") if loss.shifts else "",
        *(f"the rotation {escape(kit.cut(name, 150))}" for name in loss.rotations[:SHOWN_NAMES]),
        *(f"the export to {escape(kit.cut(name, 150))}" for name in loss.destinations[:SHOWN_NAMES]),
    ]
    listed = ", ".join(one for one in gone if one)
    return f"• Removed the role *{escape(loss.role)}*" + (f", and with it {listed}." if listed else ".")


def archive_view(stops: Archiving, metadata: Metadata) -> View:
    """What stops, and what stays."""
    name = escape(stops.schedule.name)
    ahead = f"• {counted(stops.shifts, 'confirmed shift')} ahead: nobody is told of handoffs any more"
    lines = [ahead] if stops.shifts else []
    lines += _times(stops.times)
    lines += _some("• the rotation {}", stops.rotations)
    lines += _some("• the export to {}; what was exported stays there", stops.destinations)
    back = "`/oncall archived` lists it, shows its history and brings it back, without its exports."
    head = f"If *{name}* is archived, this stops:" if lines else f"Nothing is planned in *{name}*, so nothing stops."
    blocks = [section(head), *kit.lines(lines), kit.context(back)]
    return modal(
        ARCHIVE_TITLE, blocks, callback_id=Id.ARCHIVE, submit="Archive", close="Cancel", metadata=metadata.dump()
    )


def _times(times: Sequence[Interval]) -> list[str]:
    """When nobody is on call any more; the first stretches, and how many more there are."""
    if not times:
        return []
    shown = [span(one.start, one.end) for one in times[:SHOWN_TIMES]]
    more = len(times) - len(shown)
    return [f"• nobody is on call {', '.join(shown)}{f' and {more} more times' if more else ''}"]


def _some(line: str, names: Sequence[str]) -> list[str]:
    """A line for each of the first few names."""
    lines = [line.format(escape(kit.cut(name, 150))) for name in names[:SHOWN_NAMES]]
    return [*lines, *([f"• … and {len(names) - SHOWN_NAMES} more"] if len(names) > SHOWN_NAMES else [])]
