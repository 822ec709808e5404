"""The body of a webhook: exactly as described, whatever the names, and with the layer that people come from."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from notices.deciding.topics import Method
from notices.sending.webhook import WebhookSender
from notices.texts.oncall_change import Caller, Transition, body
from oncall.names import clean
from oncall.rotations import Backup, Rotation, Unit, members
from oncall.shifts import Shift, ShiftSource
from oncall.windows import Daily
from storage.tables import Destination, ExternalSchedule, Schedule
from tests.support.notice_house import START, NoticeHouse, account_of
from tests.support.webhook_receiver import receiving

DESCRIBED = """{
    "event_type": "oncall_change",
    "transitions": {
        "Engineering": {
            "Primary Schedule": [
                {
                    "schedule_id": "12345678-abcd-1234-efgh-987654321000",
                    "schedule_name": "Primary Schedule",
                    "team_id": "abcd1234-5678-90ef-ghij-1234567890ab",
                    "team_name": "Engineering",
                    "previous_user": {
                        "username": "user_001",
                        "first_name": "Alice",
                        "last_name": "Johnson"
                    },
                    "new_user": {
                        "username": "user_002",
                        "first_name": "Bob",
                        "last_name": "Smith"
                    },
                    "transition_time": "2025-08-11T10:00:00+00:00",
                    "layer_type": "layer",
                    "layer_name": "Layer 1",
                    "time_zone": "UTC",
                    "escalation_policies": [
                        {
                            "ep_id": "ep-12345678",
                            "ep_name": "Critical Escalation Policy"
                        }
                    ]
                }
            ]
        }
    }
}"""
CALLERS = {"U1": Caller("user_001", "Alice Johnson"), "U2": Caller("user_002", "Bob Smith")}


def test_uncovered_time_names_who_stands_in_and_covered_time_has_no_such_field() -> None:
    told = body([transition(new=None, fallback="U2"), transition()], CALLERS)
    [uncovered, covered] = told["transitions"]["Engineering"]["Primary Schedule"]
    assert uncovered["new_user"] is None
    assert uncovered["fallback_user"] == {"username": "user_002", "first_name": "Bob", "last_name": "Smith"}
    assert "fallback_user" not in covered


def transition(**values: Any) -> Transition:
    base: dict[str, Any] = {
        "schedule_id": "12345678-abcd-1234-efgh-987654321000",
        "schedule": "Primary Schedule",
        "team_id": "abcd1234-5678-90ef-ghij-1234567890ab",
        "team": "Engineering",
        "previous": "U1",
        "new": "U2",
        "at": datetime(2025, 8, 11, 10, tzinfo=UTC),
        "overridden": False,
        "layer": "Layer 1",
        "time_zone": "UTC",
        "policies": [{"ep_id": "ep-12345678", "ep_name": "Critical Escalation Policy"}],
    }
    return Transition(**{**base, **values})


def test_the_body_is_the_described_one_to_the_letter() -> None:
    assert json.dumps(body([transition()], CALLERS), indent=4) == DESCRIBED


def test_a_time_is_told_to_the_second() -> None:
    at = datetime(2025, 8, 11, 10, 0, 0, 123456, tzinfo=UTC)
    (entry,) = body([transition(at=at)], CALLERS)["transitions"]["Engineering"]["Primary Schedule"]
    assert entry["transition_time"] == "2025-08-11T10:00:00+00:00"


def test_two_schedules_of_one_name_are_one_list() -> None:
    twins = [transition(), transition(schedule_id="another")]
    (team,) = body(twins, CALLERS)["transitions"].values()
    assert [entry["schedule_id"] for entry in team["Primary Schedule"]] == [twins[0].schedule_id, "another"]


def test_a_person_who_is_not_known_is_shown_by_id_and_one_with_one_name_by_it() -> None:
    callers = {"U1": Caller("cher", "Cher"), "U2": Caller("mary", "Mary Ann de la Cruz")}
    (entry,) = body([transition()], callers)["transitions"]["Engineering"]["Primary Schedule"]
    assert entry["previous_user"] == {"username": "cher", "first_name": "Cher", "last_name": ""}
    assert entry["new_user"] == {"username": "mary", "first_name": "Mary", "last_name": "Ann de la Cruz"}
    (stranger,) = body([transition(new="U9")], callers)["transitions"]["Engineering"]["Primary Schedule"]
    assert stranger["new_user"] == {"username": "U9", "first_name": "U9", "last_name": ""}


async def told(house: NoticeHouse) -> list[dict[str, Any]]:
    """The entries of the newest body, watched for now."""
    await house.watch()
    shown = (await house.items(Method.WEBHOOK))[-1].payload["body"]["transitions"]
    return [entry for team in shown.values() for schedule in team.values() for entry in schedule]


def names(entry: dict[str, Any]) -> tuple[str | None, str | None]:
    previous, new = entry["previous_user"], entry["new_user"]
    return previous and previous["username"], new and new["username"]


def layer(entry: dict[str, Any]) -> tuple[str, str]:
    return entry["layer_type"], entry["layer_name"]


@pytest.fixture
async def schedule(house: NoticeHouse) -> int:
    await house.add_webhook("https://hooks.example.com/")
    return await house.add_schedule()


async def rotate(house: NoticeHouse, schedule: int, *versions: Rotation) -> None:
    async with house.database.transaction() as tx:
        await tx.rotations.save(schedule, versions, START)


async def daily(house: NoticeHouse, schedule: int, *users: str, **values: Any) -> Rotation:
    """A rotation of the first role that hands over every day at the hour at which the house was made."""
    base: dict[str, Any] = {
        "role_id": await house.role(schedule),
        "zone": "UTC",
        "first_handoff": START.replace(tzinfo=None),
        "members": members(*users),
        "every": 1,
        "unit": Unit.DAYS,
        "name": "Weekdays",
    }
    return Rotation(**{**base, **values})


async def test_nobody_is_null(house: NoticeHouse, schedule: int) -> None:
    await house.assign(schedule, "UALICE", 0, 2)
    assert [names(entry) for entry in await told(house)] == [(None, "alice")]
    house.clock.pass_(hours=2)
    assert [names(entry) for entry in await told(house)] == [("alice", None)]


async def test_several_people_at_once_are_one_entry_each(house: NoticeHouse, schedule: int) -> None:
    role = await house.role(schedule)
    shifts = [("UALICE", 0, 2), ("UCAROL", 0, 4), ("UBOB", 2, 4), ("UDANA", 2, 4)]
    async with house.database.transaction() as tx:
        await tx.shifts.add(schedule, [Shift(role, u, house.hours(a), house.hours(b)) for u, a, b in shifts], START)
    assert [names(entry) for entry in await told(house)] == [(None, "alice"), (None, "carol")]
    house.clock.pass_(hours=2)
    assert [names(entry) for entry in await told(house)] == [("alice", "bob"), (None, "dana")]


async def test_who_comes_by_the_rotation_comes_from_its_layer(house: NoticeHouse, schedule: int) -> None:
    await rotate(house, schedule, await daily(house, schedule, "UALICE", "UBOB"))
    await house.assign(schedule, "UALICE", 0, 24)
    (entry,) = await told(house)
    assert layer(entry) == ("layer", "Weekdays")


@pytest.mark.parametrize("source", [ShiftSource.PERSON, ShiftSource.IMPORT])
async def test_a_shift_that_a_person_or_an_import_made_is_an_override(
    house: NoticeHouse, schedule: int, source: ShiftSource
) -> None:
    await rotate(house, schedule, await daily(house, schedule, "UALICE", "UBOB"))
    await house.assign(schedule, "UALICE", 0, 24)
    await house.watch()
    house.clock.pass_(hours=2)
    await house.assign(schedule, "UCAROL", 2, 8, source=source)
    assert [layer(entry) for entry in await told(house)] == [("override", "Weekdays")]
    house.clock.pass_(hours=6)
    (back,) = await told(house)
    assert (names(back), layer(back)) == (("carol", "alice"), ("layer", "Weekdays"))


async def test_it_stays_an_override_when_the_rotation_has_changed_since(house: NoticeHouse, schedule: int) -> None:
    first = await daily(house, schedule, "UALICE", "UBOB", until=house.hours(4))
    second = await daily(house, schedule, "UCAROL", since=house.hours(4), name="Summer")
    await rotate(house, schedule, first, second)
    await house.assign(schedule, "UCAROL", 6, 8, source=ShiftSource.PERSON)
    house.clock.pass_(hours=6)
    assert [layer(entry) for entry in await told(house)] == [("override", "Summer")]


async def test_a_shift_of_a_rotation_that_has_somebody_else_by_now_is_an_override(
    house: NoticeHouse, schedule: int
) -> None:
    await rotate(house, schedule, await daily(house, schedule, "UCAROL"))
    await house.assign(schedule, "UALICE", 0, 24)
    assert [layer(entry) for entry in await told(house)] == [("override", "Weekdays")]


async def test_a_stretch_that_was_left_unassigned_is_an_override(house: NoticeHouse, schedule: int) -> None:
    await rotate(house, schedule, await daily(house, schedule, "UALICE"))
    await house.assign(schedule, "UALICE", 0, 24)
    await house.watch()
    house.clock.pass_(hours=2)
    await house.assign(schedule, None, 2, 8, source=ShiftSource.PERSON)
    (entry,) = await told(house)
    assert (names(entry), layer(entry)) == (("alice", None), ("override", "Weekdays"))


async def test_a_gap_in_the_rotation_is_its_layers(house: NoticeHouse, schedule: int) -> None:
    hours = Daily(START.time(), house.hours(8).time())
    await rotate(house, schedule, await daily(house, schedule, "UALICE", coverage=hours))
    await house.assign(schedule, "UALICE", 0, 8)
    await house.watch()
    house.clock.pass_(hours=8)
    (entry,) = await told(house)
    assert (names(entry), layer(entry)) == (("alice", None), ("layer", "Weekdays"))


async def test_of_rotations_that_share_a_role_the_one_whose_hours_they_are_is_named(
    house: NoticeHouse, schedule: int
) -> None:
    day, night = Daily(START.time(), house.hours(12).time()), Daily(house.hours(12).time(), START.time())
    await rotate(house, schedule, await daily(house, schedule, "UALICE", coverage=day, name="Europe"))
    await rotate(house, schedule, await daily(house, schedule, "UBOB", coverage=night, name="America"))
    await house.assign(schedule, "UALICE", 0, 12)
    await house.assign(schedule, "UBOB", 12, 24)
    assert [layer(entry) for entry in await told(house)] == [("layer", "Europe")]
    house.clock.pass_(hours=12)
    assert [layer(entry) for entry in await told(house)] == [("layer", "America")]


async def test_from_the_instant_a_rotation_changes_it_goes_by_its_new_name(house: NoticeHouse, schedule: int) -> None:
    first = await daily(house, schedule, "UALICE", "UBOB", until=house.hours(24))
    second = await daily(house, schedule, "UALICE", "UBOB", since=house.hours(24), name="Summer", lead=1)
    await rotate(house, schedule, first, second)
    await house.assign(schedule, "UALICE", 0, 24)
    await house.assign(schedule, "UBOB", 24, 48)
    assert [layer(entry) for entry in await told(house)] == [("layer", "Weekdays")]
    house.clock.pass_(hours=24)
    assert [layer(entry) for entry in await told(house)] == [("layer", "Summer")]


async def test_whoever_backs_up_comes_from_the_same_rotation(house: NoticeHouse, schedule: int) -> None:
    backup = Backup(await house.role(schedule, 1))
    await rotate(house, schedule, await daily(house, schedule, "UALICE", "UBOB", backup=backup))
    await house.assign(schedule, "UBOB", 0, 24, position=1)
    (entry,) = await told(house)
    assert (names(entry), layer(entry)) == ((None, "bob"), ("layer", "Weekdays"))


async def test_a_role_without_a_rotation_is_called_by_its_name(house: NoticeHouse, schedule: int) -> None:
    await house.assign(schedule, "UALICE", 0, 24, source=ShiftSource.PERSON)
    assert [layer(entry) for entry in await told(house)] == [("override", "Primary")]


async def link(house: NoticeHouse, schedule: int, policies: Sequence[dict[str, str]]) -> None:
    async with house.database.transaction() as tx:
        connection = await tx.connections.add(account_of(house))
        tx.session.add(
            ExternalSchedule(
                connection_id=connection.id,
                external_id="P1",
                name="Payments",
                url="https://acme.pagerduty.com/schedules/P1",
                kind="v2",
                escalation_policies=list(policies),
                seen_at=START,
            )
        )
        await tx.destinations.add(
            Destination(
                schedule_id=schedule,
                role_id=(await tx.schedules.roles(schedule))[0].id,
                connection_id=connection.id,
                external_id="P1",
                external_name="Payments",
                external_url="https://acme.pagerduty.com/schedules/P1",
                external_kind="v2",
                mode="authoritative",
                status="ok",
                refresh_due_at=START,
                created_at=START,
            )
        )


async def test_escalation_policies_are_those_of_the_linked_schedule(house: NoticeHouse, schedule: int) -> None:
    policy = {"ep_id": "PEP1", "ep_name": "Critical"}
    await link(house, schedule, [policy])
    await house.assign(schedule, "UALICE", 0, 24)
    (entry,) = await told(house)
    assert entry["escalation_policies"] == [policy]


ODD = 'Zwölf "Boxkämpfer"\n\\ \u2028 🚒 </script>'


async def add_many(house: NoticeHouse, count: int) -> None:
    """Schedules of one team and with odd names, the first two of one name, all handing over now."""
    first = await house.add_schedule(ODD, ODD, roles=[ODD])
    async with house.database.transaction() as tx:
        pattern = await tx.session.get_one(Schedule, first)
        ids = [first]
        for number in range(1, count):
            values = {column.key: getattr(pattern, column.key) for column in Schedule.__table__.columns}
            name = f"{ODD} {number}" if number > 1 else ODD
            copy = Schedule(**{**values, "id": None, "public_id": f"public-{number}", "name": name})
            ids.append((await tx.schedules.add(copy, [ODD], [])).id)
        for schedule, roles in (await tx.duties.roles(ids)).items():
            await tx.shifts.add(schedule, [Shift(roles[0].id, "UDANA", START, house.hours(24))], START)


async def test_500_transitions_of_one_instant_are_one_post_whatever_the_names(house: NoticeHouse) -> None:
    async with receiving() as receiver:
        await house.add_webhook(receiver.url)
        await add_many(house, 500)
        await house.watch()
        sender = WebhookSender(house.database, house.secrets, house.clock, allow_private=True)
        await house.courier(webhook=sender).deliver(Method.WEBHOOK)
    (posted,) = receiver.bodies
    ((team, schedules),) = json.loads(posted)["transitions"].items()
    assert team == clean(ODD)
    assert len(schedules) == 499
    assert [entry["schedule_id"] for entry in schedules[ODD]][1] == "public-1"
    entries = [entry for schedule in schedules.values() for entry in schedule]
    assert len({entry["schedule_id"] for entry in entries}) == 500
    assert {(entry["team_name"], entry["layer_name"]) for entry in entries} == {(team, ODD)}
