"""A second opinion: PagerDuty's own client drives the sandbox over TLS."""

import asyncio

import pytest
from pagerduty import HttpError, RestApiV2Client

from sandbox.pagerduty import PagerDutySandbox, layer
from sandbox.pagerduty.v3.upgrade import upgrade
from tests.sandbox_pagerduty.shifts import event_body, shift_body
from tests.sandbox_pagerduty.support import DAY, Desk, at, reference, z


@pytest.fixture
async def official(desk):
    """A function that runs a piece of work with the official client in a thread."""
    async with PagerDutySandbox.start(tls=True, world=desk.world) as pd:

        async def run(work):
            return await asyncio.to_thread(_with_client, desk, pd.api_url, work)

        yield run


def _with_client(desk: Desk, url: str, work):
    with RestApiV2Client(desk.key, default_from=desk.ann.email, base_url=url, verify=False) as client:
        return work(client)


async def test_it_finds_and_creates_people(desk, official):
    def work(client):
        bob = client.find("users", "bob@example.com", attribute="email")
        made = client.rpost("users", json={"type": "user", "name": "Dee", "email": "dee@example.com"})
        return bob, made, [user["name"] for user in client.iter_all("users", page_size=2)]

    bob, made, names = await official(work)
    assert (bob["id"], made["summary"]) == (desk.bob.id, "Dee")
    assert names == ["Ann", "Bob", "Cem", "Dee"]


async def test_it_creates_looks_at_changes_and_deletes_a_schedule(desk, official):
    body = {
        "type": "schedule",
        "name": "New",
        "time_zone": "Europe/Berlin",
        "schedule_layers": [layer([desk.ann.id, desk.bob.id], at("3-02"), DAY)],
    }

    def work(client):
        made = client.rpost("schedules", json=body)
        renamed = client.rput(made["self"].removeprefix("https://api.pagerduty.com"), json={**made, "name": "Newer"})
        found = client.find("schedules", "Newer")
        deleted = client.rdelete(f"schedules/{made['id']}")
        return made, renamed, found, deleted, list(client.iter_all("schedules"))

    made, renamed, found, _, left = await official(work)
    assert made["id"] == renamed["id"] == found["id"]
    assert renamed["name"] == "Newer"
    assert left == []


async def test_it_creates_lists_and_deletes_overrides(desk, official):
    schedule = desk.layered(layer([desk.ann.id], at("3-02"), DAY))
    path = f"schedules/{schedule}/overrides"
    item = {"start": z(at("3-04")), "end": z(at("3-05")), "user": reference(desk.bob)}

    def work(client):
        made = client.rpost(path, json=[item, {**item, "end": item["start"]}])
        listed = client.rget(path, params={"since": z(at("3-01")), "until": z(at("3-09"))})
        gone = client.delete(f"{path}/{made[0]['override']['id']}").status_code
        return made, listed, gone

    made, listed, gone = await official(work)
    assert [one["status"] for one in made] == [201, 400]
    assert [one["id"] for one in listed] == [made[0]["override"]["id"]]
    assert gone == 204


async def test_it_reads_on_calls_and_abilities(desk, official):
    schedule = desk.layered(layer([desk.ann.id], at("3-02"), DAY))
    desk.account.add_escalation_policy("Platform", [schedule])
    oncalls, abilities = await official(lambda client: (list(client.iter_all("oncalls")), client.rget("abilities")))
    assert [one["user"]["summary"] for one in oncalls] == ["Ann"]
    assert "teams" in abilities


async def test_it_understands_a_refusal(desk, official):
    with pytest.raises(HttpError, match="404"):
        await official(lambda client: client.rget("schedules/PNOBODY"))


async def test_it_drives_a_shift_based_schedule(desk, official):
    shift = shift_body(desk.ann, at("3-04"), at("3-05"))

    def work(client):
        made = client.rpost("v3/schedules", json={"name": "Shifts", "time_zone": "Europe/Berlin"})
        path = f"v3/schedules/{made['id']}"
        [created] = client.rpost(f"{path}/custom_shifts", json=[shift])
        one = f"{path}/custom_shifts/{created['id']}"
        changed = client.rput(one, json={"end_time": z(at("3-06"))})
        rotation = client.rpost(f"{path}/rotations", json={})
        event = client.rpost(f"{path}/rotations/{rotation['id']}/events", json=event_body(desk.bob))
        query = {"since": z(at("3-01")), "until": z(at("3-09")), "include[]": "final_schedule"}
        shown = client.rget(path, params=query)
        client.rdelete(one)
        return created, changed, event, shown, [ref["summary"] for ref in client.iter_all("v3/schedules")]

    created, changed, event, shown, names = await official(work)
    assert (changed["id"], changed["end_time"]) == (created["id"], z(at("3-06")))
    assert event["type"] == "schedule_event"
    sources = {one["source"]["type"] for one in shown["final_schedule"]["computed_shift_assignments"]}
    assert sources == {"custom_shift", "schedule_rotation"}
    assert names == ["Shifts"]


async def test_it_overrides_a_rotation_and_reads_the_override_back(desk, official):
    def work(client):
        made = client.rpost("v3/schedules", json={"name": "Shifts", "time_zone": "Etc/UTC"})
        path = f"v3/schedules/{made['id']}"
        rotation = client.rpost(f"{path}/rotations", json={})
        events = f"{path}/rotations/{rotation['id']}/events"
        event = client.rpost(events, json=event_body(desk.bob))
        item = {
            "type": "override_shift",
            "rotation_id": rotation["id"],
            "start_time": z(at("3-04")),
            "end_time": z(at("3-05")),
            "overridden_member": {"type": "user_member", "user_id": desk.bob.id},
            "overriding_member": {"type": "user_member", "user_id": desk.ann.id},
        }
        [created] = client.rpost(f"{path}/overrides", json=[item])
        one = f"{path}/overrides/{created['id']}"
        changed = client.rput(one, json={"overriding_member": {"type": "user_member", "user_id": desk.cem.id}})
        query = {"since": z(at("3-01")), "until": z(at("3-09"))}
        shown = client.rget(path, params={**query, "include[]": "final_schedule"})
        listed = client.rget(f"{path}/overrides", params=query)
        read = client.rget(one)
        gone = client.delete(one).status_code
        stopped = client.rput(f"{events}/{event['id']}", json={"effective_until": z(at("3-20"))})
        return changed, shown, listed, read, gone, stopped

    changed, shown, listed, read, gone, stopped = await official(work)
    assert changed["overriding_member"]["user_id"] == desk.cem.id
    sources = [one["source"]["type"] for one in shown["final_schedule"]["computed_shift_assignments"]]
    assert "schedule_rotation_override" in sources
    assert [one["id"] for one in listed] == [changed["id"]] == [read["id"]]
    assert gone == 204
    assert stopped["effective_until"] == z(at("3-20"))


async def test_it_lists_and_reads_custom_shifts(desk, official):
    def work(client):
        made = client.rpost("v3/schedules", json={"name": "Shifts", "time_zone": "Etc/UTC"})
        path = f"v3/schedules/{made['id']}/custom_shifts"
        bodies = [shift_body(desk.ann, at("3-04"), at("3-05")), shift_body(desk.bob, at("3-05"), at("3-06"))]
        created = client.rpost(path, json=bodies)
        listed = client.rget(path, params={"since": z(at("3-01")), "until": z(at("3-09"))})
        read = client.rget(f"{path}/{created[1]['id']}")
        moved = client.rput(f"{path}/{created[1]['id']}", json={"start_time": z(at("3-05 06:00"))})
        return created, listed, read, moved, client.delete(f"{path}/{created[0]['id']}").status_code

    created, listed, read, moved, gone = await official(work)
    assert [one["id"] for one in listed] == [one["id"] for one in created]
    assert read["assignments"][0]["member"]["user_id"] == desk.bob.id
    assert moved["start_time"] == z(at("3-05 06:00"))
    assert gone == 204


async def test_it_ends_a_layer_and_puts_another_on_top(desk, official):
    schedule = desk.layered(layer([desk.ann.id], at("3-02"), DAY))

    def work(client):
        path = f"schedules/{schedule}"
        [first] = client.rget(path)["schedule_layers"]
        second = layer([desk.bob.id], at("3-10"), DAY, name="Next")
        body = {"type": "schedule", "name": "Changed", "time_zone": "Etc/UTC"}
        client.rput(path, json={**body, "schedule_layers": [{**first, "end": z(at("3-10"))}, second]})
        return client.rget(path, params={"since": z(at("3-09")), "until": z(at("3-12")), "time_zone": "UTC"})

    shown = await official(work)
    assert [one["name"] for one in shown["schedule_layers"]] == ["Next", "Layer 1"]
    entries = shown["final_schedule"]["rendered_schedule_entries"]
    assert [(one["user"]["id"], one["end"]) for one in entries] == [
        (desk.ann.id, z(at("3-10"))),
        (desk.bob.id, z(at("3-12"))),
    ]


async def test_it_is_told_when_a_schedule_has_flipped(desk, official):
    schedule = desk.layered(layer([desk.ann.id], at("3-02"), DAY))
    upgrade(desk.account, desk.account.schedules[schedule])
    with pytest.raises(HttpError, match="shift-based"):
        await official(lambda client: client.rget(f"schedules/{schedule}"))
    shown = await official(lambda client: client.rget(f"v3/schedules/{schedule}"))
    assert shown["type"] == "schedule_v3"
