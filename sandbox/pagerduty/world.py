"""Everything the sandbox knows: accounts, the clock, switches, faults to come, and a log of every request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.changes import Changes
from sandbox.pagerduty.accounts import Account
from sandbox.pagerduty.clock import Clock
from sandbox.pagerduty.faults import Fault, Faults
from sandbox.pagerduty.ids import Ids
from sandbox.pagerduty.limits import RateLimits
from sandbox.pagerduty.switches import Switches
from sandbox.pagerduty.values import Key, Region, Schedule, User

SEEDED_PEOPLE = (
    ("Alice Johnson", "alice@example.com"),
    ("Bob Smith", "bob@example.com"),
    ("Carol Diaz", "carol@example.com"),
    ("Dave Brown", "dave@example.com"),
    ("Erin Miller", "erin@example.com"),
)


@dataclass(frozen=True, slots=True)
class LogEntry:
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    status: int  # 0 when nothing was done and nothing answered
    at: datetime
    account: str | None
    body: Any
    fault: Fault | None = None


class World:
    """The in-memory state behind the server and the in-process transport."""

    def __init__(self, clock: Clock | None = None, seed: int = 0, switches: Switches | None = None) -> None:
        self.clock = clock or Clock()
        self.ids = Ids(seed)
        self.shuffles = Random(seed)  # apart from the ids, so that reading never changes what is made next
        self.accounts: dict[str, Account] = {}
        self.switches = switches or Switches()
        self.faults = Faults()
        self.limits = RateLimits()
        self.log: list[LogEntry] = []
        self.changes = Changes()

    @classmethod
    def seeded(cls, clock: Clock | None = None, seed: int = 0) -> World:
        """One account `acme` with five people, a weekly schedule of theirs and an escalation policy on it."""
        world = cls(clock, seed)
        account = world.add_account("acme")
        people = [account.add_user(name, email, "America/New_York") for name, email in SEEDED_PEOPLE]
        layer = weekly_layer([user.id for user in people[:3]], last_monday(world.clock.now()))
        schedule = account.add_schedule("Platform primary", "America/New_York", layers=[layer])
        account.add_escalation_policy("Platform", [schedule.id])
        return world

    def add_account(self, subdomain: str, region: str = "us", time_zone: str = "Etc/UTC") -> Account:
        account = Account(subdomain, Region(region), time_zone, self.clock, self.ids)
        self.accounts[subdomain] = account
        return account

    @property
    def account(self) -> Account:
        """The only account, or the first one."""
        return next(iter(self.accounts.values()))

    def owner_of_key(self, token: str) -> tuple[Account, Key] | None:
        return next(((one, one.keys[token]) for one in self.accounts.values() if token in one.keys), None)

    def schedules(self) -> Iterator[tuple[Account, Schedule]]:
        return ((account, one) for account in self.accounts.values() for one in account.schedules.values())

    def schedule(self, schedule_id: str) -> tuple[Account, Schedule]:
        for account, schedule in self.schedules():
            if schedule.id == schedule_id:
                return account, schedule
        raise KeyError(schedule_id)

    def find_user(self, account: Account, reference: str) -> User:
        """A user by id, e-mail or name."""
        for user in account.users.values():
            if reference == user.id or reference.casefold() in (user.email.casefold(), user.name.casefold()):
                return user
        raise KeyError(reference)

    def requests(self, method: str | None = None, path_contains: str | None = None) -> list[LogEntry]:
        """The log, narrowed."""
        return [
            one
            for one in self.log
            if (method is None or one.method == method.upper()) and (path_contains or "") in one.path
        ]

    def count(self, method: str | None = None, path_contains: str | None = None) -> int:
        return len(self.requests(method, path_contains))


def weekly_layer(user_ids: list[str], start: datetime, name: str = "Layer 1", **more: Any) -> dict[str, Any]:
    """A layer in the API's form whose people take weekly turns."""
    return layer(user_ids, start, 7 * 86_400, name, **more)


def layer(
    user_ids: list[str], start: datetime, turn_seconds: int, name: str = "Layer 1", **more: Any
) -> dict[str, Any]:
    """A layer in the API's form; `more` may hold end, restrictions or another rotation_virtual_start."""
    return {
        "name": name,
        "start": start.isoformat(),
        "rotation_virtual_start": start.isoformat(),
        "rotation_turn_length_seconds": turn_seconds,
        "users": [{"user": {"id": user_id, "type": "user_reference"}} for user_id in user_ids],
        **more,
    }


def last_monday(moment: datetime) -> datetime:
    """Nine in the morning UTC of the last Monday but one, so that a seeded schedule has been running for a while."""
    monday = moment - timedelta(days=moment.weekday() + 7)
    return monday.replace(hour=9, minute=0, second=0, microsecond=0)
