"""What people hear when something fails, and that Slack always gets its acknowledgement."""

from __future__ import annotations

import re

import pytest
from slack_sdk.errors import SlackApiError
from structlog.testing import capture_logs

from handlers.destinations import listeners as destination_listeners
from handlers.kit.errors import wording
from handlers.kit.exchange import error_code, with_notice
from sandbox.client import Person
from sandbox.slack.blockkit import check_view
from services.destinations import configuring as destinations
from services.kit.errors import Candidate, FieldErrors, NotFound, Unclear
from services.schedules import creating as schedules
from services.shifts import assigning as shifts
from storage.again import TRIES
from storage.repositories.shifts import Shifts
from storage.trouble import LostRace
from tests.support.running import Baton
from tests.support.slack_steps import make_connection, make_destination, make_schedule, modal_says

WENT_WRONG = "Something went wrong"


async def fails(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError("a secret detail")


async def gone(*_args: object, **_kwargs: object) -> None:
    raise NotFound("That connection does not exist any more.")


async def test_a_defect_behind_a_command_is_told_with_a_reference(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "list_schedules", fails)
    await alice.command("/oncall schedules", channel="#ops")
    message = await alice.wait_for_message(WENT_WRONG, channel="ephemeral")
    assert re.search(r"reference: [0-9A-F]{6}", message.shown)
    assert "secret" not in message.shown


async def test_a_defect_behind_a_submission_is_told_in_the_modal_and_nothing_typed_is_lost(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_schedule(baton)
    await alice.command("/oncall assign", channel="#ops")
    await alice.modal("Assign shift")
    await alice.fill("Member", "Bob Smith")
    with monkeypatch.context() as patched:
        patched.setattr(shifts, "assign_shift", fails)
        modal = await alice.submit()
    assert modal is not None
    assert WENT_WRONG in modal.text
    assert modal.fields["Member"] == "Bob Smith"
    assert await alice.submit() is None


async def test_who_lost_a_race_three_times_keeps_the_form_and_what_was_typed(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_schedule(baton)
    await alice.command("/oncall assign", channel="#ops")
    await alice.modal("Assign shift")
    await alice.fill("Member", "Bob Smith")
    tries: list[object] = []

    async def lose(self: Shifts, *_changes: object) -> None:
        tries.append(self)
        raise LostRace

    with monkeypatch.context() as patched:
        patched.setattr(Shifts, "apply", lose)
        modal = await alice.submit()
    assert modal is not None
    assert "Somebody else changed this at the same moment; please try again. Nothing was saved." in modal.text
    assert modal.fields["Member"] == "Bob Smith"
    assert len(tries) == TRIES
    assert await alice.submit() is None


async def test_a_defect_behind_a_button_is_told_in_the_modal(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_destination(baton, await make_schedule(baton))
    await alice.command("/oncall destinations", channel="#ops")
    await alice.modal("Destinations")
    monkeypatch.setattr(destinations, "get_destination", fails)
    await alice.press("Edit")
    await modal_says(alice, WENT_WRONG)


async def adding_a_destination(baton: Baton, alice: Person) -> None:
    await make_schedule(baton)
    await make_connection(baton)
    await alice.command("/oncall destinations", channel="#ops")
    await alice.modal("Destinations")
    await alice.press("Add destination")
    await alice.modal("Add destination")


async def test_a_defect_behind_a_search_offers_nothing(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adding_a_destination(baton, alice)
    monkeypatch.setattr(destination_listeners, "search_schedules", fails)
    assert await alice.search("PagerDuty schedule", "x") == []


async def test_what_is_searched_after_it_is_gone_is_an_empty_list_and_no_defect(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await adding_a_destination(baton, alice)
    monkeypatch.setattr(destination_listeners, "search_schedules", gone)
    with capture_logs() as said:
        assert await alice.search("PagerDuty schedule", "x") == []
    assert [(one["event"], one["log_level"]) for one in said if "action" in one] == [("search failed", "info")]


async def test_a_defect_before_any_listener_is_told_too(
    baton: Baton, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    @baton.app.middleware
    async def broken() -> None:
        raise ZeroDivisionError

    await alice.command("/oncall help", channel="#ops")
    await alice.wait_for_message(WENT_WRONG, channel="ephemeral")


def test_candidates_are_named_for_who_hears_only_the_text() -> None:
    told = wording(Unclear("Which?", [Candidate(number, f"Payments {number}") for number in range(25)]), {})
    assert told.startswith("Which?\n• Payments 0")
    assert told.endswith("… and 5 more")


def test_refusals_keep_their_mentions_and_field_errors_are_plain() -> None:
    assert wording(NotFound("Ask <@U1>."), {}) == "Ask <@U1>."
    assert wording(FieldErrors({"name": "a < b"}), {}) == "a &lt; b"


@pytest.mark.parametrize(
    ("data", "code"), [({"ok": False, "error": "not_found"}, "not_found"), ("<html>", ""), ({}, ""), (b"", "")]
)
def test_slacks_word_for_an_error_is_read_from_whatever_comes(data: object, code: str) -> None:
    class Response:
        pass

    response = Response()
    response.data = data  # type: ignore[attr-defined]
    assert error_code(SlackApiError("failed", response)) == code


def test_a_notice_fits_into_a_full_view_and_replaces_the_one_before() -> None:
    full = {
        "id": "V1",
        "hash": "x",
        "type": "modal",
        "title": {"type": "plain_text", "text": "Full"},
        "submit": None,
        "private_metadata": "",
        "blocks": [{"type": "divider", "block_id": f"b{number}"} for number in range(100)],
    }
    once = with_notice(full, "first")
    twice = with_notice(once, "second")
    assert check_view(twice) == []
    assert "first" not in str(twice)
    assert len(twice["blocks"]) == 100
