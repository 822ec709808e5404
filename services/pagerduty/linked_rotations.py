"""The rotations of an external schedule that was read, as drafts that only have to be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.rotations.drafting import RotationDraft
from services.schedules.creating import ScheduleView
from sync.core.layers import Layer
from sync.core.rotations_from_layers import Pattern, Unsaid, patterns
from sync.ports import RemoteUser


def proposed(
    layers: Sequence[Layer],
    people: Sequence[RemoteUser],
    chosen: Mapping[str, str],
    schedule: ScheduleView,
    now: datetime,
) -> tuple[tuple[RotationDraft, ...], tuple[Unsaid, ...]]:
    """What the layers say for the schedule's first role, with the members that ``chosen`` matches external people
    with, and what they say that no rotation does."""
    names = {person.id: person.name for person in people}
    everybody = dict.fromkeys(user for layer in layers for user in layer.users)
    strangers = {user: names.get(user, user) for user in everybody if user not in chosen}
    said, unsaid = patterns(layers, schedule.time_zone, now, strangers)
    return tuple(_draft(one, chosen, schedule) for one in said), unsaid


def _draft(one: Pattern, chosen: Mapping[str, str], schedule: ScheduleView) -> RotationDraft:
    return RotationDraft(
        schedule_id=schedule.id,
        name=one.name,
        role=schedule.roles[0].id,
        members=tuple(chosen[user] for user in one.members),
        every=one.every,
        unit=one.unit,
        first_handoff=one.first_handoff,
        zone=schedule.time_zone,
        opens=one.opens,
        closes=one.closes,
        days=one.days,
    )
