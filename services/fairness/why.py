"""Why somebody has a shift of a role that is filled fairly, as it was kept when it was announced. Anyone may look.

Who can't be on call is said with until when, and never with what for: what a person wrote there is for themselves and
for admins of the schedule (``reasons``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.availability import Leaning, Wish
from oncall.fairness.facts import clash_of, why_of
from oncall.fairness.problem import Rule
from oncall.fairness.words import told, told_clash
from oncall.shifts import Shift, ShiftState
from oncall.timeline import Interval
from services.availability.wishes import spelled
from services.kit.errors import NotFound
from services.kit.house import Actor, House
from services.kit.permissions import may_change, visible_schedule
from services.kit.wording import by, escape, when
from storage.repositories.fairness import Choice, Deal
from storage.tables import Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class WhyView:
    """One shift, or time that stayed open (``user`` None), with sentences in Slack's mrkdwn.

    ``changed`` says who has changed it since it was dealt. ``reasons`` are what only this reader may know.
    """

    role: str
    start: datetime
    end: datetime
    user: str | None
    proposed: bool
    lines: tuple[str, ...]
    dealt: str
    changed: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Whys:
    """Everything ahead of a schedule that was dealt, in order."""

    schedule_id: int
    schedule: str
    found: tuple[WhyView, ...]


async def explained(house: House, actor: Actor, schedule_id: int) -> frozenset[int]:
    """The ids of the shifts ahead for which there is an answer. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        chosen = [one for one, _deal in await tx.fairness.choices(schedule.id, now) if one.why]
        shifts = await tx.shifts.of_schedule(schedule.id, now) if chosen else []
    return frozenset(shift.id or 0 for shift in shifts if shift.user and _of(shift, chosen))


async def why_shift(house: House, actor: Actor, schedule_id: int, shift_id: int) -> Whys:
    """The answer for one shift. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        shift = await tx.shifts.get(shift_id)
        chosen = await tx.fairness.choices(schedule.id, now)
        pair = _pair(shift, chosen) if shift is not None else None
        if shift is None or pair is None:
            raise NotFound("That shift is not there any more, or was changed. Look at the shifts as they are now.")
        found = await _view(tx, actor, schedule, shift, *pair)
        return Whys(schedule.id, schedule.name, (found,))


async def whys(house: House, actor: Actor, schedule_id: int, *, proposed: bool = False) -> Whys:
    """Everything ahead, or what is ``proposed`` alone; what stayed open as well. Raises NotFound."""
    now = house.clock.now()
    async with house.database.read() as tx:
        schedule = await visible_schedule(tx, actor, schedule_id)
        chosen = [(one, deal) for one, deal in await tx.fairness.choices(schedule.id, now) if one.why]
        shifts = [shift for shift in await tx.shifts.of_schedule(schedule.id, now) if shift.user]
        wanted = [s for s in shifts if s.state is ShiftState.PROPOSED] if proposed else shifts
        found = [await _view(tx, actor, schedule, shift, *pair) for shift in wanted if (pair := _pair(shift, chosen))]
        taken = [(shift.role_id, shift.interval) for shift in shifts]
        found += [
            await _open(tx, actor, schedule, one, deal)
            for one, deal in chosen
            if one.user is None and not any(r == one.role_id and t.overlaps(_span(one)) for r, t in taken)
        ]
    return Whys(schedule.id, schedule.name, tuple(sorted(found, key=lambda one: (one.start, one.role))))


def _pair(shift: Shift, chosen: Iterable[tuple[Choice, Deal]]) -> tuple[Choice, Deal] | None:
    """What was chosen for the time in which the shift begins, or first after."""
    near = [pair for pair in chosen if pair[0].why and pair[0].role_id == shift.role_id and _meets(shift, pair[0])]
    return near[0] if near else None


def _of(shift: Shift, chosen: Iterable[Choice]) -> bool:
    return any(one.role_id == shift.role_id and _meets(shift, one) for one in chosen)


def _meets(shift: Shift, one: Choice) -> bool:
    return shift.interval.overlaps(_span(one))


def _span(one: Choice) -> Interval:
    return Interval(one.start, one.end)


async def _view(tx: Unit, actor: Actor, schedule: Schedule, shift: Shift, one: Choice, deal: Deal) -> WhyView:
    role = await tx.schedules.role(one.role_id)
    changed = "" if one.user == shift.user else await _since(tx, schedule, shift, one)
    return WhyView(
        role=role.name if role else "",
        start=shift.start,
        end=shift.end,
        user=shift.user,
        proposed=shift.state is ShiftState.PROPOSED,
        lines=tuple(_lines(one.why)),
        dealt=_dealt(deal),
        changed=changed,
        reasons=await _reasons(tx, actor, schedule, one),
    )


async def _open(tx: Unit, actor: Actor, schedule: Schedule, one: Choice, deal: Deal) -> WhyView:
    role = await tx.schedules.role(one.role_id)
    reasons = await _reasons(tx, actor, schedule, one)
    lines = tuple(_lines(one.why))
    return WhyView(role.name if role else "", one.start, one.end, None, False, lines, _dealt(deal), reasons=reasons)


async def _since(tx: Unit, schedule: Schedule, shift: Shift, one: Choice) -> str:
    """Who gave it to somebody else, as far as the audit trail knows."""
    was = _mention(one.user) if one.user else "nobody"
    line = await tx.audit.of_shift(schedule.id, shift.id or 0)
    story = f": {by(line.actor)} {line.summary} ({when(line.at)})" if line else ""
    return f"It was dealt to {was}, and was changed since{story}. What follows is about that."


def _dealt(deal: Deal) -> str:
    """Who answered, and whether there is anything better."""
    how = {"exact": "by the exact solver", "greedy": "by the built-in solver"}.get(deal.solver, deal.solver)
    proven = "nothing better exists" if deal.proven else "the best that was found"
    return f"Dealt {when(deal.made_at)} {how}: {proven}."


def _lines(why: Mapping[str, Any]) -> list[str]:
    if "clash" in why:
        return [f"Nobody has it. {told_clash(clash_of(why['clash']), _mention, when)}"]
    return told(why_of(why["why"]), _mention, when)


def _mention(user: str) -> str:
    return f"<@{user}>"


async def _reasons(tx: Unit, actor: Actor, schedule: Schedule, one: Choice) -> tuple[str, ...]:
    """What people who are away then wrote, for the eyes of admins and each for their own."""
    away = _away(one.why)
    if not await may_change(tx, actor, schedule.id):
        away = [user for user in away if user == actor.user_id]
    return tuple(await _written(tx, schedule.workspace_id, away, _span(one)))


def _away(why: Mapping[str, Any]) -> list[str]:
    """Those of whom it says that they can't be on call."""
    if "clash" in why:
        found = [(one.user, one.reason) for one in clash_of(why["clash"]).blocked]
    else:
        found = [(one.user, one.barred) for one in why_of(why["why"]).others]
    return [user for user, reason in found if reason is not None and reason.rule is Rule.AWAY]


async def _written(tx: Unit, workspace_id: int, users: Collection[str], span: Interval) -> Sequence[str]:
    if not users:
        return ()
    rows = await tx.availability.entered(workspace_id, users, span)
    return [
        f"{_mention(row.user_id)} wrote: {escape(row.why)}"
        for row in rows
        if row.why and row.leaning == Leaning.CANNOT and any(_touches(one, span) for one in spelled(row, span))
    ]


def _touches(wish: Wish, span: Interval) -> bool:
    return wish.start < span.end and span.start < wish.end
