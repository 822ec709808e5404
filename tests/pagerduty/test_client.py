"""One key's requests: their pace, their tries, and what refusals become."""

import asyncio
import contextlib
import logging
import traceback
from typing import Any

import httpx
import pytest
import structlog

from sandbox.pagerduty import Fault
from sync.destinations import PagerDuty, Systems
from sync.destinations.pagerduty.client import Exchange, log_exchange
from sync.ports import (
    CredentialRefused,
    KindChanged,
    OutcomeUnknown,
    Refused,
    RemoteError,
    ScheduleGone,
    Unavailable,
)
from tests.pagerduty.support import HOUR, NOW, WEEK, Bench, Script, made, scripted, wanted

SPENT = {"ratelimit-limit": "960", "ratelimit-remaining": "0", "ratelimit-reset": "7"}


def error(status: int, message: str = "No", code: int = 2001, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message, "code": code, **more}})


class TestPace:
    async def test_the_next_request_waits_when_none_is_left(self, bench: Bench) -> None:
        scripted(bench, httpx.Response(200, json=USERS, headers=SPENT), httpx.Response(200, json=USERS))

        for _ in range(2):
            await bench.link().find_user("ann@example.com")

        assert len(bench.slept) == 1
        assert 7 <= bench.slept[0] <= 7.5

    async def test_no_request_waits_when_the_time_has_passed_anyhow(self, bench: Bench) -> None:
        scripted(bench, *[httpx.Response(200, json=USERS, headers=SPENT) for _ in range(2)])
        await bench.link().find_user("ann@example.com")
        bench.world.clock.advance(8)

        await bench.link().find_user("ann@example.com")

        assert bench.slept == []

    async def test_a_pause_is_kept_once_even_by_a_clock_that_stands_still(self, bench: Bench) -> None:
        script = Script.of(error(429), httpx.Response(200, json=USERS))
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)

        systems = Systems(PagerDuty(clock=bench.world.clock, sleep=sleep, transport=script.transport))
        account = systems.account(1, subdomain="acme", region="us", key="k")
        await account.find_user("ann@example.com")
        await systems.aclose()

        assert len(slept) == 1

    async def test_a_clock_that_is_set_back_does_not_stretch_a_pause(self, bench: Bench) -> None:
        scripted(bench, *[httpx.Response(200, json=USERS, headers=SPENT) for _ in range(2)])
        await bench.link().find_user("ann@example.com")
        bench.world.clock.advance(-3600)

        await bench.link().find_user("ann@example.com")

        assert bench.slept == []

    async def test_a_small_budget_is_never_exceeded(self, bench: Bench) -> None:
        bench.world.switches.change(rate_limit_per_minute=5)

        for _ in range(12):
            await bench.board().look(WEEK)

        assert {entry.status for entry in bench.world.log} == {200}
        assert len(bench.slept) == 2

    async def test_a_refused_request_waits_for_the_reset(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED, "GET", seconds=9)

        assert await bench.link().schedules()

        assert len(bench.slept) == 1
        assert 9 <= bench.slept[0] <= 9.5

    async def test_pauses_grow_when_a_refusal_does_not_say_for_how_long(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED_BARE, "GET", times=4)

        assert await bench.link().schedules()

        assert [int(pause) for pause in bench.slept] == [2, 4, 8, 16]

    async def test_pauses_are_short_again_after_a_success(self, bench: Bench) -> None:
        for _ in range(2):
            bench.world.faults.next(Fault.RATE_LIMITED_BARE, "GET")
            await bench.link().schedules()

        assert [int(pause) for pause in bench.slept] == [2, 2]

    async def test_nobody_waits_for_much_longer_than_a_minute(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED, "GET", seconds=66)

        with pytest.raises(Unavailable) as raised:
            await bench.link().schedules()

        assert bench.slept == []
        assert raised.value.retry_after is not None
        assert raised.value.retry_after >= 61

    @pytest.mark.parametrize("absurd", [99_999_999_999, 10**400])
    async def test_an_absurd_reset_stops_nothing_for_longer_than_two_minutes(self, bench: Bench, absurd: int) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED, "GET", seconds=absurd)
        link = bench.link()
        with contextlib.suppress(Unavailable):
            await link.schedules()
        bench.world.clock.advance(121)
        bench.slept.clear()

        assert await link.schedules()

        assert bench.slept == []

    async def test_refusals_without_end_are_given_up_within_about_a_minute(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED_BARE, times=99)

        with pytest.raises(Unavailable, match="rate limit"):
            await bench.link().schedules()

        assert sum(bench.slept) <= 66

    async def test_a_create_that_is_refused_without_end_was_certainly_not_made(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.RATE_LIMITED_BARE, times=99)

        with pytest.raises(Unavailable) as raised:
            await bench.board().create([wanted(bench.cem, NOW + HOUR)])

        assert not isinstance(raised.value, OutcomeUnknown)

    async def test_requests_of_one_key_go_out_one_after_the_other(self, bench: Bench) -> None:
        under_way = most = 0

        async def slow(request: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return httpx.Response(200, json=USERS)

        bench.reconnect(transport=httpx.MockTransport(slow))
        await asyncio.gather(*(bench.link().find_user("ann@example.com") for _ in range(5)))

        assert most == 1

    async def test_a_request_that_is_cancelled_does_not_block_the_next(self, bench: Bench) -> None:
        arrived = asyncio.Event()

        async def stuck_once(request: httpx.Request) -> httpx.Response:
            if not arrived.is_set():
                arrived.set()
                await asyncio.Event().wait()
            return httpx.Response(200, json=USERS)

        bench.reconnect(transport=httpx.MockTransport(stuck_once))
        stuck = asyncio.create_task(bench.link().find_user("ann@example.com"))
        await arrived.wait()
        stuck.cancel()
        await asyncio.gather(stuck, return_exceptions=True)

        assert await bench.link().find_user("ann@example.com")


USERS = {"users": [{"id": "PANN", "name": "Ann", "email": "Ann@Example.com", "html_url": None}], "more": False}


class TestTries:
    @pytest.mark.parametrize("fault", [Fault.DROP_BEFORE, Fault.HTTP_500, Fault.HTTP_502, Fault.HTTP_408])
    async def test_a_read_is_tried_three_times_with_growing_pauses(self, bench: Bench, fault: Fault) -> None:
        bench.world.faults.next(fault, "GET", times=2)

        assert await bench.link().schedules()

        assert bench.slept == [0.5, 2.0]

    async def test_the_fourth_try_is_not_made(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.DROP_BEFORE, "GET", times=3)

        with pytest.raises(Unavailable, match="did not answer"):
            await bench.link().schedules()

        assert len(bench.world.log) == 3

    @pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
    async def test_a_create_without_a_connection_was_certainly_not_made(
        self, bench: Bench, failure: type[httpx.TransportError]
    ) -> None:
        script = scripted(bench, failure("no way"))

        with pytest.raises(Unavailable, match="can't be reached: ") as raised:
            await bench.board().create([wanted("PANN", NOW + HOUR)])

        assert failure.__name__ not in str(raised.value), "what it is called is for the log"
        assert not isinstance(raised.value, OutcomeUnknown)
        assert len(script.asked) == 1

    @pytest.mark.parametrize("failure", [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.WriteTimeout])
    async def test_a_create_over_a_broken_connection_may_have_been_made(
        self, bench: Bench, failure: type[httpx.TransportError]
    ) -> None:
        script = scripted(bench, failure("broken"))

        with pytest.raises(OutcomeUnknown):
            await bench.board().create([wanted("PANN", NOW + HOUR)])

        assert len(script.asked) == 1

    async def test_a_delete_stays_open_if_only_a_later_try_was_certainly_not_made(self, bench: Bench) -> None:
        scripted(bench, httpx.ReadError("broken"), httpx.ConnectError("no"), httpx.ConnectError("no"))

        with pytest.raises(OutcomeUnknown):
            await bench.board().delete("QITEM")

    async def test_a_delete_that_never_got_through_is_not_open(self, bench: Bench) -> None:
        scripted(bench, *[httpx.ConnectError("no") for _ in range(3)])

        with pytest.raises(Unavailable) as raised:
            await bench.board().delete("QITEM")

        assert not isinstance(raised.value, OutcomeUnknown)

    @pytest.mark.parametrize("status", [401, 403, 404, 400])
    async def test_a_refusal_is_not_tried_again(self, bench: Bench, status: int) -> None:
        script = scripted(bench, error(status))

        with pytest.raises(RemoteError):
            await bench.board().look(WEEK)

        assert len(script.asked) == 1


class TestRefusals:
    async def test_a_revoked_key_is_refused_with_what_to_do(self, bench: Bench) -> None:
        bench.account.revoke_key(bench.key)

        with pytest.raises(CredentialRefused, match=r"new key in /oncall connections, or choose the region EU"):
            await bench.board().look(WEEK)

    async def test_a_key_without_the_right_to_read_is_refused(self, bench: Bench) -> None:
        key = bench.account.add_key(scopes=["users.read"])

        with pytest.raises(CredentialRefused, match="may not read"):
            await bench.board(key=key).look(WEEK)

    async def test_a_missing_schedule_is_gone(self, bench: Bench) -> None:
        with pytest.raises(ScheduleGone):
            await bench.board("PNONE").look(WEEK)

    async def test_another_missing_thing_is_no_schedule(self, bench: Bench) -> None:
        scripted(bench, error(404, "Not Found", 2100))

        with pytest.raises(Refused, match="Not Found"):
            await bench.link().find_user("ann@example.com")

    @pytest.mark.parametrize("kind", ["layer", "shift"])
    async def test_a_schedule_of_another_kind_is_recognised_by_the_message(self, bench: Bench, kind: str) -> None:
        scripted(bench, error(400, f"This is a {kind}-based schedule. Use the other API to access it."))

        with pytest.raises(KindChanged, match=f"is {kind}-based now"):
            await bench.board().look(WEEK)

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (error(400, "Invalid", errors=["A", "B"]), "PagerDuty refused this: Invalid: A, B"),
            (error(400, "Invalid", errors={"end": ["is early", "is odd"]}), "Invalid: end: is early, end: is odd"),
            (error(402, "Account lacks the ability", 2014), "PagerDuty refused this: Account lacks the ability"),
            (httpx.Response(400, json={"error": "Bad"}), "PagerDuty refused this: Bad"),
            (httpx.Response(400, json=["Bad"]), "PagerDuty refused this: HTTP 400"),
            (httpx.Response(418, text="teapot"), "PagerDuty refused this: HTTP 418"),
            (httpx.Response(302, headers={"location": "/"}), "PagerDuty refused this: HTTP 302"),
        ],
    )
    async def test_other_refusals_are_in_pagerdutys_own_words(
        self, bench: Bench, reply: httpx.Response, words: str
    ) -> None:
        scripted(bench, reply)

        with pytest.raises(Refused) as raised:
            await bench.board().look(WEEK)

        assert words in str(raised.value)

    async def test_a_very_long_refusal_is_cut(self, bench: Bench) -> None:
        scripted(bench, error(400, "no " * 5000))

        with pytest.raises(Refused) as raised:
            await bench.board().look(WEEK)

        assert len(str(raised.value)) < 600


class TestSecrecy:
    @pytest.mark.parametrize(
        "reply", [error(401), error(403), error(500), httpx.ReadError("broken"), httpx.Response(200, text="?")]
    )
    async def test_the_key_is_in_no_log_no_error_and_no_repr(
        self, bench: Bench, reply: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script = scripted(bench, *[reply] * 3)
        account = bench.link()

        with caplog.at_level(logging.DEBUG), pytest.raises(RemoteError) as raised:
            await account.check()

        assert script.asked[0].headers["authorization"] == f"Token token={bench.key}"
        output = capsys.readouterr()
        told = [caplog.text, output.out, output.err, repr(account), repr(account.client), repr(bench.systems)]
        trace = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
        assert bench.key not in "".join([*told, *trace.format()])

    @pytest.mark.parametrize("key", ["", "two words", "ключ", "line\nbreak"])
    async def test_what_can_be_no_key_is_refused_before_anything_is_sent(self, bench: Bench, key: str) -> None:
        with pytest.raises(CredentialRefused, match="no PagerDuty key"):
            bench.systems.account(1, subdomain="acme", region="us", key=key)


class TestWatching:
    async def test_every_request_is_counted_with_its_path_and_outcome(self, bench: Bench) -> None:
        bench.world.faults.next(Fault.DROP_BEFORE, "GET")

        await bench.board().look(WEEK)

        path = f"/schedules/{bench.schedule}"
        assert bench.seen == [Exchange("GET", path, 0, 0), Exchange("GET", path, 200, 0)]

    def test_an_exchange_is_logged_without_what_was_asked_for(self) -> None:
        with structlog.testing.capture_logs() as logged:
            log_exchange(Exchange("GET", "/users", 200, 12))

        assert logged == [
            {"event": "pagerduty", "method": "GET", "path": "/users", "status": 200, "ms": 12, "log_level": "debug"}
        ]


async def test_requests_carry_what_pagerduty_wants_to_see(bench: Bench) -> None:
    script = scripted(bench, httpx.Response(201, json=[]))

    with pytest.raises(OutcomeUnknown):
        made(await bench.board().create([wanted("PANN", NOW + HOUR)]))

    headers = script.asked[0].headers
    assert headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert headers["content-type"] == "application/json"
