"""Every request of the adapter, and every reply it reads, is as PagerDuty's own OpenAPI description says.

That nothing is forgotten is checked as well: each place in the adapter's source that asks PagerDuty for something has
to be reached by these tests.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

import sync.destinations.pagerduty
from sandbox.pagerduty import InProcessTransport, World
from sync.core.layers import Layer, Restriction
from sync.destinations.pagerduty.client import PagerDutyClient
from sync.ports import CredentialRefused, KindChanged, NewSchedule, NewUser, Refused, ScheduleGone, Wanted
from tests.pagerduty.support import DAY, HOUR, NOW, WEEK, Bench, made, wanted
from tests.sandbox_pagerduty.contract import adapted, description

HOST = "https://api.pagerduty.com"
ASKING = ("get", "post", "put", "delete")
SOURCES = sorted(Path(sync.destinations.pagerduty.__file__).parent.glob("*.py"))

Place = tuple[str, int]


class DescribedOnly(InProcessTransport):
    """Lets only requests and replies through that the description allows."""

    def __init__(self, world: World, api: OpenAPI) -> None:
        super().__init__(world)
        self._api = api
        self.checked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        args: dict[str, Any] = {}
        for name, value in request.url.params.multi_items():
            args.setdefault(name, []).append(value)
        asked = MockRequest(
            HOST,
            request.method.lower(),
            request.url.path,
            args=args,
            headers=dict(request.headers),
            data=await request.aread() or None,
        )
        self._api.validate_request(asked)
        response = await super().handle_async_request(request)
        told = MockResponse(await response.aread(), response.status_code, dict(response.headers))
        self._api.validate_response(asked, told)
        self.checked += 1
        return response


@dataclass(slots=True)
class Desk:
    """A bench whose adapter is checked, and the places of its source that have asked."""

    bench: Bench
    transport: DescribedOnly
    reached: set[Place] = field(default_factory=set[Place])

    def link(self, key: str | None = None) -> Any:
        return self.bench.link(key)


@pytest.fixture(scope="module")
def api() -> OpenAPI:
    return OpenAPI.from_dict(adapted(description()))


@pytest.fixture
def desk(bench: Bench, api: OpenAPI, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(bench, DescribedOnly(bench.world, api))
    bench.reconnect(transport=made.transport)
    for name in ASKING:
        monkeypatch.setattr(PagerDutyClient, name, _noting(getattr(PagerDutyClient, name), made.reached))
    return made


def _noting(method: Callable[..., Any], reached: set[Place]) -> Callable[..., Any]:
    def ask(*arguments: Any, **more: Any) -> Any:
        caller = sys._getframe(1)
        reached.add((Path(caller.f_code.co_filename).name, caller.f_lineno))
        return method(*arguments, **more)

    return ask


def asking_places() -> Iterator[tuple[str, int, int]]:
    """Every call of the client in the adapter's source: its file, first and last line."""
    for source in SOURCES:
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and _asks(node.func):
                yield source.name, node.lineno, node.end_lineno or node.lineno


def _asks(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in ASKING:
        return False
    return ast.unparse(called.value).removeprefix("self.").lstrip("_") == "client"


async def on_the_account(desk: Desk) -> None:
    bench, account = desk.bench, desk.link()
    await account.check()
    assert await account.kinds() == ("v3", "v2")
    await account.schedules()
    found = await account.find_user("ann@example.com")
    assert await account.get_user(found.id) == found
    assert await account.get_user("PNOBODY") is None
    assert found in await account.search_users("ann")
    await account.create_user(NewUser("Dan", "dan@example.com", "Europe/Berlin", "user", "ann@example.com"))
    for kind in ("v2", "v3"):
        schedule = await account.create_schedule(NewSchedule(kind, "UTC", kind, somebody=bench.ann))
        assert (await account.schedule(schedule.id)).kind == kind
        await account.rename_schedule(schedule, "Another name")
        await account.delete_schedule(schedule)
        await account.delete_schedule(schedule)
    assert bench.schedule in await bench.systems.look_at_all(account, WEEK)


async def on_a_linked_layer_schedule(desk: Desk) -> None:
    bench, board = desk.bench, desk.bench.board()
    (item,) = made(await board.create([wanted(bench.cem, NOW + HOUR)]))
    refused, _ = await board.create([wanted("PNOBODY", NOW + HOUR), wanted(bench.bob, NOW + HOUR)])
    assert refused.error
    await board.look(WEEK)
    await board.items(WEEK)
    await board.maker(item.id)
    await board.delete(item.id)
    await board.delete(item.id)


async def on_layers(desk: Desk) -> None:
    bench = desk.bench
    account = desk.link()
    schedule = await account.create_schedule(NewSchedule("Layers", "Europe/Berlin", "v2", somebody=bench.ann))
    board = bench.systems.layer_board(account, schedule.id)
    people, day = (bench.ann, bench.bob), 86_400
    daily = Layer("Days", NOW, None, NOW, day, people, (Restriction("09:00:00", 8 * 3600),))
    weekly = Layer("Mondays", NOW, None, NOW, 7 * day, people, (Restriction("09:00:00", 8 * 3600, 1),))
    there = await board.arrange([*(await board.look(WEEK)).layers, daily, weekly])
    await board.arrange([replace(layer, end=NOW + DAY) if layer.in_effect(NOW) else layer for layer in there])
    assert [layer.end for layer in (await board.look(WEEK)).layers[-2:]] == [NOW + DAY] * 2


async def on_shifts(desk: Desk) -> None:
    bench = desk.bench
    schedule = bench.account.add_shift_schedule("By shifts").id
    board = bench.shift_board(schedule)
    (shift,) = made(await board.create([wanted(bench.cem, NOW + HOUR)]))
    over = Wanted(bench.ann, NOW + HOUR, NOW + 2 * HOUR, shift.id, bench.cem)
    (override,) = made(await board.create([over]))
    await board.change(shift.id, wanted(bench.cem, NOW + HOUR, hours=2))
    await board.change(override.id, replace(over, user=bench.bob))
    await board.look(WEEK)
    await board.items(WEEK)
    await board.maker(shift.id)
    await board.delete(override.id)
    bench.world.clock.advance(timedelta(hours=1.5).total_seconds())
    await board.change(shift.id, wanted(bench.cem, NOW + HOUR, hours=3))
    await board.delete(shift.id)


async def what_is_refused(desk: Desk) -> None:
    """PagerDuty's own words for a no are read as well."""
    bench = desk.bench
    with pytest.raises(CredentialRefused):
        await desk.link("y" * 20).schedules()
    with pytest.raises(CredentialRefused):
        await bench.board(key=bench.account.add_key(read_only=True)).create([wanted(bench.ann, NOW + HOUR)])
    with pytest.raises(ScheduleGone):
        await bench.board("PGONE").look(WEEK)
    with pytest.raises(KindChanged):
        await bench.shift_board(bench.schedule).look(WEEK)
    bench.account.add_escalation_policy("Platform", [bench.schedule])
    with pytest.raises(Refused):
        await desk.link().delete_schedule(await desk.link().schedule(bench.schedule))
    with pytest.raises(Refused):
        await desk.link().create_user(NewUser("Ann", "ann@example.com", "UTC", "user", "ann@example.com"))


SCENES = (on_the_account, on_a_linked_layer_schedule, on_layers, on_shifts, what_is_refused)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
async def test_requests_and_replies_are_as_pagerduty_describes_them(desk: Desk, scene: Callable[..., Any]) -> None:
    await scene(desk)

    assert desk.transport.checked == len(desk.bench.world.log) > 0


async def test_every_place_of_the_adapter_that_asks_pagerduty_is_held_against_the_description(desk: Desk) -> None:
    for scene in SCENES:
        await scene(desk)

    unchecked = [
        f"{name}:{first}"
        for name, first, last in asking_places()
        if not any(name == file and first <= line <= last for file, line in desk.reached)
    ]
    assert unchecked == []
    assert len(list(asking_places())) > 15
