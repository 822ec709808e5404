"""Who has how much of each role: by rotation, and filled fairly."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from oncall.fairness.arrangement import Arrangement, FairMember
from oncall.fairness.balance import Standing
from oncall.fairness.patterns import Days, Pattern
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.fairness import dealing
from services.fairness.balance import BalanceView, balance_of
from services.kit.errors import NotFound
from services.kit.house import Actor
from services.people import members
from services.people.members import MemberDraft
from storage.tables import Person
from tests.services.fairness.table import fill, tally
from tests.support.service_world import DAY, WEEK, Desk, refs


async def seen(desk: Desk) -> BalanceView:
    return await balance_of(desk.house, desk.carol, desk.id)


def numbers(view: BalanceView, table: str, role: int = 0) -> dict[str, tuple[float, float, float]]:
    [found] = [one for one in view.roles[role].tables if one.name == table]
    return {row.user: (row.line.done, row.line.ahead, round(row.line.target, 2)) for row in found.rows}


async def test_a_rotation_is_held_against_equal_shares_of_all_who_can_be_on_call(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()
    desk.pass_time(2 * WEEK)

    view = await seen(desk)

    assert [(one.role, one.is_fair) for one in view.roles] == [("Primary", False), ("Secondary", False)]
    assert view.roles[1].tables == ()
    assert numbers(view, "All shifts") == {
        "UALICE": (2, 1, 1.25),
        "UBOB": (1, 1, 1.25),
        "UCAROL": (0, 0, 1.25),
        "UZOE": (0, 0, 1.25),
    }
    assert {one.name for one in view.roles[0].tables} == {"All shifts", "Hours", "Night hours", "Weekend hours"}


async def test_a_cover_moves_the_balance_by_what_was_covered(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB", "UCAROL")
    await desk.confirm_all()
    before = numbers(await seen(desk), "All shifts")
    [first, *_] = await desk.shifts()
    draft = CoverDraft(desk.id, await desk.ref("UALICE"), start=first.start, end=first.start + timedelta(days=3.5))
    asked = await cover.ask(desk.house, desk.alice, draft)
    await cover.take(desk.house, desk.carol, asked.id)

    after = numbers(await seen(desk), "All shifts")

    changed = {user: sum(after[user][:2]) - sum(before[user][:2]) for user in after}
    assert changed == {"UALICE": -0.5, "UBOB": 0, "UCAROL": 0.5, "UZOE": 0}
    assert [line[2] for line in after.values()] == [line[2] for line in before.values()]


async def test_who_was_added_later_has_no_part_of_what_was_before(desk: Desk) -> None:
    await desk.put("UBOB", -48, -24)
    await desk.put("UBOB", -24, 0)
    async with desk.world.database.transaction() as tx:
        await tx.people.keep([Person(workspace_id=desk.workspace, user_id="UNEW", name="new", seen_at=desk.now)])
    await members.add_member(desk.house, desk.alice, desk.id, MemberDraft("UNEW"))
    await desk.put("UNEW", 24, 48)

    shown = numbers(await seen(desk), "All shifts")

    assert shown["UNEW"] == (0, 1, 0.2)
    assert shown["UBOB"] == (2, 0, 0.7)


async def test_a_fair_role_has_the_types_shares_and_zone_of_its_arrangement(desk: Desk) -> None:
    fair = Arrangement(
        role_id=desk.roles[0],
        zone="Europe/Berlin",
        patterns=(Pattern(Days.WEEKDAYS, time(9)), Pattern(Days.WEEKENDS, time(9))),
        members=(FairMember("UALICE"), FairMember("UBOB", 50)),
        since=desk.now - WEEK,
    )
    async with desk.world.database.transaction() as tx:
        await tx.fairness.save(desk.id, desk.roles[0], [fair], desk.now)
    for number, user in enumerate(["UALICE", "UBOB", "UALICE", "UALICE", "UALICE", "UALICE"]):
        await desk.put(user, 24 * number - 145, 24 * number - 121)

    view = await seen(desk)

    assert view.roles[0].is_fair
    assert numbers(view, "Weekdays 09:00") == {"UALICE": (3, 0, 2.67), "UBOB": (1, 0, 1.33)}
    assert numbers(view, "Weekends 09:00") == {"UALICE": (2, 0, 1.33), "UBOB": (0, 0, 0.67)}
    [shifts, *_] = view.roles[0].tables
    assert [row.standing for row in shifts.rows] == [Standing.BALANCED, Standing.BALANCED]
    assert view.roles[0].since == desk.now - 6 * DAY - timedelta(hours=1)


async def test_another_workspace_sees_nothing_of_it(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await balance_of(desk.house, Actor(desk.workspace + 1, "UALICE", is_workspace_admin=True), desk.id)


async def test_what_a_cover_unbalances_the_next_assignment_makes_good(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()
    of_alice = [shift for shift in await desk.shifts() if shift.user == "UALICE"][1:5]
    for shift in of_alice:
        asked = await cover.ask(desk.house, desk.alice, CoverDraft(desk.id, refs(shift)[0]))
        await cover.take(desk.house, desk.carol, asked.id)
    before = tally(await desk.shifts())

    desk.pass_time(8 * DAY)
    dealt = tally((await dealing.deal(desk.house, desk.id)).proposed)

    assert before["UCAROL"] - before["UALICE"] >= 7
    assert dealt["UCAROL"] == 0
    assert dealt["UALICE"] > dealt["UBOB"]
