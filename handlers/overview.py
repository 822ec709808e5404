"""``/oncall who`` and ``/oncall shifts``: who is on call, and who will be. Anyone may look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from handlers.blocks import Block, context, divider, lines, people, section, when
from handlers.context import Ask
from handlers.listeners import Listeners, Word
from oncall.shifts import ShiftState
from services import schedules, shifts
from services.schedules import ScheduleName, ScheduleView
from services.shifts import RoleNow, ShiftView
from services.wording import escape

SHOWN_SCHEDULES = 10
SHOWN_SHIFTS = 40
COUNTED_SHIFTS = 1000


def register(listeners: Listeners) -> None:
    listeners.word(Word("who", "[schedule]", "who is on call now, until when, and who is next", show_who))
    listeners.word(Word("shifts", "[schedule]", "the coming shifts", show_shifts))


async def show_who(ask: Ask, argument: str) -> None:
    """One schedule where it is named, else all of them."""
    known = await schedules.list_schedules(ask.house, ask.actor)
    if argument or not known:
        found = await schedules.find_schedule(ask.house, ask.actor, argument)
        known = [ScheduleName(found.id, found.name, found.team)]
    shown = [
        (schedule, await shifts.on_call(ask.house, ask.actor, schedule.id)) for schedule in known[:SHOWN_SCHEDULES]
    ]
    await ask.slack.say(who_text(shown), who_blocks(shown, len(known) - len(shown)))


async def show_shifts(ask: Ask, argument: str) -> None:
    schedule = await schedules.find_schedule(ask.house, ask.actor, argument)
    coming = await shifts.coming_shifts(ask.house, ask.actor, schedule.id, COUNTED_SHIFTS)
    await ask.slack.say(f"Coming shifts of {escape(schedule.name)}", shift_blocks(schedule, coming))


def who_text(shown: Sequence[tuple[ScheduleName, Sequence[RoleNow]]]) -> str:
    """The short form, for notifications and screen readers."""
    on_call = (
        f"{escape(schedule.name)}: " + ", ".join(f"{escape(now.role.name)} {people(now.users)}" for now in roles)
        for schedule, roles in shown
    )
    return "On call now. " + "; ".join(on_call)


def who_blocks(shown: Sequence[tuple[ScheduleName, Sequence[RoleNow]]], more: int) -> list[Block]:
    """A section per schedule with a line per role."""
    blocks: list[Block] = []
    for schedule, roles in shown:
        title = f"*{escape(schedule.name)}* ({escape(schedule.team)})"
        blocks += lines([title, *(role_line(now) for now in roles)])
    if more > 0:
        blocks.append(context(f"… and {more} more; name one to see it, or list them with `/oncall schedules`"))
    return blocks


def role_line(now: RoleNow) -> str:
    """*Primary*: who, until when, and who comes then."""
    role = f"*{escape(now.role.name)}*:"
    if now.users:
        until = f" until {when(now.until)}" if now.until else ""
        return f"{role} {people(now.users)}{until} · next: {_following(now)}"
    if now.until:
        return f"{role} :warning: nobody until {when(now.until)} · next: {people(now.next_users)}"
    return f"{role} :warning: nobody, and no shifts ahead"


def _following(now: RoleNow) -> str:
    """Who comes next; after a gap, from when."""
    if not now.next_users or now.next_from is None:
        return "nobody yet"
    since = f" from {when(now.next_from)}; nobody in between" if now.gap else ""
    return f"{people(now.next_users)}{since}"


def shift_blocks(schedule: ScheduleView, coming: Sequence[ShiftView]) -> list[Block]:
    """Shifts by role, soonest first; the ones that are furthest ahead are counted only."""
    title = section(f"*{escape(schedule.name)}*: coming shifts")
    if not coming:
        return [title, section(f"None yet. `/oncall assign {escape(schedule.name)}` puts somebody on call.")]
    shown, blocks = coming[:SHOWN_SHIFTS], [title]
    for role in dict.fromkeys(shift.role for shift in shown):
        blocks += [divider(), *lines(_role_lines(role, (s for s in shown if s.role == role)))]
    if len(coming) > len(shown):
        more = f"{len(coming) - len(shown)}{'' if len(coming) < COUNTED_SHIFTS else ' or'} more"
        blocks.append(context(f"… and {more}"))
    return blocks


def _role_lines(role: str, listed: Iterable[ShiftView]) -> list[str]:
    return [f"*{escape(role)}*", *(shift_line(shift) for shift in listed)]


def shift_line(shift: ShiftView) -> str:
    user = f"<@{shift.user_id}>" if shift.user_id else "_unassigned_"
    proposed = " _(proposed)_" if shift.state is ShiftState.PROPOSED else ""
    return f"• {when(shift.start)} – {when(shift.end)}: {user}{proposed}"
