"""Doing again what lost a race.

A transaction that PostgreSQL ended because of another one (:class:`storage.trouble.LostRace`) has stored nothing.
Whoever opened it does all of it again, what it read included: after the other one everything may look different, and
then it says so by itself. A function that opens a write transaction therefore opens one, does nothing outside of the
database before it is committed that can't be done twice, and is marked with :func:`run_again`; a test holds that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from types import CoroutineType
from typing import Any, ParamSpec, TypeVar

import structlog

from storage.trouble import LostRace

TRIES = 3
PAUSE = 0.02
"""Seconds before the second try; before the third it is twice that."""

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()


def run_again(work: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, CoroutineType[Any, Any, R]]:
    """Have ``work`` run up to three times as long as it loses races. Raises what the last try raised."""

    @wraps(work)
    async def insisting(*args: P.args, **kwargs: P.kwargs) -> R:
        for done in range(1, TRIES):
            try:
                return await work(*args, **kwargs)
            except LostRace as lost:
                if lost.for_good:
                    raise
                log.info(
                    "lost a race, once more", work=getattr(work, "__qualname__", ""), race=str(lost.__cause__)[:200]
                )
                await asyncio.sleep(PAUSE * done)
        try:
            return await work(*args, **kwargs)
        except LostRace as lost:
            lost.for_good = True
            if lost.is_fault and lost.__cause__ is not None:
                raise lost.__cause__ from None
            raise

    return insisting
