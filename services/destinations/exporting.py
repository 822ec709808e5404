"""Exports that a person asks for, and what waits for one.

Whoever agrees does so to a digest: the name of exactly the list they were shown. If something changed meanwhile,
nothing is written and the new list is shown instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncall.timeline import Interval
from services.destinations.configuring import (
    DestinationView,
    administered_destination,
    called,
    get_destination,
    list_destinations,
    times_change,
    was_copied,
)
from services.destinations.paged_instead import Beneath, beneath_of
from services.kit.audit import note
from services.kit.house import Actor, House
from services.kit.permissions import administered_schedule, visible_schedule
from storage.again import run_again
from storage.tables import Destination, PendingChange
from storage.unit import Unit
from sync.core.model import AWAITED, FIRST_WORD, Status
from sync.core.pending import NOTHING, ChangeKind
from sync.steps.report import Report


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Somebody on either side: the Slack user where there is one, else the name in the external system."""

    user_id: str | None
    name: str


@dataclass(frozen=True, slots=True)
class PendingView:
    """One change that waits: who is on call in the external schedule now, and who would be. ``undoes`` says that
    it takes back what somebody changed there, ``changed_by`` who did, in the external system's words, if it tells."""

    start: datetime
    end: datetime
    kind: ChangeKind
    before: PersonRef | None
    after: PersonRef | None
    undoes: bool
    changed_by: str = ""
    then: tuple[str, ...] | None = None
    """Where something is removed: who is on call there without it, in Slack's mrkdwn; None where nobody knows."""
    as_fallback: bool = False
    """Whether ``after`` only stands in there, for nobody is on call here."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits at a destination; ``digest`` names the list and is empty when there is none. ``first`` says that
    nothing was exported there before."""

    destination: DestinationView
    digest: str
    changes: tuple[PendingView, ...]
    first: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The outcome of an export; ``outdated`` when the list had changed and nothing was written."""

    report: Report | None
    outdated: bool

    @property
    def needless(self) -> bool:
        """Whether nothing was written because nothing waits any more."""
        report = self.report
        if report is None or report.failure or report.waiting or report.refused:
            return False
        return not (report.created or report.changed or report.removed or report.imported)


async def pending_changes(house: House, actor: Actor, schedule_id: int) -> list[Waiting]:
    """What waits at each destination of a schedule, as the last refresh left it; anyone may look."""
    views = await list_destinations(house, actor, schedule_id)
    async with house.database.read() as tx:
        await visible_schedule(tx, actor, schedule_id)
        return [await _waiting(tx, view) for view in views]


async def waiting_at(house: House, actor: Actor, destination_id: int) -> Waiting:
    """What waits at one destination, as the last refresh left it; anyone may look. Raises NotFound."""
    view = await get_destination(house, actor, destination_id)
    async with house.database.read() as tx:
        return await _waiting(tx, view)


@run_again
async def export_now(house: House, actor: Actor, destination_id: int, digest: str | None = None) -> Exported:
    """Export what waits and wait for the outcome. ``digest`` names the list that was shown; None takes the newest.

    Where nothing waits, the destination is refreshed, and a paused one goes to work; one that waits for a word on what
    it would write does so only where there is nothing indeed, and nobody whom the external system has yet to know.
    Raises NotAllowed, NotFound.
    """
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        agreed = digest if digest is not None else row.pending_digest
        row.approved_digest = agreed or NOTHING
        row.dirty += 1  # whoever holds it right now read what was agreed to before
        if not row.pending_digest and not was_copied(row) and not await _is_to_be_shown(tx, row):
            if row.paused_by == FIRST_WORD:
                await times_change(tx, row)
            row.paused, row.paused_by = False, ""
        summary = f"asked for an export to the {called(row)}"
        note(tx, actor, now, "destination.export", summary, schedule_id=schedule.id, destination_id=row.id, plan=agreed)
    report: Report | None = await house.jobs.run("reconcile", destination_id)
    unseen = agreed or (report is not None and report.status is Status.PAUSED)
    return Exported(report, outdated=bool(report and report.waiting and unseen and not report.approved))


async def _is_to_be_shown(tx: Unit, row: Destination) -> bool:
    """Whether an empty list is no word on what comes later. It is one on adding people and exporting their shifts."""
    connection = await tx.connections.get(row.connection_id)
    adds = connection is not None and connection.create_users and bool(connection.from_email)
    return row.paused_by in AWAITED and not adds


async def export_schedule(house: House, actor: Actor, schedule_id: int) -> list[tuple[DestinationView, Exported]]:
    """Export every destination of a schedule, what waits included; but what is held is agreed to where it is shown."""
    async with house.database.read() as tx:
        await administered_schedule(tx, actor, schedule_id)
    views = await list_destinations(house, actor, schedule_id)
    digests = {view.id: "" if view.status is Status.BLOCKED or view.was_copied else None for view in views}
    return [(view, await export_now(house, actor, view.id, digests[view.id])) for view in views]


async def _waiting(tx: Unit, view: DestinationView) -> Waiting:
    row = await tx.destinations.get(view.id)
    people = await _people(tx, view.connection_id)
    changes = await tx.journal.pending(view.id)
    beneath = [one for one in await beneath_of(tx, view.schedule_id, [view.role_id]) if one.destination_id == view.id]
    stands_in = await _standing_in(tx, view, changes, people)
    return Waiting(
        destination=view,
        digest=row.pending_digest if isinstance(row, Destination) else "",
        changes=tuple(
            PendingView(
                change.starts_at,
                change.ends_at,
                ChangeKind(change.kind),
                _person(change.before, people),
                _person(change.after, people),
                change.undoes,
                change.changed_by,
                _then(change, beneath),
                change.position in stands_in,
            )
            for change in changes
        ),
        first=not await tx.journal.ever_exported(view.id),
    )


async def _standing_in(
    tx: Unit, view: DestinationView, changes: Sequence[PendingChange], people: Mapping[str, PersonRef]
) -> set[int]:
    """The changes, by position, that put the fallback person where they have no shift."""
    fallback = (await tx.presence.exported_fallbacks(view.schedule_id)).get(view.role_id)
    if fallback is None:
        return set()
    theirs = [c for c in changes if c.after and (ref := people.get(c.after)) and ref.user_id == fallback]
    held = [await tx.shifts.of_role(view.role_id, one.starts_at, one.ends_at) for one in theirs]
    both = zip(theirs, held, strict=True)
    return {one.position for one, shifts in both if not any(shift.user == fallback for shift in shifts)}


def _then(change: PendingChange, beneath: Sequence[Beneath]) -> tuple[str, ...] | None:
    span = Interval(change.starts_at, change.ends_at)
    if change.kind != ChangeKind.REMOVE or change.after:
        return None
    return next((one.pages.within(span) for one in beneath if one.pages is not None and one.knows(span)), None)


async def _people(tx: Unit, connection_id: int) -> Mapping[str, PersonRef]:
    users = await tx.connections.users(connection_id)
    return {user.external_id: PersonRef(user.user_id, user.name or user.external_id) for user in users}


def _person(external_id: str, people: Mapping[str, PersonRef]) -> PersonRef | None:
    if not external_id:
        return None
    return people.get(external_id, PersonRef(None, external_id))
