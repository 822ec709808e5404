"""What fair roles are dealt up to the horizon, and what happens to it as time goes on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta

import pytest

from oncall.availability import Leaning
from oncall.fairness import Problem, Solution
from oncall.fairness.facts import clash_of, why_of
from oncall.fairness.patterns import Days, Who
from oncall.fairness.words import told_clash
from oncall.shifts import ShiftSource, ShiftState
from oncall.timeline import Interval
from services.availability import calendars, entering
from services.availability.calendars import FeedDraft
from services.availability.entering import WishDraft
from services.fairness import dealing, saving
from services.fairness.drafting import PatternDraft
from services.kit.house import Offers, StepByStep
from services.people import members
from services.schedules import creating
from services.schedules.creating import ConfirmMode, ScheduleDraft
from storage.notices import NoticeKind
from tests.services.fairness.table import DAY, away, draft, fill, tally, who
from tests.support.calendar_servers import event, vcalendar
from tests.support.feed_server import feed_server
from tests.support.service_world import Desk

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def test_shifts_are_proposed_up_to_a_week_beyond_the_horizon_and_shared_evenly(desk: Desk) -> None:
    done = await fill(desk)

    shifts = await desk.shifts(PROPOSED)
    assert [s.source for s in shifts] == [ShiftSource.OPTIMISER] * 37
    assert shifts == list(done.proposed)
    assert max(tally(shifts).values()) - min(tally(shifts).values()) <= 1


async def test_admins_are_asked_once_per_batch_and_the_next_one_is_a_week_away(desk: Desk) -> None:
    await fill(desk)
    again = await dealing.deal(desk.house, desk.id)
    desk.pass_time(6 * DAY)
    waited = await dealing.deal(desk.house, desk.id)
    desk.pass_time(2 * DAY)
    next_batch = await dealing.deal(desk.house, desk.id)

    assert not again
    assert not waited
    assert len(next_batch.proposed) == 8
    told = await desk.told(NoticeKind.SHIFTS_TO_CONFIRM)
    assert [len(facts["shifts"]) for facts in told] == [37, 8]


async def test_what_was_announced_is_not_worked_out_again(desk: Desk) -> None:
    await fill(desk)
    before = await desk.shifts()
    await away(desk, "UBOB", 40 * 24, 41 * 24)
    desk.pass_time(9 * DAY)

    await dealing.deal(desk.house, desk.id)

    assert [shift for shift in await desk.shifts() if shift.start < before[-1].end] == before


async def test_nobody_is_dealt_a_shift_while_they_are_away(desk: Desk) -> None:
    await away(desk, "UBOB", 3 * 24 + 1, 10 * 24)
    await away(desk, "UCAROL", 0, 24, Leaning.RATHER_NOT)

    done = await fill(desk)

    assert not [s for s in done.proposed if s.user == "UBOB" and 2 < (s.start - desk.now) / DAY < 10]
    assert done.proposed[0].user != "UCAROL"


async def test_when_nobody_fits_the_shift_stays_open_and_admins_hear_why_once(desk: Desk) -> None:
    for user in ("UALICE", "UBOB"):
        await away(desk, user, 5 * 24, 6 * 24)

    done = await fill(desk, "UALICE", "UBOB")
    await dealing.deal(desk.house, desk.id)

    assert [piece.start for piece in done.open] == [desk.now + 5 * DAY]
    assert who(await desk.shifts(), desk.now + 5 * DAY) is None
    [facts] = await desk.told(NoticeKind.LEFT_OPEN)
    clash = clash_of(facts["shifts"][0]["clash"])
    assert told_clash(clash, str, str) == "Both members are away then."
    async with desk.world.database.read() as tx:
        chosen = await tx.fairness.choices(desk.id, desk.now)
    assert {deal.quality for _choice, deal in chosen} == {"red"}


async def test_an_open_shift_is_filled_once_somebody_can(desk: Desk) -> None:
    await away(desk, "UALICE", 5 * 24, 6 * 24)
    await fill(desk, "UALICE")
    async with desk.world.database.transaction() as tx:
        [wish] = await tx.availability.entered(desk.workspace, ["UALICE"], Interval(desk.now, desk.now + 40 * DAY))
        await tx.availability.remove(wish.id)

    done = await dealing.deal(desk.house, desk.id)

    assert [shift.start for shift in done.proposed] == [desk.now + 5 * DAY]


async def test_a_proposal_whose_person_goes_away_is_dealt_to_somebody_else_and_no_other_moves(desk: Desk) -> None:
    done = await fill(desk)
    lost = next(shift for shift in done.proposed if shift.user == "UBOB")
    hours = (lost.start - desk.now) / timedelta(hours=1)
    await away(desk, "UBOB", hours, hours + 1)

    again = await dealing.deal(desk.house, desk.id)

    assert again.dropped == (lost,)
    assert [(s.start, s.user != "UBOB") for s in again.proposed] == [(lost.start, True)]
    kept = [shift for shift in await desk.shifts() if shift.start != lost.start]
    assert kept == [shift for shift in done.proposed if shift != lost]


async def test_admins_hear_once_of_who_went_away_over_a_confirmed_shift(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()
    hers = [shift for shift in await desk.shifts(CONFIRMED) if shift.user == "UCAROL"]
    hours = (hers[1].start - desk.now) / timedelta(hours=1)
    await away(desk, "UCAROL", hours, hours + 24)

    await dealing.deal(desk.house, desk.id)
    await dealing.deal(desk.house, desk.id)

    [facts] = await desk.told(NoticeKind.ABSENT)
    assert [one["start"] for one in facts["shifts"]] == [hers[1].start.isoformat()]


async def test_confirmed_automatically_nobody_is_asked_and_the_export_starts(desk: Desk) -> None:
    await desk.set_schedule(confirm_mode=ConfirmMode.AUTOMATICALLY)

    done = await fill(desk)

    assert len(done.confirmed) == 37
    assert await desk.rows(PROPOSED) == []
    assert await desk.told(NoticeKind.SHIFTS_TO_CONFIRM) == []
    assert ("reconcile", desk.world.destination_id) in desk.deferred


async def test_two_at_once_deal_one_plan(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, draft(desk))

    both = await asyncio.gather(dealing.deal(desk.house, desk.id), dealing.deal(desk.house, desk.id))

    assert sorted(len(one.proposed) for one in both) == [0, 37]
    assert len(await desk.shifts()) == 37
    assert len(await desk.told(NoticeKind.SHIFTS_TO_CONFIRM)) == 1


class Interrupted(StepByStep):
    """Something happens while it is thought about."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.asked = desk, 0

    async def solve(self, problem: Problem) -> Solution:
        self.asked += 1
        if self.asked == 1:
            await self.desk.put("UZOE", 24, 48)
        return await super().solve(problem)


async def test_what_changes_while_it_is_worked_out_is_taken_into_account(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, draft(desk))
    desk.world.house = replace(desk.house, solver=(solver := Interrupted(desk)))

    await dealing.deal(desk.house, desk.id)

    assert solver.asked > 1
    assert who(await desk.shifts(), desk.now + DAY) == "UZOE"
    assert len(await desk.shifts()) == 37


class Killed(StepByStep):
    """The process ends while it is thought about."""

    async def solve(self, problem: Problem) -> Solution:
        raise asyncio.CancelledError


async def test_who_is_killed_in_between_has_stored_nothing_and_the_clock_does_it_again(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, draft(desk))
    whole = desk.world.house
    desk.world.house = replace(whole, solver=Killed())
    with pytest.raises(asyncio.CancelledError):
        await dealing.deal_due(desk.house)
    assert await desk.shifts() == []

    desk.world.house = whole
    await dealing.deal_due(desk.house)

    assert len(await desk.shifts()) == 37


async def test_a_member_of_two_schedules_is_never_on_call_in_both(desk: Desk) -> None:
    other = ScheduleDraft("Other", "Money", "UTC", ["On call"], members=["UALICE", "UBOB"], admins=["UALICE"])
    made = await creating.create_schedule(desk.house, desk.alice, other)
    elsewhere = draft(desk, "UALICE", "UBOB", schedule_id=made.id, role=made.roles[0].id)
    await saving.save(desk.house, desk.alice, elsewhere)
    await dealing.deal(desk.house, made.id)

    done = await fill(desk, "UALICE", "UBOB")

    async with desk.world.database.read() as tx:
        there = await tx.shifts.of_schedule(made.id, desk.now)
    assert len(done.proposed) == len(there) == 37
    assert not [a for a, b in zip(done.proposed, there, strict=True) if a.user == b.user]


async def test_both_schedules_may_allow_it(desk: Desk) -> None:
    other = ScheduleDraft("Other", "Money", "UTC", ["On call"], members=["UALICE"], admins=["UALICE"])
    made = await creating.create_schedule(desk.house, desk.alice, other)
    elsewhere = draft(desk, "UALICE", schedule_id=made.id, role=made.roles[0].id, allows_double=True)
    await saving.save(desk.house, desk.alice, elsewhere)
    await dealing.deal(desk.house, made.id)

    alone = await fill(desk, "UALICE")
    both = await fill(desk, "UALICE", allows_double=True)

    assert (len(alone.proposed), len(alone.open)) == (0, 37)
    assert (len(both.proposed), len(both.open)) == (37, 0)


async def test_a_shift_that_was_covered_counts_for_who_had_it(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()
    await desk.put("UALICE", 0, 6 * 24)
    desk.pass_time(20 * DAY)

    done = await dealing.deal(desk.house, desk.id)

    found = tally(done.proposed)
    assert found["UALICE"] < min(found["UBOB"], found["UCAROL"])


async def test_why_is_kept_with_each_choice_and_reads_as_it_was(desk: Desk) -> None:
    done = await fill(desk)

    async with desk.world.database.read() as tx:
        chosen = await tx.fairness.choices(desk.id, desk.now)
    whys = [why_of(choice.why["why"]) for choice, _deal in chosen]
    assert [(why.user, len(why.others)) for why in whys] == [(shift.user, 2) for shift in done.proposed]
    assert {deal.solver for _choice, deal in chosen} == {"greedy"}


class Broken(StepByStep):
    """It always fails."""

    async def solve(self, problem: Problem) -> Solution:
        raise RuntimeError("no")


async def test_admins_hear_once_that_dealing_fails_and_it_is_tried_again_in_an_hour(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, draft(desk))
    whole, desk.world.house = desk.world.house, replace(desk.house, solver=Broken())

    for _ in range(3):
        await dealing.deal_due(desk.house)
        desk.pass_time(timedelta(hours=2))

    [facts] = await desk.told(NoticeKind.HORIZON)
    assert "Something unexpected" in facts["reason"]
    desk.world.house = whole
    assert await dealing.deal_due(desk.house) == 1


async def test_who_goes_away_before_it_is_confirmed_is_not_confirmed_and_is_replaced_at_once(desk: Desk) -> None:
    done = await fill(desk)
    lost = next(shift for shift in done.proposed if shift.user == "UBOB" and shift.start > desk.now)
    wish = WishDraft("UBOB", lost.start, lost.end)
    await entering.enter(desk.house, desk.bob, wish)

    await desk.confirm_all()

    assert [shift for shift in await desk.shifts() if shift.state is not CONFIRMED] == [lost]
    await dealing.deal_due(desk.house)
    assert who(await desk.shifts(), lost.start) not in ("UBOB", None)


async def test_whose_calendar_says_that_they_are_away_is_replaced_once_it_is_added(desk: Desk) -> None:
    lost = next(shift for shift in (await fill(desk)).proposed if shift.user == "UBOB" and shift.start > desk.now)
    times = f"DTSTART:{lost.start:%Y%m%dT%H%M%SZ}", f"DTEND:{lost.end:%Y%m%dT%H%M%SZ}", "SUMMARY:noc"
    async with feed_server() as feeds:
        feeds.bodies["/me.ics"] = vcalendar(event("1", *times)).encode()
        house = replace(desk.house, offers=Offers(private_webhooks=True))
        assert await calendars.add_feed(house, desk.bob, FeedDraft(f"{feeds.url}/me.ics")) == 1

    assert await dealing.deal_due(desk.house) == 1

    assert who(await desk.shifts(), lost.start) not in ("UBOB", None)


async def test_it_stays_due_until_it_is_stored_and_the_clock_does_it(desk: Desk) -> None:
    await saving.save(desk.house, desk.alice, draft(desk))

    changed = [await dealing.deal_due(desk.house), await dealing.deal_due(desk.house)]

    assert changed == [1, 0]
    assert len(await desk.shifts()) == 37


async def test_who_leaves_is_dealt_nothing_more_and_their_proposals_go_to_others(desk: Desk) -> None:
    await fill(desk)

    left = await members.remove_member(desk.house, desk.alice, desk.id, "UCAROL")
    await dealing.deal_due(desk.house)

    assert left.rotations == ("Primary",)

    assert set(tally(await desk.shifts())) == {"UALICE", "UBOB"}
    assert len(await desk.shifts()) == 37


async def test_who_was_deactivated_in_slack_is_dealt_nothing_more(desk: Desk) -> None:
    await fill(desk)
    async with desk.world.database.transaction() as tx:
        person = await tx.people.get(desk.workspace, "UCAROL")
        assert person is not None
        person.deleted = True

    await members.notice_gone(desk.house, desk.workspace)
    await dealing.deal_due(desk.house)

    assert set(tally(await desk.shifts())) == {"UALICE", "UBOB"}


async def test_half_a_share_is_half_of_the_shifts(desk: Desk) -> None:
    await fill(desk, shares={"UCAROL": "50"})

    found = tally(await desk.shifts())

    assert (found["UALICE"], found["UBOB"], found["UCAROL"]) in {(15, 15, 7), (15, 14, 8), (14, 15, 8)}


async def test_who_is_far_from_their_share_is_said_once_where_there_is_one_type_of_shift(desk: Desk) -> None:
    await away(desk, "UCAROL", 0, 24 * 20)
    shown = await saving.preview(desk.house, desk.alice, draft(desk))
    kinds = [(one["user"], one["kind"]) for one in shown.plan.compromises]
    assert sorted(kinds) == [("UCAROL", "")]


async def test_who_joins_has_their_share_from_that_day_on_and_does_not_catch_up(desk: Desk) -> None:
    await fill(desk, "UALICE", "UBOB")
    await desk.confirm_all()
    desk.pass_time(28 * DAY)

    await fill(desk, "UALICE", "UBOB", "UZOE")

    found = tally([shift for shift in await desk.shifts() if shift.start >= desk.now])
    assert max(found.values()) - min(found.values()) <= 1


async def test_a_named_member_nobody_and_the_last_primary(desk: Desk) -> None:
    office = (
        PatternDraft(Days.WEEKDAYS, time(9), Who.MEMBER, "UBOB"),
        PatternDraft(Days.WEEKDAYS, time(17), Who.NOBODY),
    )
    await fill(desk, patterns=office)
    await fill(desk, role=desk.roles[1], patterns=(PatternDraft(who=Who.LAST_PRIMARY),))

    first = await desk.shifts(role=0)
    assert set(tally(first)) == {"UBOB"}
    assert {(shift.end - shift.start) / timedelta(hours=1) for shift in first} == {8}
    after = [shift for shift in await desk.shifts(role=1) if shift.start >= desk.now + DAY]
    assert set(tally(after)) == {"UBOB"}


async def test_nobody_has_two_roles_at_once(desk: Desk) -> None:
    await fill(desk)
    await fill(desk, role=desk.roles[1])

    first, second = await desk.shifts(role=0), await desk.shifts(role=1)
    assert len(first) == len(second) == 37
    assert not [a for a, b in zip(first, second, strict=True) if a.user == b.user]
