"""A request for cover: how it is shown, told of, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from oncall.covering import Answer
from oncall.shifts import Shift, ShiftState, timeline
from oncall.timeline import Interval, Segment
from services.kit.errors import NotFound, Refusal
from services.kit.house import Actor
from services.kit.permissions import visible_schedule
from services.kit.wording import when
from storage.repositories.covers import CoverState
from storage.tables import CoverAsked, CoverRequest, Schedule
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class CoverView:
    """A request as it is shown; ``asked`` are those who were asked, in order, with what they said.

    Until ``everybody`` is asked the next one is at ``until`` (UTC).
    """

    id: int
    schedule_id: int
    schedule: str
    role: str
    user_id: str
    start: datetime
    end: datetime
    reason: str
    state: CoverState
    taker: str | None
    everybody: bool = True
    until: datetime | None = None
    asked: tuple[tuple[str, Answer], ...] = ()

    @property
    def asked_now(self) -> tuple[str, ...]:
        """Whose answer is waited for."""
        return tuple(user for user, answer in self.asked if answer is Answer.NONE)

    def concerns(self, user: str) -> bool:
        """Whether somebody is to answer: they were asked and have not said no, or everybody is asked."""
        said = dict(self.asked).get(user)
        return said is not Answer.NO and (self.everybody or said is not None)


async def found_request(tx: Unit, actor: Actor, request_id: int) -> tuple[CoverRequest, Schedule]:
    """The request and its schedule, as far as the actor may see them. Raises NotFound."""
    request = await tx.covers.get(request_id)
    if request is None:
        raise NotFound("That request does not exist any more.")
    return request, await visible_schedule(tx, actor, request.schedule_id)


def refuse_closed(request: CoverRequest, now: datetime) -> None:
    """Raise what became of a request that can't be taken, answered or withdrawn any more."""
    since = f" ({when(request.settled_at)})" if request.settled_at else ""
    stories = {
        CoverState.TAKEN: f"<@{request.taker}> took this already{since}.",
        CoverState.WITHDRAWN: f"This request was withdrawn{since}.",
        CoverState.VOID: f"The shift changed hands{since}, so there is nothing left to cover.",
    }
    story = stories.get(CoverState(request.state))
    if story is None and request.ends_at <= now:
        story = "That time is over."
    if story is not None:
        raise Refusal(story)


async def still_theirs(tx: Unit, request: CoverRequest, now: datetime) -> list[Shift]:
    """The stretch as shifts to hand over, one for each shift that it is part of; none if it isn't all the asker's."""
    span = Interval(max(request.starts_at, now), request.ends_at)
    shifts = [s for s in await tx.shifts.of_role(request.role_id, span.start, span.end) if s.user == request.user_id]
    if timeline(shifts).cut(span).segments != (Segment(span.start, span.end, (request.user_id,)),):
        return []
    confirmed = [shift for shift in shifts if shift.state is ShiftState.CONFIRMED]
    return [replace(s, start=max(s.start, span.start), end=min(s.end, span.end)) for s in confirmed]


async def seen(tx: Unit, request: CoverRequest, schedule: Schedule) -> CoverView:
    """The request with its schedule and role by name."""
    role = await tx.schedules.role(request.role_id)
    asked = await tx.covers.asked(request.id)
    return view_of(request, schedule.name, role.name if role else "", asked)


def view_of(request: CoverRequest, schedule: str, role: str, asked: Sequence[CoverAsked] = ()) -> CoverView:
    """A request with its schedule and role by name, and who was asked."""
    return CoverView(
        id=request.id,
        schedule_id=request.schedule_id,
        schedule=schedule,
        role=role,
        user_id=request.user_id,
        start=request.starts_at,
        end=request.ends_at,
        reason=request.reason,
        state=CoverState(request.state),
        taker=request.taker,
        everybody=request.everybody,
        until=request.moves_at,
        asked=tuple((row.user_id, Answer(row.answer)) for row in asked),
    )


def facts_of(view: CoverView) -> dict[str, Any]:
    """As notices have it."""
    facts: dict[str, Any] = {
        "request_id": view.id,
        "role": view.role,
        "user": view.user_id,
        "start": view.start.isoformat(),
        "end": view.end.isoformat(),
        "reason": view.reason,
    }
    return facts | ({"taker": view.taker} if view.taker else {})


def progress_of(view: CoverView) -> dict[str, Any]:
    """Who was asked and what they said, as notices have it."""
    return {
        "everybody": view.everybody,
        "until": view.until.isoformat() if view.until else None,
        "asked": [{"user": user, "answer": answer.value} for user, answer in view.asked],
    }
