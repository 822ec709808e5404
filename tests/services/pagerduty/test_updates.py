"""Start, change and stop PagerDuty updates: external schedules that Baton makes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import pytest

from oncall.rotations import Backup, Rotation, members
from oncall.timeline import Interval
from oncall.windows import Daily
from sandbox.pagerduty import Fault
from services.connections.opening import Unreachable
from services.destinations.configuring import DestinationView, pause_destination
from services.kit.errors import FieldErrors, NotAllowed, NotFound, Refusal
from services.kit.house import Actor, House
from services.pagerduty.changing import change_sync
from services.pagerduty.stopping import Ending, stop_sync, stopping
from services.pagerduty.updates import (
    SyncDraft,
    kinds_of,
    merge_sync,
    start_sync,
    sync_of,
)
from storage.tables import Destination, Member, Schedule
from sync.core.model import Status
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.support.layer_world import by_the_pattern

ADMIN = Actor(1, "UALICE")
MONTH = Interval(START, START + timedelta(days=30))


@dataclass(slots=True)
class Office:
    """The engine's small world without its destination, and the services on it."""

    world: EngineWorld

    @property
    def house(self) -> House:
        return self.world.house

    async def settle(self) -> None:
        for _kind, destination in list(self.world.jobs.deferred):
            await self.world.engine.reconcile(destination)
        self.world.jobs.deferred.clear()

    async def rotate(self, schedule_id: int, role: int, opens: int | None = None, **more: object) -> None:
        async with self.house.database.transaction() as tx:
            role_id = (await tx.schedules.roles(schedule_id))[role].id
            first = datetime.fromisoformat("2026-03-02T09:00")
            window = None if opens is None else Daily(time(opens), time((opens + 12) % 24))
            who = members("UALICE", "UBOB") if opens != 21 else members("UCAROL")
            rotation = Rotation(role_id, "Europe/Berlin", first, who, name="Weekly", coverage=window, **more)  # type: ignore[arg-type]
            await tx.rotations.save(schedule_id, [rotation], START)

    async def start(self, **more: object) -> list[DestinationView]:
        draft = {"schedule_id": self.world.schedule_id, "name": "Payments on call", "connection_id": 1, **more}
        made = await start_sync(self.house, ADMIN, SyncDraft(**draft))  # type: ignore[arg-type]
        await self.settle()
        return made

    async def row(self, destination_id: int) -> Destination:
        async with self.house.database.read() as tx:
            row = await tx.session.get(Destination, destination_id)
        assert row is not None
        return row

    def on_call(self, external_id: str) -> list[tuple[float, float, str]]:
        self.world.external_id = external_id
        return self.world.shows(0, 720)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    async with engine_world() as world:
        async with world.database.transaction() as tx:
            row = await tx.destinations.get(world.destination_id)
            assert row is not None
            row.removed_at = START
        yield Office(world)


async def another_schedule(office: Office) -> int:
    async with office.house.database.transaction() as tx:
        schedule = await tx.schedules.add(
            Schedule(
                workspace_id=1,
                team_id=1,
                public_id="s-2",
                name="Nights",
                name_key="nights",
                time_zone="Europe/Berlin",
                horizon_days=30,
                confirm_mode="by_hand",
                created_at=START,
                created_by="UALICE",
            ),
            ["Primary"],
            [Member(user_id="UALICE", access="admin", assignable=True)],
        )
        return schedule.id


async def test_setting_up_makes_a_schedule_of_layers_that_shows_the_rotation(office: Office) -> None:
    await office.rotate(office.world.schedule_id, 0)

    (made,) = await office.start(kind="v2")

    assert made.external_name == "Payments on call"
    pattern = await by_the_pattern(office.world, office.world.role_id, MONTH)
    assert [row[2] for row in office.on_call(made.external_id)] == [s.users[0] for s in pattern.segments]


async def test_setting_up_takes_the_better_kind_that_the_account_offers(office: Office) -> None:
    await office.world.assign("UALICE", 1, 25)

    (made,) = await office.start()

    assert (await office.row(made.id)).external_kind == "v3"
    assert office.on_call(made.external_id) == [(1, 25, "UALICE")]
    assert await kinds_of(office.house, ADMIN, 1) == ("v3", "v2")


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_a_backup_pattern_gets_a_second_schedule_beside_the_first(office: Office, kind: str) -> None:
    async with office.house.database.read() as tx:
        second = (await tx.schedules.roles(office.world.schedule_id))[1].id
    await office.rotate(office.world.schedule_id, 0, backup=Backup(second))

    made = await office.start(kind=kind)

    assert [one.external_name for one in made] == ["Payments on call", "Payments on call (Secondary)"]
    assert [one.role for one in made] == ["Primary", "Secondary"]


async def test_a_subdomain_and_a_key_make_the_connection(office: Office) -> None:
    key = office.world.world.account.add_key()

    (made,) = await office.start(connection_id=None, subdomain="acme", key=key)

    assert made.connection_id == 1


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_a_lost_reply_makes_no_second_schedule(office: Office, kind: str) -> None:
    office.world.world.faults.next(Fault.COMMIT_THEN_DROP, "POST")

    (made,) = await office.start(kind=kind)

    named = [s.id for s in office.world.world.account.schedules.values() if s.name == "Payments on call"]
    assert named == [made.external_id]


async def test_what_is_missing_is_told_by_its_field(office: Office) -> None:
    with pytest.raises(FieldErrors) as raised:
        await office.start(name=" ", connection_id=None)
    assert raised.value.fields.keys() == {"name", "connection_id"}
    with pytest.raises(FieldErrors) as raised:
        await office.start(kind="v9")
    assert raised.value.fields.keys() == {"kind"}


async def test_a_schedule_is_synced_once_and_only_by_its_admins(office: Office) -> None:
    await office.start()
    with pytest.raises(Refusal, match="synced to PagerDuty already"):
        await office.start()
    with pytest.raises(NotAllowed):
        await sync_of(office.house, Actor(1, "UBOB"), office.world.schedule_id)


async def test_pagerduty_out_of_reach_stores_nothing(office: Office) -> None:
    office.world.world.faults.next(Fault.HTTP_502, times=9)

    with pytest.raises(Unreachable, match="Try again in a moment"):
        await office.start()

    assert (await sync_of(office.house, ADMIN, office.world.schedule_id)).made == ()


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_rotations_that_follow_the_sun_are_layers_of_one_schedule(office: Office, kind: str) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=21)
    (first,) = await office.start(kind=kind)
    shared = (await sync_of(office.house, ADMIN, nights)).shared
    assert [(one.schedule, one.external_name) for one in shared] == [("Payments", "Payments on call")]

    (merged,) = await merge_sync(office.house, ADMIN, nights, shared[0].destination_id)
    await office.settle()
    by_night = {who for start, _, who in office.on_call(first.external_id) if start % 24 == 11}
    assert "UCAROL" not in by_night, "what merging writes is shown first"
    await pause_destination(office.house, ADMIN, merged.id, paused=False)
    await office.settle()

    assert merged.external_id == first.external_id
    if kind == "v2":
        by_night = {who for start, _, who in office.on_call(first.external_id) if start % 24 == 11}
        assert by_night == {"UCAROL"}
        layers = office.world.world.account.schedules[first.external_id].plan.layers
        assert [layer.name for layer in layers] == ["Weekly", "Weekly"]


async def test_rotations_that_overlap_can_not_be_merged(office: Office) -> None:
    nights = await another_schedule(office)
    await office.rotate(office.world.schedule_id, 0, opens=9)
    await office.rotate(nights, 0, opens=20)
    (first,) = await office.start()

    with pytest.raises(FieldErrors, match="both claim"):
        await merge_sync(office.house, ADMIN, nights, first.id)
    with pytest.raises(FieldErrors, match="Choose a rotation"):
        await merge_sync(office.house, ADMIN, nights, None)


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_changing_renames_and_keeps_everything_else(office: Office, kind: str) -> None:
    await office.rotate(office.world.schedule_id, 0)
    await office.world.assign("UCAROL", 1, 25)
    (made,) = await office.start(kind=kind)
    before = office.on_call(made.external_id)

    (changed,) = await change_sync(office.house, ADMIN, SyncDraft(office.world.schedule_id, name="Money"))
    await office.settle()

    assert changed.external_name == "Money"
    assert office.world.world.account.schedules[made.external_id].name == "Money"
    assert office.on_call(made.external_id) == before


async def test_a_key_deleted_in_pagerduty_is_an_error_within_one_refresh_and_a_new_one_mends_it(office: Office) -> None:
    await office.world.assign("UALICE", 1, 25)
    (made,) = await office.start()
    for token in list(office.world.world.account.keys):
        office.world.world.account.revoke_key(token)
    report = await office.world.engine.reconcile(made.id)
    assert report is not None
    assert report.status is Status.ERROR
    assert "/oncall connections" in report.reason
    assert await office.world.local() == [(1, 25, "UALICE")]

    key = office.world.world.account.add_key()
    await change_sync(office.house, ADMIN, SyncDraft(office.world.schedule_id, key=key))
    await office.settle()

    assert Status((await office.row(made.id)).status) is Status.OK


async def test_who_people_are_added_for_is_asked_once(office: Office) -> None:
    await office.world.assign("UZOE", 1, 25)
    (made,) = await office.start(author="alice@example.com")

    assert Status((await office.row(made.id)).status) is Status.OK
    assert office.world.world.account.user_by_email("zoe@example.com") is not None


async def test_what_stopping_means_is_said_first(office: Office) -> None:
    await office.world.assign("UALICE", 1, 25)
    (made,) = await office.start()
    office.world.world.account.add_escalation_policy("Platform", [made.external_id])
    await office.world.engine.reconcile(made.id)

    (outlook,) = await stopping(office.house, ADMIN, office.world.schedule_id)

    assert (outlook.items, outlook.used_by, outlook.forgets_key, outlook.deletable) == (1, ("Platform",), True, False)


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_clearing_takes_out_what_comes_ends_the_layers_and_forgets_the_key(office: Office, kind: str) -> None:
    await office.rotate(office.world.schedule_id, 0)
    await office.world.assign("UCAROL", 100, 125)
    (made,) = await office.start(kind=kind)
    office.world.pass_hours(1)

    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.CLEAR)

    assert [row for row in office.on_call(made.external_id) if row[1] > 1] == []
    async with office.house.database.read() as tx:
        connection = await tx.connections.get(1)
    assert connection is not None
    assert (connection.secret, connection.state) == ("", "error")
    with pytest.raises(NotFound):
        await stopping(office.house, ADMIN, office.world.schedule_id)


async def test_leaving_leaves_everything_as_it_is(office: Office) -> None:
    await office.rotate(office.world.schedule_id, 0)
    (made,) = await office.start(kind="v2")
    before, writes = office.on_call(made.external_id), office.world.writes()

    (done,) = await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.LEAVE)

    assert "stays in PagerDuty as it is" in done
    assert (office.on_call(made.external_id), office.world.writes()) == (before, writes)


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_an_unused_schedule_can_be_deleted_and_a_used_one_never_is(office: Office, kind: str) -> None:
    (made,) = await office.start(kind=kind)
    account = office.world.world.account
    policy = account.add_escalation_policy("Platform", [made.external_id])
    with pytest.raises(Refusal, match="is used by Platform"):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.DELETE)
    assert made.external_id in account.schedules
    del account.policies[policy.id]

    await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.DELETE)

    assert made.external_id not in account.schedules


async def test_stopping_half_way_leaves_the_sync_to_mend_itself(office: Office) -> None:
    for start in (30, 60, 90):
        await office.world.assign("UALICE", start, start + 20)
    (made,) = await office.start()
    office.world.world.faults.next(Fault.HTTP_502, "DELETE", skip=1, times=9)
    with pytest.raises(Unreachable):
        await stop_sync(office.house, ADMIN, office.world.schedule_id, Ending.CLEAR)
    office.world.world.faults.rules.clear()

    await office.world.engine.reconcile(made.id)

    assert len(office.on_call(made.external_id)) == 3
