"""A request to swap two shifts: how it is stored, shown, told of and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall.shifts import Shift
from services.kit.house import Actor
from services.kit.wording import when
from storage.repositories.swaps import SwapState
from storage.tables import Schedule, SwapRequest
from storage.unit import Unit


@dataclass(frozen=True, slots=True)
class SwapView:
    """A request as it is shown; ``users`` are the two people, ``waits_for`` those who have not agreed yet."""

    id: int
    schedule: str
    users: tuple[str, ...]
    waits_for: tuple[str, ...]
    state: SwapState


async def row_of(
    tx: Unit,
    schedule: Schedule,
    actor: Actor,
    shifts: Sequence[Shift],
    reason: str,
    agreed: Sequence[str | None],
    now: datetime,
) -> SwapRequest:
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    sides = [
        {
            "shift": shift.id,
            "revision": shift.revision,
            "role_id": shift.role_id,
            "role": roles[shift.role_id],
            "user": shift.user,
            "start": max(shift.start, now).isoformat(),
            "end": shift.end.isoformat(),
        }
        for shift in shifts
    ]
    return SwapRequest(
        schedule_id=schedule.id,
        asked_by=actor.user_id,
        sides=sides,
        agreed=list(agreed),
        placed=[],
        reason=reason.strip(),
        state=SwapState.OPEN,
        created_at=now,
        settled_by="",
    )


def story_of(request: SwapRequest) -> str:
    """What became of a request."""
    at = f" ({when(request.settled_at)})" if request.settled_at else ""
    return {
        SwapState.OPEN: "This swap waits for an answer.",
        SwapState.ACCEPTED: f"This swap was accepted already{at}.",
        SwapState.DECLINED: f"<@{request.settled_by}> declined this swap{at}.",
        SwapState.WITHDRAWN: f"This request was withdrawn{at}.",
        SwapState.LAPSED: f"This swap is not possible any more: a shift started or changed{at}.",
        SwapState.UNDONE: f"<@{request.settled_by}> undid this swap{at}.",
    }[SwapState(request.state)]


def users_of(request: SwapRequest) -> list[str]:
    return [side["user"] for side in request.sides]


def waiting_for(request: SwapRequest) -> list[str]:
    return [user for user in users_of(request) if user not in request.agreed]


def facts_of(request: SwapRequest) -> dict[str, Any]:
    kept = ("role", "user", "start", "end")
    return {
        "request_id": request.id,
        "asked_by": request.asked_by,
        "sides": [{name: side[name] for name in kept} for side in request.sides],
        "waits_for": waiting_for(request),
        "reason": request.reason,
    }


def view_of(request: SwapRequest, schedule: Schedule) -> SwapView:
    return SwapView(
        id=request.id,
        schedule=schedule.name,
        users=tuple(users_of(request)),
        waits_for=tuple(waiting_for(request)),
        state=SwapState(request.state),
    )


def names_of(request: SwapRequest) -> str:
    return " and ".join(f"<@{user}>" for user in users_of(request))


def mentions_of(users: Sequence[str]) -> str:
    return " and ".join(f"<@{user}>" for user in users) or "nobody"
