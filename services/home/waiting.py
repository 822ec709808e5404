"""What waits for one person, over everything that they have a part in: soonest decided first, by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.connections.requests import facts_of as facts_of_access
from services.covers.shown import CoverView, view_of
from services.kit.house import Actor
from services.schedules.creating import ScheduleName
from services.shifts.swap_request import facts_of as facts_of_swap
from storage.unit import Unit
from sync.core.model import Status


@dataclass(frozen=True, slots=True)
class Parts:
    """Somebody's schedules by id: all that concern them, those that they are an admin of, those where they can be put
    on call; ``names`` are those of the whole workspace."""

    names: Mapping[int, ScheduleName]
    all: frozenset[int]
    administered: frozenset[int]
    assignable: frozenset[int]


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """Shifts that a rotation proposes."""

    schedule: ScheduleName
    count: int


@dataclass(frozen=True, slots=True)
class ToExport:
    """Changes that wait for a word at a destination; ``held`` says that they are too many to go by themselves."""

    schedule: ScheduleName
    destination: str
    count: int
    held: bool


@dataclass(frozen=True, slots=True)
class Unmatched:
    """People with shifts ahead whom an external system does not know."""

    schedule: ScheduleName
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverWanted:
    """Somebody asks for cover, the person themself where ``own`` says so."""

    request: CoverView
    own: bool


@dataclass(frozen=True, slots=True)
class SwapWanted:
    """A swap that waits for the person's answer, or for others' where they asked (``own``).

    ``facts`` are :func:`services.shifts.swap_request.facts_of` it.
    """

    id: int
    schedule: str
    facts: Mapping[str, Any]
    own: bool


@dataclass(frozen=True, slots=True)
class AccessWanted:
    """Somebody asks for the use of a connection; ``facts`` are those of its card."""

    facts: Mapping[str, Any]


Wait = ToConfirm | ToExport | Unmatched | CoverWanted | SwapWanted | AccessWanted


@dataclass(frozen=True, slots=True)
class Waits:
    """All of it in the order in which it is shown, and the instants at which some of it ends by itself."""

    waits: Sequence[Wait]
    instants: Sequence[datetime] = field(default=())

    @property
    def covers_asked(self) -> list[CoverView]:
        return [one.request for one in self.waits if isinstance(one, CoverWanted) and one.own]


async def waits_for(tx: Unit, actor: Actor, parts: Parts, now: datetime) -> Waits:
    """What the actor can decide now."""
    covers = await _covers(tx, actor, parts, now)
    swaps = await _swaps(tx, actor, parts)
    access = [] if actor.is_outside else await _access(tx, actor, now)
    proposed = await tx.waiting.proposed(parts.administered, now)
    confirming = [ToConfirm(parts.names[one.schedule_id], one.count) for one in proposed]
    instants = [instant for one in covers for instant in (one.request.start, one.request.end)]
    instants += [one.first_ends for one in proposed]
    instants += [datetime.fromisoformat(one.facts["expires"]) for one in access]
    held, exports = await _exports(tx, parts)
    waits = [*swaps, *covers, *held, *access, *confirming, *exports, *await _unmatched(tx, parts, now)]
    return Waits(waits, instants)


async def _exports(tx: Unit, parts: Parts) -> tuple[list[ToExport], list[ToExport]]:
    """Plans that are held back, and changes that wait for a word."""
    rows = await tx.waiting.destinations(parts.administered)
    waiting = [row for row in rows if row.pending_digest or row.status == Status.BLOCKED]
    counts = await tx.waiting.changes(row.id for row in waiting)
    found = [
        ToExport(
            parts.names[row.schedule_id],
            row.external_name or row.external_id,
            counts.get(row.id, 0),
            row.status == Status.BLOCKED,
        )
        for row in waiting
    ]
    return [one for one in found if one.held], [one for one in found if not one.held]


async def _unmatched(tx: Unit, parts: Parts, now: datetime) -> list[Unmatched]:
    found = await tx.waiting.unmatched(parts.administered, now)
    return [Unmatched(parts.names[number], tuple(users)) for number, users in found.items()]


async def _covers(tx: Unit, actor: Actor, parts: Parts, now: datetime) -> list[CoverWanted]:
    """The actor's own, and those that they are asked to take: nobody sees them before it is their turn."""
    rows = await tx.waiting.covers(parts.all, now)
    mine = [row for row in rows if row.user_id == actor.user_id or row.schedule_id in parts.assignable]
    roles = await tx.schedules.roles_of(row.schedule_id for row in mine)
    names = {role.id: role.name for listed in roles.values() for role in listed}
    asked = await tx.covers.asked_of(row.id for row in mine)
    views = [
        view_of(row, parts.names[row.schedule_id].name, names.get(row.role_id, ""), asked.get(row.id, ()))
        for row in mine
    ]
    found = [CoverWanted(view, own=view.user_id == actor.user_id) for view in views]
    return [one for one in found if one.own or one.request.concerns(actor.user_id)]


async def _swaps(tx: Unit, actor: Actor, parts: Parts) -> list[SwapWanted]:
    """Those that wait for the actor first."""
    found: list[SwapWanted] = []
    for row in await tx.waiting.swaps(parts.all):
        facts = facts_of_swap(row)
        if actor.user_id in facts["waits_for"] or actor.user_id == row.asked_by:
            own = actor.user_id not in facts["waits_for"]
            found.append(SwapWanted(row.id, parts.names[row.schedule_id].name, facts, own))
    return sorted(found, key=lambda one: one.own)


async def _access(tx: Unit, actor: Actor, now: datetime) -> list[AccessWanted]:
    rows = await tx.waiting.access(actor.workspace_id, actor.user_id, now, everything=actor.is_workspace_admin)
    return [AccessWanted(facts_of_access(row)) for row in rows]
