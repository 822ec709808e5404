"""What Slack, PagerDuty and the receiver show, as the tour looks at them: never into Baton.

A :class:`Mark` remembers how things stood when a step began; what has happened since is read against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.demo.receiver import Receiver
from sandbox.pagerduty import PagerDutySandbox
from sandbox.pagerduty.rendering import Entry
from sandbox.pagerduty.values import Schedule
from sandbox.slack import SlackSandbox
from sandbox.slack.model import Message

LOOKED_AT = timedelta(days=14)
Stretch = tuple[datetime, datetime, str]


@dataclass(frozen=True, slots=True)
class Mark:
    """How things stood: the instant, the newest message, what had come by webhook, and who was on call from then on."""

    at: datetime
    ts: str
    deliveries: int
    writes: int
    final: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    slack: SlackSandbox
    pagerduty: PagerDutySandbox
    receiver: Receiver

    def mark(self, schedule: str) -> Mark:
        """``schedule`` is a PagerDuty schedule's name."""
        now = self.slack.clock.now()
        return Mark(
            at=now,
            ts=self.slack.world.next_ts(),
            deliveries=self.receiver.came,
            writes=self.writes(schedule),
            final=self.final(schedule, now, now + LOOKED_AT),
        )

    def schedule(self, name: str) -> Schedule | None:
        return next((one for one in self.pagerduty.world.account.schedules.values() if one.name == name), None)

    def final(self, name: str, start: datetime, end: datetime) -> tuple[Stretch, ...]:
        """Who PagerDuty has on call: neighbours of one person are one stretch, whatever they are made of."""
        schedule = self.schedule(name)
        if schedule is None:
            return ()
        return _merged(self.pagerduty.world.account.final_schedule(schedule.id, start, end))

    def differs(self, name: str, mark: Mark) -> bool:
        """Whether somebody else is on call, from now on, than was planned when the mark was made."""
        now, end = self.slack.clock.now(), mark.at + LOOKED_AT
        return self.final(name, now, end) != _from(mark.final, now)

    def writes(self, name: str) -> int:
        """How many changes the API has taken on that schedule."""
        schedule = self.schedule(name)
        if schedule is None:
            return 0
        log = self.pagerduty.world.log
        return sum(one.method != "GET" and schedule.id in one.path and 200 <= one.status < 300 for one in log)

    def on_call_around(self, name: str, now: datetime) -> set[str]:
        """The real names of everybody who is on call within six hours."""
        users = self.pagerduty.world.account.users
        return {users[user].name for _, _, user in self.final(name, now, now + timedelta(hours=6))}

    def says(self, mark: Mark, *words: str, to: str | None = None) -> bool:
        """Whether Slack shows a message of the app's with all of these words since then, to this person or anybody."""
        team = self.slack.world.teams[self.slack.team_id]
        user = team.user_named(to) if to else None
        for channel_members, message in self._messages(mark):
            read = f"{message.text} {message.blocks}"
            reaches = user is None or user.id in (message.only_for, *channel_members)
            if message.user == team.bot_user_id and reaches and all(word in read for word in words):
                return True
        return False

    def _messages(self, mark: Mark) -> Iterator[tuple[list[str], Message]]:
        for channel in self.slack.world.teams[self.slack.team_id].channels.values():
            members = channel.members if channel.id.startswith("D") else []
            for message in reversed(channel.messages):
                if message.ts <= mark.ts:
                    break
                yield members, message

    def handoffs_since(self, mark: Mark) -> int:
        """How many messages came by webhook with a good signature and somebody who starts or ends."""
        new = self.receiver.deliveries()[-(self.receiver.came - mark.deliveries) :] if self.came_since(mark) else ()
        return sum(
            one["signature_ok"] and isinstance(one["json"], dict) and bool(one["json"].get("transitions"))
            for one in new
        )

    def came_since(self, mark: Mark) -> bool:
        return self.receiver.came > mark.deliveries


def _merged(entries: list[Entry]) -> tuple[Stretch, ...]:
    merged: list[Stretch] = []
    for one in entries:
        if merged and merged[-1][1] == one.start and merged[-1][2] == one.user_id:
            merged[-1] = (merged[-1][0], one.end, one.user_id)
        else:
            merged.append((one.start, one.end, one.user_id))
    return tuple(merged)


def _from(stretches: tuple[Stretch, ...], now: datetime) -> tuple[Stretch, ...]:
    """What is left of them."""
    return tuple((max(start, now), end, user) for start, end, user in stretches if end > now)
