"""What every service is given, and who is asking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from oncall.clock import Clock
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


@dataclass(frozen=True, slots=True)
class Offers:
    """What the operator has set up: whether e-mail can be sent, and whether webhooks may reach private addresses."""

    email: bool = False
    private_webhooks: bool = False


@dataclass(frozen=True, slots=True)
class House:
    """The parts that services work with."""

    database: Database
    clock: Clock
    secrets: SecretBox
    external: External
    jobs: Jobs
    offers: Offers = Offers()


@dataclass(frozen=True, slots=True)
class Actor:
    """The Slack user on whose behalf something is done."""

    workspace_id: int
    user_id: str
    is_workspace_admin: bool = False

    @property
    def mention(self) -> str:
        return f"<@{self.user_id}>"
