"""What people do to shifts, as webhooks show it: an override of the rotation, named after it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from notices.deciding.topics import Method
from notices.noticing.watch import watch_once
from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.notices import webhooks
from services.notices.webhooks import WebhookDraft
from services.rotations import saving as rotations
from services.shifts import changing as changes
from services.shifts.changing import SwapDraft
from storage.tables import OutboxItem
from tests.support.service_world import Desk

Deed = Callable[[Desk], Awaitable[Any]]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Alice and Bob take turns by the week; a webhook hears of it; two hours of Alice's week are over."""
    async with Desk.at() as made:
        await made.rotate("UALICE", "UBOB")
        await made.confirm_all()
        draft = WebhookDraft("Access", "https://93.184.216.34/hook")
        await webhooks.add_webhook(made.house, made.alice, draft)
        await told(made)
        made.world.pass_hours(2)
        yield made


async def told(desk: Desk) -> list[dict[str, Any]]:
    """What a look at the clock tells the webhook."""
    await watch_once(desk.world.database, desk.now)
    async with desk.world.database.transaction() as tx:
        due = await tx.outbox.due(Method.WEBHOOK, desk.now, 9)
        rows = [await tx.session.get_one(OutboxItem, item_id) for item_id, _, _ in due]
        for row in rows:
            row.state = "sent"
    shown = [row.payload["body"]["transitions"] for row in rows]
    return [entry for teams in shown for team in teams.values() for schedule in team.values() for entry in schedule]


async def take_over(desk: Desk) -> None:
    await changes.take(desk.house, desk.bob, desk.id, await desk.ref("UALICE"))


async def be_covered(desk: Desk) -> None:
    asked = await cover.ask(desk.house, desk.alice, CoverDraft(desk.id, await desk.ref("UALICE")))
    await cover.take(desk.house, desk.carol, asked.id)


async def swap(desk: Desk) -> None:
    draft = SwapDraft(desk.id, await desk.ref("UALICE"), await desk.ref("UBOB"))
    await changes.swap(desk.house, desk.alice, draft)


async def reassign(desk: Desk) -> None:
    await changes.reassign(desk.house, desk.alice, desk.id, await desk.ref("UALICE"), "UCAROL")


async def end_now(desk: Desk) -> None:
    await changes.end_early(desk.house, desk.alice, desk.id, await desk.ref("UALICE"))


async def leave_to_nobody(desk: Desk) -> None:
    await changes.leave_unassigned(desk.house, desk.alice, desk.id, await desk.ref("UALICE"))


@pytest.mark.parametrize(
    ("deed", "new"),
    [
        (take_over, "bob"),
        (be_covered, "carol"),
        (swap, "bob"),
        (reassign, "carol"),
        (end_now, None),
        (leave_to_nobody, None),
    ],
)
async def test_a_deed_is_an_override_of_the_rotation(desk: Desk, deed: Deed, new: str | None) -> None:
    await deed(desk)
    (entry,) = await told(desk)
    assert (entry["layer_type"], entry["layer_name"]) == ("override", "Weekly")
    assert entry["new_user"] is None if new is None else entry["new_user"]["first_name"].lower() == new


async def test_it_is_still_one_when_the_rotation_was_changed_meanwhile(desk: Desk) -> None:
    asked = await cover.ask(
        desk.house, desk.alice, CoverDraft(desk.id, await desk.ref("UALICE"), start=desk.world.at(20))
    )
    await cover.take(desk.house, desk.carol, asked.id)
    await change_rotation(desk)
    await told(desk)
    desk.world.pass_hours(18)
    (entry,) = await told(desk)
    assert entry["new_user"]["first_name"].lower() == "carol"
    assert (entry["layer_type"], entry["layer_name"]) == ("override", "Renamed")


async def change_rotation(desk: Desk) -> None:
    """It gets another name, and Carol has Alice's turns."""
    async with desk.world.database.read() as tx:
        (versions,) = await tx.rotations.of_schedule(desk.id)
    seen = await rotations.draft_of(desk.house, desk.alice, desk.id, versions[0].id or 0)
    await rotations.save_rotation(desk.house, desk.alice, replace(seen, name="Renamed", members=("UCAROL", "UBOB")))


async def test_the_rotations_own_handoff_is_its_layers(desk: Desk) -> None:
    desk.world.pass_hours(7 * 24 - 2)
    (entry,) = await told(desk)
    assert (entry["layer_type"], entry["layer_name"]) == ("layer", "Weekly")
