"""Rotations as admins save them, and the horizon that they fill."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from oncall.shifts import ShiftSource, ShiftState
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Stale
from services.people import members
from services.rotations import saving as rotations
from services.schedules import horizon
from services.schedules.creating import ConfirmMode
from services.shifts import changing as changes
from services.shifts.each_change import ShiftRef
from storage.notices import NoticeKind
from tests.support.service_world import DAY, MONDAY, WEEK, Desk

PROPOSED, CONFIRMED = ShiftState.PROPOSED, ShiftState.CONFIRMED


async def test_saving_proposes_whole_turns_up_to_the_horizon(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")

    expected = [("UALICE" if week % 2 == 0 else "UBOB", week * 168, week * 168 + 168) for week in range(5)]
    assert await desk.rows(PROPOSED) == expected
    assert len(saved.extended.proposed) == 5
    assert await desk.rows(CONFIRMED) == []


async def test_extending_again_changes_nothing(desk: Desk) -> None:
    await desk.rotate()
    before = await desk.shifts()

    again = await horizon.extend(desk.house, desk.id)

    assert again == horizon.Extended()
    assert await desk.shifts() == before


async def test_as_time_passes_one_turn_is_added_at_a_time(desk: Desk) -> None:
    await desk.rotate()
    desk.pass_time(6 * DAY)

    added = [len((await horizon.extend(desk.house, desk.id)).proposed)]
    desk.pass_time(2 * DAY)
    added.append(len((await horizon.extend(desk.house, desk.id)).proposed))

    assert added == [1, 0]


async def test_admins_are_told_once_of_each_new_batch(desk: Desk) -> None:
    await desk.rotate()
    await horizon.extend(desk.house, desk.id)
    desk.pass_time(6 * DAY)
    await horizon.extend_all(desk.house)
    await horizon.extend_all(desk.house)

    told = await desk.told(NoticeKind.SHIFTS_TO_CONFIRM)

    assert [len(facts["shifts"]) for facts in told] == [5, 1]
    assert told[0]["shifts"][0]["role"] == "Primary"


async def test_confirmed_automatically_nobody_is_asked_and_the_export_starts(desk: Desk) -> None:
    await desk.set_schedule(confirm_mode=ConfirmMode.AUTOMATICALLY)

    saved = await desk.rotate()

    assert len(saved.extended.confirmed) == 5
    assert await desk.rows(PROPOSED) == []
    assert await desk.told(NoticeKind.SHIFTS_TO_CONFIRM) == []
    assert ("reconcile", desk.world.destination_id) in desk.deferred


async def test_switching_to_automatic_confirms_what_was_waiting(desk: Desk) -> None:
    await desk.rotate()
    await desk.set_schedule(confirm_mode=ConfirmMode.AUTOMATICALLY)

    done = await horizon.extend(desk.house, desk.id)

    assert len(done.confirmed) == 5
    assert ("baton", "confirmed 5 shifts up to the horizon") in await desk.audit()


async def test_a_proposal_that_nobody_confirmed_in_time_is_forgotten(desk: Desk) -> None:
    await desk.rotate()
    desk.pass_time(8 * DAY)

    await horizon.extend(desk.house, desk.id)

    assert (await desk.rows())[0] == ("UBOB", 168, 336)


async def test_an_archived_schedule_is_not_extended(desk: Desk) -> None:
    await desk.rotate()
    desk.pass_time(20 * DAY)
    await desk.set_schedule(archived_at=desk.now)

    assert await horizon.extend(desk.house, desk.id) == horizon.Extended()


async def test_a_changed_rotation_moves_no_confirmed_shift(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()
    confirmed = await desk.shifts(CONFIRMED)

    await desk.rotate("UALICE", "UCAROL", rotation_id=saved.id)

    assert await desk.shifts(CONFIRMED) == confirmed


async def test_a_change_from_a_date_on_touches_only_unconfirmed_time_after_it(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")

    await desk.rotate("UALICE", "UCAROL", rotation_id=saved.id, since=desk.now + 2 * WEEK)

    assert [user for user, *_ in await desk.rows(PROPOSED)] == ["UALICE", "UBOB", "UALICE", "UCAROL", "UALICE"]


async def test_the_preview_says_who_gains_and_loses_what_and_stores_nothing(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    before = await desk.shifts()

    shown = await rotations.preview_rotation(
        desk.house, desk.alice, desk.draft("UALICE", "UCAROL", rotation_id=saved.id)
    )

    changed = {effect.user: (len(effect.gained), len(effect.lost)) for effect in shown.effects}
    assert changed == {"UBOB": (0, 2), "UCAROL": (2, 0)}
    assert [shift.user for shift in shown.next_shifts] == ["UALICE", "UCAROL"] * 3
    assert await desk.shifts() == before


async def test_the_preview_is_what_saving_does(desk: Desk) -> None:
    draft = desk.draft("UBOB", "UCAROL", opens=time(8), closes=time(20), days=frozenset(range(5)), every=1, unit="days")

    shown = await rotations.preview_rotation(desk.house, desk.alice, draft)
    await rotations.save_rotation(desk.house, desk.alice, draft)

    proposed = await desk.shifts(PROPOSED)
    assert [(s.user, s.end) for s in proposed[:6]] == [(s.user, s.end) for s in shown.next_shifts]
    assert shown.uncovered[0].end - shown.uncovered[0].start == timedelta(hours=12)


async def test_a_backup_is_previewed_and_never_the_same_person(desk: Desk) -> None:
    draft = desk.draft("UALICE", "UBOB", "UCAROL", backup=1, backup_role=desk.roles[1])

    shown = await rotations.preview_rotation(desk.house, desk.alice, draft)
    await rotations.save_rotation(desk.house, desk.alice, draft)

    assert shown.backups[:3] == ("UBOB", "UCAROL", "UALICE")
    primary, secondary = await desk.rows(role=0), await desk.rows(role=1)
    assert [user for user, *_ in secondary] == ["UBOB", "UCAROL", "UALICE", "UBOB", "UCAROL"]
    assert all(one[0] != other[0] for one, other in zip(primary, secondary, strict=True))


async def test_overlapping_rotations_of_a_role_are_refused_with_dates(desk: Desk) -> None:
    await desk.rotate("UALICE", opens=time(8), closes=time(18), name="Europe")

    with pytest.raises(FieldErrors) as refused:
        await desk.rotate("UBOB", opens=time(17), closes=time(23), name="America")

    problem = refused.value.fields["role"]
    assert "“Europe” covers Primary at the same time: Mon 2 Mar 2026 17:00 – 18:00" in problem
    assert "more times" in problem


async def test_rotations_that_follow_the_sun_fill_one_role_together(desk: Desk) -> None:
    await desk.rotate("UALICE", opens=time(8), closes=time(20), name="Europe")
    await desk.rotate("UBOB", opens=time(20), closes=time(8), name="America")

    first = await desk.rows(PROPOSED)

    assert [(user, end) for user, _start, end in first[:4]] == [
        ("UALICE", 11),
        ("UBOB", 23),
        ("UALICE", 35),
        ("UBOB", 47),
    ]


async def test_a_rotation_does_not_overlap_with_its_own_earlier_version(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")

    again = await desk.rotate("UALICE", "UBOB", rotation_id=saved.id, every=2)

    assert again.id == saved.id


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"name": " "}, "name"),
        ({"role": None}, "role"),
        ({"role": 999}, "role"),
        ({"every": 0}, "every"),
        ({"unit": "years"}, "unit"),
        ({"first_handoff": None}, "first_handoff"),
        ({"zone": "Mars/Base"}, "zone"),
        ({"opens": time(8)}, "closes"),
        ({"opens": time(8), "closes": time(8)}, "closes"),
        ({"opens": time(8), "closes": time(9), "days": frozenset()}, "days"),
        ({"backup": 1}, "backup_role"),
        ({"members": ("USTRANGER",)}, "members"),
    ],
)
async def test_each_problem_is_named_at_its_field(desk: Desk, options: dict[str, object], field: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        await desk.rotate(**options)  # type: ignore[arg-type]

    assert field in refused.value.fields


async def test_only_admins_save_rotations(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await rotations.save_rotation(desk.house, desk.bob, desk.draft())


async def test_the_second_of_two_editors_hears_what_the_first_one_did(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    await rotations.save_rotation(desk.house, desk.alice, replace(seen, members=("UALICE", "UCAROL")))

    with pytest.raises(Stale, match=r"<@UALICE> changed the rotation Weekly"):
        await rotations.save_rotation(desk.house, desk.alice, replace(seen, every=2))


async def test_a_rotation_is_shown_as_it_was_typed(desk: Desk) -> None:
    draft = desk.draft("UBOB", "UALICE", opens=time(22), closes=time(6), days=frozenset({0, 6}), zone="Asia/Tokyo")
    saved = await rotations.save_rotation(desk.house, desk.alice, draft)

    shown = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    assert replace(shown, rotation_id=None, revision=None) == draft
    listed = await rotations.list_rotations(desk.house, desk.bob, desk.id)
    assert [(one.name, one.role, one.members) for one in listed] == [("Weekly", "Primary", ("UBOB", "UALICE"))]


async def test_a_rotation_that_has_not_begun_can_be_called_off(desk: Desk) -> None:
    saved = await desk.rotate(first_handoff=MONDAY + WEEK)

    await rotations.end_rotation(desk.house, desk.alice, desk.id, saved.id)

    assert await desk.rows() == []
    assert await rotations.list_rotations(desk.house, desk.alice, desk.id) == []


async def test_a_rotation_of_another_schedule_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await rotations.draft_of(desk.house, desk.alice, desk.id, 77)


async def test_who_cannot_be_assigned_any_more_leaves_the_rotations(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")

    left = await members.change_member(
        desk.house, desk.alice, desk.id, members.MemberDraft("UBOB", members.Access.MEMBER, assignable=False)
    )

    assert left.rotations == ("Weekly",)
    assert {user for user, *_ in await desk.rows(PROPOSED)} == {"UALICE"}


async def test_confirmed_shifts_change_along_from_a_date_and_everybody_concerned_is_told(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()
    [decided] = [shift for shift in await desk.shifts(CONFIRMED) if shift.start == desk.now + WEEK]
    await changes.reassign(
        desk.house, desk.alice, desk.id, ShiftRef(decided.id or 0, decided.revision), "UZOE", "holiday"
    )
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    draft = replace(seen, members=("UALICE", "UCAROL"), confirmed_from=desk.now + 2 * WEEK)
    before = await desk.rows(CONFIRMED)

    shown = await rotations.preview_rotation(desk.house, desk.alice, draft)
    assert [(e.user, len(e.gained), len(e.lost)) for e in shown.effects] == [("UCAROL", 1, 0), ("UBOB", 0, 1)]
    assert [s.user for s in shown.next_shifts[:5]] == ["UALICE", "UZOE", "UALICE", "UCAROL", "UALICE"]
    assert await desk.rows(CONFIRMED) == before
    done = await rotations.save_rotation(desk.house, desk.alice, draft)

    assert done.changed == 1
    assert [user for user, *_ in await desk.rows(CONFIRMED)] == ["UALICE", "UZOE", "UALICE", "UCAROL", "UALICE"]
    told = [change for facts in await desk.told(NoticeKind.SHIFT_CHANGED) for change in facts["changes"]]
    assert {(change["before"], change["after"]) for change in told} >= {("UBOB", "UCAROL")}
    assert ("reconcile", desk.world.destination_id) in desk.deferred


async def test_confirmed_shifts_that_come_to_nobody_go_and_what_stays_the_same_is_not_touched(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    await desk.confirm_all()
    before = {shift.id: shift.revision for shift in await desk.shifts(CONFIRMED)}
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    same = await rotations.save_rotation(desk.house, desk.alice, replace(seen, confirmed_from=desk.now, name="Other"))
    assert (same.changed, {s.id: s.revision for s in await desk.shifts(CONFIRMED)}) == (0, before)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)
    weekend = replace(seen, opens=time(0), closes=time(0), days=frozenset({5, 6}), confirmed_from=desk.now)
    await rotations.save_rotation(desk.house, desk.alice, weekend)

    found = await desk.shifts(CONFIRMED)
    assert {(shift.start.weekday(), shift.end - shift.start) for shift in found} == {(5, 2 * DAY)}
    told = [change for facts in await desk.told(NoticeKind.SHIFT_CHANGED) for change in facts["changes"]]
    assert {(change["before"], change["after"]) for change in told} >= {("UALICE", None), ("UBOB", None)}


async def test_the_preview_names_whoever_loses_what_came_in_with_a_linked_schedule(desk: Desk) -> None:
    await desk.put("UZOE", 0, 24 * 14, source=ShiftSource.IMPORT)
    async with desk.world.database.transaction() as tx:
        schedule = await tx.schedules.get(desk.id)
        assert schedule is not None
        schedule.assign_from, schedule.created_at = desk.now + WEEK, desk.now

    shown = await rotations.preview_rotation(desk.house, desk.alice, desk.draft("UBOB", "UALICE"))

    lost = {effect.user: effect.lost for effect in shown.effects if effect.lost}
    assert [(i.start, i.end) for i in lost["UZOE"]] == [(desk.now + WEEK, desk.now + 2 * WEEK)]
    assert [effect.user for effect in shown.effects] == ["UBOB", "UALICE", "UZOE"]
    assert shown.next_shifts[0].user == "UZOE"


async def test_a_date_in_the_past_for_confirmed_shifts_is_refused_at_its_field(desk: Desk) -> None:
    saved = await desk.rotate("UALICE", "UBOB")
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, saved.id)

    with pytest.raises(FieldErrors) as refused:
        await rotations.preview_rotation(desk.house, desk.alice, replace(seen, confirmed_from=desk.now - DAY))

    assert list(refused.value.fields) == ["confirmed_from"]
