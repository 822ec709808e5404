"""Sending things to the app and waiting for its acknowledgement, over whichever transport is in use.

The app has three seconds. Interactions are asked once; events are sent again up to three times (at once, after a
minute, after five) until the app says 200 or asks for no more.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sandbox.slack.model import Channel, Json, Message, Organisation, Team
from sandbox.slack.shapes import mention_event
from sandbox.slack.world import World, new_id

ACK_SECONDS = 3.0
EVENT_RETRY_PAUSES = (0.0, 60.0, 300.0)


class Kind(StrEnum):
    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


class Outcome(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    TIMED_OUT = "http_timeout"
    REFUSED = "http_error"
    UNREACHABLE = "connection_failed"


@dataclass(frozen=True, slots=True)
class Retry:
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the app answered: an empty body, a JSON object or plain text."""

    outcome: Outcome
    body: Any = None
    status: int = 200
    wants_no_retry: bool = False

    @property
    def ok(self) -> bool:
        return self.outcome == Outcome.ACKNOWLEDGED

    @property
    def fields(self) -> Json:
        return self.body if isinstance(self.body, dict) else {}


class Transport(Protocol):
    async def deliver(self, kind: Kind, payload: Json, retry: Retry | None) -> Reply:
        """Must return within the acknowledgement time, whatever happens; may be called concurrently."""
        ...

    def is_reachable(self) -> bool: ...


@dataclass(slots=True)
class Dispatcher:
    world: World
    socket: Transport
    http: Transport
    over_http: bool = False
    _running: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @property
    def transport(self) -> Transport:
        return self.http if self.over_http else self.socket

    async def ask(self, kind: Kind, payload: Json) -> Reply:
        return await self.transport.deliver(kind, payload, None)

    def emit(self, team: Team, event: Json) -> None:
        """Send an event in the background. Nobody listening is no fault: Slack drops it, too."""
        if self.transport.is_reachable():
            self.in_background(self._deliver_event(self._event_envelope(team, event)))

    def emit_of_access(self, organisation: Organisation, team: Team | None, event: Json) -> None:
        """What concerns an installation for a whole organisation. Access to workspaces is told as if it were of one."""
        if not self.transport.is_reachable():
            return
        whole = team is None
        envelope = self._envelope(event) | {
            "team_id": team.id if team else organisation.id,
            "enterprise_id": organisation.id,
            "authorizations": [
                {
                    "enterprise_id": organisation.id,
                    "team_id": team.id if team else None,
                    "user_id": organisation.bot.id,
                    "is_bot": whole,
                    "is_enterprise_install": whole,
                }
            ],
        }
        self.in_background(self._deliver_event(envelope))

    def tell_of_mention(self, team: Team, channel: Channel, message: Message) -> None:
        """`app_mention`, to an app that is in the channel and was granted the scope."""
        granted = any("app_mentions:read" in token.scopes for token in self.world.bot_tokens(team))
        if granted and team.hears_of(channel, message.text):
            self.emit(team, mention_event(message, team))

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _deliver_event(self, envelope: Json) -> None:
        reply = await self.transport.deliver(Kind.EVENT, envelope, None)
        for number, pause in enumerate(EVENT_RETRY_PAUSES, start=1):
            if reply.ok or reply.wants_no_retry:
                return
            await self.world.clock.sleep(pause)
            reply = await self.transport.deliver(Kind.EVENT, envelope, Retry(number, reply.outcome))

    def _event_envelope(self, team: Team, event: Json) -> Json:
        enterprise = team.organisation.id if team.organisation else None
        return self._envelope(event) | {
            "team_id": team.id,
            "context_team_id": team.id,
            **({"enterprise_id": enterprise, "context_enterprise_id": enterprise} if enterprise else {}),
            "authorizations": [
                {
                    "enterprise_id": enterprise,
                    "team_id": team.id,
                    "user_id": team.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": team.is_of_org_install,
                }
            ],
        }

    def _envelope(self, event: Json) -> Json:
        return {
            "token": self.world.app.verification_token,
            "api_app_id": self.world.app.id,
            "event": {"event_ts": self.world.next_ts(), **event},
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(self.world.clock.now().timestamp()),
            "is_ext_shared_channel": False,
        }
