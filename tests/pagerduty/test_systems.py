"""Where the engine gets its adapters."""

import httpx
import pytest

from sync.destinations import Systems
from sync.destinations.pagerduty.account import PagerDutyAccount
from sync.destinations.pagerduty.overrides import OverrideBoard
from sync.destinations.pagerduty.shifts import ShiftBoard
from sync.ports import CredentialRefused, KindChanged
from tests.pagerduty.support import NOW, WEEK, Bench, Script, scripted


async def host_asked(bench: Bench, region: str, api_url: str | None = None) -> str:
    empty = {"schedules": [], "more": False}
    script = Script.of(httpx.Response(200, json=empty), httpx.Response(200, json=empty))
    bench.reconnect(transport=script.transport, api_url=api_url)
    await bench.systems.account(1, subdomain="acme", region=region, key="k").schedules()
    url = script.asked[0].url
    return f"{url.scheme}://{url.netloc.decode()}{url.path}"


@pytest.mark.parametrize(
    ("region", "api_url", "asked"),
    [
        ("us", None, "https://api.pagerduty.com/schedules"),
        ("eu", None, "https://api.eu.pagerduty.com/schedules"),
        ("eu", "http://127.0.0.1:9/eu", "http://127.0.0.1:9/eu/schedules"),
        ("us", "http://localhost:9/", "http://localhost:9/schedules"),
    ],
)
async def test_the_region_decides_the_host_unless_an_address_is_given(
    bench: Bench, region: str, api_url: str | None, asked: str
) -> None:
    assert await host_asked(bench, region, api_url) == asked


def test_an_unknown_region_is_refused(bench: Bench) -> None:
    with pytest.raises(CredentialRefused, match="no region 'mars'"):
        bench.systems.account(1, subdomain="acme", region="mars", key="k")


async def test_boards_of_one_key_share_its_pace(bench: Bench) -> None:
    spent = {"ratelimit-remaining": "0", "ratelimit-reset": "5"}
    scripted(bench, *[httpx.Response(404, json={}, headers=spent) for _ in range(2)])

    for schedule in ("PA", "PB"):
        with pytest.raises(Exception, match="deleted"):
            await bench.board(schedule).look(WEEK)

    assert len(bench.slept) == 1


def test_a_new_key_for_a_connection_gets_a_client_of_its_own(bench: Bench) -> None:
    old, same, new = (bench.link(key) for key in ("old", "old", "new"))

    assert old.client is same.client
    assert old.client is not new.client


def test_a_layered_schedule_is_written_with_overrides(bench: Bench) -> None:
    assert isinstance(bench.board(), OverrideBoard)


def test_a_shift_based_schedule_is_written_with_shifts(bench: Bench) -> None:
    assert isinstance(bench.systems.board(bench.link(), bench.schedule, "v3"), ShiftBoard)


@pytest.mark.parametrize("kind", ["", "calendar"])
def test_a_schedule_of_a_kind_that_can_not_be_written_is_refused(bench: Bench, kind: str) -> None:
    with pytest.raises(KindChanged):
        bench.systems.board(bench.link(), bench.schedule, kind)


async def test_closing_closes_every_client_and_may_be_done_twice(served: Bench) -> None:
    client = served.link().client
    await served.board().look(WEEK)

    await served.systems.aclose()
    await served.systems.aclose()

    with pytest.raises(RuntimeError, match="closed"):
        await client.get("/abilities")


async def test_a_proxy_in_the_environment_is_not_used_for_this_machine(
    served: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert await served.link().check() == "acme"


async def test_systems_speak_for_several_accounts_at_once(bench: Bench) -> None:
    other = bench.world.add_account("umbrella", region="eu")
    other.add_user("Uma", "uma@example.com")
    systems: Systems = bench.systems

    mine = await bench.link().check()
    theirs = await systems.account(2, subdomain="umbrella", region="eu", key=other.add_key()).check()

    assert (mine, theirs) == ("acme", "umbrella")
    assert bench.world.clock.now() == NOW


def test_a_system_that_nobody_knows_is_named(bench: Bench) -> None:
    with pytest.raises(CredentialRefused, match="no system called 'smoke signals'"):
        bench.systems.account(1, subdomain="acme", region="us", key="k", system="smoke signals")


async def test_connections_with_one_key_share_its_client(bench: Bench) -> None:
    first = bench.systems.account(1, subdomain="acme", region="us", key=bench.key)
    other = bench.systems.account(2, subdomain="acme", region="us", key=bench.key)

    assert isinstance(first, PagerDutyAccount)
    assert isinstance(other, PagerDutyAccount)
    assert first.client is other.client


async def test_of_many_schedules_only_what_changed_can_be_taken_apart(bench: Bench) -> None:
    account = bench.link()
    before = await bench.systems.look_at_all(account, WEEK)
    known = {glimpse.fingerprint for glimpse in before.values()}

    same = await bench.systems.look_at_all(account, WEEK, known)
    bench.world.account.create_override(bench.schedule, bench.ann, NOW, WEEK.end)
    changed = await bench.systems.look_at_all(account, WEEK, known)

    assert [glimpse.look for glimpse in same.values()] == [None] * len(before)
    assert changed[bench.schedule].fingerprint not in known
    look = changed[bench.schedule].look
    assert look is not None
    assert look().effective.at(NOW) == (bench.ann,)
