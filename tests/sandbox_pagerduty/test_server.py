"""Real sockets, the in-process transport, and the control API with its client."""

from datetime import UTC, timedelta

import httpx
import pytest

from sandbox.client.pagerduty import PagerDutyControl
from sandbox.pagerduty import Clock, Fault, InProcessTransport, PagerDutySandbox, World, weekly_layer
from tests.sandbox_pagerduty.support import NOW, Desk, at, reference, z


@pytest.fixture(params=["sockets", "in process"])
async def wired(request, desk):
    """The same desk behind a real server or behind the transport, with a client for its key."""
    headers = {"authorization": f"Token token={desk.key}"}
    if request.param == "in process":
        transport = InProcessTransport(desk.world)
        async with httpx.AsyncClient(
            transport=transport, base_url="https://api.pagerduty.com", headers=headers
        ) as client:
            yield desk, client
        return
    async with (
        PagerDutySandbox.start(world=desk.world) as pd,
        httpx.AsyncClient(base_url=pd.api_url, headers=headers) as client,
    ):
        yield desk, client


async def test_both_ways_in_lead_to_the_same_api(wired):
    desk, client = wired
    schedule = desk.layered(weekly_layer([desk.ann.id], at("2-23")))
    item = {"start": "2026-03-04T01:00:00+01:00", "end": z(at("3-05")), "user": reference(desk.bob)}
    made = await client.post(f"/schedules/{schedule}/overrides", json={"overrides": [item]})
    assert (made.status_code, made.json()[0]["status"]) == (201, 201)
    query = {"since": "2026-03-04T01:00:00+01:00", "until": z(at("3-05"))}
    shown = (await client.get(f"/schedules/{schedule}/overrides", params=query)).json()["overrides"]
    assert [one["start"] for one in shown] == [z(at("3-04"))]
    gone = await client.delete(f"/schedules/{schedule}/overrides/{shown[0]['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert gone.headers["ratelimit-limit"] == "960"


async def test_both_break_connections_the_same_way(wired):
    desk, client = wired
    desk.world.faults.next(Fault.DROP_BEFORE)
    with pytest.raises(httpx.ReadError):
        await client.get("/abilities")
    desk.world.faults.next(Fault.COMMIT_THEN_DROP)
    with pytest.raises(httpx.RemoteProtocolError):
        await client.post(
            "/users", json={"user": {"name": "Dee", "email": "dee@x.example"}}, headers={"from": desk.ann.email}
        )
    assert desk.account.user_by_email("dee@x.example")


async def test_both_let_an_impatient_client_give_up(wired):
    desk, client = wired
    desk.world.faults.next(Fault.SLOW, seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/abilities", timeout=0.1)
    desk.world.faults.next(Fault.SLOW, seconds=0.05)
    assert (await client.get("/abilities", timeout=5)).status_code == 200


async def test_both_answer_a_bare_429_without_json(wired):
    desk, client = wired
    desk.world.faults.next(Fault.RATE_LIMITED_BARE)
    response = await client.get("/abilities")
    assert (response.status_code, response.text) == (429, "Too Many Requests")
    assert "ratelimit-reset" not in response.headers


async def test_a_europeans_server_has_its_own_address():
    desk = Desk(region="eu")
    headers = {"authorization": f"Token token={desk.key}"}
    async with PagerDutySandbox.start(world=desk.world) as pd, httpx.AsyncClient(headers=headers) as client:
        statuses = [(await client.get(f"{url}/abilities")).status_code for url in (pd.api_url, pd.eu_api_url)]
    assert statuses == [401, 200]


async def test_a_sandbox_starts_seeded():
    async with PagerDutySandbox.start(clock=Clock(NOW)) as pd:
        account = pd.world.account
        assert account.subdomain == "acme"
        assert account.user_by_email("alice@example.com")
        [schedule] = account.schedules.values()
        assert account.policies_using(schedule.id)
        names = [
            account.users[one.user_id].name for one in account.final_schedule(schedule.id, NOW, NOW + timedelta(days=9))
        ]
        assert names == ["Bob Smith", "Carol Diaz"]


def test_equal_seeds_make_equal_worlds():
    assert list(World.seeded(Clock(NOW)).account.users) == list(World.seeded(Clock(NOW)).account.users)


def test_a_running_clock_goes_on_from_where_it_was_set():
    clock = Clock()
    clock.set(NOW)
    assert timedelta(0) <= clock.now() - NOW < timedelta(seconds=60)
    clock.advance(3600)
    assert clock.now() >= NOW + timedelta(hours=1)
    clock.stop()
    assert clock.now() == clock.now()


@pytest.fixture
async def server(desk):
    async with PagerDutySandbox.start(world=desk.world) as pd:
        yield pd


@pytest.fixture
async def control(server):
    async with PagerDutyControl(server.control_url) as client:
        yield client


@pytest.fixture
async def client(desk, server):
    headers = {"authorization": f"Token token={desk.key}"}
    async with httpx.AsyncClient(base_url=server.api_url, headers=headers) as client:
        yield client


async def test_control_seeds_accounts(control, client):
    await control.add_account("globex", region="us", time_zone="Asia/Tokyo")
    user = await control.add_user("Gia", "gia@globex.example", account="globex")
    schedule = await control.add_schedule("Night", "Asia/Tokyo", [weekly_layer([user], at("3-02"))], account="globex")
    policy = await control.add_escalation_policy("Night", [schedule], account="globex")
    key = await control.add_key("globex", user_id=user)
    me = await client.get("/users/me", headers={"authorization": f"Token token={key}"})
    assert me.json()["user"]["time_zone"] == "Asia/Tokyo"
    state = await control.state()
    assert [one["subdomain"] for one in state["accounts"]] == ["acme", "globex"]
    assert state["accounts"][1]["escalation_policies"] == [{"id": policy, "name": "Night"}]
    await control.revoke_key(key, account="globex")
    assert (await client.get("/users/me", headers={"authorization": f"Token token={key}"})).status_code == 401


async def test_control_acts_as_a_person(desk, control, client):
    schedule = await control.add_schedule("Primary", layers=[weekly_layer([desk.ann.id], at("2-23"))])
    made = await control.create_override(schedule, "bob@example.com", at("3-04"), at("3-05"))
    [shown] = await control.overrides(schedule, at("3-01"), at("3-09"))
    assert (shown["id"], shown["user"], shown["made_by"], shown["start"]) == (made, "Bob", "person", z(at("3-04")))
    window = at("3-03"), at("3-06")
    assert await control.final_schedule(schedule, *window) == [
        (at("3-03"), at("3-04"), "Ann"),
        (at("3-04"), at("3-05"), "Bob"),
        (at("3-05"), at("3-06"), "Ann"),
    ]
    await control.delete_override(schedule, made)
    await control.set_layers(schedule, [weekly_layer([desk.cem.id], at("2-23"))])
    assert [name for *_, name in await control.final_schedule(schedule, *window)] == ["Cem"]
    await control.add_escalation_policy("Platform", [schedule])
    await control.remove_schedule(schedule)
    assert (await client.get(f"/schedules/{schedule}")).status_code == 404


async def test_control_deactivates_people(desk, control, client):
    await control.deactivate_user("bob@example.com")
    assert (await client.get(f"/users/{desk.bob.id}")).status_code == 404


async def test_control_injects_and_clears_faults(control, client):
    await control.fault("http_502", method="GET", path_contains="/users", times=5)
    assert (await client.get("/users")).status_code == 502
    await control.clear_faults()
    assert (await client.get("/users")).status_code == 200


async def test_control_turns_switches(control):
    shown = await control.switches(past_override_start="clamp", read_lag_seconds=2)
    assert (shown["past_override_start"], shown["read_lag_seconds"]) == ("clamp", 2)
    assert await control.switches() == shown
    with pytest.raises(ValueError, match="KeyError"):
        await control.switches(no_such_switch=1)


async def test_control_sets_and_moves_the_clock(desk, control):
    assert await control.now() == NOW
    assert await control.set_clock(at("4-01")) == at("4-01")
    assert await control.advance_clock(60) == at("4-01 00:01")
    assert desk.world.clock.now() == at("4-01 00:01").astimezone(UTC)


async def test_control_shows_and_clears_the_log(control, client):
    await client.get("/users", params={"query": "ann"})
    [entry] = await control.log("GET", "/users")
    assert (entry["query"], entry["status"], entry["at"]) == ([["query", "ann"]], 200, z(NOW))
    await control.clear_log()
    assert await control.log() == []


async def test_control_starts_the_world_again(control):
    state = await control.reset()
    assert [one["name"] for one in state["accounts"][0]["schedules"]] == ["Platform primary"]
    assert (await control.reset(seeded=False))["accounts"] == []


async def test_control_names_what_it_does_not_know(control):
    with pytest.raises(ValueError, match="KeyError: 'PNOBODY'"):
        await control.remove_schedule("PNOBODY")
    made = await control.add_schedule("Primary")
    with pytest.raises(ValueError, match="KeyError: 'Zoe'"):
        await control.create_override(made, "Zoe", at("3-04"), at("3-05"))
    with pytest.raises(ValueError, match="Time zone is invalid"):
        await control.add_schedule("Other", "Mars/Base")


async def test_an_unknown_control_is_not_found(control, client):
    assert (await client.get("/control/weather")).status_code == 404


async def test_control_flips_a_schedule_to_shifts_and_edits_it_there(desk, control, client):
    schedule = await control.add_schedule("Primary", layers=[weekly_layer([desk.ann.id], at("2-23"))])
    await control.upgrade(schedule)
    assert (await client.get(f"/schedules/{schedule}")).status_code == 400
    shift = await control.create_custom_shift(schedule, "Bob", at("3-04"), at("3-05"))
    [shown] = await control.custom_shifts(schedule)
    assert (shown["id"], shown["user"]) == (shift, "Bob")
    names = [name for *_, name in await control.final_schedule(schedule, at("3-04"), at("3-05"))]
    assert sorted(names) == ["Ann", "Bob"]
    await control.delete_custom_shift(schedule, shift)
    assert await control.custom_shifts(schedule) == []


async def test_control_adds_shift_based_schedules(control, client):
    schedule = await control.add_shift_schedule("Shifts", "Asia/Tokyo")
    shown = (await client.get(f"/v3/schedules/{schedule}")).json()["schedule"]
    assert (shown["name"], shown["time_zone"]) == ("Shifts", "Asia/Tokyo")
