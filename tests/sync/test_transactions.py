"""Nothing that waits for PagerDuty happens inside a transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from sandbox.pagerduty import InProcessTransport
from storage.unit import Unit
from sync.core.model import Mode
from tests.support.engine_house import EngineWorld, engine_world
from tests.support.shift_world import shift_world
from tests.sync.test_fencing import exporting, importing, waiting


class Watch:
    """Counts transactions that are open, and requests made while one is."""

    def __init__(self, world: EngineWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open = self.requests = self.inside = 0
        transaction, handle = world.database.transaction, InProcessTransport.handle_async_request

        @asynccontextmanager
        async def counted() -> AsyncIterator[Unit]:
            self.open += 1
            try:
                async with transaction() as tx:
                    yield tx
            finally:
                self.open -= 1

        async def watched(transport: InProcessTransport, request: httpx.Request) -> httpx.Response:
            self.requests += 1
            self.inside += self.open
            return await handle(transport, request)

        monkeypatch.setattr(world.database, "transaction", counted)
        monkeypatch.setattr(InProcessTransport, "handle_async_request", watched)


@pytest.mark.parametrize("begin", [exporting, importing, waiting])
async def test_pagerduty_is_never_asked_inside_a_transaction(
    monkeypatch: pytest.MonkeyPatch, begin: Callable[[EngineWorld], Awaitable[None]]
) -> None:
    async with engine_world() as world:
        await begin(world)
        watch = Watch(world, monkeypatch)
        await world.reconcile()
        monkeypatch.undo()
        assert watch.requests > 1
        assert watch.inside == 0


async def test_nor_on_a_shift_based_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    async with shift_world(mode=Mode.BIDIRECTIONAL) as world:
        await world.assign("UALICE", 24, 48)
        await world.reconcile()
        await world.assign("UBOB", 24, 30)
        watch = Watch(world, monkeypatch)
        await world.reconcile()
        monkeypatch.undo()
        assert watch.requests > 1
        assert watch.inside == 0
