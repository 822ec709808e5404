"""When Baton starts on an older copy of its database: nothing is written or told before an admin has chosen.

At every start the database is compared with what was last written with it (:mod:`storage.copies`). Where it is behind,
one transaction pauses every destination and withholds every notice; then each destination is looked at, and the
schedule's admins are shown what Baton would write, and choose: export that, take what the external system has, or leave
it paused. ``baton run --paused`` does the same without being told by the mark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog

from notices.noticing import watch
from services.destinations.configuring import DestinationView, administered_destination, called, view_of
from services.kit.audit import note
from services.kit.house import Actor, House
from storage.again import run_again
from storage.copies import Mark
from storage.jobs import RECONCILE
from storage.notices import NoticeKind
from storage.tables import CopyMark, Destination
from storage.unit import Unit
from sync.core.model import AWAITED, BY_HAND, COPIED, LOADED_COPY, OLDER_COPY, Status
from sync.core.pending import TAKE
from sync.steps.report import COPIES, Report

log = structlog.get_logger()

STALE = timedelta(minutes=10)
"""Where Baton was only asked to start paused, notices that have waited for longer are not sent by themselves."""
WITHHELD = "Not sent: Baton was started from an older copy of its database, so this may no longer be so."
NOT_SENT = "Not sent: Baton was started with everything paused, and this had waited for a while."


async def on_start(tx: Unit, now: datetime, written: Mark | None, *, paused: bool) -> str:
    """Compare the database with what was ``written`` last; returns why everything is paused, or an empty text."""
    row = await tx.copies.claim()
    place = await tx.copies.place()
    why = _why(row, place, written) or (BY_HAND if paused else "")
    row.place = place or row.place
    await tx.session.flush()
    if why:
        await _pause_everything(tx, now, why)
    await tx.copies.count(at_least=written.writes if why == OLDER_COPY and written else 0)
    return why


def _why(row: CopyMark, place: str, written: Mark | None) -> str:
    if written is not None and written.database == row.database and written.writes > row.writes:
        return OLDER_COPY
    parts = zip(row.place.split("/"), place.split("/"), strict=False)
    return LOADED_COPY if any(was and is_now and was != is_now for was, is_now in parts) else ""


async def _pause_everything(tx: Unit, now: datetime, why: str) -> None:
    if why == BY_HAND:
        withheld = await tx.outbox.withhold_all(now - STALE, NOT_SENT)
    else:
        await watch.look(tx, now)  # what it would tell of the time since is withheld with the rest
        withheld = await tx.outbox.withhold_all(now, WITHHELD)
    await tx.destinations.hold_all()
    await tx.destinations.mark_copied(now, but=AWAITED)
    rows = await tx.destinations.all_at_work()
    for row in rows:
        await _pause(tx, row, now, why)
    await tx.session.flush()
    log.warning("everything starts paused", why=why, destinations=len(rows), notices_withheld=withheld)
    if why != LOADED_COPY:  # there, only what differs is worth a word
        await _tell(tx, rows, now, why)


async def _pause(tx: Unit, row: Destination, now: datetime, why: str) -> None:
    row.paused, row.paused_by, row.restored_at = True, why, now
    row.status, row.status_reason = Status.PAUSED, COPIES[why]
    row.approved_digest, row.dirty, row.refresh_due_at = "", row.dirty + 1, now
    await tx.session.flush()
    await tx.destinations.interrupt(row.id)
    await tx.journal.give_up_changes(row.id, COPIES[why], now)


async def _tell(tx: Unit, rows: Iterable[Destination], now: datetime, why: str) -> None:
    for schedule_id, count in sorted(Counter(row.schedule_id for row in rows).items()):
        schedule = await tx.schedules.get(schedule_id)
        if schedule is not None:
            facts = {"why": why, "destinations": count}
            await tx.outbox.tell(schedule, NoticeKind.OLDER_COPY, f"{schedule_id}:{now.isoformat()}", facts, now)


@run_again
async def take_what_is_there(house: House, actor: Actor, destination_id: int) -> Report | None:
    """Take over what the external system has; what is left to write then still waits. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        if waits(row):
            row.approved_digest, row.dirty = TAKE, row.dirty + 1
            summary = f"took over what the {called(row)} has"
            note(tx, actor, now, "destination.taken", summary, schedule_id=schedule.id, destination_id=row.id)
    return await house.jobs.run("reconcile", destination_id)


@run_again
async def leave_paused(house: House, actor: Actor, destination_id: int) -> DestinationView:
    """It stays paused, as by this admin. Raises NotAllowed, NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        await tx.destinations.hold(destination_id)
        row, schedule = await administered_destination(tx, actor, destination_id)
        role = await tx.schedules.role(row.role_id)
        if waits(row):
            row.paused_by, row.dirty = actor.user_id, row.dirty + 1
            await tx.destinations.interrupt(row.id)
            summary = f"left the exports to the {called(row)} paused"
            note(tx, actor, now, "destination.paused", summary, schedule_id=schedule.id, destination_id=row.id)
        tx.defer(RECONCILE, destination_id)
    return view_of(row, role.name if role else "")


async def waits_for_choice(house: House, actor: Actor, destination_id: int) -> bool:
    """Whether nobody has chosen for it yet. Raises NotAllowed, NotFound."""
    async with house.database.read() as tx:
        row, _schedule = await administered_destination(tx, actor, destination_id)
        return waits(row)


def waits(row: Destination) -> bool:
    return row.paused and row.paused_by in COPIED
