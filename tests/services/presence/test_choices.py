"""What somebody does to a schedule makes its user groups and topics due; what they may not, changes nothing."""

from __future__ import annotations

import pytest

from handlers.destinations.pending import change_lines
from services.destinations.exporting import pending_changes
from services.kit.errors import FieldErrors, NotAllowed, NotFound
from services.presence.choices import PresenceDraft, get_presence, save_presence, search_groups
from services.schedules import archive, editing
from services.schedules.editing import EditDraft
from services.schedules.roles import RoleEdits
from storage.tables import UserGroup
from sync.core.model import Mode
from tests.support.service_world import Desk


async def listed(desk: Desk) -> None:
    async with desk.house.database.transaction() as tx:
        await tx.presence.keep_groups(
            desk.workspace,
            [
                UserGroup(workspace_id=desk.workspace, group_id="S1", handle="oncall", name="On call", enabled=True),
                UserGroup(workspace_id=desk.workspace, group_id="S2", handle="old", name="Old", enabled=False),
            ],
        )


async def due(desk: Desk) -> list[str]:
    """Which targets are due; afterwards none is."""
    async with desk.house.database.transaction() as tx:
        rows = [row for row in (await tx.presence.targets(desk.workspace)).values() if row.due_at is not None]
        for row in rows:
            row.due_at = None
    return sorted(row.place for row in rows)


async def test_each_change_that_shows_makes_its_groups_and_topics_due(desk: Desk) -> None:
    await listed(desk)
    draft = PresenceDraft(desk.id, desk.roles[0], group_id="S1", channel_id="C1")
    await save_presence(desk.house, desk.alice, draft)
    assert await due(desk) == ["C1", "S1"]
    await save_presence(desk.house, desk.alice, PresenceDraft(desk.id, desk.roles[0], group_id="S1", channel_id="C2"))
    assert await due(desk) == ["C1", "C2", "S1"]
    renamed = EditDraft(
        desk.id, "Renamed", "UTC", ["UALICE"], roles=RoleEdits({desk.roles[0]: "First", desk.roles[1]: "Secondary"})
    )
    await editing.edit_schedule(desk.house, desk.alice, renamed)
    assert await due(desk) == ["C2", "S1"]
    await editing.archive_schedule(desk.house, desk.alice, desk.id)
    assert await due(desk) == ["C2", "S1"]
    await archive.restore_schedule(desk.house, desk.alice, desk.id)
    assert await due(desk) == ["C2", "S1"]
    await save_presence(desk.house, desk.alice, PresenceDraft(desk.id, desk.roles[0]))
    assert await due(desk) == ["C2", "S1"]
    async with desk.house.database.read() as tx:
        assert await tx.presence.of_schedules([desk.id]) == {}
        lines = await tx.audit.of_schedule(desk.id, 1)
    assert lines[0].summary == "removed the presence of First"


async def test_a_list_of_what_waits_says_who_only_stands_in(desk: Desk) -> None:
    await desk.world.configure(mode=Mode.MANUAL_EXPORT)
    await desk.world.assign("UALICE", 24, 48)
    draft = PresenceDraft(desk.id, desk.roles[0], fallback="UCAROL", fallback_exported=True)
    desk.world.jobs.deferred.clear()
    await save_presence(desk.house, desk.alice, draft)
    assert desk.world.jobs.deferred == [("reconcile", desk.world.destination_id)]
    await desk.world.reconcile()
    [waiting] = await pending_changes(desk.house, desk.alice, desk.id)
    assert [(one.after.user_id if one.after else "", one.as_fallback) for one in waiting.changes] == [
        ("UCAROL", True),
        ("UALICE", False),
        ("UCAROL", True),
    ]
    lines = change_lines(waiting.changes, 10, waiting.destination.system)
    assert [line.partition("add ")[2] for line in lines] == [
        "<@UCAROL> as fallback",
        "<@UALICE>",
        "<@UCAROL> as fallback",
    ]


async def test_what_is_unknown_disabled_or_not_theirs_is_refused_and_changes_nothing(desk: Desk) -> None:
    await listed(desk)
    assert [one.id for one in await search_groups(desk.house, desk.bob, "on")] == ["S1"]
    for group in ("S9", "S2"):
        with pytest.raises(FieldErrors) as refused:
            await save_presence(desk.house, desk.alice, PresenceDraft(desk.id, desk.roles[0], group_id=group))
        assert set(refused.value.fields) == {"group_id"}
    strange = PresenceDraft(desk.id, desk.roles[0], group_id="S1", always=["UNOBODY"], fallback="UGONE")
    with pytest.raises(FieldErrors) as refused:
        await save_presence(desk.house, desk.alice, strange)
    assert set(refused.value.fields) == {"always", "fallback"}
    with pytest.raises(NotFound):
        await save_presence(desk.house, desk.alice, PresenceDraft(desk.id, 999, group_id="S1"))
    with pytest.raises(NotAllowed):
        await save_presence(desk.house, desk.bob, PresenceDraft(desk.id, desk.roles[0], group_id="S1"))
    with pytest.raises(NotAllowed):
        await get_presence(desk.house, desk.bob, desk.id)
    assert await due(desk) == []
