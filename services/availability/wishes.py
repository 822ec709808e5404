"""What holds of people's time: everything they entered, their calendars and their holidays, made one.

Whoever deals shifts, or warns before somebody is put on call, reads this and nothing else of a person's life.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from oncall.availability import Leaning, Wish, settled, weekly
from oncall.timeline import Interval
from services.availability.public_holidays import in_window
from storage.tables import WishRow
from storage.unit import Unit


async def wishes_of(tx: Unit, workspace_id: int, users: Collection[str], window: Interval) -> list[Wish]:
    """Every wish of these people inside ``window``, by start; for one person they never overlap, the strongest wins.

    What repeats is spelled out. A public holiday is a wish where its person has said that it shall be one.
    """
    wanted = sorted(set(users))
    if not wanted:
        return []
    by_hand, calendars, holidays = await tx.availability.known(workspace_id, wanted)  # mostly nothing of all this
    found: list[Wish] = []
    if by_hand:
        entered = await tx.availability.entered(workspace_id, wanted, window)
        found += (wish for row in entered for wish in spelled(row, window))
    if calendars:
        for calendar, row in await tx.availability.from_calendars(workspace_id, wanted, window):
            found.append(Wish(row.starts_at, row.ends_at, calendar.user_id, Leaning(row.leaning)))
    if holidays:
        found += await _of_holidays(tx, workspace_id, wanted, window)
    return settled(found, window) if found else []


def spelled(row: WishRow, window: Interval) -> Iterator[Wish]:
    """Each time of what was entered by hand that touches ``window``."""
    first = Interval(row.starts_at, row.ends_at)
    times = [first] if row.repeats_until is None else weekly(first, row.time_zone, row.repeats_until, window)
    for time in times:
        yield Wish(time.start, time.end, row.user_id, Leaning(row.leaning))


async def _of_holidays(tx: Unit, workspace_id: int, users: list[str], window: Interval) -> list[Wish]:
    regions = await tx.availability.regions(workspace_id, users)
    minded = {user: region for user, region in regions.items() if region.rather_not}
    people = await tx.people.named(workspace_id, minded)
    return [
        Wish(holiday.start, holiday.end, user, Leaning.RATHER_NOT)
        for user, region in minded.items()
        for holiday in in_window(region, people[user].time_zone if user in people else "UTC", window)
    ]
