"""Who is on call at a destination without Baton's own items is kept from each look that tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import event

from oncall.timeline import Interval
from sandbox.pagerduty import weekly_layer
from sync.bulk import BulkRefresh
from sync.core.model import Mode
from sync.steps.finish import others_of
from tests.support.engine_house import START, EngineWorld, engine_world
from tests.support.shift_world import human_shift, rotate, shift_world

Row = tuple[float, float, tuple[str, ...]]


async def beneath(world: EngineWorld, since: float, until: float) -> list[Row]:
    """What is stored, in hours after the world began, with the users' Slack names."""
    async with world.database.read() as tx:
        known = others_of(await tx.journal.observation(world.destination_id))
    assert known is not None
    names = {pd: user for user, pd in world.pd_users.items()}
    return [
        (
            (s.start - START).total_seconds() / 3600,
            (s.end - START).total_seconds() / 3600,
            tuple(names[user] for user in s.users),
        )
        for s in known.timeline.cut(Interval(world.at(since), world.at(until))).segments
    ]


@contextmanager
def kept(world: EngineWorld) -> Iterator[list[str]]:
    """The statements that store who else is on call there."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("UPDATE", "INSERT")) and "others_" in statement:
            found.append(statement)

    engine = world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_layer_beneath_an_export_is_known() -> None:
    async with engine_world(layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        assert world.shows(24, 72) == [(24, 72, "UALICE")]
        assert await beneath(world, 20, 76) == [(20, 76, ("UCAROL",))]


async def test_of_two_layers_the_higher_one_counts() -> None:
    async with engine_world(layers=True) as world:
        upper = weekly_layer([world.pd_users["UBOB"]], START)
        world.world.account.set_layers(world.external_id, [weekly_layer([world.pd_users["UCAROL"]], START), upper])
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        assert world.shows(20, 24) == [(20, 24, "UBOB")]
        assert await beneath(world, 24, 72) == [(24, 72, ("UBOB",))]


async def test_an_unchanged_refresh_stores_nothing_of_it(tmp_path: Path) -> None:
    async with engine_world(tmp_path, layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        with kept(world) as written:
            world.pass_hours(1)
            await world.reconcile()
            world.pass_hours(6)
            await world.reconcile()
        assert written == []
        with kept(world) as written:
            world.pass_hours(24)
            await world.reconcile()
        assert written != []


async def test_a_layer_that_changes_beneath_an_export_is_noticed() -> None:
    async with engine_world(layers=True) as world:
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        world.world.account.set_layers(world.external_id, [weekly_layer([world.pd_users["UBOB"]], START)])
        await world.reconcile()
        assert await beneath(world, 24, 72) == [(24, 72, ("UBOB",))]


async def test_an_override_that_shows_is_known() -> None:
    async with engine_world(mode=Mode.MANUAL_EXPORT) as world:
        world.human_override("UCAROL", 30, 34)
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        assert await beneath(world, 24, 72) == [(30, 34, ("UCAROL",))]
        world.human_delete(world.listed()[0].id)
        await world.reconcile()
        assert await beneath(world, 24, 72) == []


async def test_an_override_beneath_an_export_is_known_while_nothing_is_listed() -> None:
    """It is longer than the shift, so it is left where it is and the shift is written on top of it."""
    async with engine_world() as world:
        world.human_override("UCAROL", 20, 80)
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        assert world.shows(20, 80) == [(20, 24, "UCAROL"), (24, 72, "UALICE"), (72, 80, "UCAROL")]
        for _ in range(2):
            assert await beneath(world, 22, 76) == [(22, 76, ("UCAROL",))]
            world.pass_hours(1)
            await world.reconcile()


async def test_a_refresh_of_all_at_once_leaves_what_is_known() -> None:
    async with engine_world(layers=True) as world:
        await world.add_destinations(2)
        for role in await world.roles():
            await world.assign_role(role, "UALICE", 24, 72)
        for destination in await world.due():
            await world.engine.reconcile(destination)
        world.pass_hours(1)
        with kept(world) as written:
            assert await BulkRefresh(world.engine).run(1) == []
        assert written == []
        assert await beneath(world, 24, 72) == [(24, 72, ("UCAROL",))]


async def test_a_rotation_beneath_an_export_to_a_schedule_of_shifts_is_known() -> None:
    async with shift_world() as world:
        rotate(world, "R1", "UCAROL")
        await world.assign("UALICE", 24, 72)
        await world.reconcile()
        assert await beneath(world, 25, 71) == [(25, 71, ("UCAROL",))]


async def test_a_shift_beside_an_export_to_a_schedule_of_shifts_is_known() -> None:
    async with shift_world(mode=Mode.MANUAL_EXPORT) as world:
        human_shift(world, "UBOB", 30, 34)
        await world.assign("UALICE", 24, 28)
        await world.reconcile()
        assert await beneath(world, 24, 40) == [(30, 34, ("UBOB",))]
