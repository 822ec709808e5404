"""Rotations as somebody fills them in: checked field by field, and turned into versions of a stored rotation.

Beside what is wrong with a draft by itself (:mod:`oncall.drafts`), a rotation may only use the schedule's own roles and
assignable members, and no two rotations may cover one role at the same time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall.drafts import Draft, validate
from oncall.fairness.arrangement import holding
from oncall.pace import Counts
from oncall.plans import edited, ending, going_on, state_at, steps
from oncall.roles import Overlap, overlaps
from oncall.rotations import Rotation
from oncall.timeline import Interval
from services.destinations.configuring import shared_with
from services.kit.errors import FieldErrors, NotFound, Stale
from services.kit.wording import by, when
from services.people.deactivated import gone_among
from services.schedules.horizon import rotations_of
from storage.tables import Schedule
from storage.unit import Unit as Tx
from sync.shared_schedules import claimed_by

LOOK_AHEAD = timedelta(days=400)
"""How far ahead overlaps of rotations are searched: every weekday window and both clock changes come by in it."""

SHOWN_OVERLAPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationDraft(Draft):
    """A rotation of a schedule as somebody filled it in. ``since`` is from when on it holds, None is at once; ``until``
    is when it ends, None where it goes on, or ends when it was planned to; with ``goes_on`` it does not end any more.

    ``rotation_id`` and ``revision`` name the rotation that is changed, as the person saw it at ``seen_at``; only what
    they made different is changed, so what is planned for later stays. Confirmed shifts that a rotation made change
    along from ``confirmed_from`` on; None leaves all of them alone. ``counts`` empty is as it was, or covered time.
    """

    schedule_id: int
    since: datetime | None = None
    until: datetime | None = None
    goes_on: bool = False
    rotation_id: int | None = None
    revision: int | None = None
    seen_at: datetime | None = field(default=None, compare=False)
    confirmed_from: datetime | None = None


async def versions_of(tx: Tx, schedule: Schedule, rotation_id: int) -> tuple[Rotation, ...]:
    row = await tx.rotations.row(rotation_id)
    if row is None or row.schedule_id != schedule.id:
        raise NotFound("That rotation does not exist any more.")
    return await tx.rotations.versions(rotation_id)


async def unchanged(tx: Tx, schedule: Schedule, rotation_id: int | None, revision: int | None) -> tuple[Rotation, ...]:
    """The stored versions that somebody saw at ``revision``, none of a new rotation; raises Stale, NotFound."""
    if rotation_id is None:
        return ()
    versions = await versions_of(tx, schedule, rotation_id)
    row = await tx.rotations.row(rotation_id)
    if row is not None and revision is not None and row.revision != revision:
        line = await tx.audit.newest(schedule.id, "rotation", rotation_id)
        story = f" {by(line.actor)} {line.summary} ({when(line.at)})." if line else ""
        raise Stale(f"This rotation changed while you were editing it.{story} Nothing was saved.")
    return versions


async def planned(
    tx: Tx, schedule: Schedule, draft: RotationDraft, now: datetime
) -> tuple[tuple[Rotation, ...], list[Rotation]]:
    """The rotation's versions once the draft is saved, and those of the schedule's other rotations."""
    stored = await unchanged(tx, schedule, draft.rotation_id, draft.revision)
    if not draft.counts:
        draft = replace(draft, counts=(stored and state_at(stored, draft.seen_at or now).counts) or Counts.COVERED)
    problems = {name.value: text for name, text in validate(draft).items()}
    problems |= await _foreign(tx, schedule, draft) | _ends_badly(draft, now)
    problems |= await _filled_fairly(tx, schedule, draft, now)
    if problems:
        raise FieldErrors(problems)
    new, since = draft.rotation(), max(draft.since or now, now)
    if stored:
        versions = edited(stored, state_at(stored, draft.seen_at or now), new, since)
        if draft.goes_on:
            versions = going_on(versions)
        elif draft.until:
            versions = ending(versions, draft.until)
    else:
        versions = (replace(new, since=draft.since, until=draft.until),)
    if draft.until and not holds(versions, now):
        raise FieldErrors({"until": "It would end before its first turn."})
    return versions, await refuse_overlaps(tx, schedule, versions, now)


async def refuse_overlaps(tx: Tx, schedule: Schedule, versions: Sequence[Rotation], now: datetime) -> list[Rotation]:
    """The schedule's other rotations; raises FieldErrors where one of them covers the same role at the same time."""
    others = [v for v in await rotations_of(tx, schedule.id) if v.id is None or v.id != versions[0].id]
    roles = {role.id: role.name for role in await tx.schedules.roles(schedule.id)}
    overlapping = _overlapping(versions, others, roles, now) or await _shared(tx, schedule, [*others, *versions], now)
    if overlapping:
        raise FieldErrors(overlapping)
    return others


def _ends_badly(draft: RotationDraft, now: datetime) -> dict[str, str]:
    """An end that is over, or comes before the rotation takes effect."""
    if draft.until is None or draft.until > max(now, draft.since or now):
        return {}
    return {"until": "Choose an end that is later than when it takes effect." if draft.since else "This has passed."}


async def _foreign(tx: Tx, schedule: Schedule, draft: RotationDraft) -> dict[str, str]:
    """Roles of other schedules, and people who can't be assigned on this one."""
    roles = {role.id for role in await tx.schedules.roles(schedule.id)}
    chosen = {"role": draft.role, "backup_role": draft.backup_role}
    problems = {
        name: "Choose a role of this schedule."
        for name, role in chosen.items()
        if role is not None and role not in roles
    }
    assignable = {m.user_id for m in await tx.schedules.members(schedule.id) if m.assignable}
    assignable -= await gone_among(tx, schedule.workspace_id, draft.members)
    strangers = [user for user in draft.members if user not in assignable]
    if strangers:
        known = await tx.people.named(schedule.workspace_id, strangers)
        names = ", ".join(known[u].real_name or known[u].name if u in known else u for u in strangers)
        problems["members"] = f"Not assignable on this schedule: {names}. Add them in /oncall members first."
    return problems


async def _filled_fairly(tx: Tx, schedule: Schedule, draft: RotationDraft, now: datetime) -> dict[str, str]:
    """Roles that are filled another way."""
    fair = await tx.fairness.versions(schedule.id)
    chosen = {"role": draft.role, "backup_role": draft.backup_role}
    return {
        name: "This role is filled fairly. Press Fill in order in /oncall fair first."
        for name, role in chosen.items()
        if role is not None and holding(fair.get(role, ()), now)
    }


async def _shared(tx: Tx, schedule: Schedule, rotations: Sequence[Rotation], now: datetime) -> dict[str, str]:
    """What the roles claim on external schedules that other schedules write to as well."""
    year = Interval(now, now + LOOK_AHEAD)
    for row in await tx.destinations.of_schedule(schedule.id):
        if said := await shared_with(tx, row, claimed_by(rotations, row.role_id, year), year):
            return {"role": said}
    return {}


def _overlapping(
    versions: Sequence[Rotation], others: Sequence[Rotation], roles: dict[int, str], now: datetime
) -> dict[str, str]:
    """One problem for each role that another rotation covers at the same time, with the first few dates."""
    within = Interval(max(now, versions[0].begin), max(now, versions[-1].begin) + LOOK_AHEAD)
    found = [o for other in others for own in versions for o in overlaps((own, other), within)]
    fields = {"role": {v.role_id for v in versions}, "backup_role": {v.backup.role_id for v in versions if v.backup}}
    problems: dict[str, str] = {}
    for name, filled in fields.items():
        meeting = sorted((o for o in found if o.role_id in filled), key=lambda overlap: overlap.interval)
        if meeting:
            problems[name] = _named(meeting, roles[meeting[0].role_id])
    return problems


def _named(meeting: Sequence[Overlap], role: str) -> str:
    other, zone = meeting[0].second, ZoneInfo(meeting[0].first.zone)
    dates = ", ".join(_dates(overlap.interval, zone) for overlap in meeting[:SHOWN_OVERLAPS])
    more = f" and {len(meeting) - SHOWN_OVERLAPS} more times" if len(meeting) > SHOWN_OVERLAPS else ""
    return f"“{other.name}” covers {role} at the same time: {dates}{more} ({zone.key})."


def _dates(interval: Interval, zone: ZoneInfo) -> str:
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    same_day = start.date() == end.date()
    return (
        f"{start:%a %-d %b %Y %H:%M} – {end:%H:%M}"
        if same_day
        else f"{start:%a %-d %b %Y %H:%M} – {end:%a %-d %b %Y %H:%M}"
    )


def holds(versions: Sequence[Rotation], now: datetime) -> bool:
    until = versions[-1].until
    return until is None or until > max(now, versions[-1].begin)


def belonging(versions: Sequence[Rotation], now: datetime) -> tuple[str, ...]:
    """Who has a place in the circle, now or later."""
    states = (state_at(versions, now), *(step.after for step in steps(versions, now)))
    return tuple(dict.fromkeys(stint.user for state in states for stint in state.members))
