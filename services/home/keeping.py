"""Whose Home tab is drawn when: opened, brought forward by changes, due by the clock, and forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from services.kit.house import House
from storage.again import run_again
from storage.repositories.homes import Claimed, Drawn, Who


@run_again
async def opened(house: House, workspace: int, user_id: str, page: int = 0) -> Claimed:
    """Somebody looks at their tab, which the caller draws; should that fail, it is due in a while."""
    async with house.database.transaction() as tx:
        return await tx.homes.open(workspace, user_id, page, house.clock.now())


async def due(house: House) -> list[Who]:
    """The tabs to be drawn again; whatever was changed since is looked at before. Reads only where nothing is due."""
    async with house.database.read() as tx:
        if not await tx.homes.anything(house.clock.now()):
            return []
    while await _spread_changes(house):
        pass
    async with house.database.read() as tx:
        return await tx.homes.due(house.clock.now())


@run_again
async def _spread_changes(house: House) -> int:
    async with house.database.transaction() as tx:
        return await tx.homes.spread_changes(house.clock.now())


@run_again
async def claim(house: House, workspace: int, users: Collection[str]) -> list[Claimed]:
    """Those of these tabs that nobody else draws now."""
    async with house.database.transaction() as tx:
        return await tx.homes.claim(workspace, users, house.clock.now())


@run_again
async def settle(house: House, drawn: Iterable[Drawn]) -> None:
    """Keep how these were drawn."""
    found = list(drawn)
    async with house.database.transaction() as tx:
        await tx.homes.settle(found)


@run_again
async def put_off(house: House, who: Collection[Who], until: datetime, *, whatever_changes: bool = False) -> None:
    """Draw these later; ``whatever_changes`` meanwhile, or sooner where something does."""
    async with house.database.transaction() as tx:
        await tx.homes.put_off(who, until, whatever_changes=whatever_changes)


@run_again
async def forget(house: House, workspace: int, users: Collection[str] | None = None) -> None:
    """These people, or the whole workspace, can't look at their tab any more."""
    async with house.database.transaction() as tx:
        await tx.homes.forget(workspace, users)
