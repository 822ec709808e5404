"""When the rules of a time zone change: a schedule follows them in one step, and says once what moved.

Every schedule keeps the rules that it was laid out with. Before anything is proposed they are compared with those in
use. Where they differ, dates of rotations and shifts that rotations made move with the wall clock
(:mod:`oncall.rezoning`), open requests for cover with them, destinations follow, people hear of it, and the new rules
are kept: all in one transaction. Somebody who is killed in the middle of it has done nothing.

=============================================  ==============================================================
the schedule was laid out with                 what happens
=============================================  ==============================================================
the same rules, whatever release               nothing
others                                         everything moves, as above
others of a newer release, on PostgreSQL       nothing: another process is ahead of this one, which then
                                               proposes nothing for this schedule until it has caught up
rules that nobody kept (an older Baton)        those are taken that Python would have used by itself
=============================================  ==============================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

import zonedata
from oncall.fairness.arrangement import holding
from oncall.rezoning import Offsets, Relaid, current, differs, read_rules, relay, rezoned
from oncall.shifts import Shift, ShiftState
from services.destinations.marking_due import confirmed
from services.kit.audit import note
from services.kit.house import Actor
from storage.notices import NoticeKind
from storage.tables import Schedule
from storage.unit import Unit
from zonedata.releases import order

log = structlog.get_logger()

BATON = "baton"
KEPT_AHEAD = timedelta(days=2 * 365)
"""How far ahead the rules that are kept must reach at least."""

Laid = dict[str, Offsets]


@dataclass(frozen=True, slots=True)
class Followed:
    """What following did: the destinations to export to; ``behind`` where another process knows newer rules."""

    destinations: tuple[int, ...] = ()
    behind: bool = False


async def follow_in(tx: Unit, schedule: Schedule, now: datetime) -> Followed:
    """Let a schedule follow the rules in use, in the caller's transaction; the caller has locked the schedule."""
    rotations = await tx.rotations.of_schedule(schedule.id)
    fair = await _fair_zones(tx, schedule, now)
    laid_out = (version.zone for versions in rotations for version in versions)
    zones = sorted({schedule.time_zone, *laid_out, *fair.values()})
    version, laid = _kept(schedule, zones, now)
    changed = {zone: offsets for zone, offsets in laid.items() if zone in zones and differs(offsets)}
    if changed and await _is_behind(tx, version):
        log.warning("another process has newer time zone rules", schedule=schedule.id, theirs=version)
        return Followed(behind=True)
    destinations = await _move(tx, schedule, laid, sorted(changed), now) if changed else ()
    if changed or not all(zone in laid and laid[zone].until > now + KEPT_AHEAD for zone in zones):
        schedule.zone_rules = _written({zone: current(zone, now) for zone in zones})
    return Followed(tuple(destinations))


async def _fair_zones(tx: Unit, schedule: Schedule, now: datetime) -> dict[int, str]:
    """The zone of each role that is filled fairly."""
    known = await tx.fairness.versions(schedule.id)
    found = {role: holding(versions, now) for role, versions in known.items()}
    return {role: version.zone for role, version in found.items() if version is not None}


async def _is_behind(tx: Unit, version: str) -> bool:
    """Whether a newer release is in use elsewhere; SQLite serves one process, so there it was this one's before."""
    connection = await tx.session.connection()
    return connection.dialect.name != "sqlite" and order(version) > order(zonedata.in_use().version)


async def _move(tx: Unit, schedule: Schedule, laid: Laid, zones: Sequence[str], now: datetime) -> Sequence[int]:
    rotations = await tx.rotations.of_schedule(schedule.id)
    for versions in rotations:
        after = rezoned(versions, laid)
        if after != versions:
            await tx.rotations.save(schedule.id, after, now)
    rotations = await tx.rotations.of_schedule(schedule.id)
    shifts = await tx.shifts.of_schedule(schedule.id, now)
    fair = await _fair_zones(tx, schedule, now)
    found = relay([v for versions in rotations for v in versions], shifts, laid, schedule.time_zone, now, fair)
    await tx.shifts.apply(schedule.id, found.change, now)
    await _move_requests(tx, schedule, found)
    await _tell(tx, schedule, found, zones, now)
    roles = {before.role_id for before, _ in found.moved if before.state is ShiftState.CONFIRMED}
    await tx.destinations.expect_changes(roles)
    return await confirmed(tx, roles, by_admin=False)


async def _move_requests(tx: Unit, schedule: Schedule, found: Relaid) -> None:
    """Open requests for cover and to swap go with the shifts that they are about."""
    after = {shift.id: shift for _, shift in found.moved if shift is not None}
    for swap in await tx.swaps.open(schedule.id):
        swap.sides = [_moved_side(side, after.get(side["shift"])) for side in swap.sides]
    for before, after in found.moved:
        for request in await tx.covers.open_within(before.role_id, before.interval):
            if after is not None and request.user_id == before.user:
                request.starts_at = after.start if request.starts_at == before.start else request.starts_at
                request.ends_at = after.end if request.ends_at == before.end else request.ends_at


def _moved_side(side: dict[str, Any], shift: Shift | None) -> dict[str, Any]:
    if shift is None:
        return side
    bounds = {"start": shift.start.isoformat(), "end": shift.end.isoformat()}
    return {**side, "revision": shift.revision, **bounds}


async def _tell(tx: Unit, schedule: Schedule, found: Relaid, zones: Sequence[str], now: datetime) -> None:
    """One notice of what moved and what did not; proposals are not worth one."""
    exported = [(b, a) for b, a in found.moved if b.state is ShiftState.CONFIRMED]
    if not exported and not found.staying:
        return
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    version = zonedata.in_use().version
    facts = {
        "version": version,
        "zones": list(zones),
        "moved": [_moved(before, after, roles) for before, after in exported],
        "staying": [_facts(shift, roles) for shift in found.staying],
    }
    await tx.outbox.tell(schedule, NoticeKind.ZONE_RULES, f"{schedule.id}:{now.isoformat()}", facts, now)
    count = f"{len(exported)} {'shift' if len(exported) == 1 else 'shifts'}"
    note(
        tx,
        Actor(schedule.workspace_id, BATON),
        now,
        "shifts.rezoned",
        f"moved {count} with the clocks of {', '.join(zones)}",
        schedule_id=schedule.id,
        shifts=[before.id for before, _ in found.moved],
        release=version,
    )


def _facts(shift: Shift, roles: Mapping[int, str]) -> dict[str, Any]:
    return {
        "role": roles[shift.role_id],
        "user": shift.user,
        "start": shift.start.isoformat(),
        "end": shift.end.isoformat(),
    }


def _moved(before: Shift, after: Shift | None, roles: Mapping[int, str]) -> dict[str, Any]:
    bounds = None if after is None else [after.start.isoformat(), after.end.isoformat()]
    return {**_facts(before, roles), "after": bounds}


def _kept(schedule: Schedule, zones: Iterable[str], now: datetime) -> tuple[str, Laid]:
    """The release and the rules that a schedule was laid out with."""
    if schedule.zone_rules is None:
        ranges = {zone: current(zone, now) for zone in zones}
        return "", {z: read_rules(zonedata.by_default(z), z, one.since, one.until) for z, one in ranges.items()}
    kept = schedule.zone_rules.get("zones", {})
    return schedule.zone_rules.get("version", ""), {zone: _read(zone, facts) for zone, facts in kept.items()}


def _written(laid: Laid) -> dict[str, Any]:
    zones = {
        zone: {
            "since": one.since.isoformat(),
            "until": one.until.isoformat(),
            "steps": [[int(at.timestamp()), int(offset.total_seconds())] for at, offset in one.steps],
        }
        for zone, one in laid.items()
    }
    return {"version": zonedata.in_use().version, "zones": zones}


def _read(zone: str, facts: Mapping[str, Any]) -> Offsets:
    steps = tuple((datetime.fromtimestamp(at, UTC), timedelta(seconds=offset)) for at, offset in facts["steps"])
    return Offsets(zone, datetime.fromisoformat(facts["since"]), datetime.fromisoformat(facts["until"]), steps)
