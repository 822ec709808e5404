"""What tests of rotations in Slack do first."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from sandbox.client import Person
from services.rotations import saving as rotations
from services.rotations.saving import RotationDraft
from services.schedules.creating import ScheduleView
from services.shifts import confirming
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    user_id,
)

ROTATION = "Rotation"


PREVIEW = "Rotation: preview"


async def tomorrow(baton: Baton) -> datetime:
    """At 09:00 in Berlin, so that four weekly turns end within a horizon of 30 days, whatever day it is."""
    day = baton.house.clock.now().date()
    return datetime.combine(day + timedelta(days=1), time(8), UTC)


async def fill_in(baton: Baton, person: Person, **others: object) -> None:
    await person.fill("Rotation name", "Weekly")
    await person.fill("Members, in order", ["alice", "bob"])
    await person.fill("First handoff", await tomorrow(baton))
    for label, value in others.items():
        await person.fill(label.replace("_", " "), value)


async def make_rotation(baton: Baton, schedule: ScheduleView, **options: object) -> rotations.Saved:
    draft = RotationDraft(
        schedule_id=schedule.id,
        name="Weekly",
        role=schedule.roles[0].id,
        members=tuple([await user_id(baton, "alice"), await user_id(baton, "bob")]),
        first_handoff=(await tomorrow(baton)).replace(tzinfo=None),
        zone="UTC",
        **options,  # type: ignore[arg-type]
    )
    return await rotations.save_rotation(baton.house, await actor(baton), draft)


async def waiting(baton: Baton, schedule: ScheduleView) -> list[confirming.PendingShift]:
    return await confirming.pending(baton.house, await actor(baton), schedule.id)
