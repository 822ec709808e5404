"""Doing the same with many things, so that one that fails never keeps the others from being done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")


async def each(things: Iterable[T], do: Callable[[T], Awaitable[object]], what: str) -> list[tuple[T, Exception]]:
    """Do it with each, one after the other; returns those that failed, each of which is logged as ``what``."""
    failed: list[tuple[T, Exception]] = []
    for thing in things:
        try:
            await do(thing)
        except Exception as error:
            log.exception("one of many failed", what=what, which=thing)
            failed.append((thing, error))
    return failed
