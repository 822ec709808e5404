"""An organisation and its workspaces, as Slack's documents have them, seen by the official client."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.client import Organisation, Workspace
from sandbox.slack import SlackSandbox


async def test_a_token_for_an_organisation_reaches_the_workspaces_that_were_granted(
    slack: SlackSandbox, ws: Workspace
) -> None:
    globex = await ws.add_workspace("Globex")
    await globex.add_user("hank")
    acme = await Organisation.of("Acme", ws, globex)
    await acme.bring("bob", of=ws, into=globex)
    client = AsyncWebClient(base_url=slack.api_url, retry_handlers=[])
    made = await client.oauth_v2_access(
        client_id=slack.client_id, client_secret=slack.client_secret, code=await acme.oauth_code("alice")
    )
    assert (made["team"], made["enterprise"], made["is_enterprise_install"]) == (
        None,
        {"id": acme.id, "name": "Acme"},
        True,
    )
    client.token = made["access_token"]
    assert (await client.auth_test())["is_enterprise_install"]
    assert (await client.auth_teams_list())["teams"] == []
    with pytest.raises(SlackApiError, match="team_access_not_granted"):
        await client.users_list(team_id=slack.team_id)

    await acme.grant(ws)
    await acme.grant(globex)
    assert len((await client.auth_teams_list())["teams"]) == 2
    with pytest.raises(SlackApiError, match="missing_argument"):
        await client.users_list()
    members = (await client.users_list(team_id=slack.team_id))["members"]
    [bob] = [one for one in members if one["name"] == "bob"]
    assert bob["enterprise_user"]["enterprise_id"] == acme.id
    assert len(bob["enterprise_user"]["teams"]) == 2

    channel = await globex.add_channel("baton-ops", members=["hank"])
    await client.chat_postMessage(channel=channel, text="Hello")
    assert [message.text for message in await globex.person("hank").messages("#baton-ops")] == ["Hello"]
    await acme.withdraw(globex)
    with pytest.raises(SlackApiError, match="team_access_not_granted"):
        await client.chat_postMessage(channel=channel, text="Hello again")
    await acme.uninstall()
    with pytest.raises(SlackApiError, match="token_revoked"):
        await client.auth_test()
