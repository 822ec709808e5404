"""What is in a feed: an event for every shift that somebody has, and for those that were cancelled lately. Pure.

===================  ==================================================================================
of                   its events
===================  ==================================================================================
a person             every shift of theirs, in whichever schedule: ``On call: Payments, Primary``
a schedule           everybody's shifts: ``Ada – Payments, Primary``
a role               the same of one role
===================  ==================================================================================

An event is known by its shift for as long as that exists, so changed bounds are the same event with a higher sequence;
who takes a shift over has another one. What was cancelled is left out where the same person has that time all the same.
A schedule that was archived has nobody on call from then on.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import accumulate
from urllib.parse import urlencode

from oncall.ics import Event, Status
from storage.repositories.feeds import FeedOf, KeptShift, PersonOf, RoleOf, ScheduleOf

KEPT_FOR = timedelta(days=30)
"""How far back a feed goes, and for how long what was cancelled stays in it."""
STATUS = {"confirmed": Status.CONFIRMED, "proposed": Status.TENTATIVE, "cancelled": Status.CANCELLED}
LED_BY = {Status.CONFIRMED: "", Status.TENTATIVE: "Proposed: ", Status.CANCELLED: "Cancelled: "}
"""What a title begins with: not every calendar shows an event's status."""


class Titles(StrEnum):
    """How events are called: in words, or by the e-mail address alone, for systems that read it."""

    WORDS = "words"
    EMAIL = "email"


@dataclass(frozen=True)
class Source:
    """A feed and what names its events; ``stamp`` differs whenever anything in it may."""

    feed: FeedOf
    schedules: tuple[ScheduleOf, ...]
    roles: tuple[RoleOf, ...]
    people: tuple[PersonOf, ...]
    stamp: str = ""

    @cached_property
    def by_schedule(self) -> Mapping[int, ScheduleOf]:
        return {one.id: one for one in self.schedules}

    @cached_property
    def by_role(self) -> Mapping[int, RoleOf]:
        return {one.id: one for one in self.roles}

    @cached_property
    def by_user(self) -> Mapping[str, PersonOf]:
        return {one.user_id: one for one in self.people}

    @cached_property
    def channels(self) -> Mapping[int, str]:
        """Where each schedule's channel is; empty where it has none."""
        return {one.id: _channel(self.feed, one) for one in self.schedules}

    def has(self, shift: KeptShift) -> bool:
        """Whether a shift of one of the schedules belongs to the feed."""
        if self.feed.schedule_id is None:
            return shift.user_id == self.feed.user_id
        return self.feed.role_id in (None, shift.role_id)

    def name_of(self, user_id: str) -> str:
        return self.by_user[user_id].name if user_id in self.by_user else "Somebody"

    @property
    def title(self) -> str:
        """What the whole calendar is called."""
        if self.feed.schedule_id is None:
            return "On call"
        schedule = self.schedules[0].name if self.schedules else ""
        role = self.by_role.get(self.feed.role_id or 0)
        return f"On call: {schedule} – {role.name}" if role else f"On call: {schedule}"


def events(
    source: Source, shifts: Sequence[KeptShift], cancelled: Iterable[KeptShift], titles: Titles
) -> Iterator[Event]:
    """``shifts`` are all of the schedules', in order, so that a backup can be named."""
    standing = [kept for shift in shifts if (kept := _while_open(source, shift)) is not None]
    beside = _Beside(source, standing)
    for shift in standing:
        if source.has(shift):
            yield _event(source, shift, titles, beside.lines(shift))
    for shift in cancelled:
        if source.has(shift) and not beside.covers(shift):
            yield _event(source, shift, titles, ())


def _while_open(source: Source, shift: KeptShift) -> KeptShift | None:
    archived = source.by_schedule[shift.schedule_id].archived_at
    if archived is None or shift.end <= archived:
        return shift
    return shift._replace(end=archived) if shift.start < archived else None


def _event(source: Source, shift: KeptShift, titles: Titles, beside: Iterable[str]) -> Event:
    schedule, status = source.by_schedule[shift.schedule_id], STATUS[shift.state]
    role, url = source.by_role[shift.role_id].name, source.channels[schedule.id]
    lines = [f"{role} of {schedule.name}: {source.name_of(shift.user_id)}", *beside]
    lines += ["An admin has yet to confirm this shift."] if status is Status.TENTATIVE else []
    lines += ["This shift was cancelled."] if status is Status.CANCELLED else []
    lines += [f"Channel in Slack: {url}"] if url else []
    return Event(
        uid=f"shift-{shift.id}-{int(shift.created_at.timestamp())}@{schedule.public_id}.baton",
        sequence=shift.revision + (status is Status.CANCELLED),
        start=shift.start,
        end=shift.end,
        changed_at=shift.changed_at or shift.created_at,
        summary=LED_BY[status] + _title(source, shift, schedule, role, titles),
        description="\n".join(lines),
        url=url,
        status=status,
    )


def _title(source: Source, shift: KeptShift, schedule: ScheduleOf, role: str, titles: Titles) -> str:
    if titles is Titles.EMAIL:
        known = source.by_user.get(shift.user_id)
        return known.email or known.name if known else "Somebody"
    if source.feed.schedule_id is None:
        return f"On call: {schedule.name}, {role}"
    return f"{source.name_of(shift.user_id)} – {schedule.name}, {role}"


def _channel(feed: FeedOf, schedule: ScheduleOf) -> str:
    if not schedule.channel_id:
        return ""
    team = {"team": feed.team_id} if feed.team_id else {}
    return f"https://slack.com/app_redirect?{urlencode({**team, 'channel': schedule.channel_id})}"


class _Beside:
    """Who has the other roles of a schedule meanwhile. Proposed shifts may lie over confirmed ones."""

    def __init__(self, source: Source, shifts: Iterable[KeptShift]) -> None:
        self._source = source
        self._of_role: dict[int, list[KeptShift]] = {}
        for shift in shifts:
            self._of_role.setdefault(shift.role_id, []).append(shift)
        self._starts = {role: [one.start for one in of] for role, of in self._of_role.items()}
        self._reach = {role: list(accumulate((one.end for one in of), max)) for role, of in self._of_role.items()}
        self._roles: dict[int, list[RoleOf]] = {}
        for role in source.roles:
            self._roles.setdefault(role.schedule_id, []).append(role)

    def lines(self, shift: KeptShift) -> Iterator[str]:
        """``Backup: Bob (Secondary)`` for roles after this one, ``First in line: Ada (Primary)`` for those before."""
        own = self._source.by_role[shift.role_id].position
        for role in self._roles[shift.schedule_id]:
            if role.id == shift.role_id or role.id not in self._of_role:
                continue
            users = dict.fromkeys(one.user_id for one in self._meanwhile(role.id, shift))
            names = ", ".join(self._source.name_of(user) for user in users) or "nobody"
            yield f"{'Backup' if role.position > own else 'First in line'}: {names} ({role.name})"

    def covers(self, shift: KeptShift) -> bool:
        """Whether the same person has all of that time in that role after all."""
        reached = shift.start
        for one in self._meanwhile(shift.role_id, shift):
            if one.state != "confirmed":
                continue
            if one.start > reached or one.user_id != shift.user_id:
                return False
            reached = one.end
        return reached >= shift.end

    def _meanwhile(self, role_id: int, shift: KeptShift) -> Sequence[KeptShift]:
        found = self._of_role.get(role_id, ())
        if not found:
            return ()
        first = bisect_right(self._reach[role_id], shift.start)
        last = bisect_left(self._starts[role_id], shift.end)
        return [one for one in found[first:last] if one.end > shift.start]


def window(now: datetime) -> datetime:
    """From when on a feed tells of shifts; the same for a whole day in UTC, and so is what it tells."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - KEPT_FOR
