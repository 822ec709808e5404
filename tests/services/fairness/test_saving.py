"""Setting how a role is filled: what is refused, previewed and kept, and going back to rotations."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest

from oncall.fairness.patterns import Days, Who
from oncall.shifts import ShiftSource, ShiftState
from services.fairness import dealing, reading, saving
from services.fairness.drafting import FairDraft, PatternDraft, Preset
from services.kit.errors import FieldErrors, NotAllowed, Stale
from services.people import members
from services.rotations import saving as rotations
from tests.services.fairness.table import DAY, TEAM, away, draft, fill
from tests.support.service_world import HOUR, Desk

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def test_what_is_previewed_is_what_is_proposed(desk: Desk) -> None:
    shown = await saving.preview(desk.house, desk.alice, draft(desk))
    done = await fill(desk)

    assert [(s.start, s.user) for s in shown.plan.shifts] == [(s.start, s.user) for s in done.proposed]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"members": ("UNOBODY",)}, "members"),
        ({"zone": "Europe/Nowhere"}, "zone"),
        ({"role": 99}, "role"),
        ({"patterns": (PatternDraft(), PatternDraft())}, "start_2"),
        ({"patterns": (PatternDraft(start=None),)}, "start_1"),
        ({"patterns": (PatternDraft(who=Who.LAST_PRIMARY),)}, "who_1"),
        ({"patterns": (PatternDraft(who=Who.NOBODY),)}, "who_1"),
        ({"patterns": (PatternDraft(who=Who.MEMBER),)}, "member_1"),
        ({"patterns": (PatternDraft(who=Who.MEMBER, member="UZOE"),)}, "member_1"),
        ({"shares": {"UBOB": "0"}}, "share_UBOB"),
        ({"rest_hours": "many"}, "rest_hours"),
        ({"most_hours": "25", "in_days": "1"}, "most_hours"),
        ({"in_days": ""}, "in_days"),
    ],
)
async def test_what_is_wrong_stands_at_its_field(desk: Desk, options: dict[str, object], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        await saving.save(desk.house, desk.alice, draft(desk, **options))

    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("preset", list(Preset))
async def test_every_preset_can_be_saved_as_it_is(desk: Desk, preset: Preset) -> None:
    done = await fill(desk, patterns=preset.patterns)

    assert done.proposed
    assert not done.open


async def test_a_member_may_not_set_it(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await saving.save(desk.house, desk.bob, draft(desk))
    with pytest.raises(NotAllowed):
        await saving.preview(desk.house, desk.bob, draft(desk))
    with pytest.raises(NotAllowed):
        await saving.fill_in_order(desk.house, desk.bob, desk.id, desk.roles[0])


async def test_who_saves_over_what_somebody_else_saved_is_told(desk: Desk) -> None:
    await fill(desk)
    seen = (await reading.get_fair(desk.house, desk.alice, desk.id)).revision
    await fill(desk, "UALICE", "UBOB")

    with pytest.raises(Stale, match="<@UALICE> set how"):
        await saving.save(desk.house, desk.alice, draft(desk, revision=seen))


async def test_who_saves_after_a_member_left_is_told_of_that(desk: Desk) -> None:
    await fill(desk)
    seen = (await reading.get_fair(desk.house, desk.alice, desk.id)).revision
    desk.pass_time(HOUR)
    await members.remove_member(desk.house, desk.alice, desk.id, "UBOB")

    with pytest.raises(Stale, match="<@UALICE> removed <@UBOB>"):
        await saving.save(desk.house, desk.alice, draft(desk, revision=seen))


async def test_the_form_shows_what_was_saved(desk: Desk) -> None:
    wanted = draft(desk, shares={"UBOB": "50"}, rest_hours="11", most_hours="60", in_days="14", grouped=True)
    await saving.save(desk.house, desk.alice, wanted)

    known = await reading.get_fair(desk.house, desk.alice, desk.id)

    role = known.role(None)
    assert role.fair is not None
    assert FairDraft.of(role.fair, desk.id, known.revision).arrangement(None, desk.now) == wanted.arrangement(
        None, desk.now
    )


async def test_the_form_shows_what_was_saved_last_and_from_when_on_also_before_that_holds(desk: Desk) -> None:
    await fill(desk, "UALICE", "UBOB")
    desk.pass_time(10 * DAY)
    later = desk.now + 3 * DAY
    await saving.save(desk.house, desk.alice, draft(desk, rest_hours="11", since=later))

    known = await reading.get_fair(desk.house, desk.alice, desk.id)
    role = known.role(None)
    assert role.fair is not None
    assert (role.fair.rest_hours, role.fair.users, role.begins) == (11, TEAM, later)

    sooner = later - DAY
    again = replace(FairDraft.of(role.fair, desk.id, known.revision), since=sooner)
    await saving.save(desk.house, desk.alice, again)
    fair = (await reading.get_fair(desk.house, desk.alice, desk.id)).role(None).fair
    assert fair is not None
    joined = {member.user: member.since for member in fair.members}
    assert joined["UCAROL"] == sooner, "a member from the day on that they are one"
    assert joined["UBOB"] == desk.now - 10 * DAY, "who was one before keeps their day"


async def test_each_role_has_its_own_last_assignment_and_what_is_open_until_somebody_has_it(desk: Desk) -> None:
    await fill(desk)
    await away(desk, "UZOE", 0, 48)
    await fill(desk, "UZOE", role=desk.roles[1])

    first, second = (await reading.get_fair(desk.house, desk.alice, desk.id)).roles[:2]
    assert first.deal is not None
    assert second.deal is not None
    assert (first.deal.quality, first.open, second.deal.quality, second.open) == ("green", 0, "red", 2)

    await desk.put("UCAROL", 0, 24 * 9, role=1)
    assert (await reading.get_fair(desk.house, desk.alice, desk.id)).roles[1].open == 0


async def test_a_rotation_ends_where_the_role_is_filled_fairly_and_what_is_confirmed_stays(desk: Desk) -> None:
    await desk.rotate()
    await desk.confirm_all()
    confirmed = await desk.shifts(CONFIRMED)

    saved = await saving.save(desk.house, desk.alice, draft(desk))
    desk.pass_time(10 * DAY)
    done = await dealing.deal(desk.house, desk.id)

    assert saved.ended == ("Weekly",)
    assert await desk.shifts(CONFIRMED) == confirmed
    assert done.proposed[0].start == confirmed[-1].end
    assert await rotations.list_rotations(desk.house, desk.alice, desk.id) == []


async def test_a_rotation_cannot_be_saved_for_a_role_that_is_filled_fairly(desk: Desk) -> None:
    await fill(desk)

    with pytest.raises(FieldErrors) as refused:
        await desk.rotate()

    assert "/oncall fair" in refused.value.fields["role"]


async def test_other_shifts_hold_from_their_instant_on_and_what_is_confirmed_stays(desk: Desk) -> None:
    await fill(desk)
    await desk.confirm_all()
    until = max(shift.end for shift in await desk.shifts())

    nights = (PatternDraft(Days.DAILY, time(9)), PatternDraft(Days.DAILY, time(21)))
    await fill(desk, patterns=nights, since=desk.now + 3 * DAY)
    desk.pass_time(20 * DAY)
    await dealing.deal(desk.house, desk.id)

    lengths = Counter((s.end - s.start) / HOUR for s in await desk.shifts() if s.start >= until)
    assert set(lengths) == {12}
    assert {(s.end - s.start) / HOUR for s in await desk.shifts() if s.start < until} == {24}


async def test_in_order_again_what_is_not_confirmed_goes_and_a_rotation_can_be_set(desk: Desk) -> None:
    await desk.put("UZOE", 0, 24)
    await fill(desk)

    await saving.fill_in_order(desk.house, desk.alice, desk.id, desk.roles[0])
    await dealing.deal_due(desk.house)

    assert await desk.rows() == [("UZOE", 0, 24)]
    await desk.rotate()
    assert {shift.source for shift in await desk.shifts(PROPOSED)} == {ShiftSource.ROTATION}


async def test_an_unfinished_shift_of_now_is_left_to_whoever_has_it(desk: Desk) -> None:
    desk.pass_time(timedelta(hours=2))

    done = await fill(desk)

    assert done.proposed[0].start == desk.now + timedelta(hours=22)
