"""What a Home tab tells whom: everybody their own shifts, admins what waits for them, guests nothing to decide."""

from __future__ import annotations

from datetime import timedelta

from services.covers import requests as cover
from services.covers.requests import CoverDraft
from services.home.dashboard import Dashboard, dashboard
from services.home.waiting import AccessWanted, CoverWanted, SwapWanted, ToConfirm, ToExport, Unmatched
from services.kit.house import Actor, Standing
from services.shifts import swaps
from services.shifts.swaps import SwapDraft
from storage.repositories.access import AccessState
from storage.tables import AccessRequest, Destination, ExternalUser, Member, PendingChange
from sync.core.model import Status
from tests.support.service_world import HOUR, Desk


async def shown(desk: Desk, actor: Actor) -> Dashboard:
    return await dashboard(desk.house, actor)


def kinds(found: Dashboard) -> list[str]:
    return [type(one).__name__ for one in found.waits]


async def waits_at_the_destination(desk: Desk, status: Status, count: int) -> None:
    """As a refresh leaves it."""
    async with desk.world.database.transaction() as tx:
        row = await tx.session.get(Destination, desk.world.destination_id)
        assert row is not None
        row.status, row.pending_digest, row.refreshed_at = status, "d" if count else "", desk.now
        changes = [
            PendingChange(
                destination_id=row.id,
                position=number,
                starts_at=desk.now + number * HOUR,
                ends_at=desk.now + (number + 1) * HOUR,
                kind="add",
                before="",
                after="P1",
                undoes=False,
            )
            for number in range(count)
        ]
        await tx.journal.set_pending(row.id, changes)
        known = ExternalUser(connection_id=row.connection_id, external_id="P1", user_id="UBOB", seen_at=desk.now)
        await tx.connections.keep_users([known])


async def test_a_day_at_the_desk_as_each_of_them_sees_it(desk: Desk) -> None:
    await desk.put("UBOB", -2, 4)
    await desk.put("UBOB", 4, 8)
    later = await desk.put("UBOB", 48, 56)
    zoes = await desk.put("UZOE", 60, 68)
    await waits_at_the_destination(desk, Status.BLOCKED, 3)

    bob = await shown(desk, desk.bob)
    [now] = bob.on_call
    assert now.until == desk.now + 8 * HOUR, "one turn follows the other without a break"
    assert [one.shift.id for one in bob.coming][1] == later.id
    assert bob.next_at == desk.now + 4 * HOUR
    assert kinds(bob) == []
    assert not bob.administers
    assert bob.about == [desk.id]

    assert kinds(await shown(desk, desk.alice)) == ["ToExport", "Unmatched"]
    [held, unmatched] = (await shown(desk, desk.alice)).waits
    assert isinstance(held, ToExport)
    assert (held.held, held.count) == (True, 3)
    assert isinstance(unmatched, Unmatched)
    assert unmatched.users == ("UZOE",)

    await cover.ask(desk.house, desk.bob, CoverDraft(desk.id, later, reason="Dentist"))
    await swaps.ask(desk.house, desk.bob, SwapDraft(desk.id, later, zoes, "Please"), "")
    bob = await shown(desk, desk.bob)
    assert bob.asked == {later.id}
    assert [one.own for one in bob.waits if isinstance(one, CoverWanted | SwapWanted)] == [True, True]
    assert kinds(await shown(desk, desk.actor("UZOE"))) == ["SwapWanted"]
    assert kinds(await shown(desk, desk.alice)) == ["CoverWanted", "ToExport", "Unmatched"], "she is asked first"
    assert kinds(await shown(desk, desk.carol)) == []


async def test_proposals_wait_for_admins_until_the_first_of_them_is_over(desk: Desk) -> None:
    await desk.rotate("UALICE", "UBOB")
    alice = await shown(desk, desk.alice)
    assert [one.count > 0 for one in alice.waits if isinstance(one, ToConfirm)] == [True]
    assert kinds(await shown(desk, desk.bob)) == []
    assert alice.on_call == []
    await desk.confirm_all()
    assert "ToConfirm" not in kinds(await shown(desk, desk.alice))


async def test_who_administers_a_connection_or_slack_sees_who_asks_for_its_use(desk: Desk) -> None:
    use = {"mode": "", "kind": "link"}
    facts = {"account": "acme", "external": "Search", "schedule": "", "role": "", "shifts": 0, "users": []}
    async with desk.world.database.transaction() as tx:
        connection = (await tx.connections.all())[0]
        tx.session.add(
            AccessRequest(
                workspace_id=desk.workspace,
                connection_id=connection.id,
                schedule_id=None,
                kind="link",
                asked_by="UZOE",
                facts={"use": use, "shown": facts},
                state=AccessState.OPEN,
                created_at=desk.now,
                expires_at=desk.now + timedelta(days=7),
            )
        )
        await tx.connections.set_admins(connection.id, ["UCAROL"])
    assert [type(one) for one in (await shown(desk, desk.carol)).waits] == [AccessWanted]
    assert kinds(await shown(desk, desk.bob)) == []
    assert kinds(await shown(desk, desk.actor("UROOT", is_workspace_admin=True))) == ["AccessWanted"]
    desk.pass_time(timedelta(days=8))
    assert kinds(await shown(desk, desk.carol)) == []


async def test_guests_and_strangers_have_their_shifts_and_nothing_to_decide(desk: Desk) -> None:
    """Even where an older version, or a mistake, made one of them an admin."""
    await desk.put("UGUEST", -2, 4)
    await waits_at_the_destination(desk, Status.BLOCKED, 1)
    async with desk.world.database.transaction() as tx:
        tx.session.add(Member(schedule_id=desk.id, user_id="UGUEST", access="admin", assignable=True))
    for standing in (Standing.GUEST, Standing.STRANGER, Standing.UNKNOWN):
        found = await shown(desk, desk.actor("UGUEST", standing=standing))
        assert len(found.on_call) == 1
        assert (kinds(found), found.administers, found.may_create) == ([], False, False)
        assert [one.is_admin for one in found.schedules] == [False]


async def test_a_page_beyond_the_last_is_the_last(desk: Desk) -> None:
    for number in range(20):
        await desk.put("UBOB", 10 * number + 1, 10 * number + 5)
    last = await dashboard(desk.house, desk.bob, 99)
    assert (last.page, last.pages, len(last.coming), last.more_coming) == (2, 3, 4, 0)
    assert not last.is_first
