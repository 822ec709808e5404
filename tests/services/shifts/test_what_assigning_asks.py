"""What stands between the press of *Assign* and the request to PagerDuty: how much is asked of the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from services.shifts.assigning import AssignDraft, assign_shift
from sync.destinations.pagerduty.overrides import OverrideBoard
from sync.ports import Created, Wanted
from tests.support.service_world import Desk

UNITS, STATEMENTS = 3, 30


async def test_few_transactions_and_statements_go_before_the_override(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, before = list[str](), list[list[str]]()
    create = OverrideBoard.create

    async def noting(self: OverrideBoard, wanted: Sequence[Wanted]) -> Sequence[Created]:
        before.append(list(asked))
        return await create(self, wanted)

    monkeypatch.setattr(OverrideBoard, "create", noting)
    async with Desk.at() as desk:
        await assign(desk, 24)
        await desk.world.reconcile()
        database: Any = desk.world.database
        database.raw.set_trace_callback(asked.append)
        await assign(desk, 48)
        await desk.world.reconcile()
        database.raw.set_trace_callback(None)
    [_first, seen] = before
    units = [one for one in seen if one.startswith("BEGIN")]
    assert len(units) <= UNITS
    assert len(seen) - 2 * len(units) <= STATEMENTS


async def assign(desk: Desk, hours: float) -> None:
    start = desk.now + timedelta(hours=hours)
    draft = AssignDraft(desk.id, desk.roles[0], "UALICE", start, start + timedelta(hours=8), accepted="")
    await assign_shift(desk.house, desk.alice, draft)
