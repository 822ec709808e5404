"""Calendars that are read for one person, hourly: added, read, removed.

::

    add ──read at once──► stored with what it says      an address that can't be read is not stored
      each hour: unchanged → nothing    changed → what it says now, in place of what it said
                 trouble   → what it said last stays; its owner is told once, and once it works again nothing more

A calendar that is unchanged is read again once a day all the same, since a year ahead is another year then. What is
told of is trouble that waiting will not mend, and any that has lasted for :data:`PATIENCE`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog

from oncall.availability import Wish
from oncall.timeline import Interval
from services.availability.caldav import calendars_of, fetch_calendar
from services.availability.calendar_child import read_calendar
from services.availability.calendar_troubles import Trouble
from services.availability.fetching import Fetched, Seen, address_of, fetch
from services.availability.listing import AHEAD
from services.availability.telling import tell
from services.fairness.noticing import look_again
from services.kit.audit import note
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.kit.house import Actor, House, Standing
from services.kit.wording import escape
from storage.again import run_again
from storage.isolation import each
from storage.secrets import SecretUnreadable
from storage.tables import AwayCalendar
from storage.unit import Unit
from sync.destinations.caldav.credentials import pack
from sync.ports import CredentialRefused, RemoteSchedule

EVERY = timedelta(hours=1)
PATIENCE = timedelta(hours=6)
AT_ONCE, LANES = 20, 3
"""How many are claimed together, and how many of these are read at a time."""
MOST_CALENDARS = 5
MOST_NAMES = 20
FEED, CALDAV = "ics", "caldav"
DIGITS = 40

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class FeedDraft:
    """A form as it was filled in; ``email`` is one's address in that calendar, where it is another than in Slack."""

    address: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class CalDavDraft:
    """A form as it was filled in; ``calendar`` is a name, which is needed where the account has several."""

    server: str
    user: str
    password: str = field(repr=False)
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A calendar that is to be kept: ``address`` and ``key`` are sealed then. What is wrong stands at ``place``."""

    kind: str
    address: str = field(repr=False)
    host: str
    user_name: str
    key: str = field(default="", repr=False)
    name: str = ""
    place: str = "address"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a calendar said when it was read: ``times`` None where nothing has changed."""

    seen: Seen
    digest: str
    times: Sequence[Wish] | None


@dataclass(frozen=True, slots=True)
class Source:
    """What is needed to read a calendar, out of the database; the address is in clear."""

    user_id: str
    address: str
    emails: tuple[str, ...]
    zone: str
    key: str = field(default="", repr=False)
    """What opens a CalDAV account, in clear; empty for a feed. Then ``address`` is the calendar's there."""
    seen: Seen = field(default_factory=Seen)
    digest: str = ""


async def require_adding(house: House, actor: Actor) -> None:
    """Raises NotAllowed to whoever is on no schedule."""
    async with house.database.read() as tx:
        await _require_on_schedule(tx, actor)


async def add_feed(house: House, actor: Actor, draft: FeedDraft) -> int:
    """Read it and keep it; returns how many times it brings. Raises FieldErrors(address), NotAllowed."""
    with _at_field("address"):
        address = address_of(draft.address)
    host = urlsplit(address).netloc
    return await _add(house, actor, Sealed(FEED, address, host, draft.email.strip()))


async def add_caldav(house: House, actor: Actor, draft: CalDavDraft) -> int:
    """The same of a calendar of an account. Raises FieldErrors(server, password, calendar), NotAllowed."""
    await require_adding(house, actor)
    with _at_field("server"):
        key = _packed(draft)
        found = await calendars_of(house, key)
    chosen = _chosen(found, draft.calendar)
    host = urlsplit(chosen.url).netloc
    return await _add(house, actor, Sealed(CALDAV, chosen.id, host, draft.user.strip(), key, chosen.name, "calendar"))


def _packed(draft: CalDavDraft) -> str:
    if not draft.user.strip() or not draft.password:
        raise Trouble("Type the user name and an app password as well.", for_good=True, place="password")
    try:
        return pack(draft.server, draft.user, draft.password)
    except CredentialRefused as error:
        raise Trouble(error.at_field, for_good=True) from error


def _chosen(found: Sequence[RemoteSchedule], typed: str) -> RemoteSchedule:
    """The one of this name, or the only one. Raises FieldErrors(calendar) with the names that there are.

    Of several with the same name each is called by its path as well.
    """
    wanted, often = typed.strip().casefold(), Counter(one.name for one in found)
    called = {one.id: one.name if often[one.name] == 1 else f"{one.name} ({one.id})" for one in found}
    fit = [one for one in found if not wanted or called[one.id].casefold() == wanted]
    fit = fit or [one for one in found if one.name.casefold() == wanted]
    if len(fit) == 1:
        return fit[0]
    if not found:
        raise FieldErrors({"calendar": "This user has no calendars there."})
    names = ", ".join(called[one.id] for one in found[:MOST_NAMES])
    raise FieldErrors({"calendar": f"Type which one: {names}."})


@run_again
async def _add(house: House, actor: Actor, what: Sealed) -> int:
    now = house.clock.now()
    async with house.database.read() as tx:
        await _may_add(tx, house, actor, what)
        source = await _source(tx, actor.workspace_id, actor.user_id, what.address, what.user_name)
    with _at_field(what.place):
        reading = await _read(house, replace(source, key=what.key), now)
    async with house.database.transaction() as tx:
        await tx.people.lock_workspace(actor.workspace_id)
        await _may_add(tx, house, actor, what)
        row = await tx.availability.add_calendar(_row(house, actor, what, now))
        await _keep(tx, row, reading, now)
        await look_again(tx, actor.workspace_id, actor.user_id, now)
        note(tx, actor, now, "away.calendar_added", "added a calendar of their own")
    return len(reading.times or ())


def _row(house: House, actor: Actor, what: Sealed, now: datetime) -> AwayCalendar:
    return AwayCalendar(
        workspace_id=actor.workspace_id,
        user_id=actor.user_id,
        kind=what.kind,
        name=what.name[:255],
        host=what.host[:255],
        address=house.secrets.seal(what.address),
        user_name=what.user_name[:255],
        password=house.secrets.seal(what.key),
        due_at=now + EVERY,
        added_at=now,
    )


@contextmanager
def _at_field(name: str) -> Generator[None]:
    try:
        yield
    except Trouble as trouble:
        raise FieldErrors({trouble.place or name: str(trouble)}) from trouble


@run_again
async def remove_calendar(house: House, actor: Actor, calendar_id: int) -> None:
    """Forget one's own calendar and what it said. Raises NotFound."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await tx.availability.calendar(calendar_id)
        if row is None or (row.workspace_id, row.user_id) != (actor.workspace_id, actor.user_id):
            raise NotFound("That calendar was removed already.")
        await tx.availability.remove_calendar(row.id)
        await look_again(tx, actor.workspace_id, actor.user_id, now)
        note(tx, actor, now, "away.calendar_removed", "removed a calendar of their own")


@run_again
async def _claimed(house: House) -> list[AwayCalendar]:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        return await tx.availability.claim_due(now, now + EVERY, AT_ONCE)


async def read_due(house: House) -> None:
    """Read what is due, a few at a time; a slow one holds up some others, never the bot."""
    rows = await _claimed(house)
    while rows:
        lanes = (rows[lane::LANES] for lane in range(LANES))
        await asyncio.gather(*(each(lane, partial(_read_again, house), "reading a calendar") for lane in lanes))
        rows = await _claimed(house) if len(rows) == AT_ONCE else []


async def _read_again(house: House, row: AwayCalendar) -> None:
    try:
        address, key = house.secrets.open(row.address), house.secrets.open(row.password)
        async with house.database.read() as tx:
            source = await _source(tx, row.workspace_id, row.user_id, address, row.user_name)
        seen = Seen(row.etag, row.modified)
        reading = await _read(house, replace(source, key=key, seen=seen, digest=row.digest), house.clock.now())
    except SecretUnreadable:
        await _note_trouble(house, row.id, Trouble("Its address can't be read any more. Add it anew.", for_good=True))
    except Trouble as trouble:
        await _note_trouble(house, row.id, trouble)
    else:
        await _note_reading(house, row.id, reading)


async def _read(house: House, source: Source, now: datetime) -> Reading:
    """Raises Trouble. The network and the other process, and nothing of the database."""
    today = f"@{now.date().isoformat()}"
    asked = source.seen if source.digest.endswith(today) else Seen()
    found = await _fetched(house, source, asked, now)
    if found.body is None:
        return Reading(source.seen, source.digest, None)
    digest = hashlib.sha256(found.body).hexdigest()[:DIGITS] + today
    if digest == source.digest:
        return Reading(found.seen, digest, None)
    window = Interval(now, now + AHEAD)
    times = await read_calendar(found.body, source.user_id, source.zone, source.emails, window)
    return Reading(found.seen, digest, times)


async def _fetched(house: House, source: Source, seen: Seen, now: datetime) -> Fetched:
    if source.key:
        return await fetch_calendar(house, source.key, source.address, seen, now)
    return await fetch(source.address, seen, allow_private=house.offers.private_webhooks)


@run_again
async def _note_reading(house: House, calendar_id: int, reading: Reading) -> None:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await tx.availability.calendar(calendar_id)
        if row is not None:
            await _keep(tx, row, reading, now)


async def _keep(tx: Unit, row: AwayCalendar, reading: Reading, now: datetime) -> None:
    row.etag, row.modified, row.digest = reading.seen.etag, reading.seen.modified, reading.digest
    row.read_at, row.trouble, row.told = now, "", False
    if reading.times is not None:
        await tx.availability.replace_of_calendar(row.id, reading.times)


@run_again
async def _note_trouble(house: House, calendar_id: int, trouble: Trouble) -> None:
    """What it said last stays. The owner hears of it once."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        row = await tx.availability.calendar(calendar_id)
        if row is None:
            return
        row.trouble = str(trouble)
        lasting = now - (row.read_at or row.added_at) >= PATIENCE
        if row.told or not (trouble.for_good or lasting):
            return
        row.told = True
        text = (
            f"Your calendar at *{escape(row.host)}* can't be read: {escape(str(trouble))} Until it can, Baton goes by "
            "what it said last. It is tried each hour."
        )
        await tell(tx, row.workspace_id, row.user_id, f"calendar:{row.id}:{now.isoformat()}", text, now)


async def _source(tx: Unit, workspace_id: int, user_id: str, address: str, email: str) -> Source:
    person = await tx.people.get(workspace_id, user_id)
    emails = (email.strip(), person.email if person else "")
    return Source(user_id, address, tuple(one for one in emails if one), person.time_zone if person else "UTC")


async def _may_add(tx: Unit, house: House, actor: Actor, what: Sealed) -> None:
    """Raises NotAllowed, FieldErrors."""
    await _require_on_schedule(tx, actor)
    known = await tx.availability.calendars(actor.workspace_id, actor.user_id)
    if len(known) >= MOST_CALENDARS:
        raise FieldErrors({what.place: f"You have {MOST_CALENDARS} calendars here, which is all that are read."})
    if any((row.host, _clear(house, row)) == (what.host[:255], what.address) for row in known):
        raise FieldErrors({what.place: "This calendar is read already."})


async def _require_on_schedule(tx: Unit, actor: Actor) -> None:
    if actor.standing is Standing.BOT or not await tx.schedules.parts_of(actor.workspace_id, actor.user_id):
        raise NotAllowed("Calendars are read for people who are on a schedule. Ask an admin of one to add you.")


def _clear(house: House, row: AwayCalendar) -> str:
    """The address; nothing where no configured key opens it."""
    try:
        return house.secrets.open(row.address)
    except SecretUnreadable:
        return ""
