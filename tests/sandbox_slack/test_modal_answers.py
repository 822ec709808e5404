"""Submitting and closing modals, and what the app's answers do."""

import asyncio

import pytest
from slack_bolt.app.async_app import AsyncApp

from sandbox.client import Person, SlackFailure
from tests.sandbox_slack.building import Json, field, modal
from tests.sandbox_slack.conftest import Connect
from tests.sandbox_slack.forms import Form


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {"response_action": "errors", "errors": {"no_such_block": "Taken"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update", "view": modal("x" * 25)},
        {"response_action": "push", "view": modal("x" * 25)},
        {"response_action": "jump"},
    ],
)
@pytest.mark.parametrize("ack_seconds", [0.5])
async def test_an_answer_that_slack_cannot_use_leaves_the_modal_with_a_failure(
    app: AsyncApp, connect: Connect, alice: Person, answer: Json | None
) -> None:
    form = Form(app, modal("Edit", field("Name", initial_value="x")))
    form.answer = answer
    await connect()
    await alice.command("/form")
    with pytest.raises(SlackFailure, match=r"^We had some trouble connecting\. Try again\?$"):
        await alice.submit()
    assert (await alice.modal("Edit")).fields == {"Name": "x"}


async def test_update_replaces_push_stacks_and_clear_closes(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", field("Name", initial_value="x")))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "update", "view": modal("Two")}
    updated = await alice.submit()
    assert updated is not None
    assert (updated.title, updated.depth) == ("Two", 1)
    form.answer = {"response_action": "push", "view": modal("Three")}
    pushed = await alice.submit()
    assert pushed is not None
    assert (pushed.title, pushed.depth) == ("Three", 2)
    assert pushed.view["previous_view_id"] == updated.view_id == pushed.view["root_view_id"]
    form.answer = {"response_action": "clear"}
    assert await alice.submit() is None


async def test_an_empty_answer_closes_only_the_top_view(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two")}
    await alice.submit()
    form.answer = {}
    below = await alice.submit()
    assert below is not None
    assert below.title == "One"


async def test_a_fourth_view_on_the_stack_is_refused(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One"))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("More")}
    await alice.submit()
    await alice.submit()
    with pytest.raises(SlackFailure):
        await alice.submit()
    assert (await alice.modal()).depth == 3


async def test_closing_is_told_only_where_the_app_asked_for_it(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", notify_on_close=True))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two")}
    await alice.submit()
    below = await alice.close()
    assert below is not None
    assert below.title == "One"
    assert form.closed == []
    assert await alice.close() is None
    assert [closed["is_cleared"] for closed in form.closed] == [False]


async def test_the_cross_closes_the_whole_stack(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("One", notify_on_close=True))
    await connect()
    await alice.command("/form")
    form.answer = {"response_action": "push", "view": modal("Two", notify_on_close=True)}
    await alice.submit()
    await alice.close_all()
    assert await alice.top_modal() is None
    assert [(c["view"]["title"]["text"], c["is_cleared"]) for c in form.closed] == [("Two", True), ("One", True)]


async def test_a_double_submit_reaches_the_app_twice(app: AsyncApp, connect: Connect, alice: Person) -> None:
    form = Form(app, modal("Edit", field("Name", initial_value="x")))
    await connect()
    await alice.command("/form")
    await asyncio.gather(alice.submit(), alice.submit())
    assert len(form.submitted) == 2
    assert await alice.top_modal() is None
