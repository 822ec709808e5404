"""What was done to a schedule, as everybody of its workspace may read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.admin.history import archived_history, history
from services.kit.errors import NotFound
from services.schedules import editing
from services.shifts import assigning
from services.shifts.assigning import AssignDraft
from tests.support.service_world import DAY, Desk


async def assign(desk: Desk, user: str, day: int) -> None:
    start = desk.now + day * DAY
    draft = AssignDraft(desk.id, desk.roles[0], user, start, start + DAY)
    await assigning.assign_shift(desk.house, desk.alice, draft)


async def test_the_newest_line_is_first_with_who_did_what_to_which_time(desk: Desk) -> None:
    await assign(desk, "UBOB", 1)
    desk.pass_time(timedelta(hours=1))
    await assign(desk, "UCAROL", 3)

    newest, before = await history(desk.house, desk.carol, desk.id, limit=2)

    assert (newest.actor, newest.action, newest.roles) == ("UALICE", "shift.assigned", ("Primary",))
    assert "<@UCAROL>" in newest.summary
    assert "<@UBOB>" in before.summary
    assert (newest.at, newest.start, newest.end) == (desk.now, desk.now + 3 * DAY, desk.now + 4 * DAY)


async def test_another_workspace_reads_none_of_it(desk: Desk) -> None:
    await assign(desk, "UBOB", 1)
    elsewhere = replace(desk.alice, workspace_id=desk.workspace + 1)
    with pytest.raises(NotFound):
        await history(desk.house, elsewhere, desk.id)
    with pytest.raises(NotFound):
        await archived_history(desk.house, elsewhere, desk.id)


async def test_what_was_put_away_keeps_its_history(desk: Desk) -> None:
    await assign(desk, "UBOB", 1)
    await editing.archive_schedule(desk.house, desk.alice, desk.id)
    with pytest.raises(NotFound):
        await history(desk.house, desk.alice, desk.id)
    lines = await archived_history(desk.house, desk.alice, desk.id)
    assert any("<@UBOB>" in line.summary for line in lines)
