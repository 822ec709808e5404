"""What may be entered, by whom and for whom, and what of it others see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from oncall.availability import Leaning
from services.availability import entering, regions
from services.availability.entering import Repeats, WishDraft
from services.availability.listing import get_away
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.kit.house import Standing
from tests.support.service_world import Desk

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def draft(desk: Desk, user: str = "UBOB", **changes: Any) -> WishDraft:
    start = desk.now + 2 * DAY
    return replace(WishDraft(user, start, start + DAY, why="private"), **changes)


async def problems(desk: Desk, **changes: Any) -> dict[str, str]:
    with pytest.raises(FieldErrors) as caught:
        await entering.enter(desk.house, desk.bob, draft(desk, **changes))
    return caught.value.fields


async def test_each_mistake_is_said_at_its_field(desk: Desk) -> None:
    now, weekly = desk.now, Repeats.WEEKLY
    assert set(await problems(desk, start=None, end=None)) == {"start", "end"}
    assert set(await problems(desk, start=now + DAY, end=now + DAY)) == {"end"}
    assert set(await problems(desk, start=now - 2 * DAY)) == {"start"}
    assert set(await problems(desk, start=now - 2 * HOUR, end=now - HOUR)) == {"end"}
    assert set(await problems(desk, end=now + 400 * DAY)) == {"end"}
    assert set(await problems(desk, start=now + 2000 * DAY, end=now + 2001 * DAY)) == {"start"}
    assert set(await problems(desk, until=date(2026, 5, 1))) == {"until"}
    assert set(await problems(desk, repeats=weekly)) == {"until"}
    assert set(await problems(desk, repeats=weekly, until=date(2026, 3, 1))) == {"until"}
    assert set(await problems(desk, repeats=weekly, until=date(2036, 3, 1))) == {"until"}
    assert set(await problems(desk, repeats=weekly, until=date(2026, 5, 1), end=now + 10 * DAY)) == {"end"}


async def test_the_same_time_is_entered_once(desk: Desk) -> None:
    await entering.enter(desk.house, desk.bob, draft(desk))
    assert await problems(desk, why="in other words") == {"start": "This time is entered already."}
    await entering.enter(desk.house, desk.bob, draft(desk, leaning=Leaning.WOULD_LIKE))


async def test_the_last_day_of_what_repeats_is_one_of_the_persons_own_zone(desk: Desk) -> None:
    async with desk.house.database.transaction() as tx:
        person = await tx.people.get(desk.workspace, "UBOB")
        assert person is not None
        person.time_zone = "Pacific/Auckland"
    late = datetime(2026, 3, 9, 20, tzinfo=UTC)  # Tuesday morning there
    made = draft(desk, start=late, end=late + HOUR, repeats=Repeats.WEEKLY, until=date(2026, 3, 24))
    await entering.enter(desk.house, desk.bob, made)
    known = await get_away(desk.house, desk.bob, "UBOB")
    assert known.zone == "Pacific/Auckland"
    assert [one.start for one in known.times] == [late]
    desk.pass_time(15 * DAY)
    [last] = (await get_away(desk.house, desk.bob, "UBOB")).times
    assert last.start == late + 14 * DAY
    desk.pass_time(7 * DAY)
    assert (await get_away(desk.house, desk.bob, "UBOB")).times == ()


async def test_only_oneself_and_admins_of_a_shared_schedule_enter_see_and_remove(desk: Desk) -> None:
    await entering.enter(desk.house, desk.bob, draft(desk))
    [entered] = (await get_away(desk.house, desk.bob, "UBOB")).times
    root = desk.actor("UROOT", is_workspace_admin=True)
    for reader in (desk.alice, root):
        [seen] = (await get_away(desk.house, reader, "UBOB")).times
        assert seen.why == "private"
    for stranger in (desk.carol, desk.actor("UALICE", standing=Standing.GUEST)):
        with pytest.raises(NotAllowed):
            await get_away(desk.house, stranger, "UBOB")
        with pytest.raises(NotAllowed):
            await entering.enter(desk.house, stranger, draft(desk))
        with pytest.raises(NotAllowed):
            await entering.remove(desk.house, stranger, entered.wish_id or 0)
    with pytest.raises(NotAllowed):
        await entering.enter(desk.house, desk.alice, draft(desk, "UNOBODY"))
    assert await entering.remove(desk.house, desk.alice, entered.wish_id or 0) == "UBOB"
    with pytest.raises(NotFound):
        await entering.remove(desk.house, desk.bob, entered.wish_id or 0)


async def test_shifts_at_that_time_are_named_unless_one_would_like_to_be_on_call(desk: Desk) -> None:
    start = desk.now + 2 * DAY
    await desk.world.assign("UBOB", 48, 72)
    entered = await entering.enter(desk.house, desk.bob, draft(desk))
    assert [(one.role, one.start) for one in entered.clashes] == [("Primary", start)]
    assert (await entering.enter(desk.house, desk.bob, draft(desk, leaning=Leaning.WOULD_LIKE))).clashes == ()
    later = draft(desk, start=start + DAY, end=start + 2 * DAY)
    assert (await entering.enter(desk.house, desk.bob, later)).clashes == ()


async def test_a_region_is_ones_own_and_has_to_exist(desk: Desk) -> None:
    for country, part, field in (("XX", "", "country"), ("DE", "XX", "subdivision"), ("", "BY", "subdivision")):
        with pytest.raises(FieldErrors) as caught:
            await regions.choose_region(desk.house, desk.bob, country, part, rather_not=False)
        assert set(caught.value.fields) == {field}
    await regions.choose_region(desk.house, desk.bob, "DE", "BY", rather_not=True)
    known = await get_away(desk.house, desk.bob, "UBOB")
    assert {one.leaning for one in known.times} == {Leaning.RATHER_NOT}
    assert "Good Friday" in {one.holiday for one in known.times}
    assert known.region is not None
    assert known.region.ends is None
    await regions.choose_region(desk.house, desk.bob, "LK", "", rather_not=False)
    early = (await get_away(desk.house, desk.bob, "UBOB")).region
    assert early is not None
    assert early.ends == 2026, "a year that is not known looks like one without holidays"
    await regions.choose_region(desk.house, desk.bob, "", "", rather_not=True)
    assert (await get_away(desk.house, desk.bob, "UBOB")).times == ()


def test_a_country_is_found_by_its_codes_and_by_parts_of_its_name() -> None:
    for typed, found in (("usa", "US"), ("US", "US"), ("uk", "GB"), ("gbr", "GB"), (" united k", "GB"), ("deu", "DE")):
        assert regions.countries_called(typed)[0][0] == found, typed
    assert [code for code, _ in regions.countries_called("us")].count("US") == 1
    assert regions.countries_called("nowhere") == []
