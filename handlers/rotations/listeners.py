"""``/oncall rotation``: makes or changes a rotation, after a preview of what that does.

The form is checked first, then the preview is put on top of it; Back returns to the form with what was typed. Another
rotation chosen in the form is shown in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View
from handlers.kit.exchange import with_caution
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import FIRST, id_of, instant_of
from handlers.kit.second_yes import anyway_view, number_of
from handlers.rotations.preview import preview_view
from handlers.rotations.views import (
    NEW,
    BackupChoice,
    Coverage,
    Id,
    Shape,
    form,
    unpack,
)
from handlers.schedules import zone_search as zones
from handlers.schedules.choosing import named_schedule
from oncall.civil import wall_time
from oncall.drafts import is_zone
from oncall.names import whole
from oncall.pace import Counts
from oncall.windows import EVERY_DAY
from services.kit.errors import FieldErrors, Warned
from services.kit.wording import counted, escape
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft, Saved
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.schedules.finding import Among

NEXT_IN_LINE = 1


def register(listeners: Listeners) -> None:
    listeners.word(Word("rotation", "[schedule]", "who takes turns on a role", open_form, group=Group.ADMINS))
    listeners.action(Id.WHICH, choose_rotation)
    listeners.action(Id.SHAPE, reshape)
    listeners.action(Id.END, end)
    listeners.action(Id.UNPLAN, remove_plan)
    listeners.options(Id.ZONE, search_zones)
    listeners.view(Id.VIEW, preview)
    listeners.view(Id.SAVE, save)
    listeners.view(Id.UNPLAN_ANYWAY, remove_plan_anyway)


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
    """Take one planned change back and show the rotation again; a gap is asked about first."""
    try:
        await _unplan(ask, ask.slack.action_number, "")
    except Warned as error:
        about = replace(ask.slack.metadata, token=str(ask.slack.action_number))
        asked = anyway_view("Remove planned change", Id.UNPLAN_ANYWAY, "Remove", about)
        await ask.slack.push(with_caution(asked, error))


async def remove_plan_anyway(ask: Ask) -> None:
    """They know now who is missing then."""
    await _unplan(ask, number_of(ask), ask.slack.form.accepted)


async def _unplan(ask: Ask, at: int, accepted: str) -> None:
    known = ask.slack.metadata
    schedule_id, rotation_id = known.schedule_id or 0, known.rotation_id or 0
    step = instant_of(at) or FIRST
    saved = await rotations.remove_plan(
        ask.house, ask.actor, schedule_id, rotation_id, step, known.revision, accepted=accepted
    )
    if ask.slack.is_submission:
        await ask.slack.ack()
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    draft = await rotations.draft_of(ask.house, ask.actor, schedule_id, rotation_id)
    about = replace(_seen(ask, draft), token="")
    await ask.slack.replace(await _form(ask, schedule, draft, about), ask.slack.root_view_id)
    await ask.slack.say(told(saved, "Removed what was planned for"))


async def rotation_form(ask: Ask, draft: RotationDraft, metadata: Metadata) -> View:
    """The form, filled in with a draft from elsewhere."""
    return await _form(ask, await schedules.get_schedule(ask.house, ask.actor, draft.schedule_id), draft, metadata)


async def reshape(ask: Ask) -> None:
    """Show the fields that the chosen coverage and backup need, and no others; what was typed stays."""
    typed = ask.slack.form
    shape = Shape(
        Coverage(typed.option("coverage") or Coverage.ALWAYS), BackupChoice(typed.option("backup") or BackupChoice.NONE)
    )
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    shown = await _form(ask, schedule, typed_in(ask), ask.slack.metadata, shape)
    await ask.slack.replace(shown, unless_changed=True)


async def _form(
    ask: Ask, schedule: ScheduleView, draft: RotationDraft, metadata: Metadata, shape: Shape | None = None
) -> View:
    known = await rotations.list_rotations(ask.house, ask.actor, schedule.id)
    zone = zones.choice(draft.zone if is_zone(draft.zone) else schedule.time_zone, ask.house.clock.now())
    ending = (
        await rotations.opened_by_ending(ask.house, ask.actor, schedule.id, draft.rotation_id)
        if draft.rotation_id
        else ()
    )
    return form(schedule, known, draft, zone, metadata, shape, ending)


def preset(schedule: ScheduleView, now: datetime) -> RotationDraft:
    """A weekly rotation from next Monday at 09:00 on, on the schedule's own clocks."""
    today = now.astimezone(ZoneInfo(schedule.time_zone)).replace(tzinfo=None)
    monday = today.date() + timedelta(days=7 - today.weekday())
    first = datetime(monday.year, monday.month, monday.day, 9, tzinfo=UTC).replace(tzinfo=None)
    return RotationDraft(schedule_id=schedule.id, zone=schedule.time_zone, first_handoff=first, counts=Counts.COVERED)


def draft_of(ask: Ask) -> RotationDraft:
    """What was typed. Raises FieldErrors for hours that are asked for and not there."""
    draft = typed_in(ask)
    if ask.slack.form.option("coverage") != Coverage.ALWAYS and draft.opens is None:
        raise FieldErrors({"opens": "Say when coverage begins, or choose Around the clock."})
    return draft


def typed_in(ask: Ask) -> RotationDraft:
    """What is in the form, complete or not; fields that are not shown count as not used."""
    typed, metadata = ask.slack.form, ask.slack.metadata
    zone, first, every = typed.option("zone") or "", typed.instant("first_handoff"), typed.text("every").strip()
    coverage = typed.option("coverage")
    hours, stretch = coverage in (Coverage.DAILY, Coverage.STRETCH), coverage == Coverage.STRETCH
    backup = typed.option("backup") == BackupChoice.NEXT
    return RotationDraft(
        schedule_id=metadata.schedule_id or 0,
        name=typed.text("name"),
        role=typed.number("role"),
        members=tuple(typed.users("members")),
        every=whole(every, 1, 9999),
        unit=typed.option("unit") or "",
        first_handoff=wall_time(first, zone) if first and is_zone(zone) else None,
        zone=zone,
        opens=typed.of_day("opens") if hours else None,
        closes=typed.of_day("closes") if hours else None,
        days=frozenset(whole(day, 0, 6) or 0 for day in typed.chosen("days"))
        if coverage == Coverage.DAILY
        else EVERY_DAY,
        opens_on=_weekday(typed.option("opens_on")) if stretch else None,
        closes_on=_weekday(typed.option("closes_on")) if stretch else None,
        counts=typed.option("counts") or "",
        backup=NEXT_IN_LINE if backup else None,
        backup_role=typed.number("backup_role") if backup else None,
        since=typed.instant("since"),
        until=None if typed.chosen("goes_on") else typed.instant("until"),
        goes_on=bool(typed.chosen("goes_on")),
        confirmed_from=typed.instant("confirmed_from"),
        rotation_id=metadata.rotation_id,
        revision=metadata.revision,
        seen_at=datetime.fromisoformat(metadata.seen_at) if metadata.seen_at else None,
    )


def _weekday(value: str | None) -> int | None:
    """Monday is 0, which is no id."""
    return whole(value or "", 0, 6)


def told(saved: Saved, done: str) -> str:
    name, schedule = escape(saved.name), escape(saved.schedule)
    text = f":white_check_mark: {done} the rotation *{name}* of *{schedule}*."
    extended = saved.extended
    if saved.changed:
        text = f"{text} {counted(saved.changed, 'confirmed shift')} changed along."
    if extended.proposed:
        waiting = counted(len(extended.proposed), "shift")
        return f"{text} {waiting} {'waits' if len(extended.proposed) == 1 else 'wait'}: `/oncall confirm {schedule}`."
    if extended.confirmed:
        return f"{text} {counted(len(extended.confirmed), 'shift')} confirmed at once."
    return text if saved.changed else f"{text} No new shifts."
