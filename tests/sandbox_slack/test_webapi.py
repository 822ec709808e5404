"""The Web API's answers and refusals, through slack_sdk's own client."""

from typing import Any

import aiohttp
import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Person, Workspace
from sandbox.slack import SlackSandbox
from tests.sandbox_slack.building import home, modal, section


async def refusal(client: AsyncWebClient, method: str, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as refused:
        await client.api_call(method, json=arguments)
    answer = refused.value.response.data
    assert isinstance(answer, dict)
    return answer


async def error(client: AsyncWebClient, method: str, **arguments: Any) -> str:
    return (await refusal(client, method, **arguments))["error"]


async def test_auth_test_says_who_the_app_is(slack: SlackSandbox, client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["team_id"] == slack.team_id
    assert answer["user"] == "baton"
    assert answer["bot_id"].startswith("B")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")


@pytest.mark.parametrize(("token", "code"), [(None, "not_authed"), ("xoxb-made-up", "invalid_auth")])
async def test_a_missing_or_unknown_token_is_refused(slack: SlackSandbox, token: str | None, code: str) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(headers=headers) as http:
        answer = await http.post(f"{slack.api_url}auth.test")
    assert answer.json() == {"ok": False, "error": code}


async def test_a_revoked_token_is_refused(ws: Workspace, client: AsyncWebClient) -> None:
    await client.auth_revoke()
    assert await error(client, "auth.test") == "token_revoked"


async def test_a_token_of_the_wrong_kind_is_refused(slack: SlackSandbox, client: AsyncWebClient) -> None:
    assert await error(client, "apps.connections.open") == "not_allowed_token_type"


async def test_a_method_that_does_not_exist_is_refused(client: AsyncWebClient) -> None:
    assert await error(client, "chat.shout") == "unknown_method"


async def test_a_missing_scope_is_named(ws: Workspace, client: AsyncWebClient) -> None:
    await ws.set_scopes(["commands", "users:read"])
    answer = await refusal(client, "chat.postMessage", channel="#ops", text="x")
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands,users:read",
    )
    assert await error(client, "usergroups.list") == "missing_scope"
    assert "email" not in (await client.users_list())["members"][1]["profile"]


async def test_forms_with_json_inside_and_json_bodies_are_understood_alike(
    slack: SlackSandbox, ws: Workspace, alice: Person
) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    form = {"channel": "#ops", "text": "t", "blocks": '[{"type": "divider"}]'}
    async with httpx.AsyncClient(headers=headers) as http:
        assert (await http.post(f"{slack.api_url}chat.postMessage", data=form)).json()["ok"]
        as_json = form | {"blocks": [{"type": "divider"}]}
        assert (await http.post(f"{slack.api_url}chat.postMessage", json=as_json)).json()["ok"]
        assert (await http.get(f"{slack.api_url}users.info", params={"user": "U0"})).json()["error"] == "user_not_found"
        broken = await http.post(f"{slack.api_url}chat.postMessage", data=form | {"blocks": "[{"})
        assert broken.json()["error"] == "invalid_blocks_format"
    assert [message.blocks[0]["type"] for message in await alice.messages("#ops")] == ["divider", "divider"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "U0", "text": "x"}, "channel_not_found"),
        ({"channel": "#secret", "text": "x"}, "channel_not_found"),
        ({"channel": "#old", "text": "x"}, "is_archived"),
        ({"channel": "#ops"}, "no_text"),
        ({"channel": "#ops", "text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x"}, "invalid_arguments"),
        ({"channel": "#ops", "text": "x", "blocks": [{"type": "sektion"}]}, "invalid_blocks"),
        ({"channel": "#ops", "text": "x", "blocks": [section("x")] * 51}, "invalid_blocks"),
    ],
)
async def test_posting_is_refused_as_slack_refuses_it(
    ws: Workspace, client: AsyncWebClient, arguments: dict[str, Any], code: str
) -> None:
    await ws.add_channel("secret", private=True)
    await ws.add_channel("old", bot_is_member=True)
    await ws.update_channel("old", archived=True)
    assert await error(client, "chat.postMessage", **arguments) == code


async def test_invalid_blocks_come_with_the_reasons(client: AsyncWebClient, ws: Workspace) -> None:
    answer = await refusal(client, "chat.postMessage", channel="#ops", text="x", blocks=[{"type": "header"}])
    assert "blocks/0" in answer["response_metadata"]["messages"][0]


async def test_a_bot_outside_a_public_channel_needs_a_scope_to_post(ws: Workspace, client: AsyncWebClient) -> None:
    await ws.add_channel("news", members=["alice"])
    await client.chat_postMessage(channel="#news", text="with chat:write.public")
    await ws.set_scopes(["chat:write"])
    assert await error(client, "chat.postMessage", channel="#news", text="x") == "not_in_channel"


async def test_ephemeral_messages_need_a_reader_in_the_channel(ws: Workspace, client: AsyncWebClient) -> None:
    carol = await ws.add_user("carol")
    assert await error(client, "chat.postEphemeral", channel="#ops", user=carol, text="x") == "user_not_in_channel"


async def test_only_own_messages_that_exist_can_be_changed(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    channel = (await ws.channel("ops"))["id"]
    assert await error(client, "chat.update", channel=channel, ts="1.1", text="x") == "message_not_found"
    assert await error(client, "chat.delete", channel=channel, ts="1.1") == "message_not_found"
    posted = await client.chat_postMessage(channel=channel, text="one")
    assert await error(client, "chat.update", channel=channel, ts=posted["ts"]) == "no_text"
    await client.chat_update(channel=channel, ts=posted["ts"], text="two")
    assert [(m.text, m.edited) for m in await alice.messages("#ops")] == [("two", True)]
    link = await client.chat_getPermalink(channel=channel, message_ts=posted["ts"])
    assert link["permalink"].endswith(posted["ts"].replace(".", ""))
    await client.chat_delete(channel=channel, ts=posted["ts"])
    assert await alice.messages("#ops") == []


async def test_what_a_person_wrote_cannot_be_changed_by_the_app(
    ws: Workspace, client: AsyncWebClient, alice: Person
) -> None:
    said = await alice.say("good morning", channel="#ops")
    arguments = {"channel": said.channel, "ts": said.ts}
    assert await error(client, "chat.update", text="x", **arguments) == "cant_update_message"
    assert await error(client, "chat.delete", **arguments) == "cant_delete_message"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"channel": "C0", "topic": "x"}, "channel_not_found"),
        ({"channel": "#ops", "topic": "x"}, "channel_not_found"),
        ({"channel": "general", "topic": "x"}, "not_in_channel"),
        ({"channel": "old", "topic": "x"}, "is_archived"),
        ({"channel": "ops", "topic": "x" * 251}, "too_long"),
    ],
)
async def test_topics_are_refused_as_slack_refuses_them(
    ws: Workspace, client: AsyncWebClient, arguments: dict[str, Any], code: str
) -> None:
    await ws.add_channel("old", bot_is_member=True)
    await ws.update_channel("old", archived=True)
    if arguments["channel"] in ("general", "old", "ops"):
        arguments = arguments | {"channel": (await ws.channel(arguments["channel"]))["id"]}
    assert await error(client, "conversations.setTopic", **arguments) == code


async def test_joining_makes_the_topic_settable(ws: Workspace, client: AsyncWebClient) -> None:
    general = (await ws.channel("general"))["id"]
    await client.conversations_join(channel=general)
    await client.conversations_setTopic(channel=general, topic="On call: alice")
    assert (await ws.channel("general"))["topic"] == "On call: alice"
    assert (await client.conversations_info(channel=general))["channel"]["topic"]["value"] == "On call: alice"


async def test_a_topic_needs_a_scope_for_its_kind_of_channel(ws: Workspace, client: AsyncWebClient) -> None:
    await ws.set_scopes(["chat:write"])
    ops = (await ws.channel("ops"))["id"]
    answer = await refusal(client, "conversations.setTopic", channel=ops, topic="x")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:manage")


async def test_lists_come_in_pages(ws: Workspace, client: AsyncWebClient) -> None:
    for number in range(5):
        await ws.add_user(f"user{number}")
    pages = [page["members"] async for page in await client.users_list(limit=3)]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert len({user["id"] for page in pages for user in page}) == 8
    channels = await client.conversations_list(limit=1, types="public_channel,private_channel")
    assert len(channels["channels"]) == 1
    assert channels["response_metadata"]["next_cursor"]
    members = await client.conversations_members(channel=(await ws.channel("ops"))["id"], limit=2)
    assert len(members["members"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({"cursor": "?"}, "invalid_cursor"), ({"limit": 5000}, "invalid_limit"), ({"limit": "many"}, "invalid_arguments")],
)
async def test_a_bad_page_is_refused(
    ws: Workspace, client: AsyncWebClient, arguments: dict[str, Any], code: str
) -> None:
    assert await error(client, "users.list", **arguments) == code


async def test_channel_kinds_are_checked_against_scopes(ws: Workspace, client: AsyncWebClient) -> None:
    assert await error(client, "conversations.list", types="secret") == "invalid_types"
    await ws.set_scopes(["channels:read"])
    assert await error(client, "conversations.list", types="private_channel") == "missing_scope"
    await ws.update_channel("ops", archived=True)
    names = {channel["name"] for channel in (await client.conversations_list(exclude_archived=True))["channels"]}
    assert names == {"general"}


async def test_people_are_found_by_id_and_by_email(ws: Workspace, client: AsyncWebClient) -> None:
    found = await client.users_lookupByEmail(email="ALICE@example.com")
    assert found["user"]["name"] == "alice"
    info = await client.users_info(user=found["user"]["id"])
    assert info["user"]["tz"] == "Europe/Berlin"
    assert await error(client, "users.lookupByEmail", email="nobody@example.com") == "users_not_found"
    await ws.update_user("alice", deleted=True)
    assert await error(client, "users.lookupByEmail", email="alice@example.com") == "users_not_found"
    assert (await client.users_info(user=found["user"]["id"]))["user"]["deleted"] is True


async def test_direct_messages_open_only_with_living_people(ws: Workspace, client: AsyncWebClient) -> None:
    carol = await ws.add_user("carol")
    opened = await client.conversations_open(users=carol)
    posted = await client.chat_postMessage(channel=carol, text="hello")
    assert posted["channel"] == opened["channel"]["id"]
    assert [message.text for message in await ws.person("carol").dms()] == ["hello"]
    await ws.update_user("carol", deleted=True)
    assert await error(client, "conversations.open", users=carol) == "user_disabled"
    assert await error(client, "conversations.open", users="U0") == "user_not_found"
    assert await error(client, "conversations.open") == "users_list_not_supplied"
    assert await error(client, "conversations.open", users=(await client.auth_test())["user_id"]) == "cannot_dm_bot"
    assert (await client.chat_postMessage(channel=carol, text="unread"))["ok"]


async def test_a_user_groups_list_is_replaced_whole(ws: Workspace, client: AsyncWebClient) -> None:
    group = await ws.add_group("oncall", users=["alice"])
    bob = (await client.users_lookupByEmail(email="bob@example.com"))["user"]["id"]
    await client.usergroups_users_update(usergroup=group, users=[bob])
    assert (await ws.group("oncall"))["users"] == ["bob"]
    assert (await client.usergroups_users_list(usergroup=group))["users"] == [bob]
    bot = (await client.auth_test())["user_id"]
    gone = await ws.add_user("gone", deleted=True)
    for users, code in (("", "no_users_provided"), (bot, "invalid_users"), (f"{bob},{gone}", "invalid_users")):
        assert await error(client, "usergroups.users.update", usergroup=group, users=users) == code
    assert await error(client, "usergroups.users.update", usergroup="S0", users=bob) == "no_such_subteam"
    assert (await ws.group("oncall"))["users"] == ["bob"]


async def test_who_is_no_full_member_of_the_workspace_comes_into_no_user_group(
    ws: Workspace, client: AsyncWebClient
) -> None:
    group = await ws.add_group("oncall", users=["alice"])
    single = await ws.add_user("single", is_restricted=True, is_ultra_restricted=True)
    guest = await ws.add_user("guest", is_restricted=True)
    visitor = await ws.add_user("visitor", home_team="TOTHER")
    codes = {
        single: "single_channel_guests_cannot_be_added",
        guest: "failed_for_some_users",
        visitor: "failed_for_some_users",
    }
    for user, code in codes.items():
        assert await error(client, "usergroups.users.update", usergroup=group, users=user) == code
    assert (await ws.group("oncall"))["users"] == ["alice"]


async def test_user_groups_need_a_paid_plan_and_the_right_to_edit_them(ws: Workspace, client: AsyncWebClient) -> None:
    group = await ws.add_group("oncall", users=["alice"])
    bob = (await client.users_lookupByEmail(email="bob@example.com"))["user"]["id"]
    await ws.update_team(groups_are_everybodys=False)
    assert await error(client, "usergroups.users.update", usergroup=group, users=bob) == "permission_denied"
    assert (await client.usergroups_list())["usergroups"][0]["id"] == group
    await ws.update_team(is_paid=False)
    assert await error(client, "usergroups.users.update", usergroup=group, users=bob) == "plan_upgrade_required"
    assert await error(client, "usergroups.list") == "paid_teams_only"
    await ws.update_team(is_paid=True, groups_are_everybodys=True)
    await ws.update_group("oncall", users=["bob"], is_enabled=False)
    assert (await client.usergroups_list(include_users=True, include_disabled=True))["usergroups"][0]["users"] == [bob]


async def test_user_groups_are_made_disabled_and_enabled(ws: Workspace, client: AsyncWebClient) -> None:
    made = await client.usergroups_create(name="On call", handle="oncall")
    group = made["usergroup"]["id"]
    assert await error(client, "usergroups.create", name="On call", handle="other") == "name_already_exists"
    assert await error(client, "usergroups.create", name="Other", handle="oncall") == "handle_already_exists"
    await client.usergroups_disable(usergroup=group)
    assert (await client.usergroups_list())["usergroups"] == []
    assert len((await client.usergroups_list(include_disabled=True))["usergroups"]) == 1
    assert await error(client, "usergroups.users.list", usergroup=group) == "no_such_subteam"
    await client.usergroups_enable(usergroup=group)
    assert (await ws.group("oncall"))["enabled"] is True


async def test_the_workspace_names_itself(slack: SlackSandbox, client: AsyncWebClient) -> None:
    assert (await client.team_info())["team"]["domain"] == "sandbox"


async def test_views_without_a_usable_trigger_or_target_are_refused(ws: Workspace, client: AsyncWebClient) -> None:
    assert await error(client, "views.open", view=modal("A")) == "invalid_arguments"
    assert await error(client, "views.open", trigger_id="1.2.3", view=modal("A")) == "invalid_trigger_id"
    assert await error(client, "views.update", view_id="V0", view=modal("A")) == "not_found"
    assert await error(client, "views.update", view=modal("A")) == "invalid_arguments"
    assert await error(client, "views.publish", user_id="U0", view=home(section("x"))) == "user_not_found"


async def test_views_that_slack_would_not_take_are_refused(ws: Workspace, client: AsyncWebClient) -> None:
    answer = await refusal(client, "views.open", trigger_id="1.2.3", view=modal("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert "title" in answer["response_metadata"]["messages"][0]
    too_large = modal("A", *[section("x" * 2900) for _ in range(90)])
    assert await error(client, "views.open", trigger_id="1.2.3", view=too_large) == "view_too_large"
    assert await error(client, "views.open", trigger_id="1.2.3", view=home(section("x"))) == "invalid_arguments"
    assert await error(client, "views.open", trigger_id="1.2.3") == "invalid_arguments"


async def test_the_log_holds_every_call_without_its_token(ws: Workspace, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="#ops", text="x")
    await error(client, "chat.postMessage", channel="#nowhere", text="x")
    good, bad = await ws.calls("chat.postMessage")
    assert (good.ok, good.error, good.arguments["text"]) == (True, None, "x")
    assert (bad.ok, bad.error) == (False, "channel_not_found")
    assert "token" not in good.arguments


async def test_a_body_that_is_no_json_object_is_refused(slack: SlackSandbox) -> None:
    async with httpx.AsyncClient() as http:
        headers = {"Content-Type": "application/json"}
        answers = [await http.post(f"{slack.api_url}auth.test", content=c, headers=headers) for c in ("{", "[]")]
        text = await http.post(f"{slack.api_url}auth.test", content="x", headers={"Content-Type": "text/plain"})
    assert [answer.json()["error"] for answer in (*answers, text)] == [
        "invalid_json",
        "json_not_object",
        "invalid_post_type",
    ]


async def test_a_call_can_be_made_to_fail_in_every_way(ws: Workspace, client: AsyncWebClient, alice: Person) -> None:
    await ws.fail_next("chat.postMessage", error="internal_error")
    assert await error(client, "chat.postMessage", channel="#ops", text="1") == "internal_error"
    await ws.fail_next("chat.postMessage", error="ratelimited", retry_after=2)
    with pytest.raises(SlackApiError) as limited:
        await client.chat_postMessage(channel="#ops", text="2")
    assert limited.value.response.status_code == 429
    assert limited.value.response.headers["Retry-After"] == "2"
    await ws.fail_next("chat.postMessage", http_status=503)
    with pytest.raises(SlackApiError) as broken:
        await client.chat_postMessage(channel="#ops", text="3")
    assert broken.value.response.status_code == 503
    await ws.fail_next("chat.postMessage", drop="before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#ops", text="4")
    assert await alice.messages("#ops") == []
    await ws.fail_next("chat.postMessage", drop="after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="#ops", text="5")
    assert [message.text for message in await alice.messages("#ops")] == ["5"]
    await client.chat_postMessage(channel="#ops", text="6")


async def test_limits_count_per_method_and_per_channel_once_they_are_on(ws: Workspace, client: AsyncWebClient) -> None:
    for _ in range(21):
        await client.usergroups_list()
    await ws.rate_limits(True)
    for _ in range(20):
        await client.usergroups_list()
    with pytest.raises(SlackApiError) as limited:
        await client.usergroups_list()
    assert limited.value.response.status_code == 429
    assert 55 <= int(limited.value.response.headers["Retry-After"]) <= 60
    await client.chat_postMessage(channel="#ops", text="1")
    await client.chat_postMessage(channel="#general", text="1")
    assert await error(client, "chat.postMessage", channel="#ops", text="2") == "ratelimited"
    await ws.advance(60)
    await client.usergroups_list()
    await client.chat_postMessage(channel="#ops", text="2")
