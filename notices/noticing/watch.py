"""Watches the clock: switches, reminders and weekly digests, put into the outbox when they are due.

One look covers every schedule that is due. It is one transaction, but where very many are due at once: then the first
few are told before the others are looked at, so that nobody waits for all (unless there are webhooks, which hear of an
instant in one post). It compares who was told to be on call with who is
on call now (:mod:`notices.noticing.switches`), writes what is to be told together with the new "told", and says when to
look again: each schedule keeps the next instant at which one of its shifts starts or ends, a reminder or a digest is
due. Whoever changes shifts brings that forward in the transaction of the change (:meth:`storage.unit.Unit.finish`), so
a look costs what there is to tell, however many schedules there are. So a look that comes early, late or twice, or two
at the same time, tells nothing twice and forgets nothing:

* what was told is a row that is read for update, so two processes take turns;
* every switch has a key made of a counter in that row; reminders and digests have keys made of what they tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from notices.deciding.items import fanout_item
from notices.deciding.topics import DEFAULT_REMINDER_HOURS
from notices.deciding.webhook_items import webhook_items
from notices.noticing import digests
from notices.noticing.surroundings import TWO_WEEKS, Surroundings, Timelines, timelines
from notices.noticing.switches import Switch, on_call, reminders, switches
from oncall.civil import first_instant, wall_time
from oncall.timeline import Interval, Timeline, Users
from storage.again import run_again
from storage.database import Database
from storage.isolation import each
from storage.notices import NoticeKind
from storage.outgoing import Item
from storage.repositories.told import Known
from storage.tables import ChannelSettings
from storage.trouble import DatabaseTrouble
from storage.unit import Unit

log = structlog.get_logger()

PAUSE_AFTER_TROUBLE = timedelta(minutes=5)
LONGEST_REST = timedelta(days=7)
"""No schedule goes unlooked at for longer, should what it has to tell have changed in a way that nobody thought of."""

AT_ONCE = 50
"""How many schedules are looked at in a transaction: as many as what is on its way to Slack meanwhile keeps Slack
busy."""
TURNS = 8
"""Of the event loop between two of them: an answer of Slack's is read, and the next post of its task is written, in
about so many."""

Settings = Mapping[int, ChannelSettings]
Rosters = Mapping[int, Timelines]
Tell = Callable[[Unit, Sequence[Item], datetime], Awaitable[None]]
"""Puts facts into the outbox."""


async def leave(tx: Unit, facts: Sequence[Item], _now: datetime) -> None:
    """For whoever splits what is in the outbox."""
    await tx.outbox.put(facts)


async def watch_once(database: Database, now: datetime, tell: Tell = leave) -> datetime | None:
    """Tell what is due; returns the next instant at which something will be, as things are."""
    try:
        return await _look_at_all(database, now, tell)
    except DatabaseTrouble:
        raise
    except Exception:
        log.exception("a look for switches failed; each schedule by itself now")
        return await _one_by_one(database, now, tell)


async def _look_at_all(database: Database, now: datetime, tell: Tell) -> datetime | None:
    while True:
        due = await _look(database, now, tell, most=AT_ONCE)
        if due is None or due > now:
            return due
        for _ in range(TURNS):  # what was told is sent meanwhile
            await asyncio.sleep(0)


@run_again
async def _one_by_one(database: Database, now: datetime, tell: Tell) -> datetime | None:
    """The same with a transaction per schedule; one that fails is looked at again in a while."""
    async with database.read() as tx:
        due = await tx.told.due(now)
    failed = await each(due, lambda one: _look(database, now, tell, one), "looking for switches")
    async with database.transaction() as tx:
        await tx.told.put_off((schedule_id for schedule_id, _ in failed), now + PAUSE_AFTER_TROUBLE)
    return await _look(database, now, tell)


@run_again
async def _look(
    database: Database, now: datetime, tell: Tell, only: int | None = None, most: int | None = None
) -> datetime | None:
    async with database.transaction() as tx:
        return await look(tx, now, only, most, tell)


async def look(
    tx: Unit, now: datetime, only: int | None = None, most: int | None = None, tell: Tell = leave
) -> datetime | None:
    """Tell what is due in ``only`` one schedule, or in all that are, at most so many; returns when to look again, which
    is ``now`` or before where more are due. Raises whatever goes wrong, with nothing told."""
    told, may_be_more = await tx.told.claim(now, only, most)
    if may_be_more and await tx.webhooks.any():
        told, _ = await tx.told.claim(now)
    if not told:
        return await tx.told.looked({}, {}, now)
    settings = await tx.preferences.of_schedules(told)
    since = min(row.told_at for row in told.values())
    rosters = timelines(await tx.duties.touching(told, min(since, now), now + max(_leads(settings))))
    facts = await _switches(tx, told, rosters, now)
    facts += await _reminders(tx, rosters, settings, now)
    facts += await _digests(tx, settings, now)
    await tell(tx, facts, now)
    return await tx.told.looked(told, await _next_looks(tx, told, settings, now), now)


async def _switches(tx: Unit, told: Mapping[int, Known], rosters: Rosters, now: datetime) -> list[Item]:
    found: list[tuple[int, Switch, str]] = []
    for schedule_id, row in told.items():
        known, roster = _users(row), rosters.get(schedule_id, {})
        roles = {role: Timeline() for role in known} | roster
        for switch in switches(known, row.told_at, roles, now):
            row.serial += 1
            found.append((schedule_id, switch, f"{schedule_id}:{row.serial}"))
        current = on_call(roster, now)
        if current != known:
            row.users = {str(role): list(users) for role, users in current.items()}
            tx.presence.mark([schedule_id], now)
    if not found:
        return []
    earliest = min(step.at for _, switch, _ in found for step in switch.steps)
    around = await Surroundings.read(tx, (schedule_id for schedule_id, _, _ in found), now, since=earliest)
    await tx.outbox.put(await webhook_items(tx, around, found, now))
    return [_switch_item(around, schedule_id, switch, key, now) for schedule_id, switch, key in found]


def _users(row: Known) -> dict[int, Users]:
    return {int(role): tuple(users) for role, users in row.users.items()}


def _switch_item(around: Surroundings, schedule_id: int, switch: Switch, key: str, now: datetime) -> Item:
    facts = around.facts(schedule_id, switch)
    return fanout_item(around.workspace(schedule_id), schedule_id, NoticeKind.ON_CALL_SWITCH, key, facts, now)


async def _reminders(tx: Unit, rosters: Rosters, settings: Settings, now: datetime) -> list[Item]:
    due = {
        f"{schedule_id}:{role}:{user}:{stretch.start.isoformat()}": (schedule_id, role, user, stretch)
        for schedule_id, roster in rosters.items()
        for role, user, stretch in reminders(roster, now, _lead(settings.get(schedule_id)))
    }
    known = await tx.outbox.known(f"{NoticeKind.REMINDER}:{key}" for key in due)
    new = {key: found for key, found in due.items() if f"{NoticeKind.REMINDER}:{key}" not in known}
    if not new:
        return []
    around = await Surroundings.read(tx, (schedule_id for schedule_id, *_ in new.values()), now, least=TWO_WEEKS)
    return [_reminder_item(around, key, *found, now) for key, found in new.items()]


def _reminder_item(
    around: Surroundings, key: str, schedule_id: int, role: int, user: str, stretch: Interval, now: datetime
) -> Item:
    whole = _whole(around.timeline(schedule_id, role), user, stretch)
    facts = {
        "role": around.role_name(schedule_id, role),
        "user": user,
        "start": whole.start.isoformat(),
        "end": whole.end.isoformat(),
    }
    return fanout_item(around.workspace(schedule_id), schedule_id, NoticeKind.REMINDER, key, facts, now)


def _whole(timeline: Timeline, user: str, stretch: Interval) -> Interval:
    """The stretch up to its very end, which may lie beyond what was read at first."""
    end = stretch.end
    for segment in timeline.segments:
        if segment.start <= end < segment.end and user in segment.users:
            end = segment.end
    return Interval(stretch.start, end)


async def _digests(tx: Unit, settings: Settings, now: datetime) -> list[Item]:
    wanted = {schedule_id: row for schedule_id, row in settings.items() if row.digest_day is not None}
    if not wanted:
        return []
    due: dict[int, datetime] = {}
    for schedule_id, (schedule, _team) in (await tx.duties.schedules(wanted)).items():
        row = wanted[schedule_id]
        at = digests.last_due(now, schedule.time_zone, row.digest_day or 1, row.digest_hour)
        if schedule.archived_at is None and max(row.changed_at, now - digests.LATEST) < at:
            due[schedule_id] = at
    keys = {f"{schedule_id}:{at.isoformat()}": schedule_id for schedule_id, at in due.items()}
    known = await tx.outbox.known(f"{NoticeKind.DIGEST}:{key}" for key in keys)
    new = {key: schedule_id for key, schedule_id in keys.items() if f"{NoticeKind.DIGEST}:{key}" not in known}
    around = await Surroundings.read(tx, new.values(), now, least=TWO_WEEKS)
    return [_digest_item(around, key, schedule_id, now) for key, schedule_id in new.items()]


def _digest_item(around: Surroundings, key: str, schedule_id: int, now: datetime) -> Item:
    zone = around.schedules[schedule_id][0].time_zone
    monday = wall_time(now, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    monday += timedelta(days=7 - monday.weekday())
    this, following = (first_instant(monday + timedelta(days=days), zone) for days in (0, 7))
    weeks = [_week(around, schedule_id, Interval(now, this)), _week(around, schedule_id, Interval(this, following))]
    workspace = around.workspace(schedule_id)
    return fanout_item(workspace, schedule_id, NoticeKind.DIGEST, key, {"weeks": weeks}, now)


def _week(around: Surroundings, schedule_id: int, week: Interval) -> dict[str, object]:
    shifts = [
        {"role": role.name, "user": user, "start": segment.start.isoformat(), "end": segment.end.isoformat()}
        for role in around.roles.get(schedule_id, ())
        for segment in around.timeline(schedule_id, role.id).cut(week).segments
        for user in segment.users
    ]
    return {"start": week.start.isoformat(), "shifts": shifts}


async def _next_looks(tx: Unit, schedule_ids: Iterable[int], settings: Settings, now: datetime) -> dict[int, datetime]:
    """When each of these schedules has something to tell next, as things are; a week from now at the latest."""
    ids = list(schedule_ids)
    instants = {schedule_id: [now + LONGEST_REST] for schedule_id in ids}
    for lead in _leads(settings):
        some = [schedule_id for schedule_id in ids if _lead(settings.get(schedule_id)) == lead]
        for schedule_id, found in await tx.duties.next_instants(some, now, lead):
            instants[schedule_id] += found
    wanted = [schedule_id for schedule_id, row in settings.items() if row.digest_day is not None]
    for schedule_id, (schedule, _team) in (await tx.duties.schedules(wanted)).items() if wanted else ():
        row = settings[schedule_id]
        due = digests.next_due(now, schedule.time_zone, row.digest_day or 1, row.digest_hour)
        instants[schedule_id].append(due)
    return {schedule_id: min(found) for schedule_id, found in instants.items()}


def _lead(row: ChannelSettings | None) -> timedelta:
    return timedelta(hours=row.reminder_hours if row else DEFAULT_REMINDER_HOURS)


def _leads(settings: Settings) -> Iterable[timedelta]:
    """Every lead time in use; the default one is that of schedules without settings."""
    return {_lead(None), *(_lead(row) for row in settings.values())}
