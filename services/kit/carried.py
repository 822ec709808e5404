"""What one request of Slack leaves for another, which may reach another process: sealed, forgotten after a day."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from services.kit.house import House
from storage.again import run_again
from storage.secrets import SecretUnreadable
from storage.tables import Carried

KEPT = timedelta(days=1)


def key_of(*words: str | int) -> str:
    """A name for what is carried over; it holds whose it is, so that nobody else comes by it."""
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()


@run_again
async def is_first(house: House, key: str) -> bool:
    """Whether nobody has come by this key before; from now on somebody has."""
    async with house.database.at_once() as tx:
        return await tx.carried.first_time(key, house.clock.now())


@run_again
async def leave(house: House, key: str, text: str) -> None:
    """Leave it under this key, in the place of what was there."""
    sealed = house.secrets.seal(text)
    async with house.database.at_once() as tx:
        await tx.carried.put(key, sealed, house.clock.now())


async def found(house: House, key: str) -> tuple[Carried | None, str]:
    """What was left under this key, and its text: empty where there is none, or no key of ours opens it any more."""
    async with house.database.read() as tx:
        row = await tx.carried.find(key)
    if row is None or not row.data:
        return row, ""
    try:
        return row, house.secrets.open(row.data)
    except SecretUnreadable:
        return row, ""


@run_again
async def take_over(house: House, seen: Carried) -> bool:
    """Begin anew; False where somebody else did meanwhile."""
    async with house.database.at_once() as tx:
        return await tx.carried.take_over(seen, house.clock.now())


def is_older(seen: Carried, length: timedelta, now: datetime) -> bool:
    """Whether it was left longer ago than that."""
    return seen.at <= now - length
