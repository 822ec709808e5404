"""One form that two processes get: Slack sends what it has no answer to in time again, and any process may get that.

Both are on one PostgreSQL, with connections of their own. The first to be ready to commit waits for a moment for the
other one, so that each has looked before either has stored anything, unless one makes the other wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import tests.support.engine_house
from services.connections import credentials, requests, wishes
from services.connections.credentials import Tried
from services.connections.drafts import ConnectionDraft
from services.covers import requests as covers
from services.covers.requests import CoverDraft
from services.destinations import configuring
from services.destinations.configuring import DestinationDraft
from services.kit.errors import Refusal
from services.kit.house import Actor, House
from services.kit.permissions import Access
from services.notices import webhooks
from services.notices.webhooks import WebhookDraft
from services.pagerduty import making_schedules, updates
from services.pagerduty.updates import SyncDraft
from services.people import members
from services.people.members import MemberDraft
from services.rotations import saving
from services.schedules import creating, editing
from services.schedules.creating import ScheduleDraft
from services.schedules.editing import EditDraft
from services.shifts import swaps
from services.shifts.swaps import SwapDraft
from storage.database import Database
from storage.tables import (
    AccessRequest,
    Connection,
    CoverRequest,
    Destination,
    ExternalSchedule,
    Rotation,
    Schedule,
    SwapRequest,
    Team,
    Webhook,
)
from storage.unit import Unit
from tests.support.postgres import migrated_database
from tests.support.service_world import Desk

MOMENT = 0.4
"""Seconds for which one that is ready waits for the other."""

Form = Callable[[House], Awaitable[Any]]


@dataclass(slots=True)
class Twice:
    """The desk, and two processes of it."""

    desk: Desk
    houses: tuple[House, House]
    monkeypatch: pytest.MonkeyPatch

    async def send(self, *forms: Form) -> list[Any]:
        """Both processes get the form, or one each; what they answer."""
        finish, both, ready = Unit.finish, asyncio.Event(), list[Unit]()

        async def together(unit: Unit) -> None:
            ready.append(unit)
            if len(ready) == 2:
                both.set()
            await asyncio.wait([asyncio.ensure_future(both.wait())], timeout=MOMENT)
            await finish(unit)

        with self.monkeypatch.context() as patched:
            patched.setattr(Unit, "finish", together)
            first, second = forms[0], forms[-1]
            return await asyncio.gather(first(self.houses[0]), second(self.houses[1]), return_exceptions=True)

    async def count(self, table: Any) -> int:
        async with self.desk.world.database.read() as tx:
            return await tx.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
async def twice(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Twice]:
    url = migrated_database(postgres)
    monkeypatch.setattr(tests.support.engine_house, "Database", lambda _sqlite: Database(url))
    async with Desk.at(tmp_path) as desk:
        other = Database(url)
        yield Twice(desk, (desk.house, replace(desk.house, database=other)), monkeypatch)
        await other.close()


def one_was_refused(answers: list[Any]) -> bool:
    """Whether one did it and the other was told in words that it is done."""
    return sorted((isinstance(one, Exception), isinstance(one, Refusal)) for one in answers) == [
        (False, False),
        (True, True),
    ]


def schedule_draft(name: str = "Search", team: str = "Finders") -> ScheduleDraft:
    return ScheduleDraft(name, team, "UTC", ["Primary"], ["UALICE"], ["UALICE"])


async def external_schedule(desk: Desk) -> str:
    """One that nothing is exported to yet; its id."""
    external = desk.world.world.account.add_schedule("Search", "UTC", layers=[])
    async with desk.world.database.transaction() as tx:
        tx.session.add(
            ExternalSchedule(connection_id=1, external_id=external.id, name="Search", kind="v2", seen_at=desk.now)
        )
    return external.id


async def test_a_webhook_is_made_once(twice: Twice) -> None:
    draft = WebhookDraft("Ops", "https://93.184.216.34/hooks")

    answers = await twice.send(lambda house: webhooks.add_webhook(house, twice.desk.alice, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(Webhook) == 1


async def test_a_webhooks_secret_is_rotated_once(twice: Twice) -> None:
    house = twice.desk.house
    made = await webhooks.add_webhook(house, twice.desk.alice, WebhookDraft("Ops", "https://93.184.216.34/hooks"))

    answers = await twice.send(lambda house: webhooks.rotate_secret(house, twice.desk.alice, made.webhook.id))

    assert one_was_refused(answers), answers
    [shown] = [answer for answer in answers if not isinstance(answer, Exception)]
    async with twice.desk.world.database.read() as tx:
        row = await tx.webhooks.get(made.webhook.id)
    assert row is not None
    assert (house.secrets.open(row.secret), house.secrets.open(row.former_secret or "")) == (shown.secret, made.secret)


@pytest.mark.parametrize("team", ["Finders", "Payments team"])
async def test_a_schedule_is_made_once(twice: Twice, team: str) -> None:
    draft = schedule_draft(team=team)

    answers = await twice.send(lambda house: creating.create_schedule(house, twice.desk.alice, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(Schedule) == 2


async def test_two_schedules_of_a_new_team_are_of_one_team(twice: Twice) -> None:
    answers = await twice.send(
        lambda house: creating.create_schedule(house, twice.desk.alice, schedule_draft("One")),
        lambda house: creating.create_schedule(house, twice.desk.bob, schedule_draft("Two")),
    )

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert await twice.count(Team) == 2


async def test_two_schedules_do_not_get_one_name(twice: Twice) -> None:
    house, alice = twice.desk.house, twice.desk.alice
    one, two = [await creating.create_schedule(house, alice, schedule_draft(name)) for name in ("One", "Two")]

    def rename(schedule_id: int) -> Form:
        draft = EditDraft(schedule_id, "Search", "UTC", ["UALICE"])
        return lambda house: editing.edit_schedule(house, alice, draft)

    answers = await twice.send(rename(one.id), rename(two.id))

    assert one_was_refused(answers), answers


async def test_a_destination_is_added_once(twice: Twice) -> None:
    desk = twice.desk
    draft = DestinationDraft(desk.id, 1, await external_schedule(desk), desk.roles[1])

    answers = await twice.send(lambda house: configuring.add_destination(house, desk.alice, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(Destination) == 2


async def test_two_schedules_do_not_both_claim_the_same_time_of_one_external_schedule(twice: Twice) -> None:
    desk = twice.desk
    external = await external_schedule(desk)
    other = await creating.create_schedule(desk.house, desk.alice, schedule_draft())

    def add(schedule_id: int, role: int) -> Form:
        draft = DestinationDraft(schedule_id, 1, external, role)
        return lambda house: configuring.add_destination(house, desk.alice, draft)

    answers = await twice.send(add(desk.id, desk.roles[0]), add(other.id, other.roles[0].id))

    assert one_was_refused(answers), answers
    assert await twice.count(Destination) == 2


@pytest.mark.parametrize("again", [False, True])
async def test_an_account_is_connected_once_and_its_first_admin_stays(twice: Twice, again: bool) -> None:
    def connect(actor: Actor) -> Form:
        return lambda house: credentials.save_connection(house, actor, Tried(ConnectionDraft("other", "a-key"), ()))

    if again:
        await connect(twice.desk.bob)(twice.desk.house)
        async with twice.desk.world.database.transaction() as tx:
            row = await tx.connections.find(twice.desk.workspace, "pagerduty", "other")
            assert row is not None
            row.removed_at = twice.desk.now

    answers = await twice.send(connect(twice.desk.alice), connect(twice.desk.actor("UZOE")))

    assert one_was_refused(answers), answers
    assert await twice.count(Connection) == 2


async def test_of_one_persons_connection_sent_twice_there_is_one(twice: Twice) -> None:
    tried = Tried(ConnectionDraft("other", "a-key"), ())

    answers = await twice.send(lambda house: credentials.save_connection(house, twice.desk.alice, tried))

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert await twice.count(Connection) == 2


async def test_a_rotation_is_made_once(twice: Twice) -> None:
    draft = twice.desk.draft("UALICE", "UBOB")

    answers = await twice.send(lambda house: saving.save_rotation(house, twice.desk.alice, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(Rotation) == 1


async def test_somebody_is_added_once(twice: Twice) -> None:
    other = await creating.create_schedule(twice.desk.house, twice.desk.alice, schedule_draft())
    draft = MemberDraft("UBOB", Access.MEMBER)

    answers = await twice.send(lambda house: members.add_member(house, twice.desk.alice, other.id, draft))

    assert one_was_refused(answers), answers


async def test_cover_is_asked_for_once(twice: Twice) -> None:
    draft = CoverDraft(twice.desk.id, await twice.desk.put("UBOB", 24, 48))

    answers = await twice.send(lambda house: covers.ask(house, twice.desk.bob, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(CoverRequest) == 1


@pytest.mark.parametrize("decided", [False, True])
async def test_a_swap_is_asked_for_or_decided_once(twice: Twice, decided: bool) -> None:
    desk = twice.desk
    draft = SwapDraft(desk.id, await desk.put("UALICE", 24, 48), await desk.put("UBOB", 48, 72))
    deed = swaps.decide if decided else swaps.ask

    answers = await twice.send(lambda house: deed(house, desk.alice, draft))

    assert one_was_refused(answers), answers
    assert await twice.count(SwapRequest) == 1


async def test_the_use_of_a_connection_is_asked_for_once(twice: Twice) -> None:
    desk, draft = twice.desk, SyncDraft(twice.desk.id, "Payments on call", kind="layers")
    await members.change_member(desk.house, desk.alice, desk.id, MemberDraft("UBOB", Access.ADMIN))

    answers = await twice.send(lambda house: wishes.ask_sync(house, desk.bob, draft, ""))

    assert [type(answer) for answer in answers] == [requests.Asked, requests.Asked], answers
    assert answers[0].id == answers[1].id
    assert await twice.count(AccessRequest) == 1


async def test_pagerduty_schedules_are_made_once_and_the_others_taken_back(
    twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, account = twice.desk, twice.desk.world.world.account
    await desk.rotate()
    before = len(account.schedules)
    draft = SyncDraft(desk.id, "Payments on call", 1)
    both_have_looked = asyncio.Barrier(2)

    async def found_free(_names: object, _listed: object) -> None:
        await both_have_looked.wait()

    monkeypatch.setattr(making_schedules, "refuse_taken", found_free)

    answers = await twice.send(lambda house: updates.start_sync(house, desk.alice, draft))

    assert one_was_refused(answers), answers
    assert len(account.schedules) == before + 1
    assert await twice.count(Destination) == 2
