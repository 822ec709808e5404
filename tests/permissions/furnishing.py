"""What goes on in a schedule of the town: swaps, covers, a rotation, exports, things that were put away or failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from handlers.shifts.confirm import mark_of
from oncall.fairness.arrangement import Arrangement, FairMember
from oncall.fairness.patterns import Days, Pattern
from services.availability import entering
from services.availability.entering import WishDraft
from services.availability.listing import get_away
from services.connections import credentials as connections
from services.connections import requests as access
from services.connections import wishes as access_wishes
from services.connections.drafts import ConnectionDraft
from services.connections.wishes import LinkWish
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.destinations import configuring as destinations
from services.destinations.configuring import DestinationDraft
from services.kit.house import Actor
from services.pagerduty import updates as pagerduty_sync
from services.pagerduty.updates import SyncDraft
from services.people import matching
from services.people.matching import MatchDraft
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules import creating as schedules
from services.schedules import editing
from services.schedules.creating import ScheduleDraft
from services.shifts import assigning as shifts
from services.shifts import changing as changes
from services.shifts import confirming, swaps
from services.shifts.assigning import AssignDraft
from services.shifts.each_change import ShiftRef
from services.shifts.swaps import SwapDraft
from storage.repositories.access import AccessState
from storage.tables import AwayCalendar, ExternalUser, OutboxItem, WebhookDelivery
from sync.core.model import NEXT_WORD, Mode
from tests.support.running import Baton


@dataclass(frozen=True, slots=True)
class Others:
    """What goes on between people, and what waits for a word: ids, and shifts as a form names them.

    Mia, Sam and Pat are on call. ``swap`` waits for Mia's yes to Sam, ``swapped`` can be undone; ``cover`` is Pat's
    wish, ``own_cover`` Mia's. ``hers``, ``his`` and ``pats`` are further shifts of Mia, Sam and Pat.
    """

    swap: int
    swapped: int
    cover: int
    own_cover: int
    hers: str
    his: str
    pats: str
    unassigned: int
    proposed: str
    waiting: str
    rotation: int
    plan: int
    synced: int
    synced_destination: int
    archived: int
    paused: int
    stranger: str
    found: str
    letter: int
    delivery: int
    allowed: int
    done: int
    unused: int
    nina: str
    time: int
    calendar: int


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does all that."""

    baton: Baton
    root: Actor
    sam: Actor
    mia: Actor
    pat: Actor


@dataclass(frozen=True, slots=True)
class Known:
    """The ids of what is there before."""

    schedule: int
    role: int
    other_role: int
    connection: int
    webhook: int


async def furnish(crew: Crew, known: Known, start: datetime) -> Others:
    """``start`` is the first full hour to come."""
    days = {number: start + timedelta(days=number) for number in range(2, 14)}
    hers, his = await _swappable(crew, known, days[2])
    swap = await swaps.ask(crew.baton.house, crew.sam, SwapDraft(known.schedule, hers, his))
    hers, his = await _swappable(crew, known, days[4])
    done = await swaps.decide(crew.baton.house, crew.root, SwapDraft(known.schedule, hers, his))
    hers, his = await _swappable(crew, known, days[6])
    pats, to_cover = await _shift(crew, known, crew.pat, days[8]), await _shift(crew, known, crew.pat, days[9])
    cover_wish = await cover.ask(crew.baton.house, crew.pat, CoverDraft(known.schedule, to_cover))
    own = await _shift(crew, known, crew.mia, days[10])
    own_cover = await cover.ask(crew.baton.house, crew.mia, CoverDraft(known.schedule, own))
    nobodys = await _shift(crew, known, crew.mia, days[11])
    left = await changes.leave_unassigned(crew.baton.house, crew.root, known.schedule, nobodys)
    rotation, plan = await _rotation(crew, known, days[13])
    proposed, waiting = await _proposed(crew, known)
    await _fair(crew, known, start + timedelta(days=300))
    synced, synced_destination = await _synced(crew, known)
    found, stranger = await _matched(crew, known)
    letter, delivery = await _undelivered(crew, known)
    allowed, paused = await _allowed(crew), await _paused(crew, known)
    unused, nina = await _unused(crew)
    return Others(
        swap=swap.id,
        swapped=done.request.id,
        cover=cover_wish.id,
        own_cover=own_cover.id,
        hers=str(hers),
        his=str(his),
        pats=str(pats),
        unassigned=next(shift.id or 0 for shift in left.shifts if shift.user is None),
        proposed=proposed,
        waiting=waiting,
        rotation=rotation,
        plan=plan,
        synced=synced,
        synced_destination=synced_destination,
        archived=await _archived(crew),
        paused=paused,
        stranger=stranger,
        found=found,
        letter=letter,
        delivery=delivery,
        allowed=allowed,
        done=await _done(crew, known, paused),
        unused=unused,
        nina=nina,
        time=await _time(crew, start),
        calendar=await _calendar(crew, start),
    )


async def _time(crew: Crew, start: datetime) -> int:
    """When Mia can't be on call."""
    draft = WishDraft(crew.mia.user_id, start + timedelta(days=60), start + timedelta(days=61))
    await entering.enter(crew.baton.house, crew.mia, draft)
    known = await get_away(crew.baton.house, crew.mia, crew.mia.user_id)
    return known.times[0].wish_id or 0


async def _calendar(crew: Crew, start: datetime) -> int:
    """One of Mia's."""
    async with crew.baton.house.database.transaction() as tx:
        row = AwayCalendar(
            workspace_id=crew.mia.workspace_id,
            user_id=crew.mia.user_id,
            kind="ics",
            host="calendar.example.com",
            address=crew.baton.house.secrets.seal("https://calendar.example.com/mia.ics"),
            password=crew.baton.house.secrets.seal(""),
            due_at=start + timedelta(days=1),
            added_at=start,
        )
        return (await tx.availability.add_calendar(row)).id


async def _shift(crew: Crew, known: Known, who: Actor, start: datetime) -> ShiftRef:
    draft = AssignDraft(known.schedule, known.role, who.user_id, start, start + timedelta(hours=6))
    await shifts.assign_shift(crew.baton.house, crew.root, draft)
    coming = await shifts.coming_shifts(crew.baton.house, crew.root, known.schedule)
    return next(shift.ref for shift in coming if shift.start == start)


async def _swappable(crew: Crew, known: Known, start: datetime) -> tuple[ShiftRef, ShiftRef]:
    """A shift of Mia's and one of Sam's the day after."""
    hers = await _shift(crew, known, crew.mia, start)
    return hers, await _shift(crew, known, crew.sam, start + timedelta(days=1))


async def _rotation(crew: Crew, known: Known, first: datetime) -> tuple[int, int]:
    """Mia by day, from ``first`` on; from a week later on with Pat. Returns its id, and when that is planned for."""
    house = crew.baton.house
    draft = RotationDraft(
        schedule_id=known.schedule,
        name="By day",
        role=known.role,
        members=(crew.mia.user_id,),
        first_handoff=datetime.combine(first.date(), time(9), tzinfo=UTC).replace(tzinfo=None),
        zone="UTC",
        opens=time(9),
        closes=time(17),
    )
    saved = await rotations.save_rotation(house, crew.sam, draft)
    seen = await rotations.draft_of(house, crew.sam, known.schedule, saved.id)
    both = (crew.mia.user_id, crew.pat.user_id)
    await rotations.save_rotation(house, crew.sam, replace(seen, members=both, since=first + timedelta(days=7)))
    [shown] = await rotations.list_rotations(house, crew.sam, known.schedule)
    return shown.id, int(shown.plans[0].at.timestamp())


async def _fair(crew: Crew, known: Known, since: datetime) -> None:
    """The first role is filled fairly, some day."""
    patterns, members = (Pattern(Days.DAILY, time(9)),), (FairMember(crew.mia.user_id),)
    some_day = Arrangement(role_id=known.role, zone="UTC", patterns=patterns, members=members, since=since)
    async with crew.baton.house.database.transaction() as tx:
        await tx.fairness.save(known.schedule, known.role, [some_day], since)


async def _proposed(crew: Crew, known: Known) -> tuple[str, str]:
    """A shift that waits to be confirmed, and the mark of the whole list."""
    waiting = await confirming.pending(crew.baton.house, crew.sam, known.schedule)
    return str(waiting[0].ref), mark_of(waiting)


async def _synced(crew: Crew, known: Known) -> tuple[int, int]:
    """Another schedule of Sam's, for the evenings, that PagerDuty shows."""
    house, workspace = crew.baton.house, crew.root.workspace_id
    draft = ScheduleDraft(
        name="Search",
        team="Money",
        time_zone="UTC",
        roles=["Primary"],
        members=[crew.mia.user_id],
        admins=[crew.sam.user_id],
    )
    schedule = await schedules.create_schedule(house, crew.sam, draft)
    evening = RotationDraft(
        schedule_id=schedule.id,
        name="Evenings",
        role=schedule.roles[0].id,
        members=(crew.mia.user_id,),
        first_handoff=datetime.combine(house.clock.now().date(), time(18), tzinfo=UTC).replace(tzinfo=None),
        zone="UTC",
        opens=time(18),
        closes=time(22),
    )
    await rotations.save_rotation(house, crew.sam, evening)
    sync = SyncDraft(schedule.id, f"Search {workspace}", known.connection)
    [made] = await pagerduty_sync.start_sync(house, crew.root, sync)
    await crew.baton.settled()
    return schedule.id, made.id


async def _archived(crew: Crew) -> int:
    people = [crew.sam.user_id]
    draft = ScheduleDraft(name="Old", team="Money", time_zone="UTC", roles=["Primary"], members=people, admins=people)
    schedule = await schedules.create_schedule(crew.baton.house, crew.sam, draft)
    await editing.archive_schedule(crew.baton.house, crew.sam, schedule.id)
    return schedule.id


async def _paused(crew: Crew, known: Known) -> int:
    house = crew.baton.house
    [third] = await connections.search_schedules(house, crew.root, known.connection, "Third one")
    draft = DestinationDraft(known.schedule, known.connection, third.external_id, known.other_role)
    made = await destinations.add_destination(house, crew.root, draft)
    await crew.baton.settled()
    await destinations.pause_destination(house, crew.root, made.id, paused=True)
    await crew.baton.settled()
    return made.id


async def _matched(crew: Crew, known: Known) -> tuple[str, str]:
    """Mia is matched. Somebody of the account who can be matched, and somebody who was seen on call there."""
    house, account = crew.baton.house, crew.baton.pagerduty.world.account
    by_name = {user.name: user.id for user in account.users.values()}
    draft = MatchDraft(known.schedule, known.connection, crew.mia.user_id, by_name["mia"])
    await matching.match_member(house, crew.sam, draft)
    await crew.baton.settled()
    now = house.clock.now()
    stranger = ExternalUser(
        connection_id=known.connection, external_id="PSTRANGE", name="Stranger", email="", seen_at=now
    )
    async with house.database.transaction() as tx:
        await tx.connections.keep_users([stranger])
    return by_name["found"], stranger.external_id


async def _undelivered(crew: Crew, known: Known) -> tuple[int, int]:
    """A notice about the schedule that could not be delivered, and an attempt of the webhook."""
    now = crew.baton.house.clock.now()
    workspace = crew.root.workspace_id

    def dead(key: str, method: str, target: str) -> OutboxItem:
        payload = {"schedule_id": known.schedule, "text": "Lost"}
        return OutboxItem(
            workspace_id=workspace,
            key=f"{key}:{workspace}",
            kind="shift_changed",
            method=method,
            target=target,
            payload=payload,
            state="dead",
            due_at=now,
            created_at=now,
        )

    letter, post = dead("lost", "slack", "UNOBODY"), dead("post", "webhook", str(known.webhook))
    async with crew.baton.house.database.transaction() as tx:
        tx.session.add_all([letter, post])
        await tx.session.flush()
        attempt = WebhookDelivery(webhook_id=known.webhook, outbox_id=post.id, at=now, took_ms=1, status=500)
        tx.session.add(attempt)
        await tx.session.flush()
        return letter.id, attempt.id


async def _allowed(crew: Crew) -> int:
    """Sam may take one schedule over from PagerDuty."""
    house = crew.baton.house
    asked = await access_wishes.ask_link(house, crew.sam, LinkWish("Free one"))
    await access.allow(house, crew.root, asked.id)
    await crew.baton.settled()
    return asked.id


async def _done(crew: Crew, known: Known, destination: int) -> int:
    """A request of Sam's that was done; what it set up waits for a word."""
    house = crew.baton.house
    asked = await access_wishes.ask_update(house, crew.sam, destination, known.other_role, Mode.BIDIRECTIONAL)
    async with house.database.transaction() as tx:
        request, row = await tx.access.get(asked.id), await tx.destinations.get(destination)
        assert request is not None
        assert row is not None
        request.state, row.paused_by = AccessState.DONE, NEXT_WORD
    return asked.id


async def _unused(crew: Crew) -> tuple[int, str]:
    """A connection of Pat's that nothing is exported through, and somebody of its account."""
    house, world = crew.baton.house, crew.baton.pagerduty.world
    other = world.accounts["another"]
    draft = ConnectionDraft("another", other.add_key())
    [nina] = other.users
    made = await connections.save_connection(house, crew.pat, await connections.try_credentials(house, crew.pat, draft))
    return made.id, nina
