"""The rotations of an external schedule that was read, as drafts that only have to be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from oncall.drafts import validate
from services.rotations.drafting import RotationDraft
from services.schedules.creating import ScheduleView
from sync.core.layers import Layer
from sync.core.patterns import Pattern, Unsaid
from sync.core.rotations_from_events import Event, patterns_of_events
from sync.core.rotations_from_layers import patterns
from sync.ports import RemoteUser


def proposed(
    layers: Sequence[Layer],
    events: Sequence[Event],
    people: Sequence[RemoteUser],
    chosen: Mapping[str, str],
    schedule: ScheduleView,
    now: datetime,
) -> tuple[tuple[RotationDraft, ...], tuple[Unsaid, ...]]:
    """What layers or events say for the schedule's first role, with the members that ``chosen`` matches external
    people with, and what they say that no rotation does."""
    names = {person.id: person.name for person in people}
    everybody = [user for layer in layers for user in layer.users]
    everybody += [user for event in events for user in event.members if user]
    strangers = {user: names.get(user, user) for user in dict.fromkeys(everybody) if user not in chosen}
    said, unsaid = patterns(layers, schedule.time_zone, now, strangers)
    more_said, more_unsaid = patterns_of_events(events, now, strangers)
    drafts = [_draft(one, chosen, schedule) for one in (*said, *more_said)]
    refused = [Unsaid(draft.name, f"its form refuses it ({_refusal(draft)})") for draft in drafts if _refusal(draft)]
    return tuple(draft for draft in drafts if not _refusal(draft)), (*unsaid, *more_unsaid, *refused)


def _refusal(draft: RotationDraft) -> str:
    """What is wrong with it as a rotation, for example turns of more than a year."""
    return " ".join(validate(draft).values()).rstrip(".")


def _draft(one: Pattern, chosen: Mapping[str, str], schedule: ScheduleView) -> RotationDraft:
    return RotationDraft(
        schedule_id=schedule.id,
        name=one.name,
        role=schedule.roles[0].id,
        members=tuple(chosen[user] for user in one.members),
        every=one.every,
        unit=one.unit,
        first_handoff=one.first_handoff,
        zone=one.zone,
        opens=one.hours.opens,
        closes=one.hours.closes,
        days=one.hours.days,
        opens_on=one.hours.opens_on,
        closes_on=one.hours.closes_on,
        counts=one.counts,
        since=one.since,
        until=one.until,
    )
