"""What failed while Baton was not installed is told once it is again, if it is still true."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot.install import SealedInstallationStore
from notices.deciding.items import fanout_item, item
from notices.deciding.topics import Method
from notices.sending.slack import NOT_INSTALLED, SlackSender
from storage.notices import NoticeKind
from storage.repositories.covers import CoverState
from storage.tables import CoverRequest
from tests.support.notice_house import Clients, NoticeHouse, notice_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[NoticeHouse]:
    async with notice_house(tmp_path) as made:
        yield made


async def told_in_vain(house: NoticeHouse) -> None:
    """Tell everything that is due, while Baton is not installed."""
    await house.watch()
    await house.split()
    sender = SlackSender(Clients(None), house.database)
    courier = house.courier(slack=sender)
    for _ in range(9):  # one notice per person and second
        await courier.deliver(Method.SLACK)
        house.clock.pass_(seconds=1)


async def install(house: NoticeHouse) -> None:
    store = SealedInstallationStore(house.database, house.secrets, house.clock)
    await store.async_save(Installation(app_id="A1", team_id="T1", user_id="U1", bot_token="xoxb-again"))


async def waiting(house: NoticeHouse) -> list[tuple[str, str]]:
    return sorted((row.kind, row.target) for row in await house.items(Method.SLACK, state="pending"))


async def test_who_is_on_call_and_who_soon_will_be_hears_of_it_after_baton_is_installed_again(
    house: NoticeHouse,
) -> None:
    schedule = await house.add_schedule(roles=["Primary"])
    for user, start, end in (("UALICE", 0, 8), ("UBOB", 8, 16), ("UCAROL", 16, 48), ("UDANA", 48, 60)):
        await house.assign(schedule, user, start, end)
    for hours in (0.0, 8.0, 16.0, 25.0):
        house.clock.at = house.hours(hours)
        await told_in_vain(house)
    assert await waiting(house) == []
    await install(house)
    switch, reminder = NoticeKind.ON_CALL_SWITCH, NoticeKind.REMINDER
    assert await waiting(house) == [
        (switch, "COPS"),
        (switch, "UBOB"),
        (switch, "UCAROL"),
        (reminder, "UDANA"),
    ]


async def failed(
    house: NoticeHouse, kind: NoticeKind, target: str, error: str = NOT_INSTALLED, **facts: object
) -> None:
    """A notice to one person that could not be delivered, and what it was made of."""
    now, key = house.clock.now(), f"{len(await house.items())}"
    whole = fanout_item(house.workspace, 0, kind, key, facts, now)
    sent = item(house.workspace, kind, whole.key, Method.SLACK, target, {"text": "…", "blocks": []}, now)
    whole.state, sent.state, sent.error = "sent", "dead", error
    async with house.database.transaction() as tx:
        await tx.outbox.put([whole, sent])


async def cover(house: NoticeHouse, state: CoverState) -> int:
    schedule, now = await house.add_schedule(state), house.clock.now()
    async with house.database.transaction() as tx:
        request = CoverRequest(
            schedule_id=schedule,
            role_id=(await tx.schedules.roles(schedule))[0].id,
            user_id="UALICE",
            starts_at=now,
            ends_at=now + timedelta(days=3),
            state=state,
            created_at=now,
        )
        return (await tx.covers.add(request)).id


async def test_what_is_settled_or_a_day_old_or_failed_for_another_reason_is_left_to_the_doctor(
    house: NoticeHouse,
) -> None:
    is_open, is_taken = await cover(house, CoverState.OPEN), await cover(house, CoverState.TAKEN)
    await failed(house, NoticeKind.MEMBER_GONE, "UOLD")
    house.clock.pass_(hours=25)
    await failed(house, NoticeKind.COVER_REQUESTED, "UOPEN", request_id=is_open)
    await failed(house, NoticeKind.COVER_REQUESTED, "UTAKEN", request_id=is_taken)
    await failed(house, NoticeKind.MEMBER_GONE, "UGONE", error="Slack knows no such channel.")
    await failed(house, NoticeKind.MEMBER_GONE, "UNEWS")
    await failed(house, NoticeKind.UNDELIVERED, "UADMIN")
    await install(house)
    assert await waiting(house) == [(NoticeKind.COVER_REQUESTED, "UOPEN"), (NoticeKind.MEMBER_GONE, "UNEWS")]
    async with house.database.read() as tx:
        assert {row.target for row in await tx.outbox.dead(house.workspace, 9)} == {
            "UOLD",
            "UTAKEN",
            "UGONE",
            "UADMIN",
        }
