"""The small world of the engine's tests, on a layer-based PagerDuty schedule that Baton made itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from oncall.roles import pattern
from oncall.rotations import Rotation
from oncall.shifts import Shift
from oncall.timeline import Interval, Segment, Timeline
from sandbox.pagerduty.values import Layer
from services.schedules.horizon import rotations_of
from sync.core.model import Mode
from sync.ports import NewSchedule
from tests.support.engine_house import START, EngineWorld, engine_world

ZONE = "Europe/Berlin"
YEAR = Interval(START, START + timedelta(days=364))


@asynccontextmanager
async def layer_world(*, mode: Mode = Mode.AUTHORITATIVE, zone: str = ZONE) -> AsyncIterator[EngineWorld]:
    """Its PagerDuty schedule has only the layer that is over at once, as one that was created without a rotation."""
    async with engine_world(mode=mode) as house:
        async with house.database.read() as tx:
            connection = await tx.connections.get(1)
        assert connection is not None
        account = house.engine.account(connection)
        made = await account.create_schedule(NewSchedule("Made", zone, "v2", somebody=house.pd_users["UALICE"]))
        house.external_id = made.id
        async with house.database.transaction() as tx:
            row = await tx.destinations.get(house.destination_id)
            assert row is not None
            row.external_id, row.made = made.id, True
        yield house


async def rotate(house: EngineWorld, *versions: Rotation) -> int:
    """Store a rotation; returns its id."""
    async with house.database.transaction() as tx:
        saved = await tx.rotations.save(house.schedule_id, versions, house.now)
        await tx.destinations.mark_made_dirty(house.schedule_id)
        return saved


async def by_the_pattern(house: EngineWorld, role_id: int, within: Interval) -> Timeline:
    async with house.database.read() as tx:
        return pattern(await rotations_of(tx, house.schedule_id), role_id, within)


async def confirm_pattern(house: EngineWorld, until: datetime, role_id: int | None = None) -> None:
    """Every shift of the pattern up to then, confirmed."""
    role = role_id or house.role_id
    segments = (await by_the_pattern(house, role, Interval(house.now, until))).segments
    shifts = [Shift(role, segment.users[0], segment.start, segment.end) for segment in segments]
    async with house.database.transaction() as tx:
        await tx.shifts.add(house.schedule_id, shifts, house.now)
        await tx.destinations.mark_dirty([role])


async def local(house: EngineWorld, within: Interval) -> Timeline:
    return Timeline.union(Segment(s.start, s.end, (s.user,)) for s in await house.shifts() if s.user).cut(within)


def rendered(house: EngineWorld, within: Interval) -> Timeline:
    """PagerDuty's final schedule, with Slack users."""
    names = {pd: user for user, pd in house.pd_users.items()}
    entries = house.world.account.final_schedule(house.external_id, within.start, within.end)
    return Timeline.of(Segment(e.start, e.end, (names[e.user_id],)) for e in entries)


def layers(house: EngineWorld) -> Sequence[Layer]:
    """Those that are in effect now or later, lowest first."""
    kept = house.world.account.schedules[house.external_id].plan.layers
    return [one for one in kept if one.end is None or one.end > max(house.now, one.start)]
