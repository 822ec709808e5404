"""``/oncall members``: who belongs to a schedule and what they may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.kit.asker import Ask
from handlers.kit.blocks import Choice, View
from handlers.kit.exchange import with_caution
from handlers.kit.forms import Form
from handlers.kit.listeners import Listeners, May, Word
from handlers.kit.metadata import Metadata
from handlers.kit.paging import page_shown, register_pages
from handlers.kit.second_yes import anyway_view
from handlers.people.member_views import (
    PAGES,
    Assignable,
    Id,
    add_form,
    edit_form,
    left_view,
    list_view,
)
from handlers.schedules.choosing import named_schedule
from handlers.shifts.choices import members_called
from handlers.shifts.outcome import told
from services.kit.errors import NotFound, Warned
from services.kit.permissions import Access
from services.kit.wording import counted, escape
from services.people import matching, members
from services.people.matching import Standing
from services.people.members import Left, MemberDraft
from services.schedules import creating as schedules
from services.schedules.creating import ScheduleView
from services.shifts import changing as changes


def register(listeners: Listeners) -> None:
    listeners.word(Word("members", "[schedule]", "who belongs to a schedule", open_list, may=May.LOOKING))
    listeners.action(Id.ADD, open_add)
    listeners.action(Id.ACCESS, choose_access)
    listeners.action(Id.EDIT, open_edit)
    listeners.action(Id.FIND, open_edit)
    listeners.options(Id.FIND, search_members)
    listeners.options(Id.FIND_HEIR, search_heirs)
    register_pages(listeners, PAGES, turn)
    listeners.action(Id.REMOVE, remove)
    listeners.view(Id.ADD_VIEW, add)
    listeners.view(Id.EDIT_VIEW, edit)
    listeners.view(Id.REMOVE_ANYWAY, remove_anyway)
    listeners.view(Id.HAND_ON, hand_on)


async def open_list(ask: Ask, argument: str) -> None:
    schedule = await named_schedule(ask, argument)
    may_change = await schedules.may_change(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, reply_to=ask.slack.reply_to)
    await ask.slack.open(await _list(ask, schedule, metadata, may_change=may_change))


async def open_add(ask: Ask) -> None:
    await schedules.check_admin(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    await ask.slack.push(add_form(ask.slack.metadata))


async def choose_access(ask: Ask) -> None:
    """A viewer is usually not on call; what was typed elsewhere stays."""
    chosen = Access(ask.slack.form.option("access") or Access.MEMBER)
    await ask.slack.replace(add_form(ask.slack.metadata, chosen), unless_changed=True)


async def open_edit(ask: Ask) -> None:
    schedule = await _administered(ask)
    found = ask.slack.action.get("selected_option") or ask.slack.action
    user = str(found.get("value") or "")
    member = next((member for member in schedule.members if member.user_id == user), None)
    if member is None:
        raise NotFound("They are not on this schedule any more.")
    await ask.slack.push(edit_form(member, replace(ask.slack.metadata, user_id=user)))


async def add(ask: Ask) -> None:
    draft = _draft(ask.slack.form, ask.slack.form.user("user_id"))
    await members.add_member(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0, draft)
    await ask.slack.ack()
    await show_list(ask, f":white_check_mark: Added <@{draft.user_id}>.")


async def edit(ask: Ask) -> None:
    draft = _draft(ask.slack.form, ask.slack.metadata.user_id)
    schedule_id, accepted = ask.slack.metadata.schedule_id or 0, ask.slack.form.accepted
    left = await members.change_member(ask.house, ask.actor, schedule_id, draft, accepted)
    if left.shifts:
        await ask.slack.ack(response_action="update", view=await _left(ask, left))
    else:
        await ask.slack.ack()
    await show_list(ask, f":white_check_mark: Saved <@{draft.user_id}>.{_rotations(left)}")


async def remove(ask: Ask) -> None:
    """The list without them, and the shifts that they leave behind on top of it; a gap is asked about first."""
    user = str(ask.slack.action.get("value") or "")
    try:
        left = await members.remove_member(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0, user, accepted="")
    except Warned as error:
        about = replace(ask.slack.metadata, user_id=user)
        asked = anyway_view("Remove this member", Id.REMOVE_ANYWAY, "Remove", about)
        await ask.slack.push(with_caution(asked, error))
        return
    if left.shifts:
        await ask.slack.push(await _left(ask, left))
    await show_list(ask, f":wastebasket: Removed <@{user}>.{_rotations(left)}")


async def remove_anyway(ask: Ask) -> None:
    """They know now who is missing then."""
    user, accepted = ask.slack.metadata.user_id, ask.slack.form.accepted
    left = await members.remove_member(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0, user or "", accepted)
    if left.shifts:
        await ask.slack.ack(response_action="update", view=await _left(ask, left))
    else:
        await ask.slack.ack()
    await show_list(ask, f":wastebasket: Removed <@{user}>.{_rotations(left)}")


async def hand_on(ask: Ask) -> None:
    metadata = ask.slack.metadata
    changed = await changes.hand_on(
        ask.house, ask.actor, metadata.schedule_id or 0, metadata.user_id, ask.slack.form.option("to")
    )
    await ask.slack.ack()
    await show_list(ask, f":white_check_mark: Handed {counted(len(changed.shifts), 'shift')} on.")
    await ask.slack.say(told(changed, "Handed on"))


def _draft(typed: Form, user: str | None) -> MemberDraft:
    return MemberDraft(
        user_id=user,
        access=typed.choice("access", Access, Access.MEMBER),
        assignable=typed.option("assignable") != Assignable.NO,
    )


async def _left(ask: Ask, left: Left) -> dict[str, object]:
    schedule = await _administered(ask)
    heirs = [Choice(m.user_id, m.name) for m in schedule.assignable if m.user_id != left.user_id]
    return left_view(schedule, left, heirs, replace(ask.slack.metadata, user_id=left.user_id))


def _rotations(left: Left) -> str:
    return f" Out of the rotations: {', '.join(map(escape, left.rotations))}." if left.rotations else ""


async def turn(ask: Ask) -> None:
    await show_list(ask, "")


async def search_members(ask: Ask) -> Sequence[Choice]:
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    return members_called(schedule.members, ask.slack.query)


async def search_heirs(ask: Ask) -> Sequence[Choice]:
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    return members_called([m for m in schedule.assignable if m.user_id != ask.slack.metadata.user_id], ask.slack.query)


async def show_list(ask: Ask, notice: str) -> None:
    """Draw the list anew where it is, at the bottom of the stack."""
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    may_change = await schedules.may_change(ask.house, ask.actor, schedule.id)
    metadata = Metadata(schedule_id=schedule.id, page=page_shown(ask), reply_to=ask.slack.reply_to)
    view = await _list(ask, schedule, metadata, may_change=may_change, notice=notice)
    await ask.slack.replace(view, ask.slack.root_view_id)


async def _list(ask: Ask, schedule: ScheduleView, metadata: Metadata, *, may_change: bool, notice: str = "") -> View:
    matches = await _matches(ask, schedule)
    ahead = await members.ahead(ask.house, ask.actor, schedule.id) if may_change else {}
    return list_view(schedule, metadata, may_change=may_change, notice=notice, matches=matches, ahead=ahead)


async def _matches(ask: Ask, schedule: ScheduleView) -> Sequence[Standing]:
    """How everybody stands in each account that the schedule is exported to."""
    accounts = await matching.accounts_of(ask.house, ask.actor, schedule.id)
    return [await matching.standing(ask.house, ask.actor, schedule.id, one.connection_id) for one in accounts]


async def _administered(ask: Ask) -> ScheduleView:
    schedule = await schedules.get_schedule(ask.house, ask.actor, ask.slack.metadata.schedule_id or 0)
    await schedules.check_admin(ask.house, ask.actor, schedule.id)
    return schedule
