"""A desk at which a role is filled fairly, as admins do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oncall.availability import Leaning
from oncall.fairness.patterns import Days
from oncall.shifts import Shift
from services.fairness import dealing, saving
from services.fairness.dealing import Dealt
from services.fairness.drafting import FairDraft, PatternDraft
from storage.tables import WishRow
from tests.support.service_world import Desk

DAY = timedelta(days=1)
DAILY = (PatternDraft(Days.DAILY),)
TEAM = ("UALICE", "UBOB", "UCAROL")


def draft(desk: Desk, *members: str, **options: Any) -> FairDraft:
    """A shift a day from 09:00 on for these members, around the clock."""
    plain = FairDraft(
        schedule_id=desk.id, role=desk.roles[0], patterns=DAILY, zone="UTC", members=members or TEAM, revision=None
    )
    return replace(plain, **options)


async def fill(desk: Desk, *members: str, **options: Any) -> Dealt:
    """Save it and deal, as the form does."""
    await saving.save(desk.house, desk.alice, draft(desk, *members, **options))
    return await dealing.deal(desk.house, desk.id, by="UALICE")


async def away(desk: Desk, user: str, start: float, end: float, leaning: Leaning = Leaning.CANNOT) -> None:
    """Enter a wish, in hours from the beginning."""
    async with desk.world.database.transaction() as tx:
        await tx.availability.add(
            WishRow(
                workspace_id=desk.workspace,
                user_id=user,
                leaning=leaning,
                starts_at=desk.world.at(start),
                ends_at=desk.world.at(end),
                time_zone="UTC",
                repeats_until=None,
                why="",
                entered_by=user,
                entered_at=desk.now,
            )
        )


def tally(shifts: Sequence[Shift]) -> Counter[str | None]:
    return Counter(shift.user for shift in shifts)


def who(shifts: Sequence[Shift], at: datetime) -> str | None:
    return next((shift.user for shift in shifts if shift.start <= at < shift.end), None)
