"""The account behind a key."""

from dataclasses import replace

import httpx
import pytest

from sandbox.pagerduty import Fault
from sync.ports import (
    CredentialRefused,
    NewSchedule,
    NewUser,
    Policy,
    Refused,
    RemoteSchedule,
    ScheduleGone,
    Unavailable,
)
from tests.pagerduty.support import WEEK, Bench, scripted

NEW = NewUser("Dan", "dan@example.com", "Europe/Berlin", "user", author="ann@example.com")


async def test_a_check_costs_three_requests_leaves_no_trace_and_tells_whose_the_account_is(bench: Bench) -> None:
    assert await bench.link().check() == "acme"

    assert len(bench.world.log) == 3
    assert bench.account.schedules.keys() == {bench.schedule}


async def test_a_key_that_may_only_read_is_named_as_such_before_anything_is_written(bench: Bench) -> None:
    with pytest.raises(CredentialRefused, match=r"may only read.*Read-only API Key"):
        await bench.link(bench.account.add_key(read_only=True)).check()


async def test_a_european_account_has_its_own_host_and_the_same_name() -> None:
    bench = Bench(region="eu")

    assert await bench.link().check() == "acme"
    await bench.systems.aclose()


async def test_an_account_without_anybody_does_not_say_its_name(bench: Bench) -> None:
    bench.account.users.clear()

    assert await bench.link().check() == ""


async def test_a_key_of_the_other_region_is_refused_with_a_hint(bench: Bench) -> None:
    account = bench.systems.account(1, subdomain="acme", region="eu", key=bench.key)

    with pytest.raises(CredentialRefused, match=r"for the region EU.*choose the region US"):
        await account.check()


async def test_a_check_while_pagerduty_is_away_is_no_verdict_on_the_key(bench: Bench) -> None:
    bench.world.faults.next(Fault.HTTP_502, times=3)

    with pytest.raises(Unavailable):
        await bench.link().check()


async def test_schedules_come_with_what_a_picker_shows(bench: Bench) -> None:
    assert await bench.link().schedules() == [
        RemoteSchedule(
            id=bench.schedule,
            name="Primary",
            kind="v2",
            url=f"https://acme.pagerduty.com/schedules/{bench.schedule}",
            time_zone="America/New_York",
            policies=(),
        )
    ]


async def test_a_schedule_says_which_escalation_policies_use_it(bench: Bench) -> None:
    policy = bench.account.add_escalation_policy("Platform", [bench.schedule])

    (listed,) = await bench.link().schedules()
    seen = await bench.board().look(WEEK)

    assert listed.policies == seen.schedule.policies == (Policy(policy.id, "Platform"),)


async def test_the_account_offers_shifts_first_where_it_has_them(bench: Bench) -> None:
    assert await bench.link().kinds() == ("v3", "v2")
    scripted(bench, httpx.Response(404, json={"error": {"message": "Not Found"}}))
    assert await bench.link().kinds() == ("v2",)


@pytest.mark.parametrize("kind", ["v2", "v3"])
async def test_an_empty_schedule_of_either_kind_can_be_created(bench: Bench, kind: str) -> None:
    made = await bench.link().create_schedule(NewSchedule("New", "UTC", kind, somebody=bench.ann))

    board = bench.systems.board(bench.link(), made.id, kind)
    assert (made.name, made.kind) == ("New", kind)
    assert not (await board.look(WEEK)).effective


async def test_a_person_is_added_in_somebodys_name(bench: Bench) -> None:
    made = await bench.link().create_user(NEW)

    added = bench.account.users[made.id]
    assert (added.name, added.email, added.time_zone, added.role) == ("Dan", "dan@example.com", "Europe/Berlin", "user")
    assert await bench.link().find_user("DAN@example.com") == made


@pytest.mark.parametrize(
    ("new", "advice"),
    [
        (replace(NEW, email="ann@example.com"), "somebody has this address already"),
        (replace(NEW, author="nobody@example.com"), "“nobody@example.com” is nobody in the account"),
        (replace(NEW, role="wizard"), "the role “wizard” does not exist"),
    ],
)
async def test_why_a_person_can_not_be_added_is_said_with_what_to_do(bench: Bench, new: NewUser, advice: str) -> None:
    with pytest.raises(Refused, match=advice):
        await bench.link().create_user(new)


async def test_a_missing_licence_a_plan_and_a_key_are_named(bench: Bench) -> None:
    bench.world.switches.change(out_of_licenses=True)
    with pytest.raises(Refused, match="no licence is left"):
        await bench.link().create_user(NEW)
    with pytest.raises(Refused, match="may only read"):
        await bench.link(bench.account.add_key(read_only=True)).create_user(NEW)
    ability = {"error": {"message": "Account does not have the abilities to perform the action", "code": 2014}}
    scripted(bench, httpx.Response(402, json=ability))
    with pytest.raises(Refused, match="plan does not allow it"):
        await bench.link().create_user(NEW)


@pytest.mark.parametrize("count", [100, 101, 250])
async def test_schedules_of_every_page_are_listed_once(bench: Bench, count: int) -> None:
    for number in range(count - 1):
        bench.account.add_schedule(f"Schedule {number}")

    found = await bench.link().schedules()

    assert {one.id for one in found} == bench.account.schedules.keys()
    assert len(found) == count
    assert bench.world.count("GET", "/schedules") - bench.world.count("GET", "/v3/") == -(-count // 100)


async def test_schedules_of_both_kinds_are_listed(bench: Bench) -> None:
    shifts = bench.account.add_shift_schedule("By shifts").id

    found = {one.id: (one.name, one.kind) for one in await bench.link().schedules()}

    assert found == {bench.schedule: ("Primary", "v2"), shifts: ("By shifts", "v3")}


async def test_the_kind_of_a_schedule_can_be_asked_for(bench: Bench) -> None:
    shifts = bench.account.add_shift_schedule("By shifts").id

    assert (await bench.link().schedule(shifts)).kind == "v3"
    assert (await bench.link().schedule(bench.schedule)).kind == "v2"
    bench.upgrade()
    assert (await bench.link().schedule(bench.schedule)).kind == "v3"
    with pytest.raises(ScheduleGone):
        await bench.link().schedule("PNOWHERE")


async def test_an_account_without_shift_based_schedules_lists_the_others(bench: Bench) -> None:
    layered = {"schedules": [{"id": "P1", "name": "One"}], "more": False}
    scripted(bench, httpx.Response(200, json=layered), httpx.Response(404, json={"error": {"message": "Not Found"}}))

    assert [one.id for one in await bench.link().schedules()] == ["P1"]


async def test_an_endless_list_of_empty_pages_ends(bench: Bench) -> None:
    empty = {"schedules": [], "more": True}
    script = scripted(bench, httpx.Response(200, json=empty), httpx.Response(200, json=empty))

    assert await bench.link().schedules() == []
    assert len(script.asked) == 2


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@Example.COM"])
async def test_a_person_is_found_by_address_without_regard_to_case(bench: Bench, email: str) -> None:
    found = await bench.link().find_user(email)

    assert found is not None
    assert (found.id, found.name, found.email) == (bench.ann, "Ann", "ann@example.com")


async def test_an_address_that_only_contains_the_asked_one_is_somebody_else(bench: Bench) -> None:
    bench.account.add_user("Joann", "joann@example.com")
    bench.account.add_user("Annex", "ann@example.com.example.org")

    found = await bench.link().find_user("ann@example.com")

    assert found is not None
    assert found.id == bench.ann
    assert await bench.link().find_user("nn@example.com") is None


async def test_a_person_is_found_on_a_later_page(bench: Bench) -> None:
    for number in range(120):
        bench.account.add_user(f"Aaron {number}", f"a{number}.zoe@example.com")
    zoe = bench.account.add_user("Zoe", "zoe@example.com")

    found = await bench.link().find_user("zoe@example.com")

    assert found is not None
    assert found.id == zoe.id
    assert len(bench.world.log) == 2


async def test_an_address_with_special_characters_is_asked_for_as_it_is(bench: Bench) -> None:
    plus = bench.account.add_user("Plus", "plus+on&call@example.com")

    found = await bench.link().find_user("plus+on&call@example.com")

    assert found is not None
    assert found.id == plus.id


async def test_a_deactivated_person_is_not_found(bench: Bench) -> None:
    bench.account.deactivate_user(bench.ann)

    assert await bench.link().find_user("ann@example.com") is None


async def test_an_answer_that_is_no_list_is_not_an_empty_one(bench: Bench) -> None:
    scripted(bench, httpx.Response(200, json={"more": False}))

    with pytest.raises(Unavailable):
        await bench.link().schedules()


async def test_somebody_whose_time_zone_pagerduty_does_not_know_is_added_with_the_accounts(bench: Bench) -> None:
    bench.world.switches.change(only_active_support_zones=True)

    made = await bench.link().create_user(replace(NEW, time_zone="Antarctica/Troll"))

    assert bench.account.users[made.id].time_zone == bench.account.time_zone


@pytest.mark.parametrize("kind", ["v2", "v3"])
@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC"])
async def test_utc_is_written_by_the_name_that_is_taken_whatever_it_reads_back_as(
    bench: Bench, kind: str, zone: str
) -> None:
    account = bench.link()
    made = await account.create_schedule(NewSchedule("Ours", zone, kind, somebody=bench.ann))

    await account.rename_schedule(made, "Still ours")

    written = [entry.body["schedule"]["time_zone"] for entry in bench.world.log if entry.method in ("POST", "PUT")]
    assert written == ["Etc/UTC", "Etc/UTC"]
    assert (await account.schedule(made.id)).name == "Still ours"
