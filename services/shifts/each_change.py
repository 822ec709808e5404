"""Changing who has a shift: the part that every such change has in common.

A change says which shifts there should be; :func:`carry_out` puts them in place of whatever the roles have there, and
in the same transaction voids requests for cover of that time, marks the destinations, tells the people concerned and
writes the audit line. Time that is left to nobody is kept as a confirmed shift without a person, so that no rotation
fills it again.

Whoever changes a shift says which revision they looked at. :func:`current` refuses when it is not that any more and
says from the audit trail what happened meanwhile; every change lists the ids of the shifts that it touched there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from oncall.names import MOST_ID, whole
from oncall.shifts import Shift, ShiftSource, ShiftState, assign
from services.destinations.marking_due import confirmed
from services.kit.audit import note
from services.kit.errors import NotFound, Stale
from services.kit.house import Actor
from services.kit.permissions import may_change
from services.kit.wording import by, when
from services.shifts.cautions import away, beneath, doubled, emptied, gaps, heed, remarks
from services.shifts.gains_and_losses import Move, moves, tell_moves
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.tables import Role, Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class ShiftRef:
    """A shift as somebody saw it."""

    id: int
    revision: int

    def __str__(self) -> str:
        return f"{self.id}.{self.revision}"

    @classmethod
    def parse(cls, text: str) -> ShiftRef | None:
        """What :meth:`__str__` wrote, or None."""
        number, _, revision = text.partition(".")
        shift_id, seen = whole(number, 1, MOST_ID), whole(revision, 1, MOST_ID)
        return cls(shift_id, seen) if shift_id and seen else None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did: the shifts that are new, those that lay in their time, who gained and lost what, and the
    destinations to export to."""

    schedule: str
    shifts: tuple[Shift, ...]
    moves: tuple[Move, ...]
    destinations: tuple[int, ...]
    remarks: tuple[str, ...] = ()
    """What is worth knowing about it, in Slack's mrkdwn."""
    before: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Deed:
    """What is being done: ``action`` as notices call it, ``summary`` in the past tense without its subject.

    ``accepted`` is the mark of the cautions that the person has said yes to, None where nobody is to be asked.
    """

    action: str
    summary: str
    reason: str = ""
    quiet: bool = False
    accepted: str | None = None


async def current(tx: Unit, schedule: Schedule, ref: ShiftRef, now: datetime) -> Shift:
    """The shift, if it still is what the person saw and not over; raises Stale or NotFound."""
    await tx.schedules.lock(schedule.id)
    shift = await tx.shifts.get(ref.id)
    if shift is None or shift.revision != ref.revision:
        raise Stale(await what_happened(tx, schedule, ref))
    role = await tx.schedules.role(shift.role_id)
    if role is None or role.schedule_id != schedule.id:
        raise NotFound("That shift is not one of this schedule.")
    if shift.end <= now:
        raise NotFound("That shift is over; what has passed can't be changed.")
    return shift


async def what_happened(tx: Unit, schedule: Schedule, ref: ShiftRef) -> str:
    """A sentence on who changed a shift meanwhile, as far as the audit trail knows."""
    line = await tx.audit.of_shift(schedule.id, ref.id)
    if line is None:
        return "This shift changed while you were looking at it. Nothing was done; look at it as it is now."
    story = f"{by(line.actor)} {line.summary} ({when(line.at)})"
    return f"This shift changed while you were looking at it: {story}. Nothing was done; look at it as it is now."


def rest(shift: Shift, user: str | None, now: datetime) -> Shift:
    """What is left of a shift, given to ``user``. It stays proposed if it was; a person decided about it now."""
    return replace(
        shift, user=user, start=max(shift.start, now), source=ShiftSource.PERSON, id=None, revision=1, state=shift.state
    )


def unassigned(shift: Shift, start: datetime) -> Shift:
    """The time of a shift from ``start`` until its end, left to nobody on purpose."""
    return replace(
        shift, user=None, start=start, source=ShiftSource.PERSON, id=None, revision=1, state=ShiftState.CONFIRMED
    )


async def carry_out(
    tx: Unit,
    actor: Actor,
    schedule: Schedule,
    wanted: Sequence[Shift],
    deed: Deed,
    now: datetime,
    known: Sequence[Role] | None = None,
) -> Changed:
    """Put ``wanted`` in place of what their roles have there, with everything that follows from it. ``known`` are the
    schedule's roles, where they were read after it was locked.

    Raises Warned when it would leave a gap, give one person two roles at once, or put somebody on call who can't be,
    and that was not accepted.
    """
    await tx.schedules.lock(schedule.id)
    roles = {role.id: role for role in known or await tx.schedules.roles(schedule.id)}
    names = {role.id: role.name for role in roles.values()}
    placed = [await _place(tx, actor, schedule, roles[shift.role_id], shift, now) for shift in wanted]
    done = [move for one in placed for move in one.moves]
    asked, by_admin = deed.accepted is not None, await may_change(tx, actor, schedule.id)
    over = await beneath(tx, schedule, emptied(done)) if asked else []
    if asked:
        empty = gaps(done, now)
        absent = await away(tx, schedule, done, now, only="" if by_admin else actor.user_id)
        heed([*empty, *over, *await doubled(tx, schedule, names, done, now), *absent], deed.accepted)
    changed = Changed(
        schedule=schedule.name,
        shifts=tuple(one.shift for one in placed),
        before=tuple(shift for one in placed for shift in one.before),
        moves=tuple(done),
        remarks=(*await remarks(tx, schedule, done, now), *(one.text for one in over)) if asked else (),
        destinations=tuple(await confirmed(tx, {shift.role_id for shift in wanted}, by_admin=by_admin)),
    )
    if changed.moves and not deed.quiet:
        key = ":".join(str(shift.id) for shift in (schedule, *changed.shifts[:8]))
        await tell_moves(
            tx, schedule, changed.moves, action=deed.action, by=actor.user_id, key=key, now=now, reason=deed.reason
        )
    facts = {
        "start": min(shift.start for shift in wanted).isoformat(),
        "end": max(shift.end for shift in wanted).isoformat(),
        "shifts": sorted({number for one in placed for number in one.touched}),
        "moves": [move.facts() for move in changed.moves],
        "reason": deed.reason,
    }
    note(tx, actor, now, f"shift.{deed.action}", deed.summary, schedule_id=schedule.id, **facts)
    return changed


@dataclass(frozen=True, slots=True)
class _Placed:
    """One shift that was put in place, with what its role had there, what that moved and the ids of every shift that it
    touched."""

    shift: Shift
    before: tuple[Shift, ...]
    moves: tuple[Move, ...]
    touched: tuple[int, ...]


async def _place(tx: Unit, actor: Actor, schedule: Schedule, role: Role, shift: Shift, now: datetime) -> _Placed:
    existing = await tx.shifts.of_role(role.id, shift.start, shift.end)
    change = assign(existing, shift)
    added = await tx.shifts.apply(schedule.id, change, now)
    stored = next(s for s in added if (s.start, s.end, s.user) == (shift.start, shift.end, shift.user))
    await _void_requests(tx, actor, schedule, shift, role, now)
    touched = tuple(s.id for s in (*change.removed, *change.resized, stored) if s.id is not None)
    return _Placed(stored, tuple(existing), tuple(moves(role.name, existing, shift)), touched)


async def _void_requests(tx: Unit, actor: Actor, schedule: Schedule, shift: Shift, role: Role, now: datetime) -> None:
    """Requests for cover of time that goes to somebody else are not needed any more."""
    for request in await tx.covers.open_within(shift.role_id, shift.interval):
        if request.user_id == shift.user or not await tx.covers.settle(request.id, CoverState.VOID, now):
            continue
        facts = {
            "request_id": request.id,
            "role": role.name,
            "user": request.user_id,
            "start": request.starts_at.isoformat(),
            "end": request.ends_at.isoformat(),
            "by": actor.user_id,
        }
        await tx.outbox.tell(schedule, NoticeKind.COVER_WITHDRAWN, str(request.id), facts, now)
