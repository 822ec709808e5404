"""What one unit of work can reach: a repository per part of the domain, all on the same session."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from storage.copies import Copies, Mark
from storage.jobs import RECONCILE, Hands, JobsLeft
from storage.repositories.access import AccessRequests
from storage.repositories.availability import Availability
from storage.repositories.budgets import Budgets
from storage.repositories.connections import Connections
from storage.repositories.covers import Covers
from storage.repositories.destinations import Destinations
from storage.repositories.duties import Duties
from storage.repositories.fairness import Fairness
from storage.repositories.feeds import Feeds
from storage.repositories.homes import Homes
from storage.repositories.journal import Journal
from storage.repositories.notices import Preferences, Webhooks
from storage.repositories.outbox import Handed, Outbox
from storage.repositories.people import People
from storage.repositories.presence import Presences
from storage.repositories.progress import Progresses
from storage.repositories.records import Audit, CarriedOver, Installations, SeenEvents
from storage.repositories.rotations import Rotations
from storage.repositories.schedules import Schedules
from storage.repositories.shifts import Shifts
from storage.repositories.swaps import Swaps
from storage.repositories.told import ToldSwitches
from storage.repositories.waiting import WaitingOn


class Unit:
    """Repositories that share one transaction."""

    def __init__(self, session: AsyncSession, hands: Hands | None = None) -> None:
        self.session = session
        self.jobs = JobsLeft(session, hands)

    @property
    def changed_shifts(self) -> bool:
        """Whether shifts were changed."""
        return "shifts" in self.__dict__ and bool(self.shifts.changed_roles)

    async def finish(self) -> None:
        """What belongs to the changes of a transaction, done in it before it is committed."""
        schedules = await self.shifts.changed_schedules() if self.changed_shifts else ()
        if schedules:
            await self.told.bring_forward(schedules)
            await self.feeds.mark(schedules)
        if "presence" in self.__dict__:
            await self.presence.finish()
        if "audit" in self.__dict__:
            await self.audit.write()
        await self.homes.note_changes(schedules)
        if ("outbox" in self.__dict__ and self.outbox.sent) or ("journal" in self.__dict__ and self.journal.wrote):
            await self.copies.count()
        if "destinations" in self.__dict__:
            self.jobs.add(*((RECONCILE, one) for one in sorted(self.destinations.to_reconcile)))
        await self.jobs.put()

    def defer(self, kind: str, key: int) -> None:
        """Have this done once the transaction is committed. What :class:`Destinations` marks needs no such word."""
        self.jobs.add((kind, key))

    @property
    def mark(self) -> Mark | None:
        """How often this database wrote to the outside, where this transaction counted."""
        return self.copies.mark if "copies" in self.__dict__ else None

    @property
    def told_something(self) -> bool:
        """Whether something new was put into the outbox."""
        return self.has_to_tell or bool(self.handed)

    @property
    def has_to_tell(self) -> bool:
        """Whether something was put into the outbox that nobody has taken to send."""
        return "outbox" in self.__dict__ and self.outbox.has_grown

    @property
    def handed(self) -> Sequence[Handed]:
        """What was put into the outbox and taken at once."""
        return self.outbox.handed if "outbox" in self.__dict__ else ()

    @property
    def has_presence_due(self) -> bool:
        """Whether a user group or a topic is to be looked after."""
        return "presence" in self.__dict__ and self.presence.has_due

    @cached_property
    def people(self) -> People:
        return People(self.session)

    @cached_property
    def schedules(self) -> Schedules:
        return Schedules(self.session)

    @cached_property
    def shifts(self) -> Shifts:
        return Shifts(self.session)

    @cached_property
    def rotations(self) -> Rotations:
        return Rotations(self.session)

    @cached_property
    def fairness(self) -> Fairness:
        return Fairness(self.session)

    @cached_property
    def covers(self) -> Covers:
        return Covers(self.session)

    @cached_property
    def connections(self) -> Connections:
        return Connections(self.session)

    @cached_property
    def budgets(self) -> Budgets:
        return Budgets(self.session)

    @cached_property
    def access(self) -> AccessRequests:
        return AccessRequests(self.session)

    @cached_property
    def destinations(self) -> Destinations:
        return Destinations(self.session)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.session)

    @cached_property
    def progress(self) -> Progresses:
        return Progresses(self.session)

    @cached_property
    def outbox(self) -> Outbox:
        return Outbox(self.session)

    @cached_property
    def swaps(self) -> Swaps:
        return Swaps(self.session)

    @cached_property
    def audit(self) -> Audit:
        return Audit(self.session)

    @cached_property
    def carried(self) -> CarriedOver:
        return CarriedOver(self.session)

    @cached_property
    def installations(self) -> Installations:
        return Installations(self.session)

    @cached_property
    def events(self) -> SeenEvents:
        return SeenEvents(self.session)

    @cached_property
    def preferences(self) -> Preferences:
        return Preferences(self.session)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self.session)

    @cached_property
    def told(self) -> ToldSwitches:
        return ToldSwitches(self.session)

    @cached_property
    def duties(self) -> Duties:
        return Duties(self.session)

    @cached_property
    def presence(self) -> Presences:
        return Presences(self.session)

    @cached_property
    def feeds(self) -> Feeds:
        return Feeds(self.session)

    @cached_property
    def homes(self) -> Homes:
        return Homes(self.session)

    @cached_property
    def availability(self) -> Availability:
        return Availability(self.session)

    @cached_property
    def waiting(self) -> WaitingOn:
        return WaitingOn(self.session)

    @cached_property
    def copies(self) -> Copies:
        return Copies(self.session)
