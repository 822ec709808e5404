"""Who the demo is about: a team around the world, known by the same names in Slack and in PagerDuty.

The three zones of the follow-the-sun rotation keep their clocks all year, so that its three windows of eight hours meet
without a gap on any day that the demo is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.world import World, last_monday, weekly_layer

SUBDOMAIN = "acme"
YOU = "alice"
CHANNEL, SETUP_CHANNEL = "payments", "on-call-setup"
SINGAPORE, JOHANNESBURG, MEXICO_CITY = "Asia/Singapore", "Africa/Johannesburg", "America/Mexico_City"


@dataclass(frozen=True, slots=True)
class Colleague:
    """`name` is the one in Slack; the real name and the e-mail address are the same in PagerDuty."""

    name: str
    real_name: str
    zone: str

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


TEAM = (
    Colleague("alice", "Alice Johnson", JOHANNESBURG),
    Colleague("thabo", "Thabo Nkosi", JOHANNESBURG),
    Colleague("mei", "Mei Lin Tan", SINGAPORE),
    Colleague("arjun", "Arjun Rao", SINGAPORE),
    Colleague("carol", "Carol Diaz", MEXICO_CITY),
    Colleague("diego", "Diego Fuentes", MEXICO_CITY),
    Colleague("bob", "Bob Smith", "Europe/Berlin"),
    Colleague("erin", "Erin Miller", "America/New_York"),
)
REAL_NAMES = {one.name: one.real_name for one in TEAM}


@dataclass(frozen=True, slots=True)
class Sun:
    """One of the follow-the-sun rotations: who is on call while it is day where they live."""

    name: str
    zone: str
    city: str
    members: tuple[str, ...]
    opens: time
    closes: time

    def first_handoff(self, now: datetime) -> datetime:
        """The last Monday but one on which its day began."""
        there = now.astimezone(ZoneInfo(self.zone))
        monday = there.date() - timedelta(days=there.weekday() + 7)
        return datetime.combine(monday, self.opens, ZoneInfo(self.zone))


SUNS = (
    Sun("Singapore day", SINGAPORE, "Singapore", ("mei", "arjun"), time(8), time(16)),
    Sun("Johannesburg day", JOHANNESBURG, "Johannesburg", ("alice", "thabo"), time(10), time(18)),
    Sun("Mexico City day", MEXICO_CITY, "Mexico City", ("carol", "diego"), time(10), time(18)),
)
"""00–08, 08–16 and 16–24 UTC."""


PAYMENTS, CHECKOUT, SEARCH, DATA, MOBILE = "Payments", "Checkout", "Search", "Data platform", "Mobile"

AUTHORITATIVE, BIDIRECTIONAL, MANUAL = "Authoritative", "Bidirectional", "Manual Export"


@dataclass(frozen=True, slots=True)
class Existing:
    """A PagerDuty schedule that was there before Baton, with weekly turns, and how it is linked."""

    name: str
    team: str
    members: tuple[str, ...]
    mode: str = AUTHORITATIVE


EXISTING = (
    Existing(CHECKOUT, "Shop", ("alice", "bob", "carol")),
    Existing(SEARCH, "Discovery", ("erin", "alice", "thabo"), BIDIRECTIONAL),
    Existing(DATA, "Data", ("bob", "erin", "mei")),
    Existing(MOBILE, "Apps", ("carol", "erin", "arjun"), MANUAL),
)


def pagerduty_account() -> World:
    """The account as it was before Baton: people, weekly schedules, and a policy on each of them."""
    world = World(Clock())
    account = world.add_account(SUBDOMAIN)
    ids = {one.name: account.add_user(one.real_name, one.email, one.zone).id for one in TEAM}
    for one in EXISTING:
        layer = weekly_layer([ids[name] for name in one.members], last_monday(world.clock.now()), "Weekly turns")
        schedule = account.add_schedule(one.name, "UTC", layers=[layer])
        account.add_escalation_policy(f"{one.team} on call", [schedule.id])
    return world
