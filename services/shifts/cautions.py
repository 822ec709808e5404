"""What a person should know before a change is made: somebody would have two roles at once, or can't be on call
then, or nobody would be there at all.

A caution does not refuse anything. The change is worked out, rolled back with :class:`services.kit.errors.Warned`, and
made when the same person says yes to exactly these cautions: their mark comes back with the second try. What is worth a
word but no question (another schedule, a time beyond the horizon) is a remark beside the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from oncall.availability import Leaning, Wish
from oncall.doubles import Double, doubles
from oncall.shifts import Shift, ShiftState, clear
from oncall.timeline import Interval
from services.availability.wishes import wishes_of
from services.destinations.paged_instead import Beneath, beneath_of
from services.kit.errors import Warned
from services.kit.wording import counted, escape, span
from services.shifts.gains_and_losses import Move, joined
from storage.tables import Schedule
from storage.unit import Unit

MOST_NAMED = 8
MOST_TIMES = 3

INSTEAD = "To have somebody of yours there instead, give the time to them: *Reassign*, or `/oncall assign`."


@dataclass(frozen=True, slots=True)
class Caution:
    """A sentence in Slack's mrkdwn, and what it is about: two with the same ``key`` say the same."""

    text: str
    key: str


def heed(found: Sequence[Caution], accepted: str | None) -> None:
    """Raise Warned unless the person has said yes to just these; ``accepted`` None asks nobody."""
    if accepted is None or not found or mark_of(found) == accepted:
        return
    shown = [caution.text for caution in found[:MOST_NAMED]]
    if len(found) > len(shown):
        shown.append(f"… and {len(found) - len(shown)} more like these.")
    raise Warned(shown, mark_of(found))


def mark_of(found: Sequence[Caution]) -> str:
    return format(crc32("\n".join(sorted(caution.key for caution in found)).encode()), "08x")


def gaps(changes: Iterable[Move], now: datetime) -> list[Caution]:
    """Time that goes from somebody to nobody. What runs already is the same gap a minute later."""
    return [
        Caution(
            f"Nobody would be *{escape(move.role)}* {span(move.start, move.end)}; now it is <@{move.before}>.",
            f"gap {move.role} {move.start if move.start > now else ''} {move.end} {move.before}",
        )
        for move in joined(changes)
        if move.after is None and move.before is not None
    ]


def emptied(changes: Iterable[Move]) -> dict[str, list[Interval]]:
    """The time that goes from somebody to nobody, by the role's name."""
    found: dict[str, list[Interval]] = {}
    for move in joined(changes):
        if move.after is None and move.before is not None:
            found.setdefault(move.role, []).append(Interval(move.start, move.end))
    return found


async def beneath(
    tx: Unit, schedule: Schedule, left: Mapping[str, Sequence[Interval]], instead: str = INSTEAD
) -> list[Caution]:
    """Whom a destination goes on paging in time that is ``left`` to nobody here, by role; ``instead`` is the way out.

    That are its own layers and other people's overrides, which may lie beneath what Baton exported.
    """
    if not left:
        return []
    times = {role.id: left[role.name] for role in await tx.schedules.roles(schedule.id) if role.name in left}
    there = await beneath_of(tx, schedule.id, times.keys())
    return [caution for one in there for caution in _paging_on(one, times[one.role_id], instead)]


def _paging_on(one: Beneath, times: Sequence[Interval], instead: str) -> Iterator[Caution]:
    name, there = f"*{escape(one.name)}*", one.system
    paged = [(who, span(time.start, time.end)) for time in times if (who := _paged(one, time))]
    if paged:
        people = " and ".join(dict.fromkeys(word for who, _ in paged for word in who))
        when_ = ", ".join(list(dict.fromkeys(spelled for _, spelled in paged))[:MOST_TIMES])
        yield Caution(
            f"{there.start} {there.pages} {people} then ({when_}): {there.others} in {name} says so, which Baton "
            f"leaves alone. {instead}",
            f"beneath {one.destination_id} {people}",
        )
    elif not one.made and not all(one.knows(time) for time in times):
        goes_on = f"In PagerDuty, {name} goes on paging whoever its own layers and other people's overrides have then"
        if there.is_calendar:
            goes_on = f"In the calendar {name}, whoever other people's events have then stays on call"
        yield Caution(
            f"{goes_on}; the destination's status says who. {instead}",
            f"beneath {one.destination_id}",
        )


def _paged(one: Beneath, time: Interval) -> tuple[str, ...]:
    return one.pages.within(time) if one.pages is not None else ()


async def doubled(
    tx: Unit, schedule: Schedule, names: dict[int, str], changes: Sequence[Move], now: datetime
) -> list[Caution]:
    """Who would have several roles of this schedule at once by what they gain; the change is stored already. ``names``
    are all of its roles'."""
    gained = [move for move in changes if move.after is not None]
    if not gained or len(names) < 2:
        return []
    window = Interval(min(move.start for move in gained), max(move.end for move in gained))
    shifts = await tx.shifts.of_schedule(schedule.id, window.start, window.end)
    standing = doubles(shift for shift in shifts if shift.state is ShiftState.CONFIRMED)
    return [caution_of(double, names, now) for double in standing if any(_by(double, names, move) for move in gained)]


def _by(double: Double, names: dict[int, str], move: Move) -> bool:
    """Whether it is this move that brings it about."""
    return (
        double.user == move.after
        and move.role in [names[role] for role in double.roles]
        and double.start < move.end
        and move.start < double.end
    )


def caution_of(double: Double, names: dict[int, str], now: datetime) -> Caution:
    """The words for somebody with several roles at once; ``names`` are the roles' by id."""
    roles = " and ".join(f"*{escape(names[role])}*" for role in double.roles)
    return Caution(
        f"<@{double.user}> would be {roles} at once {span(double.start, double.end)}.",
        f"double {double.user} {double.roles} {double.start if double.start > now else ''} {double.end}",
    )


async def away(tx: Unit, schedule: Schedule, changes: Sequence[Move], now: datetime, only: str = "") -> list[Caution]:
    """Who gains time at which they can't be on call. Of ``only`` one person where the reader may not know of others."""
    gained = [move for move in changes if move.after is not None and move.end > now and only in ("", move.after)]
    if not gained:
        return []
    window = Interval(max(now, min(move.start for move in gained)), max(move.end for move in gained))
    wishes = await wishes_of(tx, schedule.workspace_id, [move.after for move in gained if move.after], window)
    found: dict[str, Caution] = {}
    for wish in wishes:
        if wish.leaning is Leaning.CANNOT and any(_in_the_way(wish, move) for move in gained):
            text = f"<@{wish.user}> can't be on call {span(wish.start, wish.end)}."
            found[text] = Caution(text, f"away {wish.user} {wish.start if wish.start > now else ''} {wish.end}")
    return list(found.values())


def _in_the_way(wish: Wish, move: Move) -> bool:
    return wish.user == move.after and wish.start < move.end and move.start < wish.end


async def doubles_with(tx: Unit, schedule: Schedule, planned: Sequence[Shift], now: datetime) -> list[Caution]:
    """Who would have several roles at once if ``planned`` (not stored yet) stood in place of what is there now.

    For previews and requests; only what the planned shifts are part of.
    """
    if not planned:
        return []
    start, end = min(shift.start for shift in planned), max(shift.end for shift in planned)
    stored = await tx.shifts.of_schedule(schedule.id, start, end)
    others = [shift for shift in stored if shift.state is ShiftState.CONFIRMED]
    for one in planned:
        others = _without(others, one)
    names = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    found = doubles([*planned, *others])
    return [caution_of(double, names, now) for double in found if any(_of_plan(double, one) for one in planned)]


def _of_plan(double: Double, one: Shift) -> bool:
    return double.user == one.user and one.role_id in double.roles and double.start < one.end and one.start < double.end


def _without(shifts: Sequence[Shift], gone: Shift) -> list[Shift]:
    """These shifts, cut where the role goes to another."""
    change = clear(shifts, gone.role_id, gone.interval)
    touched = {shift.id for shift in (*change.removed, *change.resized)}
    return [*(shift for shift in shifts if shift.id not in touched), *change.resized, *change.added]


async def remarks(tx: Unit, schedule: Schedule, changes: Sequence[Move], now: datetime) -> tuple[str, ...]:
    """What is worth knowing and needs no answer: shifts of other schedules at the same time, a far future."""
    gained = [move for move in changes if move.after is not None]
    found = [] if not gained else await _elsewhere(tx, schedule, gained)
    horizon = now + timedelta(days=schedule.horizon_days)
    if any(move.start >= horizon for move in gained):
        days = counted(schedule.horizon_days, "day")
        found.append(f"This is further ahead than the horizon of *{escape(schedule.name)}*, which is {days}.")
    return tuple(found)


async def _elsewhere(tx: Unit, schedule: Schedule, gained: Sequence[Move]) -> list[str]:
    start, end = min(move.start for move in gained), max(move.end for move in gained)
    busy: list[tuple[str, int, Shift]] = []
    for user in dict.fromkeys(move.after for move in gained if move.after):
        for schedule_id, shift in await tx.shifts.of_user(user, start, end):
            at_once = any(m.after == user and m.start < shift.end and shift.start < m.end for m in gained)
            if at_once and schedule_id != schedule.id and shift.state is ShiftState.CONFIRMED:
                busy.append((user, schedule_id, shift))
    where = {one for _, one, _ in busy}
    names = await tx.schedules.names_of_active(schedule.workspace_id, where) if where else {}
    told = dict.fromkeys(
        f"<@{user}> is on call in *{escape(names[one])}*, too, {span(shift.start, shift.end)}."
        for user, one, shift in busy
        if one in names
    )
    more = len(told) - MOST_NAMED
    return [*list(told)[:MOST_NAMED], *([f"… and {more} more times in other schedules."] if more > 0 else [])]
