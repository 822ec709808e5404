"""Changing and archiving a schedule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from oncall.shifts import ShiftState
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.schedules import editing
from services.schedules.creating import (
    ConfirmMode,
    ScheduleDraft,
    create_schedule,
    get_schedule,
    list_schedules,
)
from services.schedules.editing import EditDraft
from tests.support.service_world import Desk


def _draft(desk: Desk, **options: object) -> EditDraft:
    plain = EditDraft(desk.id, "Payments", "Europe/Berlin", ["UALICE"])
    return replace(plain, **options)  # type: ignore[arg-type]


async def test_everything_that_can_be_edited_is_stored(desk: Desk) -> None:
    draft = _draft(
        desk,
        name="Pay  ins",
        time_zone="Asia/Tokyo",
        admins=["UBOB", "UDAN"],
        channel_id="C1",
        horizon_days="10",
        confirm=ConfirmMode.AUTOMATICALLY,
    )

    edited = (await editing.edit_schedule(desk.house, desk.alice, draft)).schedule

    assert (edited.name, edited.time_zone, edited.channel_id, edited.horizon_days) == (
        "Pay ins",
        "Asia/Tokyo",
        "C1",
        10,
    )
    assert edited.confirm is ConfirmMode.AUTOMATICALLY
    assert [(m.user_id, m.assignable) for m in edited.admins] == [("UBOB", True), ("UDAN", False)]


async def test_a_longer_horizon_is_filled_at_once(desk: Desk) -> None:
    await desk.rotate()

    await editing.edit_schedule(desk.house, desk.alice, _draft(desk, horizon_days=60))

    assert len(await desk.rows(ShiftState.PROPOSED)) == 9


async def test_a_shorter_horizon_takes_proposals_back_but_nothing_confirmed(desk: Desk) -> None:
    await desk.rotate()
    first = (await desk.shifts())[-1]
    await desk.confirm_all()
    await editing.edit_schedule(desk.house, desk.alice, _draft(desk, horizon_days=60))

    await editing.edit_schedule(desk.house, desk.alice, _draft(desk, horizon_days=7))

    assert await desk.rows(ShiftState.PROPOSED) == []
    assert (await desk.shifts())[-1].end == first.end


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "other"}, "name"),
        ({"time_zone": "Nowhere"}, "time_zone"),
        ({"admins": []}, "admins"),
        ({"horizon_days": "x"}, "horizon_days"),
        ({"horizon_days": "366"}, "horizon_days"),
    ],
)
async def test_each_problem_is_named_at_its_field(desk: Desk, options: dict[str, object], field: str) -> None:
    other = ScheduleDraft("Other", "Payments team", "UTC", ["Primary"], ["UBOB"], ["UBOB"])
    await create_schedule(desk.house, desk.bob, other)

    with pytest.raises(FieldErrors) as refused:
        await editing.edit_schedule(desk.house, desk.alice, _draft(desk, **options))

    assert list(refused.value.fields) == [field]


async def test_only_admins_edit_and_archive(desk: Desk) -> None:
    with pytest.raises(NotAllowed):
        await editing.edit_schedule(desk.house, desk.bob, _draft(desk))
    with pytest.raises(NotAllowed):
        await editing.archive_schedule(desk.house, desk.bob, desk.id)


async def test_archiving_says_what_stops_and_deletes_nothing_in_pagerduty(desk: Desk) -> None:
    await desk.rotate("UBOB")
    await desk.confirm_all()
    await desk.world.reconcile()
    before = desk.world.overrides()

    stops = await editing.archiving(desk.house, desk.alice, desk.id)
    stopped = await editing.archive_schedule(desk.house, desk.alice, desk.id)

    assert stops == stopped
    assert (stopped.rotations, stopped.destinations, stopped.shifts) == (("Weekly",), ("Payments",), 5)
    assert await desk.world.engine.reconcile(desk.world.destination_id) is None
    assert desk.world.overrides() == before


async def test_an_archived_schedule_is_gone_from_every_list(desk: Desk) -> None:
    request = await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, await desk.put("UBOB", 24, 48)))

    await editing.archive_schedule(desk.house, desk.alice, desk.id)

    assert await list_schedules(desk.house, desk.alice) == []
    with pytest.raises(NotFound):
        await get_schedule(desk.house, desk.alice, desk.id)
    with pytest.raises(NotFound):
        await cover.take(desk.house, desk.carol, request.id)


async def test_a_name_is_free_again_after_archiving(desk: Desk) -> None:
    await editing.archive_schedule(desk.house, desk.alice, desk.id)
    draft = ScheduleDraft("Payments", "Payments team", "UTC", ["Primary"], ["UBOB"], ["UBOB"])

    assert (await create_schedule(desk.house, desk.bob, draft)).id != desk.id


@pytest.mark.parametrize("change", [{"is_bot": True}, {"deleted": True}])
async def test_apps_and_deactivated_people_are_refused_by_name_where_they_were_chosen(
    desk: Desk, change: dict[str, bool]
) -> None:
    async with desk.house.database.transaction() as tx:
        row = await tx.people.get(desk.alice.workspace_id, "UCAROL")
        assert row is not None
        for name, value in change.items():
            setattr(row, name, value)
    fresh = ScheduleDraft("Other", "Payments team", "UTC", ["Primary"], ["UBOB", "UCAROL"], ["UBOB"])

    with pytest.raises(FieldErrors) as creating:
        await create_schedule(desk.house, desk.bob, fresh)
    with pytest.raises(FieldErrors) as changing:
        await editing.edit_schedule(desk.house, desk.alice, _draft(desk, admins=["UALICE", "UCAROL"]))

    assert [list(refused.value.fields) for refused in (creating, changing)] == [["members"], ["admins"]]
    assert "Carol" in creating.value.fields["members"]
