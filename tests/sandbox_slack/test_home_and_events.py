"""The Home tab, triggers, events about people and installs."""

import asyncio
from collections.abc import Callable

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import NothingThere, Person, Workspace
from sandbox.slack import SlackSandbox
from tests.sandbox_slack.building import Json, actions, button, field, home, modal, section
from tests.sandbox_slack.conftest import Connect


async def eventually(is_so: Callable[[], object]) -> None:
    for _ in range(300):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never became so")


async def test_opening_the_home_tab_lets_the_app_publish_it(app: AsyncApp, connect: Connect, alice: Person) -> None:
    pressed: list[Json] = []

    @app.event("app_home_opened")
    async def opened(event, client):
        assert event["tab"] == "home"
        await client.views_publish(
            user_id=event["user"], view=home(section("Your shifts"), actions(button("Swap", "swap")))
        )

    @app.action("swap")
    async def swap(ack, body, client):
        await ack()
        pressed.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=modal("Swap"))

    await connect()
    shown = await alice.open_home()
    assert "Your shifts" in shown.text
    assert shown.buttons == ["Swap"]
    await alice.press("Swap", where="home")
    assert pressed[0]["container"]["type"] == "view"
    assert pressed[0]["view"]["type"] == "home"
    swap_modal = await alice.modal("Swap")
    assert swap_modal.depth == 1


async def test_a_home_tab_that_is_never_published_is_empty(alice: Person) -> None:
    with pytest.raises(NothingThere, match="Home tab is empty"):
        await alice.open_home(timeout=0.05)


async def test_publishing_with_a_stale_hash_is_refused(ws: Workspace, client: AsyncWebClient) -> None:
    alice_id = (await client.users_lookupByEmail(email="alice@example.com"))["user"]["id"]
    first = await client.views_publish(user_id=alice_id, view=home(section("1")))
    await client.views_publish(user_id=alice_id, view=home(section("2")), hash=first["view"]["hash"])
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_publish(user_id=alice_id, view=home(section("3")), hash=first["view"]["hash"])


class Triggers:
    """An app that keeps the trigger_id of every command."""

    def __init__(self, app: AsyncApp) -> None:
        self.ids: list[str] = []
        app.command("/oncall")(self._keep)

    async def _keep(self, ack, body):
        self.ids.append(body["trigger_id"])
        await ack("ok")


async def test_a_trigger_opens_one_view(app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient) -> None:
    triggers = Triggers(app)
    await connect()
    await alice.command("/oncall")
    await client.views_open(trigger_id=triggers.ids[0], view=modal("One"))
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        await client.views_open(trigger_id=triggers.ids[0], view=modal("Two"))


async def test_a_trigger_lives_three_seconds(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient, ws: Workspace
) -> None:
    triggers = Triggers(app)
    await connect()
    await alice.command("/oncall")
    await ws.advance(3.1)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        await client.views_open(trigger_id=triggers.ids[0], view=modal("Late"))


async def test_pushing_needs_a_modal_below_and_stops_at_three(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    triggers = Triggers(app)
    await connect()
    for _ in range(5):
        await alice.command("/oncall")
    first, *others, last = triggers.ids
    with pytest.raises(SlackApiError, match="not_found"):
        await client.views_push(trigger_id=first, view=modal("Zero"))
    await client.views_open(trigger_id=others[0], view=modal("One"))
    await client.views_push(trigger_id=others[1], view=modal("Two"))
    await client.views_push(trigger_id=others[2], view=modal("Three"))
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=last, view=modal("Four"))
    assert (await alice.modal("Three")).depth == 3


async def test_external_ids_name_one_view(
    app: AsyncApp, connect: Connect, alice: Person, client: AsyncWebClient
) -> None:
    triggers = Triggers(app)
    await connect()
    await alice.command("/oncall")
    await alice.command("/oncall")
    await client.views_open(trigger_id=triggers.ids[0], view=modal("One", external_id="mine"))
    await client.views_update(external_id="mine", view=modal("Two", field("Name"), external_id="mine"))
    assert (await alice.modal("Two")).fields == {"Name": None}
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_push(trigger_id=triggers.ids[1], view=modal("Three", external_id="mine"))


async def test_the_app_hears_of_people_who_join_and_change(app: AsyncApp, connect: Connect, ws: Workspace) -> None:
    heard: list[tuple[str, str, bool, str]] = []

    async def hear(event, body):
        heard.append((event["type"], event["user"]["name"], event["user"]["deleted"], body["event_id"]))

    app.event("team_join")(hear)
    app.event("user_change")(hear)
    await connect()
    await ws.add_user("carol")
    await ws.update_user("carol", deleted=True)
    await eventually(lambda: len(heard) == 2)
    assert sorted(one[:3] for one in heard) == [("team_join", "carol", False), ("user_change", "carol", True)]
    assert heard[0][3] != heard[1][3]


async def test_uninstalling_revokes_the_token_and_says_so(
    app: AsyncApp, connect: Connect, ws: Workspace, client: AsyncWebClient
) -> None:
    heard: list[str] = []

    async def hear(event):
        heard.append(event["type"])

    app.event("tokens_revoked")(hear)
    app.event("app_uninstalled")(hear)
    await connect()
    await ws.uninstall()
    await eventually(lambda: len(heard) == 2)
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.auth_test()


async def test_another_workspace_is_installed_with_a_code(
    slack: SlackSandbox, ws: Workspace, client: AsyncWebClient
) -> None:
    globex = await ws.add_workspace("Globex")
    await globex.add_user("hank")
    code = await globex.oauth_code(
        "hank", scopes=["commands", "chat:write", "chat:write.public"], redirect_uri="https://x.example/back"
    )
    credentials = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    with pytest.raises(SlackApiError, match="bad_redirect_uri"):
        await client.oauth_v2_access(**credentials, code=code, redirect_uri="https://elsewhere.example")
    installed = await client.oauth_v2_access(**credentials, code=code, redirect_uri="https://x.example/back")
    assert (installed["team"]["name"], installed["scope"]) == ("Globex", "commands,chat:write,chat:write.public")
    theirs = AsyncWebClient(token=installed["access_token"], base_url=slack.api_url)
    assert (await theirs.auth_test())["team_id"] == installed["team"]["id"] != slack.team_id
    await theirs.chat_postMessage(channel="#general", text="hello Globex")
    assert [message.text for message in await globex.person("hank").messages("#general")] == ["hello Globex"]
    with pytest.raises(SlackApiError, match="code_already_used"):
        await client.oauth_v2_access(**credentials, code=code, redirect_uri="https://x.example/back")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"client_secret": "no"}, "bad_client_secret"),
        ({"code": "no"}, "invalid_code"),
    ],
)
async def test_an_install_with_wrong_credentials_is_refused(
    slack: SlackSandbox, ws: Workspace, client: AsyncWebClient, change: dict[str, str], code: str
) -> None:
    right = {"client_id": slack.client_id, "client_secret": slack.client_secret, "code": await ws.oauth_code("alice")}
    with pytest.raises(SlackApiError, match=code):
        await client.oauth_v2_access(**(right | change))


async def test_each_workspace_hears_only_of_itself(
    app: AsyncApp, connect: Connect, slack: SlackSandbox, ws: Workspace
) -> None:
    teams: list[str] = []

    @app.command("/oncall")
    async def answer(ack, body):
        teams.append(body["team_id"])
        await ack()

    await connect()
    globex = await ws.add_workspace("Globex")
    await globex.add_user("alice")
    await globex.person("alice").command("/oncall")
    await ws.person("alice").command("/oncall")
    assert teams[0] != slack.team_id
    assert teams[1] == slack.team_id
