"""The override board over real connections, with what only they can do: break, refuse, be slow."""

import logging

import pytest

from sandbox.pagerduty import Fault, PagerDutySandbox
from sync.ports import OutcomeUnknown, Unavailable
from tests.pagerduty.support import HOUR, NOW, WEEK, Bench, extents, made, rows, wanted


async def test_an_override_lives_from_its_creation_to_its_end(served: Bench) -> None:
    board = served.board(served.empty_schedule())

    (item,) = made(await board.create([wanted(served.ann, NOW + HOUR)]))
    assert await board.items(WEEK) == [item]
    assert rows((await board.look(WEEK)).pinned) == [(NOW + HOUR, NOW + 2 * HOUR, served.ann)]

    await board.delete(item.id)
    assert await board.items(WEEK) == []


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.DROP_BEFORE, Fault.COMMIT_THEN_500])
async def test_a_create_over_a_connection_that_breaks_is_sent_once(served: Bench, fault: Fault) -> None:
    board = served.board()
    await board.look(WEEK)  # the connection that breaks is one that was used before
    served.world.faults.next(fault, "POST")

    with pytest.raises(OutcomeUnknown):
        await board.create([wanted(served.cem, NOW + HOUR)])

    assert served.world.count("POST") == 1
    committed = [] if fault is Fault.DROP_BEFORE else [(NOW + HOUR, NOW + 2 * HOUR, served.cem)]
    assert extents(await board.items(WEEK)) == committed


@pytest.mark.parametrize("fault", [Fault.COMMIT_THEN_DROP, Fault.DROP_BEFORE])
async def test_reads_and_deletes_get_over_a_connection_that_breaks(served: Bench, fault: Fault) -> None:
    item = served.by_hand(served.cem, NOW + HOUR, NOW + 2 * HOUR)
    served.world.faults.next(fault, times=1)
    served.world.faults.next(fault, "DELETE")

    assert (await served.board().look(WEEK)).pinned
    await served.board().delete(item.id)

    assert served.overrides() == ()


async def test_a_rate_limit_is_waited_for(served: Bench) -> None:
    served.world.faults.next(Fault.RATE_LIMITED, "POST", seconds=20)

    made(await served.board().create([wanted(served.cem, NOW + HOUR)]))

    assert len(served.overrides()) == 1
    assert served.slept[0] >= 20


async def test_a_server_that_is_not_there_is_unavailable_for_creates_too(served: Bench) -> None:
    async with PagerDutySandbox.start() as gone:
        address = gone.api_url
    await served.systems.aclose()
    served.reconnect(api_url=address)

    with pytest.raises(Unavailable, match="can't be reached: nothing answers there; it is tried again") as raised:
        await served.board().create([wanted(served.cem, NOW + HOUR)])

    assert not isinstance(raised.value, OutcomeUnknown)


async def test_the_key_is_not_in_the_logs_of_a_connection(served: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await served.link().check()

    assert "connect_tcp" in caplog.text
    assert served.key not in caplog.text


async def test_the_european_host_is_reached_by_its_own_address() -> None:
    bench = Bench(region="eu")
    async with PagerDutySandbox.start(world=bench.world) as sandbox:
        bench.reconnect(api_url=sandbox.eu_api_url)

        assert await bench.link().check() == "acme"
        await bench.systems.aclose()
