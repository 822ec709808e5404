"""What Prometheus reads: counted from the database when it asks, so that restarts forget nothing."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import func, select

import zonedata
from storage.database import Database
from storage.queued import Shared, shared
from storage.tables import Destination, OutboxItem, Schedule
from sync.core.model import Status

if TYPE_CHECKING:  # few ask for the page
    from prometheus_client import CollectorRegistry

OUTBOX_STATES = ("pending", "sending", "sent", "dead")


class SlackSide(Protocol):
    """What is known of the way to Slack."""

    @property
    def connections(self) -> int:
        """Socket Mode connections that are live."""
        ...

    @property
    def away_seconds(self) -> float:
        """For how long there has been none; 0 by HTTP."""
        ...


async def render(database: Database, now: datetime, slack: SlackSide | None = None) -> bytes:
    """The metrics page."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    _zone_data(registry, now)
    if slack is not None:
        _slack(registry, slack)
    schedules = Gauge("baton_schedules", "Schedules that are not archived", registry=registry)
    failing = Gauge("baton_schedules_failing", "Schedules that can't be extended to their horizon", registry=registry)
    destinations = Gauge("baton_destinations", "Destinations by status", ["status"], registry=registry)
    outbox = Gauge("baton_outbox", "Notices by state", ["state"], registry=registry)
    for status in Status:
        destinations.labels(status.value).set(0)
    for state in OUTBOX_STATES:
        outbox.labels(state).set(0)
    async with database.read() as tx:
        total = await tx.session.scalar(select(func.count()).where(Schedule.archived_at.is_(None)))
        schedules.set(total or 0)
        failing.set(len(await tx.schedules.failing_to_extend()))
        live = select(Destination.status, func.count()).where(Destination.removed_at.is_(None))
        for status, count in await tx.session.execute(live.group_by(Destination.status)):
            destinations.labels(status).set(count)
        kept = select(OutboxItem.state, func.count()).group_by(OutboxItem.state)
        for state, count in await tx.session.execute(kept):
            outbox.labels(state).set(count)
        _processes(registry, await shared(tx.session))
    return generate_latest(registry)


def _processes(registry: CollectorRegistry, found: Shared | None) -> None:
    """What all processes on one PostgreSQL do together; nothing on SQLite."""
    if found is None:
        return
    from prometheus_client import Gauge

    Gauge("baton_workers", "Processes that take jobs", registry=registry).set(found.workers)
    Gauge("baton_leader", "Whether some process leads, so that the clock ticks", registry=registry).set(
        found.has_leader
    )
    jobs = Gauge("baton_jobs", "Jobs by kind and state", ["kind", "state"], registry=registry)
    longest = Gauge("baton_jobs_longest_wait_seconds", "How long the first job has waited", ["kind"], registry=registry)
    for one in found.kinds:
        for state, number in (("waiting", one.waiting), ("running", one.running), ("stalled", one.stalled)):
            jobs.labels(one.kind, state).set(number)
        longest.labels(one.kind).set(one.longest.total_seconds())


def _zone_data(registry: CollectorRegistry, now: datetime) -> None:
    from prometheus_client import Gauge

    data = zonedata.in_use()
    release = Gauge(
        "baton_zone_data", "Release of the time zone rules in use", ["version", "origin"], registry=registry
    )
    release.labels(data.version, data.origin.value).set(1)
    age = data.age(now.date())
    if age is not None:
        seconds = Gauge("baton_zone_data_age_seconds", "Age of the time zone rules in use", registry=registry)
        seconds.set(age.total_seconds())


def _slack(registry: CollectorRegistry, slack: SlackSide) -> None:
    from prometheus_client import Gauge

    connections = Gauge("baton_slack_connections", "Socket Mode connections that are live", registry=registry)
    connections.set(slack.connections)
    away = Gauge("baton_slack_away_seconds", "Seconds without a Socket Mode connection", registry=registry)
    away.set(slack.away_seconds)
