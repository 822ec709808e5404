"""`/oncall refresh` and `/oncall export`."""

from __future__ import annotations

import pytest

from handlers.destinations.words import outcome, report_blocks
from sandbox.client import Person
from sync.core.model import Status
from sync.steps.report import Report
from tests.support.running import Baton
from tests.support.slack_steps import assign, full_hour, make_destination, make_schedule


@pytest.mark.parametrize(
    ("word", "doing", "done"), [("refresh", "Refreshing", "Refreshed"), ("export", "Exporting", "Exported")]
)
async def test_it_says_that_it_began_and_then_what_it_found(
    baton: Baton, alice: Person, word: str, doing: str, done: str
) -> None:
    schedule = await make_schedule(baton)
    await make_destination(baton, schedule)
    await assign(baton, schedule, "bob", full_hour(baton), 8)
    await baton.settled()
    await alice.command(f"/oncall {word} pay", channel="#ops")
    await alice.wait_for_message(f"{doing} Payments…", channel="ephemeral")
    message = await alice.wait_for_message(f"{done} Payments", channel="ephemeral")
    await baton.settled()
    message = await alice.wait_for_message("found 0 differences, wrote nothing", channel="ephemeral")
    assert message.text == f"{done} Payments: 0 differences found, 0 written."
    assert "OK" in message.shown


async def test_people_whom_pagerduty_does_not_know_are_mentioned(baton: Baton, alice: Person) -> None:
    schedule = await make_schedule(baton, members=["zoe"])
    await make_destination(baton, schedule)
    await assign(baton, schedule, "zoe", full_hour(baton), 8)
    await alice.command("/oncall refresh", channel="#ops")
    await alice.wait_for_message("PagerDuty does not know @zoe", channel="ephemeral")


async def test_a_failure_of_pagerduty_is_part_of_the_report(baton: Baton, alice: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    baton.pagerduty.world.account.revoke_key(baton.key)
    await alice.command("/oncall refresh", channel="#ops")
    await alice.wait_for_message("Error", channel="ephemeral", timeout=10)


async def test_without_destinations_the_next_step_is_named(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await alice.command("/oncall refresh", channel="#ops")
    await alice.wait_for_message("/oncall destinations Payments", channel="ephemeral")


async def test_only_admins_may(baton: Baton, bob: Person) -> None:
    await make_destination(baton, await make_schedule(baton))
    await bob.command("/oncall export", channel="#ops")
    await bob.wait_for_message("Only admins of Payments can do that: @alice", channel="ephemeral")


@pytest.mark.parametrize(
    ("report", "told"),
    [
        (Report(1, Status.OK, ""), "found 0 differences, wrote nothing"),
        (Report(1, Status.OK, "", 1, created=1, removed=1), "found 1 difference, wrote 2 (1 created, 1 removed)"),
        (Report(1, Status.OK, "", 2, changed=2), "found 2 differences, wrote 2 (0 created, 2 changed, 0 removed)"),
        (Report(1, Status.OK, "", 3, imported=3), "found 3 differences, wrote nothing, imported 3"),
        (Report(1, Status.BLOCKED, "", 4, waiting=4), "found 4 differences, wrote nothing, 4 waiting for an admin"),
    ],
)
def test_what_was_done_is_counted(report: Report, told: str) -> None:
    assert outcome(report) == told


async def test_a_reason_that_several_destinations_share_is_said_once(baton: Baton) -> None:
    made = await make_destination(baton, await make_schedule(baton))
    broken = Report(made.id, Status.ERROR, "PagerDuty does not accept the key.")
    well = Report(made.id, Status.OK, "All confirmed shifts are exported.")
    shown = str(report_blocks("Refreshed", [(made, broken), (made, broken), (made, well), (made, broken)]))
    assert shown.count("does not accept the key") == 1
    assert "3 destinations: :red_circle: *Error* – PagerDuty does not accept the key." in shown
    assert shown.count("found 0 differences") == 4
