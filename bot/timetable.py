"""What happens by itself, and how often.

Every tick reads from the database what is due and hands it to the job queue; the queue may lose it, the next tick finds
it again. Of several processes only the one that leads ticks, but for what each has to do for itself. Destinations that
are due together on one connection are refreshed in bulk first.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import structlog

import zonedata
from bot import directory
from bot.clock import Ticker
from bot.parts import Parts
from bot.rotation import Tokens
from handlers.home.drawing import Republisher
from notices.sending.slack import Clients
from services.availability import calendars
from services.connections import allowed_work as access_work
from services.connections import credentials as connections
from services.connections import requests as access
from services.covers import steps as covering
from services.fairness import dealing
from services.feeds.contents import KEPT_FOR
from services.kit import carried
from services.kit.house import House
from services.notices import silent_webhooks
from services.people import members
from services.schedules import horizon
from services.shifts import swaps
from storage.again import run_again
from storage.isolation import each
from sync.bulk import BulkRefresh

log = structlog.get_logger()

CANCELLED_KEPT = KEPT_FOR + timedelta(days=2)
EVERYTHING = 0
"""The only key of jobs that find out by themselves what is due."""

TICK = timedelta(seconds=5)
"""How often the database is asked what is due."""
AFTER_START = timedelta(minutes=1)
"""When horizons are looked after for the first time: whoever waits for the start comes first."""
RELISTED_EVERY, ACCOUNTS_AT_ONCE = timedelta(minutes=30), 400
LOOKED_THROUGH_EVERY, WORKSPACES_AT_ONCE = timedelta(hours=1), 200
"""How many in the minute: enough for 12,000 of each."""


def start(parts: Parts) -> Ticker:
    """Register the jobs and start the clock."""
    ticker = Ticker(lambda: parts.leader.leads)
    parts.leader.on_gain(ticker.lead)
    _register_jobs(parts)
    _tick_for_this_process(parts, ticker)
    _tick_for_all(parts, ticker)
    ticker.start()
    return ticker


def _register_jobs(parts: Parts) -> None:
    house, jobs = parts.house, parts.jobs
    jobs.register("horizons", lambda _key: horizon.extend_due(house))
    jobs.register("fair", lambda _key: dealing.deal_due(house))
    jobs.register("relist", lambda connection: connections.relist_schedules(house, connection), _itself)
    jobs.register("bulk", lambda connection: _in_bulk(parts, connection), _itself)


def _tick_for_this_process(parts: Parts, ticker: Ticker) -> None:
    """What each process keeps for itself."""
    ticker.every(timedelta(hours=6), partial(follow_zones, parts), jitter=timedelta(minutes=30), everywhere=True)
    if parts.settings.slack_client_id:  # which not every process needs to have
        tokens = Tokens(parts.settings, parts.house)

        async def renew_tokens() -> None:
            await tokens.renew_due()

        ticker.every(timedelta(minutes=1), renew_tokens, jitter=timedelta(seconds=10), at_once=True, everywhere=True)


def _tick_for_all(parts: Parts, ticker: Ticker) -> None:
    """What one process looks for, for all."""
    house, minute = parts.house, timedelta(minutes=1)

    async def reread_people() -> None:
        directory.read_again(parts)

    async def extend_horizons() -> None:
        parts.jobs.defer("horizons", EVERYTHING)

    async def deal_shifts() -> None:
        parts.jobs.defer("fair", EVERYTHING)

    ticker.every(min(TICK, parts.settings.refresh_every), partial(refresh_what_is_due, parts))
    ticker.every(TICK, parts.jobs.take_over, at_once=True)
    ticker.every(minute, partial(_relist_schedules, house), jitter=timedelta(seconds=10))
    ticker.every(timedelta(hours=1), extend_horizons, jitter=timedelta(minutes=5), soon=AFTER_START)
    ticker.every(minute, deal_shifts, jitter=timedelta(seconds=10), at_once=True)
    ticker.every(timedelta(days=1), reread_people, jitter=timedelta(hours=1))
    ticker.every(minute, partial(_notice_departures, parts), jitter=timedelta(seconds=10))
    ticker.every(timedelta(hours=1), partial(_see_to_requests, house), jitter=timedelta(minutes=5), at_once=True)
    ticker.every(timedelta(minutes=2), partial(_read_calendars, house), jitter=timedelta(seconds=20))
    ticker.every(minute, partial(_lapse_swaps, house), jitter=timedelta(seconds=10))
    ticker.every(minute, partial(_ask_on_for_cover, house), jitter=timedelta(seconds=10), at_once=True)
    ticker.every(timedelta(hours=6), partial(tidy, parts), jitter=timedelta(minutes=30))


def keep_homes(parts: Parts, ticker: Ticker, clients: Clients) -> None:
    """Have Home tabs drawn again when what they show changes."""
    republisher = Republisher(parts.house, clients)

    async def redraw_homes() -> None:
        await republisher.look()

    ticker.every(TICK, redraw_homes, at_once=True)


async def _itself(connection: int) -> int:
    """The lane of a job that is about a whole connection."""
    return connection


async def follow_zones(parts: Parts) -> None:
    """Where the zone data was updated under this process, let every schedule follow."""
    if zonedata.refresh():
        log.info("other time zone rules", release=zonedata.in_use().version, origin=zonedata.in_use().origin)
        await horizon.extend_due(parts.house)


@run_again
async def _relist_schedules(house: House) -> None:
    """Have the schedules of accounts listed anew, each every half hour, so many a minute."""
    now = house.clock.now()
    async with house.database.transaction() as tx:
        for connection in await tx.connections.to_relist(now, now + RELISTED_EVERY, ACCOUNTS_AT_ONCE):
            tx.defer("relist", connection)


@run_again
async def _to_look_through(house: House) -> list[int]:
    now = house.clock.now()
    async with house.database.transaction() as tx:
        return await tx.people.to_look_through(now, now + LOOKED_THROUGH_EVERY, WORKSPACES_AT_ONCE)


async def _notice_departures(parts: Parts) -> None:
    """Who has left, in each workspace every hour, so many a minute."""
    workspaces = await _to_look_through(parts.house)
    await each(workspaces, partial(members.notice_gone, parts.house), "noticing who left")
    await each(workspaces, partial(silent_webhooks.notice_silent, parts.house), "noticing silent webhooks")


async def _lapse_swaps(house: House) -> None:
    """Requests to swap that can't be accepted any more, soon after a shift has started or changed."""
    await swaps.lapse_all(house)


async def _ask_on_for_cover(house: House) -> None:
    """Where somebody was asked for cover and has not answered in time, the next one."""
    await covering.move_on_due(house)


async def _read_calendars(house: House) -> None:
    """People's own calendars, each of which is due an hour after it was read."""
    await calendars.read_due(house)


async def _see_to_requests(house: House) -> None:
    """Close what nobody has answered, and have done what was allowed before a restart."""
    await access.lapse(house)
    await access_work.carry_out_all(house)


async def refresh_what_is_due(parts: Parts) -> None:
    """Reconcile single destinations; where several of one connection are due, look at all of them at once."""
    async with parts.house.database.read() as tx:
        due = await tx.destinations.due_accounts(parts.house.clock.now())
    for connection, count, destination in due:
        if count == 1:
            parts.jobs.defer("reconcile", destination)
        else:
            parts.jobs.defer("bulk", connection)


async def _in_bulk(parts: Parts, connection: int) -> None:
    try:
        left = await BulkRefresh(parts.engine).run(connection)
    except Exception:  # whatever it is, each destination may still be refreshed by itself
        log.exception("bulk refresh failed", connection=connection)
        async with parts.house.database.read() as tx:
            left = await tx.destinations.due_on(connection, parts.house.clock.now())
    for destination in left:
        parts.jobs.defer("reconcile", destination)


@run_again
async def tidy(parts: Parts) -> None:
    """Forget what nobody asks for any more; ledgers and audit trails are kept."""
    now = parts.house.clock.now()
    async with parts.house.database.transaction() as tx:
        await tx.events.forget_before(now - timedelta(days=2))
        await tx.carried.forget_before(now - carried.KEPT)
        await tx.journal.forget_ops(now - timedelta(days=30))
        await tx.homes.forget_before(now - timedelta(days=30))
        await tx.feeds.forget_cancelled(now - CANCELLED_KEPT)
        await tx.availability.forget_before(now - timedelta(days=400))
        await tx.availability.forget_gone()
