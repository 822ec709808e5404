"""What tests of changed shifts in Slack do first, and how they look at them."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.client import Modal, Person
from services.schedules.creating import ScheduleView
from services.shifts import assigning as shifts
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    full_hour,
    make_schedule,
)

SWAP, TAKE, COVER, CHANGE = "Swap shifts", "Take over a shift", "Ask for cover", "Change shift"


async def rows(baton: Baton, schedule: ScheduleView) -> list[tuple[str, datetime, datetime]]:
    found = await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 50)
    names = {member.user_id: member.name.split()[0].lower() for member in schedule.members}
    return [(names.get(s.user_id or "", "nobody"), s.start, s.end) for s in found]


async def two_shifts(baton: Baton) -> tuple[ScheduleView, datetime]:
    """Alice for eight hours from the next full hour on, then Bob for eight."""
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    start = full_hour(baton)
    await assign(baton, schedule, "alice", start, 8)
    await assign(baton, schedule, "bob", start + timedelta(hours=8), 8)
    return schedule, start


def option_of(modal: Modal, label: str, number: int = 0) -> str:
    return modal.options(label)[number]


async def say_yes(person: Person, warning: str) -> None:
    """Submit, read the warning, tick that it was read, and submit again."""
    warned = await person.submit()
    assert warned is not None
    assert warning in warned.text, warned.text
    await person.fill("Do it all the same?", ["Yes, I have read this"])
    again = await person.submit()
    assert again is None, again.text


async def open_modal(person: Person, command: str, title: str) -> Modal:
    await person.command(f"/oncall {command}", channel="#ops")
    return await person.modal(title)
