"""Accounts with more schedules than PagerDuty lists, which is ten thousand: fewer here, for the test's sake."""

from __future__ import annotations

from collections import Counter

import pytest

from sandbox.pagerduty import Fault
from sync.destinations.pagerduty.listing import beginnings
from tests.adapters.contract import NOW, WEEK
from tests.pagerduty.support import Bench

LISTED = 200
WORDS = ("Payments", "Search", "Mobile", "Ops", "Billing")
MANY = [f"{WORDS[number % 5]} {number:03}" for number in range(450)]


@pytest.fixture
def names(bench: Bench) -> dict[str, str]:
    """The name of each schedule by id, the first one of the bench as well."""
    bench.world.switches.farthest_item = LISTED
    made = {bench.account.add_schedule(name, "UTC", layers=[]).id: name for name in MANY}
    return {bench.schedule: "Primary"} | made


async def test_every_schedule_of_a_large_account_is_listed_once(bench: Bench, names: dict[str, str]) -> None:
    found = Counter(one.id for one in await bench.link().schedules() if one.kind == "v2")

    assert found == Counter(names.keys())


async def test_what_matters_is_looked_at_by_name_beyond_what_is_listed(bench: Bench, names: dict[str, str]) -> None:
    found = await bench.systems.look_at_all(bench.link(), WEEK, wanted=names)

    assert set(found) == set(names)
    requests = len(bench.world.requests(path_contains="/schedules"))
    assert requests <= 2 * -(-len(names) // 100) + 1


async def test_only_what_is_listed_is_looked_at_where_nobody_says_what_matters(
    bench: Bench, names: dict[str, str]
) -> None:
    found = await bench.systems.look_at_all(bench.link(), WEEK)

    assert len(found) == LISTED
    assert set(found) < set(names)


async def test_what_was_read_before_pagerduty_failed_is_used(bench: Bench, names: dict[str, str]) -> None:
    bench.world.faults.next(Fault.HTTP_500, path_contains="/schedules", skip=1, times=100)

    assert len(await bench.systems.look_at_all(bench.link(), WEEK, wanted=names)) == 100


async def test_somebody_is_found_by_address_in_a_large_account(bench: Bench) -> None:
    bench.world.switches.farthest_item = LISTED
    for number in range(LISTED + 50):
        bench.account.add_user(f"Ann {number:03}", f"{number:03}.ann@example.com")

    found = await bench.link().find_user("ANN@example.com")

    assert found is not None
    assert found.id == bench.ann
    assert bench.world.clock.now() == NOW


def test_names_are_asked_for_by_what_a_page_of_them_begins_with() -> None:
    names = [f"team {number:02}" for number in range(40)] + ["other", "tea"]

    groups = list(beginnings([*names, *names], most=10))

    assert [text for text, _ in groups] == ["team 0", "team 1", "team 2", "team 3"]
    assert all(name.startswith(text) for text, group in groups for name in group)
