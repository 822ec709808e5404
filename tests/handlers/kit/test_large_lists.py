"""Whatever a list holds can be reached from it: by a menu that holds it, by a search, or by the next page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.destinations.pending import change_lines
from handlers.destinations.words import report_blocks
from handlers.kit.blocks import Choice, grouped
from handlers.notices.webhook_views import A_PAGE
from handlers.notices.webhook_views import list_view as webhook_list
from handlers.people import matching_views
from handlers.rotations import views as rotation_views
from oncall.systems import PAGERDUTY, system
from sandbox.slack.blockkit import check_message, check_view
from services.destinations.exporting import PendingView, PersonRef
from services.notices.webhooks import WebhookView
from services.people.matching import Account
from sync.core.model import Status
from sync.core.pending import ChangeKind
from sync.steps.report import Report
from tests.handlers.kit.samples import METADATA, NOW, destination, schedule
from tests.handlers.schedules.test_views import ZONE, draft
from tests.support.listening import elements


def report(number: int) -> Report:
    return Report(destination_id=number, status=Status.WARNING, reason=f"Reason {number}.", unknown=("U1",))


@pytest.mark.parametrize("count", [1, 2, 5, 6, 30, 40, 60])
def test_each_destination_that_knows_not_everybody_has_its_button_or_the_way_to_it_is_named(count: int) -> None:
    blocks = report_blocks("Refreshed", [(destination("x" * 150, n), report(n)) for n in range(1, count + 1)])
    assert check_message({"text": "Refreshed", "blocks": blocks}) == []
    buttons = [element["value"] for _block, element in elements({"blocks": blocks})]
    assert len(set(buttons)) == len(buttons)
    told = str(blocks)
    assert len(buttons) == count or "/oncall destinations" in told


@pytest.mark.parametrize("count", [2, 100, 101, 150])
def test_everybody_can_be_chosen_to_be_matched(count: int) -> None:
    people = [Choice(f"U{n}", f"Member {n}") for n in range(count)]
    account = Account(1, "acme", system(PAGERDUTY))
    view = matching_views.form(people, [account], account, None, METADATA)
    assert check_view(view) == []
    [chooser] = [b["element"] for b in view["blocks"] if b.get("label", {}).get("text") == "Member"]
    searched = chooser["type"] == "external_select" and chooser["action_id"] == matching_views.Id.FIND_MEMBER
    assert searched or len(chooser["options"]) == count


@pytest.mark.parametrize("count", [1, 100, 101, 2000])
def test_a_menu_in_groups_holds_everything(count: int) -> None:
    def held(shape: dict[str, Any]) -> Iterator[str]:
        for group in shape.get("option_groups", [shape]):
            assert 0 < len(group["options"]) <= 100
            yield from (option["value"] for option in group["options"])

    assert list(held(grouped([Choice(str(n), f"Team {n}") for n in range(count)]))) == [str(n) for n in range(count)]


def test_every_webhook_is_on_a_page() -> None:
    known = [
        WebhookView(n, f"Hook {n:03}", "https://example.com", (), None, maker="U1", hears_all=False, silent=False)
        for n in range(70)
    ]
    pages = [webhook_list(known, "U1", "Done", number) for number in range(-(-len(known) // A_PAGE))]
    assert all(check_view(page) == [] for page in pages)
    shown = str(pages)
    assert all(f"Hook {n:03}" in shown for n in range(70))


@pytest.mark.parametrize(
    ("then", "says"),
    [
        (None, "remove <@UBOB>"),
        ((), "remove <@UBOB>; then nobody is on call there"),
        (("<@UCAROL>",), "remove <@UBOB>; then <@UCAROL> is on call there"),
    ],
)
def test_what_is_removed_says_who_is_on_call_then(then: tuple[str, ...] | None, says: str) -> None:
    bob = PersonRef("UBOB", "Bob")
    change = PendingView(NOW, NOW + timedelta(hours=1), ChangeKind.REMOVE, bob, None, False, then=then)
    [line] = change_lines([change], 10, system(PAGERDUTY))
    assert line.endswith(says)


def test_the_end_of_a_rotation_can_be_taken_back_in_its_form_and_stays_so_in_the_preview() -> None:
    stored = draft("Weekly", 2, stored=True)
    ends = replace(stored, until=NOW + timedelta(days=9))
    shown = str(rotation_views.form(schedule("x"), [], ends, ZONE, METADATA))
    assert "It goes on without an end" in shown
    assert "It goes on without an end" not in str(rotation_views.form(schedule("x"), [], stored, ZONE, METADATA))
    goes_on = replace(stored, goes_on=True)
    about = replace(METADATA, schedule_id=1, rotation_id=7, revision=3)
    assert rotation_views.unpack(rotation_views.pack(about, goes_on), about).goes_on
