"""``/oncall assign``: puts a member on call for a stretch of time.

Which roles and members can be chosen depends on the schedule. When it was not named, it is chosen in the modal, which
is then replaced by one with that schedule's roles and members; times that were typed stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from handlers.kit.asker import Ask
from handlers.kit.blocks import (
    MOST_OPTIONS,
    Block,
    Choice,
    View,
    asking,
    button,
    context,
    field,
    modal,
    people,
    search,
    section,
    select,
    when,
)
from handlers.kit.forms import Form, marked
from handlers.kit.listeners import Group, Listeners, Word
from handlers.kit.metadata import Metadata
from handlers.kit.numbers import id_of, instant_of
from handlers.schedules.choosing import named_schedule, schedule_choices
from oncall.shifts import Shift
from services.kit.errors import Refusal, Unclear
from services.kit.wording import counted, escape
from services.schedules import creating as schedules
from services.schedules.creating import MemberView, ScheduleName, ScheduleView
from services.schedules.finding import Among, channel_first
from services.shifts import assigning as shifts
from services.shifts.assigning import AssignDraft, Assigned

PRESET_LENGTH = timedelta(days=7)


class Id(StrEnum):
    VIEW = "assign"
    VALUE = "assign.value"
    SCHEDULE = "assign.schedule"
    FIND_SCHEDULE = "assign.find_schedule"
    FIND_MEMBER = "assign.find_member"
    FILL = "assign.fill"


@dataclass(frozen=True, slots=True)
class Times:
    """What *Starts* and *Ends* show at first."""

    start: datetime
    end: datetime


def register(listeners: Listeners) -> None:
    listeners.word(Word("assign", "[schedule]", "put somebody on call", open_form, group=Group.ADMINS))
    listeners.action(Id.FILL, fill)
    listeners.action(Id.SCHEDULE, choose_schedule)
    listeners.action(Id.FIND_SCHEDULE, choose_schedule)
    listeners.options(Id.FIND_SCHEDULE, search_schedules)
    listeners.options(Id.FIND_MEMBER, search_members)
    listeners.view(Id.VIEW, submit)


async def open_form(ask: Ask, argument: str) -> None:
    """For the schedule that was named; otherwise it is chosen in the form, with this channel's own one first."""
    offered = channel_first(await schedules.list_schedules(ask.house, ask.actor), ask.slack.channel_id)
    if argument or len(offered) < 2:
        chosen, offered = await _administered(ask, argument), []
    else:
        chosen = await _likely(ask)
    times = preset_times(ask.house.clock.now(), await ask.time_zone())
    await ask.slack.open(form(chosen, offered, times, Metadata(reply_to=ask.slack.reply_to)))


async def _administered(ask: Ask, argument: str) -> ScheduleView:
    found = await named_schedule(ask, argument, Among.ADMINISTERED)
    await schedules.check_admin(ask.house, ask.actor, found.id)
    return found


async def _likely(ask: Ask) -> ScheduleView | None:
    """The schedule of this channel, or the only one that they may change."""
    try:
        found = await named_schedule(ask, "", Among.ADMINISTERED)
    except Unclear:
        return None
    return found if await schedules.may_change(ask.house, ask.actor, found.id) else None


async def choose_schedule(ask: Ask) -> None:
    """Show the roles and members of the schedule that was chosen in the modal."""
    schedule_id = ask.slack.form.number("schedule_id")
    if schedule_id is None:
        return
    await schedules.check_admin(ask.house, ask.actor, schedule_id)
    chosen = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    offered = await schedules.list_schedules(ask.house, ask.actor)
    times = preset_times(ask.house.clock.now(), await ask.time_zone())
    await ask.slack.replace(form(chosen, offered, times, ask.slack.metadata), unless_changed=True)


def filling(schedule_id: int, left: Shift) -> Block:
    """A button that opens the form for time that somebody left unassigned."""
    return filling_of(schedule_id, left.role_id, left.start, left.end)


def filling_of(schedule_id: int, role_id: int, start: datetime, end: datetime) -> Block:
    """The same for any time of a role; in a message or in a modal."""
    value = f"{schedule_id}:{role_id}:{int(start.timestamp())}:{int(end.timestamp())}"
    return button(Id.FILL, "Put somebody there", value)


async def fill(ask: Ask) -> None:
    """The form with the role and the times that the button carries."""
    schedule_id, role_id, times = _carried(str(ask.slack.action.get("value") or ""))
    await schedules.check_admin(ask.house, ask.actor, schedule_id)
    chosen = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    show = ask.slack.push if ask.slack.view else ask.slack.open
    await show(form(chosen, [], times, Metadata(reply_to=ask.slack.reply_to), role_id=role_id))


def _carried(value: str) -> tuple[int, int, Times]:
    """Schedule, role and times of a button; raises Refusal for one that can't be read."""
    match [id_of(part) or 0 for part in value.split(":")]:
        case [schedule_id, role_id, first, last] if (start := instant_of(first)) and (end := instant_of(last)):
            return schedule_id, role_id, Times(start, end)
        case _:
            raise Refusal("That button can't be read any more. Type /oncall assign.")


async def search_schedules(ask: Ask) -> Sequence[Choice]:
    offered = await schedules.list_schedules(ask.house, ask.actor)
    return _fitting(schedule_choices(offered), ask.slack.query)


async def search_members(ask: Ask) -> Sequence[Choice]:
    schedule_id = ask.slack.metadata.schedule_id
    if schedule_id is None:
        return []
    schedule = await schedules.get_schedule(ask.house, ask.actor, schedule_id)
    return _fitting(member_choices(schedule.assignable), ask.slack.query)


async def submit(ask: Ask) -> None:
    done = await shifts.assign_shift(ask.house, ask.actor, draft(ask.slack.form, ask.slack.metadata))
    await ask.slack.ack()
    await ask.slack.say(assigned(done))


def draft(typed: Form, metadata: Metadata) -> AssignDraft:
    """Raises Unclear when no schedule was chosen, which Slack does not let through."""
    schedule_id = typed.number("schedule_id") or metadata.schedule_id
    if schedule_id is None:
        raise Unclear("Choose a schedule.")
    return AssignDraft(
        schedule_id=schedule_id,
        role_id=typed.number("role_id"),
        user_id=typed.option("user_id"),
        start=typed.instant("start"),
        end=typed.instant("end"),
        accepted=typed.accepted,
    )


def preset_times(now: datetime, time_zone: str) -> Times:
    """From the next full hour on the person's wall, for a week by the calendar."""
    zone = ZoneInfo(time_zone)
    start = now.astimezone(zone).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Times(start, start + PRESET_LENGTH)


def form(
    chosen: ScheduleView | None,
    offered: Sequence[ScheduleName],
    times: Times,
    metadata: Metadata,
    *,
    role_id: int | None = None,
) -> View:
    """``offered`` are the schedules to choose from; none when the schedule was named."""
    blocks: list[Block] = []
    if offered:
        blocks.append(_schedule_field(chosen, offered))
    if chosen is not None:
        if not offered:
            blocks.append(context(f"Schedule: *{escape(chosen.name)}* ({escape(chosen.team)})"))
        blocks += [_role_field(chosen, role_id), _member_field(chosen)]
    blocks += [
        field("start", "Starts", _moment(times.start), hint="In your own time zone; at most a day in the past"),
        field("end", "Ends", _moment(times.end)),
    ]
    about = replace(metadata, schedule_id=chosen.id if chosen else None)
    return modal("Assign shift", blocks, callback_id=Id.VIEW, submit="Assign", close="Cancel", metadata=about.dump())


def _schedule_field(chosen: ScheduleView | None, offered: Sequence[ScheduleName]) -> Block:
    choices = schedule_choices(offered)
    initial = next((choice for choice in choices if chosen and choice.value == str(chosen.id)), None)
    element = (
        select(Id.SCHEDULE, choices, initial.value if initial else None, placeholder="Choose a schedule")
        if len(choices) <= MOST_OPTIONS
        else search(Id.FIND_SCHEDULE, initial, placeholder="Type a part of its name")
    )
    return asking(field("schedule_id", "Schedule", element))


def _role_field(schedule: ScheduleView, role_id: int | None) -> Block:
    choices = [Choice(str(role.id), role.name) for role in schedule.roles]
    preset = next((one.value for one in choices if one.value == str(role_id)), choices[0].value)
    element = select(Id.VALUE, choices, preset)
    return field(marked("role_id", schedule.id), "Role", element)


def _member_field(schedule: ScheduleView) -> Block:
    """Who can be chosen; Slack has no select without options, so nobody is a sentence."""
    choices = member_choices(schedule.assignable)
    if not choices:
        return section(":warning: Nobody can be assigned: this schedule has no assignable members.")
    element = (
        select(Id.VALUE, choices, placeholder="Choose a member")
        if len(choices) <= MOST_OPTIONS
        else search(Id.FIND_MEMBER, placeholder="Type a part of the name")
    )
    return field(marked("user_id", schedule.id), "Member", element)


def _moment(instant: datetime) -> Block:
    return {"type": "datetimepicker", "action_id": Id.VALUE, "initial_date_time": int(instant.timestamp())}


def member_choices(members: Sequence[MemberView]) -> list[Choice]:
    return [Choice(member.user_id, member.name) for member in members]


def _fitting(choices: Sequence[Choice], query: str) -> list[Choice]:
    wanted = query.strip().casefold()
    return [choice for choice in choices if wanted in choice.text.casefold()]


def assigned(done: Assigned) -> str:
    shift = done.shift
    told = (
        f":white_check_mark: <@{shift.user}> is *{escape(done.role)}* of *{escape(done.schedule)}* "
        f"from {when(shift.start)} to {when(shift.end)}."
    )
    if done.replaced:
        told += f" That replaces {people(dict.fromkeys(s.user for s in done.replaced if s.user))} in that time."
    return "\n".join([told, *(f":information_source: {remark}" for remark in done.remarks), _export_told(done)])


def _export_told(done: Assigned) -> str:
    if done.destinations:
        return f"On the way to {counted(done.destinations, 'destination')}; `/oncall destinations` shows how far it is."
    return "This role has no destination yet, so nothing is exported: `/oncall destinations` adds one."
