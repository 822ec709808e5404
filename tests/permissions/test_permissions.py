"""The table in docs/permissions.md, held against Baton: every action, as everybody, by every way, and forged.

``PROOFS`` says how each action is asked for, and what shows that it was done: a line of the audit trail (``+action``),
or text that is shown. Where a button or form is another one for those who have to ask, that one is tried, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from handlers.metadata import Metadata
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from storage.tables import AuditLine
from tests.permissions.asking import Pressed, Submitted, Typed, Way, moment, option, text, user, users
from tests.permissions.town import PEOPLE, Things, Town, town

TABLE = Path(__file__).parents[2] / "docs" / "permissions.md"
WAYS = ("command", "button", "form")
ASKED = "+access.asked"
NUMBER = count(1)


@dataclass(frozen=True, slots=True)
class Proof:
    """One way to ask for an action, and what shows that it was done; ``asking`` shows that it was asked for."""

    way: Callable[[Town, Things], Way]
    done: str
    instead: Callable[[Town, Things], Way] | None = None
    asking: str = ASKED
    forgeable: bool = True
    """Whether what is tried instead names things by their ids."""
    names_things: bool = True
    """Whether it names something of the workspace; if not, there is nothing to forge."""


def typed(line: str) -> Callable[[Town, Things], Way]:
    return lambda _town, _things: Typed(line)


def pressed(action_id: str, value: str = "", **about: str) -> Callable[[Town, Things], Way]:
    """``value`` and what the modal is about name things: ``destination`` is the id of the destination."""

    def way(_town: Town, things: Things) -> Way:
        metadata = Metadata(**{name: getattr(things, thing) for name, thing in about.items()})
        return Pressed(action_id, value.format(t=things), metadata)

    return way


SCHEDULE = {"schedule_id": "schedule"}


def about(things: Things) -> Metadata:
    return Metadata(schedule_id=things.schedule)


def schedule_form(callback: str) -> Callable[[Town, Things], Way]:
    def way(town: Town, things: Things) -> Way:
        fields = {
            "name": text(f"Name {next(NUMBER)}"),
            "team": text("Money"),
            "time_zone": option("UTC"),
            "roles": text("Primary"),
            "members": users(things.assignable),
            "admins": users(town.ids["sam"]),
            "horizon_days": text("30"),
            "confirm": option("by_hand"),
        }
        return Submitted(callback, fields, about(things) if callback != "create" else Metadata())

    return way


def submitted(
    callback: str, fields: Callable[[Town, Things], dict[str, dict[str, object]]]
) -> Callable[[Town, Things], Way]:
    return lambda town, things: Submitted(
        callback,
        fields(town, things),
        Metadata(
            schedule_id=things.schedule,
            connection_id=things.connection,
            destination_id=things.destination,
            reply_to="",
        ),
    )


def assign_fields(town: Town, t: Things) -> dict[str, dict[str, object]]:
    start = town.now.timestamp() // 3600 * 3600 + 86400
    return {
        "schedule_id": option(t.schedule),
        "role_id": option(t.role),
        "user_id": option(t.assignable),
        "start": moment(start),
        "end": moment(start + 3600),
    }


def change_fields(town: Town, t: Things) -> dict[str, dict[str, object]]:
    return {"what": option("reassign"), "shift": option(t.shift), "user_id": option(town.ids["sam"])}


def destination_fields(t: Things, mode: str) -> dict[str, dict[str, object]]:
    return {
        "connection_id": option(t.connection),
        "external_id": option(t.free_external),
        "external": text(f"https://acme.pagerduty.com/schedules#{t.free_external}"),
        "role_id": option(t.other_role),
        "mode": option(mode),
    }


def link_fields(t: Things) -> dict[str, dict[str, object]]:
    return {
        "connection_id": option(t.connection),
        "external_id": option(t.free_external),
        "external": text(t.free_external),
        "team": text("Platform"),
        "role": text("Primary"),
    }


def sync_fields(t: Things, connection: object) -> dict[str, dict[str, object]]:
    chosen = {"connection_id": option(connection)} if connection else {}
    return {"name": text(f"Name {next(NUMBER)}"), "region": option("us"), **chosen}


PROOFS: dict[str, dict[str, Proof]] = {
    "look at shifts": {"command": Proof(typed("shifts payments"), "Payments", names_things=False)},
    "look at destinations": {"command": Proof(typed("destinations payments"), "Destinations", names_things=False)},
    "create a schedule": {
        "command": Proof(typed("create"), "Create schedule", names_things=False),
        "form": Proof(schedule_form("create"), "+schedule.created", names_things=False),
    },
    "change a schedule": {
        "command": Proof(typed("edit payments"), "Edit schedule", names_things=False),
        "form": Proof(schedule_form("edit"), "+schedule.edited"),
    },
    "archive a schedule": {
        "command": Proof(typed("archive payments"), "Archive schedule", names_things=False),
        "form": Proof(submitted("archive", lambda _, t: {}), "+schedule.archived"),
    },
    "add a member": {
        "button": Proof(pressed("members.add", **SCHEDULE), "Add member"),
        "form": Proof(
            submitted(
                "members.add_view",
                lambda town, t: {
                    "user_id": user(town.ids["otto"]),
                    "access": option("member"),
                    "assignable": option("yes"),
                },
            ),
            "+member.added",
        ),
    },
    "remove a member": {"button": Proof(pressed("members.remove", "{t.member}", **SCHEDULE), "+member.removed")},
    "set a rotation": {"command": Proof(typed("rotation payments"), "First handoff", names_things=False)},
    "assign a shift": {"form": Proof(submitted("assign", assign_fields), "+shift.assigned")},
    "change a shift": {
        "command": Proof(typed("change payments"), "Change shift", names_things=False),
        "form": Proof(
            submitted("change", change_fields),
            "+shift.reassigned",
        ),
    },
    "set a schedule's channel": {
        "form": Proof(
            submitted(
                "channel",
                lambda town, t: {"reminder_hours": text("5"), "digest_day": option(0), "digest_hour": option(9)},
            ),
            "+channel.changed",
        )
    },
    "add a destination": {
        "button": Proof(pressed("destinations.add", **SCHEDULE), 'Add destination"', asking="Ask for a destination"),
        "form": Proof(
            submitted("destinations.add_view", lambda _, t: destination_fields(t, "authoritative")),
            "+destination.added",
            submitted("destinations.ask_view", lambda _, t: destination_fields(t, "authoritative")),
        ),
    },
    "change a destination": {
        "form": Proof(
            submitted("destinations.edit_view", lambda _, t: destination_fields(t, "bidirectional")),
            "+destination.updated",
        ),
    },
    "pause or resume a destination": {
        "button": Proof(pressed("destinations.pause", "{t.destination}", **SCHEDULE), "+destination.paused")
    },
    "export": {"button": Proof(pressed("destinations.export", "{t.destination}:", **SCHEDULE), "+destination.export")},
    "remove a destination": {
        "button": Proof(pressed("destinations.remove", "{t.destination}", **SCHEDULE), "+destination.removed")
    },
    "start PagerDuty updates": {
        "form": Proof(
            submitted("sync.set_up", lambda _, t: sync_fields(t, t.connection)),
            "+sync.started",
            submitted("sync.set_up", lambda _, t: sync_fields(t, None)),
        ),
    },
    "link a PagerDuty schedule": {
        "command": Proof(typed("link"), "Linked assignee", asking="decide whether you can take", names_things=False),
        "form": Proof(
            submitted("link", lambda _, t: link_fields(t)),
            "Reading from PagerDuty",
            submitted("link.ask_view", lambda _, t: link_fields(t)),
            forgeable=False,
        ),
    },
    "see a connection": {"command": Proof(typed("connections"), "acme.pagerduty.com", names_things=False)},
    "test a connection": {"button": Proof(pressed("connections.test", "{t.connection}"), "the key works")},
    "replace a key": {
        "form": Proof(
            submitted(
                "connections.pagerduty",
                lambda town, t: {"subdomain": text("acme"), "key": text(town.baton.key), "region": option("us")},
            ),
            "+connection.saved",
            names_things=False,
        )
    },
    "name a connection's admins": {
        "button": Proof(pressed("connections.admins", "{t.connection}"), "Connection admins"),
        "form": Proof(
            submitted("connections.admins_view", lambda town, t: {"admins": users(town.ids["otto"])}),
            "+connection.admins",
        ),
    },
    "remove a connection": {
        "button": Proof(pressed("connections.remove", "{t.connection}"), "Remove connection"),
        "form": Proof(submitted("connections.remove_view", lambda _, t: {}), "+connection.removed"),
    },
    "allow or refuse a request": {"button": Proof(pressed("access.refuse", "{t.request}"), "+access.refused")},
    "add a webhook": {
        "command": Proof(typed("webhooks"), "Add webhook", names_things=False),
        "form": Proof(
            submitted(
                "webhooks.form",
                lambda _, t: {
                    "name": text("Mine"),
                    "url": text("https://93.184.215.14/mine"),
                    "team_ids": {"type": "multi_static_select", "selected_options": [{"value": str(t.team)}]},
                },
            ),
            "+webhook.added",
        ),
    },
    "look after somebody's webhook": {
        "button": Proof(pressed("webhooks.rotate", "{t.webhook}"), "+webhook.rotated"),
    },
    "see what is not well": {"command": Proof(typed("doctor"), "that could not be delivered", names_things=False)},
    "change the workspace's settings": {
        "command": Proof(typed("settings"), "Who can make schedules", names_things=False),
        "form": Proof(
            submitted("settings", lambda _, t: {"creators": option("admins")}), "+workspace.rules", names_things=False
        ),
    },
}


def table() -> tuple[list[str], dict[str, list[str]]]:
    rows = [line.strip("| \n").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    head, *lines = rows
    return head[2:], {row[0]: row[1:] for row in lines}


ROLES, SAID = table()


@pytest.fixture
async def place(slack: SlackSandbox, pagerduty: PagerDutySandbox, tmp_path: Path) -> AsyncIterator[Town]:
    async with town(slack, pagerduty, tmp_path) as found:
        yield found


async def audit(place: Town) -> list[str]:
    async with place.baton.house.database.read() as tx:
        return list(await tx.session.scalars(select(AuditLine.action).order_by(AuditLine.id)))


async def shows(place: Town, name: str, way: Way, *wanted: str) -> str:
    """Which of these was seen to happen, the first of them; the database is as before afterwards."""
    before = len(await audit(place))
    seen = await place.desk.ask(name, way)
    done = [f"+{action}" for action in (await audit(place))[before:]]
    place.desk.restore()
    assert "Something went wrong" not in seen, f"{name}, {way}: {seen.text[-600:]}"
    return next((one for one in wanted if one in done or (not one.startswith("+") and one in seen)), "")


async def outcome(place: Town, name: str, proof: Proof, things: Things) -> str:
    found = await shows(place, name, proof.way(place, things), proof.done, proof.asking)
    if not found and proof.instead is not None and (proof.forgeable or things is place.own):
        found = await shows(place, name, proof.instead(place, things), proof.asking)
    return {proof.done: "yes", proof.asking: "asks", "": "no"}[found]


def cases() -> Sequence[tuple[str, str]]:
    return [(role, way) for role in PEOPLE for way in (*WAYS, "forged")]


def test_the_table_names_every_action_way_and_person() -> None:
    assert list(PEOPLE) == ROLES
    assert {action: ", ".join(proofs) for action, proofs in PROOFS.items()} == {
        action: row[0] for action, row in SAID.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize(("role", "way"), cases())
async def test_everybody_may_what_the_table_says(place: Town, role: str, way: str) -> None:
    name, column = PEOPLE[role], ROLES.index(role) + 1
    wrong: list[str] = []
    for action, proofs in PROOFS.items():
        for which, proof in proofs.items():
            if way not in (which, "forged") or (way == "forged" and not proof.names_things):
                continue
            things = place.foreign if way == "forged" else place.own
            expected = "no" if way == "forged" else SAID[action][column]
            found = await outcome(place, name, proof, things)
            if found != expected:
                wrong.append(f"{action} by {which}: the table says {expected}, it is {found}")
    assert not wrong


async def test_asking_touches_nothing_in_pagerduty(place: Town) -> None:
    world = place.baton.pagerduty.world
    before = len(world.log)
    for proofs in PROOFS.values():
        for proof in proofs.values():
            if proof.instead is not None:
                await shows(place, "sam", proof.way(place, place.own), ASKED)
                await shows(place, "sam", proof.instead(place, place.own), ASKED)
    assert len(world.log) == before
    async with place.baton.house.database.read() as tx:
        assert await tx.session.scalar(select(func.count()).select_from(AuditLine))


DOUBLED = {
    "create a schedule": "schedule.created",
    "add a member": "member.added",
    "assign a shift": "shift.assigned",
    "add a destination": "destination.added",
    "start PagerDuty updates": "sync.started",
    "add a webhook": "webhook.added",
}


@pytest.mark.parametrize("action", DOUBLED)
async def test_a_form_that_is_delivered_four_times_is_carried_out_once(place: Town, action: str) -> None:
    way = PROOFS[action]["form"].way(place, place.own)
    before = len(await audit(place))
    await place.desk.ask("root", way, times=4)
    assert (await audit(place))[before:].count(DOUBLED[action]) == 1


LARGE = ("9" * 5000, str(2**63), "-1", "1e400", "\x00\x01", "true", "nonsense")
MOMENTS = (10**14, 2**63, -(10**14), 1e300)


def odd(state: dict[str, object]) -> Sequence[dict[str, object]]:
    """An element's state with what no client of Slack's would send."""
    if "selected_option" in state:
        return [option(value) for value in LARGE]
    if "selected_date_time" in state:
        return [{**state, "selected_date_time": value} for value in MOMENTS]
    return [text(value) for value in LARGE] if "value" in state else []


@pytest.mark.slow
@pytest.mark.parametrize("action", [action for action, proofs in PROOFS.items() if "form" in proofs])
async def test_ids_and_numbers_that_can_not_be_are_a_sentence(place: Town, action: str) -> None:
    way = PROOFS[action]["form"].way(place, place.own)
    assert isinstance(way, Submitted)
    for name, state in way.fields.items():
        for strange in odd(state):
            await shows(place, "root", replace(way, fields={**way.fields, name: strange}))
    for number in (2**63, 10**40, -1, True):
        about = Metadata(schedule_id=number, connection_id=number, destination_id=number)
        await shows(place, "root", replace(way, metadata=about))


@pytest.mark.slow
@pytest.mark.parametrize("action", [action for action, proofs in PROOFS.items() if "button" in proofs])
async def test_buttons_with_values_that_can_not_be_are_a_sentence(place: Town, action: str) -> None:
    way = PROOFS[action]["button"].way(place, place.own)
    assert isinstance(way, Pressed)
    for value in (*LARGE, f"{'9' * 5000}:x", f"{2**63}:1"):
        await shows(place, "root", replace(way, value=value))
