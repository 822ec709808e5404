"""What each mode does with each row of the merge's table, through the whole engine, and again: nothing.

**x** is what was confirmed at the destination, **y** and **z** are others; a stretch of one day, with nothing beneath.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from sync.core.model import Mode
from tests.support.engine_house import EngineWorld, engine_world

X, Y, Z, NOBODY = "UALICE", "UBOB", "UCAROL", None


@dataclass(frozen=True, slots=True)
class Row:
    """What was confirmed, what is assigned here, who is on call there; then who is on call there after a refresh.

    ``imported`` is who is assigned here after a bidirectional one (as before where it says nothing), ``pending`` what
    a manual export would do, ``told`` what is told of.
    """

    base: str | None
    here: str | None
    there: str | None
    after: str | None
    pending: tuple[str, ...]
    imports: bool = False
    told: tuple[str, ...] = ()
    both_told: tuple[str, ...] = ()


ROWS = {
    "in sync": Row(X, Y, Y, Y, ()),
    "changed here": Row(X, Y, X, Y, ("replace",)),
    "new": Row(NOBODY, Y, NOBODY, Y, ("add",)),
    "changed there": Row(X, X, Y, X, ("replace",), True, ("override_removed",), ("shift_changed",)),
    "removed there": Row(X, X, NOBODY, X, ("add",), True, (), ("shift_changed", "unassigned")),
    "changed on both sides": Row(
        X, Y, Z, Y, ("replace",), False, ("override_removed",), ("import_conflict", "override_removed")
    ),
    "new over somebody": Row(NOBODY, Y, Z, Y, ("replace",), False, ("override_removed",), ("override_removed",)),
    "withdrawn here": Row(X, NOBODY, X, NOBODY, ("remove",)),
    "withdrawn here and changed there": Row(X, NOBODY, Z, Z, ("remove",)),
    "foreign": Row(NOBODY, NOBODY, Z, Z, ()),
}
KINDS = ("override_removed", "shift_changed", "unassigned", "import_conflict")
rows = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())


@asynccontextmanager
async def at(mode: Mode, row: Row) -> AsyncIterator[EngineWorld]:
    """A world in which the row holds."""
    async with engine_world() as world:
        if row.base:
            await world.assign(row.base, 24, 48)
            await world.reconcile()
        await world.configure(mode=mode)
        await world.reconcile()
        if row.here != row.base:
            await (world.assign(row.here, 24, 48) if row.here else world.unassign(24, 48))
        if row.there is None and row.base:
            world.human_delete(world.listed()[0].id)
        elif row.there and row.there != row.base:
            world.human_override(row.there, 24, 48)
        yield world


def on_call(user: str | None) -> list[tuple[float, float, str]]:
    return [(24, 48, user)] if user else []


async def told(world: EngineWorld) -> tuple[str, ...]:
    return tuple(sorted([kind for kind in KINDS for _ in await world.outbox(kind)]))


async def settled(world: EngineWorld) -> bool:
    """Whether one more refresh writes nothing and has nothing to say."""
    before = world.writes(), await told(world), await world.local()
    world.pass_hours(0.1)
    await world.reconcile()
    return before == (world.writes(), await told(world), await world.local())


@rows
async def test_authoritative(row: Row) -> None:
    async with at(Mode.AUTHORITATIVE, row) as world:
        local = await world.local()
        await world.reconcile()
        assert (world.shows(24, 48), await world.local()) == (on_call(row.after), local)
        assert await told(world) == row.told
        assert await settled(world)


@rows
async def test_bidirectional(row: Row) -> None:
    async with at(Mode.BIDIRECTIONAL, row) as world:
        local = await world.local()
        await world.reconcile()
        assert world.shows(24, 48) == on_call(row.there if row.imports else row.after)
        assert await world.local() == ([(24, 48, row.there)] if row.imports else local)
        assert await told(world) == tuple(sorted(row.both_told))
        assert await settled(world)


@rows
async def test_manual_export(row: Row) -> None:
    async with at(Mode.MANUAL_EXPORT, row) as world:
        before, shown, local = world.writes(), world.shows(24, 48), await world.local()
        await world.reconcile()
        assert (world.writes(), world.shows(24, 48), await world.local()) == (before, shown, local)
        assert tuple(kind for _, _, kind, _, _ in await world.pending()) == row.pending
        await world.approve()
        await world.reconcile()
        assert (world.shows(24, 48), await world.local(), await world.pending()) == (on_call(row.after), local, [])
        assert await settled(world)


@pytest.mark.parametrize("mode", Mode)
@rows
async def test_what_was_confirmed_follows_what_is_visible(mode: Mode, row: Row) -> None:
    async with at(mode, row) as world:
        await world.reconcile()
        await world.approve()
        await world.reconcile()
        async with world.database.read() as tx:
            base = await tx.journal.base(world.destination_id)
        assigned = next((user for start, _, user in await world.local() if start == 24), None)
        assert [s.users for s in base.segments] == ([(world.pd_users[assigned],)] if assigned else [])
