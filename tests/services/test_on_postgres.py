"""What several people do at once, on a PostgreSQL, which unlike SQLite has many writers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import tests.support.engine_house
from oncall.availability import Leaning, Wish
from oncall.covering import Answer
from oncall.shifts import ShiftState
from oncall.timeline import Interval
from services.availability.wishes import wishes_of
from services.covers import requests as cover
from services.covers.answers import answer
from services.covers.requests import CoverDraft
from services.covers.steps import move_on_due
from services.fairness import dealing, replanning, saving
from services.home import keeping
from services.kit.errors import Stale
from services.kit.permissions import Access
from services.people import members
from services.people.members import MemberDraft
from services.rotations import saving as rotations
from services.schedules import creating, horizon
from services.schedules.creating import ScheduleDraft
from services.shifts import assigning, confirming, swaps
from services.shifts import changing as changes
from services.shifts.assigning import AssignDraft
from services.shifts.swaps import SwapDraft
from storage.database import Database
from storage.notices import NoticeKind
from storage.repositories.homes import Claimed, Drawn
from storage.tables import AwayCalendar
from storage.unit import Unit
from sync.core.model import Mode
from tests.services.fairness.table import away
from tests.services.fairness.table import draft as fair_draft
from tests.services.feeds.place import Place
from tests.support.postgres import migrated_database
from tests.support.service_world import DAY, HOUR, Desk
from tests.support.zonerules import NEW, OLD, switch_to, zone_rules


@pytest.fixture
async def desk(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """The desk, with its database on the server."""
    url = migrated_database(postgres)
    monkeypatch.setattr(tests.support.engine_house, "Database", lambda _sqlite: Database(url))
    async with Desk.at(tmp_path) as made:
        assert not made.world.database.is_sqlite
        yield made


async def test_of_two_who_change_a_shift_at_once_the_second_is_stale(desk: Desk) -> None:
    ref = await desk.put("UALICE", 24, 48)

    results = await asyncio.gather(
        changes.take(desk.house, desk.bob, desk.id, ref),
        changes.take(desk.house, desk.carol, desk.id, ref),
        changes.reassign(desk.house, desk.alice, desk.id, ref, "UZOE"),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Changed", "Stale", "Stale"]
    assert len(await desk.rows()) == 1


async def test_of_many_takers_of_a_request_one_wins(desk: Desk) -> None:
    asked = await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, await desk.put("UBOB", 24, 48)))

    takers = (desk.alice, desk.carol, desk.actor("UZOE"))
    results = await asyncio.gather(
        *(cover.take(desk.house, taker, asked.id) for taker in takers), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["Refusal", "Refusal", "Taken"]
    assert len(await desk.rows()) == 1


async def test_of_many_processes_that_find_nobody_has_answered_one_asks_the_next(desk: Desk) -> None:
    asked = await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, await desk.put("UBOB", 72, 96)))
    desk.pass_time(4 * HOUR)

    moved = await asyncio.gather(*(move_on_due(desk.house) for _ in range(4)))

    assert sum(moved) == 1
    told = await desk.told(NoticeKind.COVER_REQUESTED)
    assert [facts["to"] for facts in told] == [["UALICE"], ["UCAROL"]]
    answers = (desk.carol, desk.alice, desk.actor("UZOE"))
    await asyncio.gather(*(answer(desk.house, one, asked.id, Answer.NO) for one in answers))
    [request] = await cover.open_requests(desk.house, desk.bob, desk.id)
    assert {said for _user, said in request.asked} == {Answer.NO}


async def test_extending_twice_at_once_proposes_everything_once(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    desk.pass_time(20 * DAY)

    await asyncio.gather(*(horizon.extend(desk.house, desk.id) for _ in range(4)))

    starts = [start for _user, start, _end in await desk.rows()]
    assert len(starts) == len(set(starts))


async def test_confirming_twice_at_once_confirms_everything_once(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")

    results = await asyncio.gather(*(confirming.confirm(desk.house, desk.alice, desk.id) for _ in range(3)))

    assert sorted(len(result.shifts) for result in results) == [0, 0, 5]


async def test_two_editors_of_a_rotation_do_not_overwrite_each_other(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    results = await asyncio.gather(
        *(rotations.save_rotation(desk.house, desk.alice, seen) for _ in range(3)), return_exceptions=True
    )

    assert sorted(type(result).__name__ for result in results) == ["Saved", "Stale", "Stale"]


async def test_of_two_admins_who_demote_each_other_one_stays(desk: Desk) -> None:
    await members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UBOB", Access.ADMIN))

    results = await asyncio.gather(
        members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UBOB", Access.MEMBER)),
        members.change_member(desk.house, desk.bob, desk.id, MemberDraft("UALICE", Access.MEMBER)),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Left", "NotAllowed"]


async def test_a_process_that_is_behind_with_zone_rules_leaves_schedules_to_those_that_are_not(desk: Desk) -> None:
    with zone_rules(OLD):
        desk.pass_time(258 * DAY)
        await desk.rotate("UALICE", zone="America/Vancouver", first_handoff=desk.now.replace(tzinfo=None))
        await desk.confirm_all()
        switch_to(NEW)
        await horizon.extend(desk.house, desk.id)
        moved = await desk.shifts()
        desk.pass_time(10 * DAY)

        switch_to(OLD)
        assert await horizon.extend(desk.house, desk.id) == horizon.Extended()
        assert await desk.shifts() == moved

        switch_to(NEW)
        assert (await horizon.extend(desk.house, desk.id)).proposed


PAIRS = ("assign and extend", "assign and import", "swap and reassign", "confirm and refresh")


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("pair", PAIRS)
async def test_two_who_meet_are_one_after_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, pair: str, first: int
) -> None:
    """Each waits for the other once it has begun, so that they do meet; whichever is first, both end in order."""
    await desk.rotate("UALICE", "UBOB")
    mine, theirs = await desk.put("UALICE", 24, 48, role=1), await desk.put("UBOB", 48, 72, role=1)
    if pair == "assign and import":
        await desk.world.configure(mode=Mode.BIDIRECTIONAL)
        await desk.world.reconcile()
        desk.world.human_override("UCAROL", 100, 108, by="UCAROL")
    if pair == "assign and extend":
        desk.pass_time(10 * DAY)
    deeds = {
        "assign and extend": (_assign(desk, 300), lambda: horizon.extend(desk.house, desk.id)),
        "assign and import": (_assign(desk, 104), desk.world.reconcile),
        "swap and reassign": (
            lambda: swaps.decide(desk.house, desk.alice, SwapDraft(desk.id, mine, theirs)),
            lambda: changes.reassign(desk.house, desk.alice, desk.id, mine, "UZOE"),
        ),
        "confirm and refresh": (lambda: confirming.confirm(desk.house, desk.alice, desk.id), desk.world.reconcile),
    }[pair]
    _meet(monkeypatch)

    answers = await asyncio.gather(*(deed() for deed in (deeds if not first else deeds[::-1])), return_exceptions=True)

    assert [one for one in answers if isinstance(one, Exception) and not isinstance(one, Stale)] == []
    assert [isinstance(one, Stale) for one in answers].count(True) == (pair == "swap and reassign")
    await desk.world.reconcile()
    await desk.world.reconcile()
    shifts = sorted((one.role_id, one.start, one.end) for one in await desk.shifts())
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in itertools.pairwise(shifts)), "nothing overlaps"
    if pair.startswith("assign"):
        assert [s.user for s in await desk.shifts(ShiftState.CONFIRMED, role=0) if s.user == "UZOE"] == ["UZOE"]


def _assign(desk: Desk, hours: float) -> Callable[[], Awaitable[Any]]:
    start = desk.world.at(hours)
    draft = AssignDraft(desk.id, desk.roles[0], "UZOE", start, start + 8 * HOUR)
    return lambda: assigning.assign_shift(desk.house, desk.alice, draft)


def _meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first two write transactions wait for each other before they are committed, as far as locks let them."""
    finish, both, ready = Unit.finish, asyncio.Event(), list[Unit]()

    async def together(unit: Unit) -> None:
        ready.append(unit)
        if len(ready) > 1:
            both.set()
        await asyncio.wait([asyncio.ensure_future(both.wait())], timeout=0.3)
        await finish(unit)

    monkeypatch.setattr(Unit, "finish", together)


async def test_processes_that_look_after_home_tabs_share_them_and_forget_no_change(desk: Desk) -> None:
    await keeping.due(desk.house)  # what furnishing the desk has changed
    people = [f"UHOME{number}" for number in range(6)] + ["UALICE", "UBOB"]
    tabs = await asyncio.gather(*(keeping.opened(desk.house, desk.workspace, user) for user in people))
    again = await asyncio.gather(*(keeping.opened(desk.house, desk.workspace, "UALICE") for _ in range(4)))
    assert {tab.user_id for tab in again} == {"UALICE"}
    await keeping.settle(
        desk.house, [Drawn(tab, "before", [desk.id], None) for tab in (*tabs[:-2], again[0], tabs[-1])]
    )
    assert await keeping.due(desk.house) == []

    async def look() -> list[Claimed]:
        users = [user for _workspace, user in await keeping.due(desk.house)]
        return await keeping.claim(desk.house, desk.workspace, users)

    for round_ in range(3):
        desk.pass_time(HOUR)
        shifts = (desk.put("UBOB", 24 * round_ + number, 24 * round_ + number + 1) for number in range(4))
        claims, *_ = await asyncio.gather(asyncio.gather(*(look() for _ in range(3))), *shifts)
        desk.pass_time(HOUR / 60)
        claims += await asyncio.gather(*(look() for _ in range(3)))
        mine = [tab for some in claims for tab in some]
        assert {tab.user_id for tab in mine} == set(people)
        assert len({(tab.user_id, tab.until) for tab in mine}) == len(mine), "nobody's is drawn twice at once"
        halves = [Drawn(tab, str(round_), [desk.id], None, desk.now) for tab in mine]
        await asyncio.gather(keeping.settle(desk.house, halves[::2]), keeping.settle(desk.house, halves[1::2]))


async def test_a_feed_tells_of_what_several_changed_at_once(desk: Desk) -> None:
    place = Place.of(desk)
    first = await desk.put("UBOB", 24, 48)
    link = await place.link(desk.bob, place.whole)
    before = await place.get(link)
    await asyncio.gather(
        changes.take(desk.house, desk.carol, desk.id, first),
        desk.put("UBOB", 48, 72),
        desk.put("UALICE", 24, 48, role=1),
    )
    assert (await place.get(link, [before.etag])).body is not None
    assert sorted(title for title, _, _ in await place.told(link)) == [
        "Alice – Payments, Secondary",
        "Bob – Payments, Primary",
        "Carol – Payments, Primary",
    ]
    assert await place.cancelled(link) == [("Cancelled: Bob – Payments, Primary", 24, 48)]


async def test_of_two_who_deal_or_re_plan_at_once_one_does(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, fair_draft(desk))

    both = await asyncio.gather(*(dealing.deal(desk.house, desk.id) for _ in range(2)))

    assert sorted(len(one.proposed) for one in both) == [0, 37]
    await desk.confirm_all()
    lost = [shift for shift in await desk.shifts() if shift.user == "UBOB"][1]
    start = (lost.start - desk.now) / HOUR
    await away(desk, "UBOB", start, start + 1)
    shown = await replanning.plan(desk.house, desk.alice, desk.id)
    again = await asyncio.gather(
        *(replanning.replan(desk.house, desk.alice, desk.id, shown.digest) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in again) == ["Replan", "Stale"]
    assert len(await desk.shifts()) == 37


async def test_two_schedules_dealt_at_once_do_not_both_get_one_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = ScheduleDraft("Other", "Money", "UTC", ["On call"], members=["UALICE", "UBOB"], admins=["UALICE"])
    made = await creating.create_schedule(desk.house, desk.alice, other)
    elsewhere = fair_draft(desk, "UALICE", "UBOB", schedule_id=made.id, role=made.roles[0].id)
    await saving.save(desk.house, desk.alice, elsewhere)
    await saving.save(desk.house, desk.alice, fair_draft(desk, "UALICE", "UBOB"))
    stored, both = dealing._stored, asyncio.Barrier(2)

    async def at_once(*looked_again: Any) -> Any:
        """Both have looked once more before either stores, where nothing holds the second one back."""
        with suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(both.wait(), 0.3)
        return await stored(*looked_again)

    monkeypatch.setattr(dealing, "_stored", at_once)
    await asyncio.gather(dealing.deal(desk.house, made.id), dealing.deal(desk.house, desk.id))

    async with desk.world.database.read() as tx:
        there, here = [await tx.shifts.of_schedule(one, desk.now) for one in (made.id, desk.id)]
    assert len(there) == len(here) == 37
    assert not [a for a, b in zip(here, there, strict=True) if a.user == b.user]


async def test_each_calendar_that_is_due_is_read_by_one_process_alone(desk: Desk) -> None:
    start = desk.now + DAY
    async with desk.house.database.transaction() as tx:
        for number in range(4):
            row = AwayCalendar(
                workspace_id=desk.workspace,
                user_id="UBOB",
                kind="ics",
                host=f"{number}.example.com",
                address="sealed",
                password="",
                due_at=desk.now - number * HOUR,
                added_at=desk.now,
            )
            await tx.availability.add_calendar(row)
            await tx.availability.replace_of_calendar(row.id, [Wish(start, start + DAY, "UBOB", Leaning.CANNOT)])

    async def claim() -> list[str]:
        async with desk.house.database.transaction() as tx:
            rows = await tx.availability.claim_due(desk.now, desk.now + HOUR, 2)
            await asyncio.sleep(0.05)
            return [row.host for row in rows]

    claimed = await asyncio.gather(claim(), claim(), claim())
    assert sorted(host for hosts in claimed for host in hosts) == [f"{number}.example.com" for number in range(4)]
    async with desk.house.database.read() as tx:
        found = await wishes_of(tx, desk.workspace, ["UBOB"], Interval(desk.now, start + 9 * DAY))
    assert found == [Wish(start, start + DAY, "UBOB", Leaning.CANNOT)]
