"""Preferences, a schedule's channel, webhooks and dead letters, from Slack."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

import handlers
from bot import metrics
from bot.clock import Ticker
from bot.doctor import undelivered
from bot.notices import start
from bot.parts import assemble
from bot.slack import bolt_app
from handlers.kit.asker import Installation
from notices.deciding.items import item
from notices.deciding.topics import Method, Topic
from sandbox.client import Modal, Person, Workspace
from sandbox.client.waiting import until
from sandbox.pagerduty import PagerDutySandbox
from sandbox.slack import SlackSandbox
from services.kit.errors import NotAllowed
from services.kit.house import House
from services.notices import dead_letters as letters
from services.notices import preferences as notifications
from services.notices import webhooks
from services.notices.webhooks import WebhookDraft
from services.schedules.creating import ScheduleView
from tests.support.migrated import lay
from tests.support.running import Baton, settings_for
from tests.support.slack_steps import actor, make_schedule
from tests.support.webhook_receiver import Receiver, receiving, status


@pytest.fixture
async def baton(
    slack: SlackSandbox, pagerduty: PagerDutySandbox, ws: Workspace, tmp_path: Path
) -> AsyncIterator[Baton]:
    """A running Baton that tells notices, may reach private addresses, and has a mail server."""
    more = {
        "smtp_url": SecretStr("smtp://127.0.0.1:1"),
        "email_from": "baton@example.com",
        "webhook_allow_private": True,
    }
    settings = settings_for(slack, pagerduty, tmp_path / "baton.db").model_copy(update=more)
    lay(tmp_path / "baton.db")
    async with assemble(settings, exclusive=False) as parts:
        app = await bolt_app(settings, parts.house)
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        await handlers.load_directory(client, parts.house, slack.team_id, "")
        sockets = AsyncSocketModeHandler(
            app, slack.app_token, web_client=AsyncWebClient(token=slack.app_token, base_url=slack.api_url)
        )
        workspace = await Installation.of(slack.team_id, "").workspace(parts.house)
        key = pagerduty.world.account.add_key()
        running = Baton(parts.house, parts.jobs, app, client, slack, pagerduty, key, workspace)
        telling = start(parts, Ticker())
        await sockets.connect_async()
        await ws.connected()
        try:
            yield running
        finally:
            await sockets.close_async()
            await running.settled()
            await parts.jobs.drain(5)
            await telling.stop(5)


@dataclass(slots=True)
class Hooked:
    """A webhook that a receiver listens to."""

    receiver: Receiver
    id: int
    secret: str


async def hooked(baton: Baton, receiver: Receiver) -> Hooked:
    made = await webhooks.add_webhook(baton.house, await actor(baton), WebhookDraft("Access", receiver.url))
    return Hooked(receiver, made.webhook.id, made.secret)


async def shows(person: Person, text: str) -> Modal:
    async def look() -> Modal | None:
        top = await person.top_modal()
        return top if top and text in top.text else None

    found = await until(look, 6)
    assert found is not None, (await person.modal()).text
    return found


async def test_preferences_are_saved_per_topic_and_method(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall notifications", channel="#ops")
    form = await alice.modal("Notifications")
    assert form.submit == "Save preferences"
    assert form.fields["Destination override removed"] == []
    assert form.fields["On-call switch"] == ["Slack"]
    assert form.options("Shift changed") == ["Slack", "E-mail"]
    await alice.fill("Destination override removed", ["Slack", "E-mail"])
    await alice.fill("Shift changed", [])
    assert await alice.submit() is None
    await baton.settled()
    known = await notifications.get_preferences(baton.house, await actor(baton))
    assert known.wants(Topic.OVERRIDE_REMOVED, Method.EMAIL)
    assert known.wants(Topic.OVERRIDE_REMOVED, Method.SLACK)
    assert not known.wants(Topic.SHIFT_CHANGED, Method.SLACK)
    assert known.wants(Topic.REMINDER, Method.SLACK)
    of_bob = await notifications.get_preferences(baton.house, await actor(baton, "bob"))
    assert not of_bob.wants(Topic.OVERRIDE_REMOVED, Method.SLACK)


async def test_without_a_mail_server_only_slack_is_offered(baton: Baton) -> None:
    house = replace(baton.house, offers=replace(baton.house.offers, email=False))
    known = await notifications.get_preferences(house, await actor(baton))
    assert known.methods == (Method.SLACK,)


async def channel_form(alice: Person) -> Modal:
    await alice.command("/oncall channel Payments", channel="#ops")
    return await alice.modal("Channel")


async def test_a_channels_settings_are_saved_and_shown_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    form = await channel_form(alice)
    assert form.fields["Reminder (hours before a shift)"] == "24"
    assert form.fields["Tell the channel"] == ["On-call switch", "Cover requests"]
    await alice.fill("Notice channel", "#ops")
    await alice.fill("Tell the channel", ["On-call switch", "Destination override removed"])
    await alice.fill("Gaps", ["Say nothing when nobody is on call"])
    await alice.fill("Reminder (hours before a shift)", "72")
    await alice.fill("Weekly digest", "Monday")
    await alice.fill("Digest hour", "08:00")
    assert await alice.submit() is None
    await baton.settled()
    saved = await notifications.get_channel(baton.house, await actor(baton), schedule.id)
    assert saved.channel_id is not None
    assert [topic for topic, on in saved.topics.items() if on] == [Topic.ON_CALL_SWITCH, Topic.OVERRIDE_REMOVED]
    assert (saved.quiet_gaps, saved.reminder_hours, saved.digest_day, saved.digest_hour) == (True, 72, 1, 8)
    again = await channel_form(alice)
    assert again.fields["Weekly digest"] == "Monday"


async def test_a_digest_without_a_channel_is_an_error_on_the_field(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await channel_form(alice)
    await alice.fill("Weekly digest", "Friday")
    refused = await alice.submit()
    assert refused is not None
    assert list(refused.errors) == ["Notice channel"]


async def test_only_admins_change_what_a_channel_is_told(baton: Baton, bob: Person) -> None:
    schedule = await make_schedule(baton)
    form = await channel_form(bob)
    assert form.submit is None
    draft, someone = notifications.ChannelDraft(channel_id=None), await actor(baton, "bob")
    with pytest.raises(NotAllowed):
        await notifications.save_channel(baton.house, someone, schedule.id, draft)


async def test_a_webhook_is_added_tested_and_its_secret_shown_once(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    async with receiving() as receiver:
        await alice.command("/oncall webhooks", channel="#ops")
        await alice.modal("Webhooks")
        await alice.press("Add webhook")
        form = await alice.modal("Add webhook")
        assert list(form.fields) == ["Name", "URL", "Teams"]
        assert form.submit == "Save"
        await alice.fill("Name", "Access")
        await alice.fill("URL", receiver.url)
        await alice.submit()
        shown = await alice.modal("Webhook secret")
        assert "whsec_" in shown.text
        await alice.close()
        listed = await shows(alice, "Access")
        assert "whsec_" not in str(listed.view)
        await alice.press("Send test")
        await shows(alice, "on its way")
        await alice.press("Deliveries")
        await alice.modal("Deliveries")
        await alice.press("Refresh")
        await shows(alice, "204")
        await alice.press("Redeliver")
        await until(lambda: _arrived(receiver, 2), 5)
        first, second = receiver.headers
        assert first["webhook-id"] == second["webhook-id"]
        assert receiver.bodies[0] == receiver.bodies[1] == b'{"event_type":"oncall_change","transitions":{}}'


async def _arrived(receiver: Receiver, number: int) -> bool | None:
    return len(receiver.bodies) >= number or None


async def test_a_secret_is_rotated_with_an_overlap_and_a_webhook_removed(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    async with receiving() as receiver:
        hook = await hooked(baton, receiver)
        await alice.command("/oncall webhooks", channel="#ops")
        await alice.press("Rotate secret")
        shown = await alice.modal("Webhook secret")
        assert hook.secret not in shown.text
        await alice.close()
        await shows(alice, "The former secret is good until")
        await alice.press("Send test")
        assert await until(lambda: _arrived(receiver, 1), 5)
        assert len(receiver.headers[0]["webhook-signature"].split()) == 2
        await alice.press("Remove")
        await shows(alice, "No webhooks yet")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "whole address"),
        ("ftp://example.com", "whole address"),
        ("https://user:secret@127.0.0.1/", "user or password"),
        ("http://no-such-name.invalid/", "can't be resolved"),
    ],
)
async def test_an_address_that_is_no_good_is_an_error_on_its_field(
    baton: Baton, alice: Person, url: str, problem: str
) -> None:
    await make_schedule(baton)
    await alice.command("/oncall webhooks", channel="#ops")
    await alice.press("Add webhook")
    await alice.modal("Add webhook")
    await alice.fill("Name", "Access")
    await alice.fill("URL", url)
    refused = await alice.submit()
    assert refused is not None
    assert problem in refused.errors["URL"]
    assert (refused.fields["Name"], refused.fields["URL"]) == ("Access", url)


async def test_a_private_address_is_refused_unless_the_operator_allows_it(baton: Baton) -> None:
    await make_schedule(baton)
    house = replace(baton.house, offers=replace(baton.house.offers, private_webhooks=False))
    with pytest.raises(Exception, match="private or special address"):
        await webhooks.add_webhook(house, await actor(baton), WebhookDraft("Access", "http://127.0.0.1:9/"))


async def test_somebody_who_administers_nothing_may_not_see_webhooks(baton: Baton, bob: Person) -> None:
    await make_schedule(baton)
    await bob.command("/oncall webhooks", channel="#ops")
    await bob.wait_for_message("Only admins of a schedule", "ephemeral")


async def dead_letter(house: House, schedule: ScheduleView, workspace: int, target: str, number: int = 1) -> None:
    payload = {"schedule_id": schedule.id, "text": f"Hello there {number}", "blocks": None}
    made = item(workspace, "reminder", f"dead:{number}", Method.SLACK, target, payload, house.clock.now())
    made.state, made.error, made.created_at = "dead", "The moon was full.", house.clock.now() - timedelta(days=3)
    async with house.database.transaction() as tx:
        await tx.outbox.put([made])


async def test_a_dead_letter_is_shown_and_sent_again(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    await dead_letter(baton.house, schedule, baton.workspace, (await actor(baton)).user_id)
    await alice.command("/oncall doctor", channel="#ops")
    doctor = await alice.modal("Doctor")
    assert "The moon was full." in doctor.text
    assert re.search(r"Time zone rules: 20\d\d[a-z] from .*, \d+ days old", doctor.text)
    await alice.press("Send again")
    await alice.wait_for_message("Hello there")
    await shows(alice, "on its way again")
    assert (await letters.dead_letters(baton.house, await actor(baton))).total == 0


async def test_all_dead_letters_are_sent_again_at_once(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    for number in range(3):
        await dead_letter(baton.house, schedule, baton.workspace, (await actor(baton)).user_id, number)
    await alice.command("/oncall doctor", channel="#ops")
    await alice.modal("Doctor")
    await alice.press("Send all again")
    await shows(alice, "On their way again: 3.")
    for number in range(3):
        await alice.wait_for_message(f"Hello there {number}", timeout=5)
    assert (await letters.dead_letters(baton.house, await actor(baton))).total == 0


async def test_every_dead_letter_can_be_reached(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton)
    for number in range(45):
        await dead_letter(baton.house, schedule, baton.workspace, (await actor(baton)).user_id, number)
    await alice.command("/oncall doctor", channel="#ops")
    assert "1–20 of 45 notices" in (await alice.modal("Doctor")).text
    await alice.press("Next")
    await shows(alice, "21–40 of 45 notices")
    await alice.press("Next")
    await shows(alice, "41–45 of 45 notices")


async def test_dead_letters_are_counted_in_the_metrics_and_named_by_the_doctor_of_the_command_line(
    baton: Baton,
) -> None:
    schedule = await make_schedule(baton)
    for number in range(2):
        await dead_letter(baton.house, schedule, baton.workspace, "UNOBODY", number)
    assert b'baton_outbox{state="dead"} 2.0' in await metrics.render(baton.house.database, baton.house.clock.now())
    well, finding = await undelivered(baton.house.database)
    assert not well
    assert finding.startswith("2 notices could not be delivered; `/oncall doctor`")


async def test_what_waits_for_its_next_try_is_redelivered_at_once(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    async with receiving(status(500)) as receiver:
        hook = await hooked(baton, receiver)
        someone = await actor(baton)
        await webhooks.send_test(baton.house, someone, hook.id)
        assert await until(lambda: _kept(baton, hook, 1), 5)
        receiver.answer = None
        (failed,) = await webhooks.list_deliveries(baton.house, someone, hook.id)
        await webhooks.redeliver(baton.house, someone, hook.id, failed.id)
        assert await until(lambda: _kept(baton, hook, 2), 3)
        newest, _ = await webhooks.list_deliveries(baton.house, someone, hook.id)
    assert (failed.status, newest.status) == (500, 204)
    assert receiver.headers[0]["webhook-id"] == receiver.headers[1]["webhook-id"]


async def _kept(baton: Baton, hook: Hooked, number: int) -> bool | None:
    return len(await webhooks.list_deliveries(baton.house, await actor(baton), hook.id)) >= number or None


async def test_a_webhook_for_a_team_that_has_no_schedules_is_not_shown_as_one_for_all(baton: Baton) -> None:
    schedule = await make_schedule(baton)
    someone = await actor(baton)
    (team,) = await webhooks.teams(baton.house, someone)
    await webhooks.add_webhook(baton.house, someone, WebhookDraft("Access", "http://127.0.0.1:9/", [team.id]))
    await make_schedule(baton, "Search", team="Discovery")
    async with baton.house.database.transaction() as tx:
        row = await tx.schedules.get(schedule.id)
        assert row is not None
        row.archived_at = baton.house.clock.now()
    (shown,) = await webhooks.list_webhooks(baton.house, someone)
    assert shown.teams == ("a team without schedules",)


async def test_what_a_bad_receiver_answers_is_shown(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    async with receiving(status(500)) as receiver:
        hook = await hooked(baton, receiver)
        await webhooks.send_test(baton.house, await actor(baton), hook.id)
        assert await until(lambda: _arrived(receiver, 1), 5)
        await alice.command("/oncall webhooks", channel="#ops")
        await alice.press("Deliveries")
        await alice.modal("Deliveries")
        await alice.press("Refresh")
        await shows(alice, "The receiver answered 500.")
