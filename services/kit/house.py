"""What every service is given, and who is asking."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from oncall.clock import Clock
from oncall.fairness import Problem, Solution, deal
from pictures.child import Draughtsman
from storage.database import Database
from storage.secrets import SecretBox
from sync.ports import External


class Jobs(Protocol):
    """Where work is handed to. A job is a hint: what has to be done is in the database.

    - Must keep at most one queued and one running job per key.
    - May lose jobs; the clock finds what is due.
    """

    def defer(self, kind: str, key: int) -> None:
        """Have it done soon; returns at once."""
        ...

    async def run(self, kind: str, key: int) -> Any:
        """Have it done and wait for the outcome. A run that was already under way doesn't count."""
        ...


class Solver(Protocol):
    """Who deals shifts fairly.

    - Must keep every hard rule, and answer within seconds.
    - Must give an equal plan for an equal problem, whichever machine it is on.
    """

    async def solve(self, problem: Problem) -> Solution:
        """Who gets which shift."""
        ...


class StepByStep:
    """The solver that is always there, in this process."""

    async def solve(self, problem: Problem) -> Solution:
        return await asyncio.to_thread(deal, problem)


@dataclass(frozen=True, slots=True)
class Offers:
    """What the operator has set up: whether e-mail can be sent, whether webhooks may reach private addresses, the page
    where Slack is asked for the scopes of presence, and ``public_url``, where Baton is reached from outside, without a
    slash at its end."""

    email: bool = False
    private_webhooks: bool = False
    install_url: str = ""
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """The parts that services work with."""

    database: Database
    clock: Clock
    secrets: SecretBox
    external: External
    jobs: Jobs
    offers: Offers = Offers()
    pictures: Draughtsman = field(default_factory=Draughtsman)
    solver: Solver = field(default_factory=StepByStep)


class Standing(StrEnum):
    """What somebody is in the Slack workspace. Everybody but a person of it only looks on and does their own shifts."""

    PERSON = "person"
    GUEST = "guest"
    STRANGER = "stranger"
    BOT = "bot"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Actor:
    """The Slack user on whose behalf something is done; ``grant`` is the request by which they were allowed it."""

    workspace_id: int
    user_id: str
    is_workspace_admin: bool = False
    standing: Standing = Standing.PERSON
    grant: int | None = None

    @property
    def is_outside(self) -> bool:
        """Whether this is nobody who may ever administer anything: a guest, an app, or somebody of another company."""
        return self.standing is not Standing.PERSON

    @property
    def mention(self) -> str:
        return f"<@{self.user_id}>"
