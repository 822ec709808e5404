"""``/oncall rotation``: makes or changes a rotation, after a preview of what that does.

The form is checked first, then the preview is put on top of it; Back returns to the form with what was typed. Another
rotation chosen in the form is shown in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers import zones
from handlers.blocks import Choice, View
from handlers.choosing import named_schedule
from handlers.context import Ask
from handlers.listeners import Group, Listeners, Word
from handlers.metadata import Metadata
from handlers.numbers import id_of
from handlers.rotation_views import NEW, BackupChoice, Coverage, Id, form, preview_view, unpack
from oncall.civil import wall_time
from oncall.drafts import is_zone
from oncall.names import whole
from oncall.windows import EVERY_DAY
from services import rotations, schedules
from services.errors import FieldErrors
from services.finding import Among
from services.rotations import RotationDraft, Saved
from services.schedules import ScheduleView
from services.wording import counted, escape

NEXT_IN_LINE = 1


def register(listeners: Listeners) -> None:
    listeners.word(Word("rotation", "[schedule]", "who takes turns on a role", open_form, group=Group.ADMINS))
    listeners.action(Id.WHICH, choose_rotation)
    listeners.action(Id.END, end)
    listeners.action(Id.UNPLAN, remove_plan)
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.VIEW, preview)
    listeners.view(Id.SAVE, save)


async def open_form(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    await ask.slack.open(await _form(ask, schedule, preset(schedule, ask.house.clock.now()), metadata))


async def choose_rotation(ask: Ask) -> None:
    """Show the rotation that was chosen, or an empty form."""
    chosen = ask.slack.form.option("rotation_id")
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    if chosen is None or chosen == NEW:
        draft = preset(schedule, ask.house.clock.now())
    else:
        draft = await rotations.draft_of(ask.house, ask.actor, schedule.id, id_of(chosen) or 0)
    await ask.slack.replace(await _form(ask, schedule, draft, _seen(ask, draft)), unless_changed=True)


def _seen(ask: Ask, draft: RotationDraft) -> Metadata:
    """The metadata of a form that shows this draft."""
    seen_at = draft.seen_at.isoformat() if draft.seen_at else ""
    return replace(ask.slack.metadata, rotation_id=draft.rotation_id, revision=draft.revision, seen_at=seen_at)


async def search_zones(ask: Ask) -> Sequence[Choice]:
    return zones.search(ask.slack.query, ask.house.clock.now())


async def preview(ask: Ask) -> None:
    draft = draft_of(ask)
    shown = await rotations.preview_rotation(ask.house, ask.actor, draft)
    schedule = await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id)
    view = preview_view(schedule, draft, shown, ask.slack.metadata)
    await ask.slack.ack(response_action="push", view=view)


async def save(ask: Ask) -> None:
    draft = unpack(ask.slack.view["private_metadata"], ask.slack.metadata)
    try:
        saved = await rotations.save_rotation(ask.house, ask.actor, draft)
    except FieldErrors as error:
        await ask.slack.notice(escape(str(error)))
        return
    await ask.slack.ack(response_action="clear")
    await ask.slack.say(told(saved, "Saved"))


async def end(ask: Ask) -> None:
    schedule_id = ask.slack.metadata.schedule_id or 0
    saved = await rotations.end_rotation(ask.house, ask.actor, schedule_id, ask.slack.action_number)
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    draft = preset(schedule, ask.house.clock.now())
    await ask.slack.replace(await _form(ask, schedule, draft, _seen(ask, draft)))
    await ask.slack.say(told(saved, "Ended"))


async def remove_plan(ask: Ask) -> None:
    """Take one planned change back and show the rotation again."""
    known = ask.slack.metadata
    schedule_id, rotation_id = known.schedule_id or 0, known.rotation_id or 0
    at = datetime.fromtimestamp(ask.slack.action_number, UTC)
    saved = await rotations.remove_plan(ask.house, ask.actor, schedule_id, rotation_id, at, known.revision)
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    draft = await rotations.draft_of(ask.house, ask.actor, schedule_id, rotation_id)
    await ask.slack.replace(await _form(ask, schedule, draft, _seen(ask, draft)))
    await ask.slack.say(told(saved, "Removed what was planned for"))


async def rotation_form(ask: Ask, draft: RotationDraft, metadata: Metadata) -> View:
    """The form, filled in with a draft from elsewhere."""
    return await _form(ask, await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id), draft, metadata)


async def _form(ask: Ask, schedule: ScheduleView, draft: RotationDraft, metadata: Metadata) -> View:
    known = await rotations.list_rotations(ask.house, ask.actor, schedule.id)
    zone = zones.choice(draft.zone, ask.house.clock.now())
    return form(schedule, known, draft, zone, metadata)


def preset(schedule: ScheduleView, now: datetime) -> RotationDraft:
    """A weekly rotation from next Monday at 09:00 on, on the schedule's own clocks."""
    today = now.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None)
    monday = today.date() + timedelta(days=7 - today.weekday())
    first = datetime(monday.year, monday.month, monday.day, 9, tzinfo=UTC).replace(tzinfo=None)
    return RotationDraft(schedule_id=schedule.id, zone=schedule.time_zone, first_handoff=first)


def draft_of(ask: Ask) -> RotationDraft:
    """What was typed. Raises FieldErrors for hours that are asked for and not there."""
    typed, metadata = ask.slack.form, ask.slack.metadata
    zone, first, every = typed.option("zone") or "", typed.instant("first_handoff"), typed.text("every").strip()
    daily = typed.option("coverage") == Coverage.DAILY
    opens, closes = (typed.of_day("opens"), typed.of_day("closes")) if daily else (None, None)
    if daily and opens is None:
        raise FieldErrors({"opens": "Say when coverage begins, or choose Around the clock."})
    return RotationDraft(
        schedule_id=metadata.schedule_id or 0,
        name=typed.text("name"),
        role=typed.number("role"),
        members=tuple(typed.users("members")),
        every=whole(every, 1, 9999),
        unit=typed.option("unit") or "",
        first_handoff=wall_time(first, zone) if first and is_zone(zone) else None,
        zone=zone,
        opens=opens,
        closes=closes,
        days=frozenset(whole(day, 1, 7) or 0 for day in typed.chosen("days")) if daily else EVERY_DAY,
        backup=NEXT_IN_LINE if typed.option("backup") == BackupChoice.NEXT else None,
        backup_role=typed.number("backup_role") if typed.option("backup") == BackupChoice.NEXT else None,
        since=typed.instant("since"),
        rotation_id=metadata.rotation_id,
        revision=metadata.revision,
        seen_at=datetime.fromisoformat(metadata.seen_at) if metadata.seen_at else None,
    )


def told(saved: Saved, done: str) -> str:
    name, schedule = escape(saved.name), escape(saved.schedule)
    text = f":white_check_mark: {done} the rotation *{name}* of *{schedule}*."
    extended = saved.extended
    if extended.proposed:
        waiting = counted(len(extended.proposed), "shift")
        return f"{text} {waiting} {'waits' if len(extended.proposed) == 1 else 'wait'}: `/oncall confirm {schedule}`."
    if extended.confirmed:
        return f"{text} {counted(len(extended.confirmed), 'shift')} confirmed at once."
    return f"{text} No new shifts."
