"""From the card in the channel to the shift: what people do with what they were told, all the way."""

from __future__ import annotations

from datetime import timedelta

from slack_sdk.web.async_client import AsyncWebClient

from notices.deciding.fanout import fan_out
from notices.deciding.topics import Method
from sandbox.client import Person, Workspace
from services.schedules import editing
from services.schedules.creating import ScheduleView
from services.schedules.editing import EditDraft
from services.shifts import assigning as shifts
from services.shifts import confirming
from tests.handlers.rotations.steps import make_rotation
from tests.support.running import Baton
from tests.support.slack_steps import (
    actor,
    assign,
    exported,
    full_hour,
    make_destination,
    make_schedule,
)
from tests.support.telling import courier_of


async def tell(baton: Baton) -> None:
    """Send what waits in the outbox."""
    courier = courier_of(baton)
    await baton.settled()
    await fan_out(baton.house.database, baton.house.clock.now(), email=False)
    await courier.deliver(Method.SLACK)
    courier.close()


async def with_channel(baton: Baton, schedule: ScheduleView) -> None:
    client = AsyncWebClient(token=baton.slack.bot_token, base_url=baton.slack.api_url, retry_handlers=[])
    channels = (await client.conversations_list())["channels"]
    [ops] = [channel["id"] for channel in channels if channel["name"] == "ops"]
    draft = EditDraft(schedule.id, schedule.name, schedule.time_zone, [m.user_id for m in schedule.admins], ops)
    await editing.edit_schedule(baton.house, await actor(baton), draft)


async def test_cover_is_asked_for_posted_taken_and_exported(
    baton: Baton, ws: Workspace, alice: Person, bob: Person
) -> None:
    schedule = await make_schedule(baton, members=("alice", "bob", "carol"))
    await with_channel(baton, schedule)
    destination = await make_destination(baton, schedule)
    start = full_hour(baton)
    await assign(baton, schedule, "bob", start, 8)
    await bob.command("/oncall cover", channel="#ops")
    modal = await bob.modal("Ask for cover")
    await bob.fill("Shift", modal.options("Shift")[0])
    await bob.fill("Starts", start + timedelta(hours=2))
    await bob.submit()
    await tell(baton)

    posted = await alice.wait_for_message("asks for cover as Primary of Payments", channel="#ops")
    assert posted.buttons == ["Take", "Withdraw"]
    carol = ws.person("carol")
    await carol.press("Take", where="#ops")
    await tell(baton)

    taken = await alice.wait_for_message("@carol covers @bob", channel="#ops")
    assert taken.buttons == []
    assert await exported(baton, destination) == [
        ("Bob Smith", start, start + timedelta(hours=2)),
        ("Carol Diaz", start + timedelta(hours=2), start + timedelta(hours=8)),
    ]


async def test_the_card_to_confirm_opens_the_list(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await make_rotation(baton, schedule)
    await tell(baton)
    card = await alice.wait_for_message("for your confirmation in Payments")
    assert card.buttons == ["Confirm"]

    await alice.press("Confirm", where="dm")
    modal = await alice.modal("Confirm shifts")
    assert modal.submit == "Confirm"
    await alice.submit()
    await baton.settled()

    assert await confirming.pending(baton.house, await actor(baton), schedule.id) == []
    assert len(await shifts.coming_shifts(baton.house, await actor(baton), schedule.id, 9)) > 1
