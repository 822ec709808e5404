"""External selects: the app is asked for options while the person types."""

import pytest
from slack_bolt.app.async_app import AsyncApp

from sandbox.client import NothingThere, Person, SlackFailure
from tests.sandbox_slack.building import Json, field, modal, option
from tests.sandbox_slack.conftest import Connect

SCHEDULES = ["Payments primary", "Payments secondary", "Search", "Pay"]


class Linking:
    """An app with a modal whose selects ask it for schedules."""

    def __init__(self, app: AsyncApp, kind: str = "external_select", offered: Json | None = None) -> None:
        self.asked: list[Json] = []
        self.submitted: list[Json] = []
        self.offered = offered
        self.view = modal("Link", field("Schedule", kind, min_query_length=1))
        app.command("/link")(self._open)
        app.options("schedule_value")(self._suggest)
        app.view("form")(self._submission)

    async def _open(self, ack, client, body):
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=self.view)

    async def _suggest(self, ack, payload):
        self.asked.append(payload)
        found = [option(name) for name in SCHEDULES if payload["value"].lower() in name.lower()]
        await ack(**(self.offered or {"options": found}))

    async def _submission(self, ack, view):
        await ack()
        self.submitted.append(view["state"]["values"]["schedule"]["schedule_value"])


async def test_a_search_shows_what_the_app_offers(app: AsyncApp, connect: Connect, alice: Person) -> None:
    linking = Linking(app)
    await connect()
    await alice.command("/link")
    assert await alice.search("Schedule", "pay") == ["Payments primary", "Payments secondary", "Pay"]
    asked = linking.asked[0]
    assert (asked["type"], asked["value"], asked["block_id"]) == ("block_suggestion", "pay", "schedule")
    assert asked["view"]["callback_id"] == "form"


async def test_too_short_a_query_is_not_sent(app: AsyncApp, connect: Connect, alice: Person) -> None:
    linking = Linking(app)
    linking.view["blocks"][0]["element"]["min_query_length"] = 4
    await connect()
    await alice.command("/link")
    assert await alice.search("Schedule", "pay") == []
    assert linking.asked == []


@pytest.mark.parametrize(("typed", "chosen"), [("Pay", "Pay"), ("second", "Payments secondary"), ("Search", "Search")])
async def test_the_exact_option_or_the_only_one_is_picked(
    app: AsyncApp, connect: Connect, alice: Person, typed: str, chosen: str
) -> None:
    linking = Linking(app)
    await connect()
    await alice.command("/link")
    await alice.fill("Schedule", typed)
    assert (await alice.modal()).fields == {"Schedule": chosen}
    await alice.submit()
    assert linking.submitted == [{"type": "external_select", "selected_option": option(chosen)}]


async def test_an_ambiguous_entry_picks_nothing(app: AsyncApp, connect: Connect, alice: Person) -> None:
    Linking(app)
    await connect()
    await alice.command("/link")
    with pytest.raises(NothingThere, match="'Payments primary', 'Payments secondary'"):
        await alice.fill("Schedule", "payments")


async def test_several_options_are_searched_one_by_one(app: AsyncApp, connect: Connect, alice: Person) -> None:
    linking = Linking(app, "multi_external_select")
    await connect()
    await alice.command("/link")
    await alice.fill("Schedule", ["Search", "Payments primary"])
    await alice.submit()
    chosen = [one["text"]["text"] for one in linking.submitted[0]["selected_options"]]
    assert chosen == ["Search", "Payments primary"]


async def test_groups_of_options_are_offered_in_order(app: AsyncApp, connect: Connect, alice: Person) -> None:
    label = {"type": "plain_text", "text": "Team"}
    Linking(
        app,
        offered={
            "option_groups": [{"label": label, "options": [option("A")]}, {"label": label, "options": [option("B")]}]
        },
    )
    await connect()
    await alice.command("/link")
    assert await alice.search("Schedule", "x") == ["A", "B"]


@pytest.mark.parametrize(
    "offered",
    [
        {"options": [option(f"{n}") for n in range(101)]},
        {"options": [option("x" * 76)]},
        {"options": [option("x", "v" * 151)]},
    ],
)
async def test_options_that_slack_would_not_show_fail_to_load(
    app: AsyncApp, connect: Connect, alice: Person, offered: Json
) -> None:
    Linking(app, offered=offered)
    await connect()
    await alice.command("/link")
    with pytest.raises(SlackFailure, match="failed to load"):
        await alice.search("Schedule", "x")
